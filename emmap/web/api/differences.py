"""What differs between two Views of a layer: numbers, the worst, all of them as bits, and everything as a file."""

import base64
import shutil
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.background import BackgroundTask

from emmap.errors import Malformed
from emmap.layer import Layer
from emmap.permissions import needs
from emmap.store import answers, points, selection
from emmap.store import differences as diff
from emmap.ui.words import word
from emmap.view import View, parse_view
from emmap.web.asking import Site, TheLayer, TheRealm, TheSite, only
from emmap.web.difference_file import write_layer, write_table
from emmap.web.trail import add_details

router = APIRouter(prefix="/api/layers", tags=["layers"])

_MEDIA = {"csv": "text/csv; charset=utf-8", "geojson": "application/geo+json"}
_making = BoundedSemaphore(1)
"""A file of the whole city keeps a core busy for a while: one after the other, so that the page stays quick."""


@router.get(
    "/{layer}/differences",
    dependencies=[only("left", "right", "by", "limit", "versions", "as", "lang")],
    response_model=None,
)
@needs("read")
def differences(
    request: Request,
    site: TheSite,
    layer: TheLayer,
    realm: TheRealm,
    left: str = "",
    right: str = "",
    by: Annotated[list[str] | None, Query()] = None,
    limit: Annotated[int, Query(ge=0, le=diff.MOST_ROWS)] = 1000,
    versions: bool = False,
    form: Annotated[str, Query(alias="as")] = "json",
    lang: str = "zh",
) -> Response:
    """What differs between two Views, `left` and `right`, each as the page's address writes it. `by` may repeat: each is
    a grouping of its own, such as `district,status`. `versions=true` adds all that differ on each side, as bits. `as=csv`
    (in `lang`) and `as=geojson` are files of everything."""
    if form not in ("json", *_MEDIA):
        raise Malformed(
            "as 只能是 json、csv 或 geojson。", "as is json, csv or geojson.", code="malformed_parameter"
        )
    views = _view(site, "left", left), _view(site, "right", right)
    if form != "json":
        return _file(request, site, layer, realm, views, form, "en" if lang == "en" else "zh")
    groupings = [[name for name in one.split(",") if name] for one in by or ()]
    with selection.snapshot(site.database, realm) as conn:
        found = diff.differences(
            conn, layer, *views, by=[one for one in groupings if one], limit=limit, versions=versions
        )
    told: dict[str, Any] = {
        "apart": diff.apart(found.left, found.right),
        "totals": found.totals,
        "ended": found.ended,
        "counts": found.counts,
        "rows": [
            {"kind": kind, "id": feature_id, "before": before, "after": after}
            for kind, feature_id, before, after in found.rows
        ],
        "left": _moment(found.left),
        "right": _moment(found.right),
    }
    if found.versions is not None:
        told["versions"] = {
            side: base64.b64encode(points.bits(numbers)).decode()
            for side, numbers in zip(("left", "right"), found.versions, strict=True)
        }
    return JSONResponse(told)


def _view(site: Site, name: str, asked: str) -> View:
    try:
        view, _ = parse_view(parse_qsl(asked), site.layers, strict=True)
    except Malformed as error:
        raise Malformed(f"{name}：{error.zh}", f"{name}: {error.en}") from None
    return view


def _moment(moment: answers.Moment) -> dict[str, Any]:
    return {"at": points.stamp_text(moment.at), "known_at": points.stamp_text(moment.known_at)}


def _file(
    request: Request, site: Site, layer: Layer, realm: str, views: tuple[View, View], form: str, lang: str
) -> FileResponse:
    folder = Path(tempfile.mkdtemp(prefix="emmap-differences-"))
    path = folder / f"differences.{form}"
    try:
        with _making, selection.snapshot(site.database, realm) as conn:
            left, right = diff.resolved(conn, layer, *views)
            found = diff.each(conn, layer, *views)
            if form == "csv":
                count = write_table(path, layer, found, realm=realm, lang=lang, apart=diff.apart(left, right))
            else:
                count = write_layer(path, layer, found, realm=realm, sides=(left, right))
    except BaseException:
        shutil.rmtree(folder)
        raise
    add_details(request, features=count)
    mark = "" if realm == "real" else word("exercise_mark", lang)
    return FileResponse(
        path,
        media_type=_MEDIA[form],
        filename=f"{mark}{word('compare_title', lang)} {getattr(layer.title, lang)}.{form}",
        headers={"cache-control": "private, no-store"},
        background=BackgroundTask(shutil.rmtree, folder),
    )
