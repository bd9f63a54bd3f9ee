"""What a View selects: totals over several layers, and everything of it as a workbook."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from emmap.area import size_km2
from emmap.layer import Layer
from emmap.permissions import needs
from emmap.store import audit, selection
from emmap.store.points import stamp_text
from emmap.view import View, parse_view
from emmap.web import workbook
from emmap.web.asking import Site, TheCaller, TheRealm, TheSite
from emmap.web.trail import add_details

router = APIRouter(prefix="/api", tags=["selection"])
log = structlog.get_logger()

MOST_RESPONSIBLE = 200
"""So many of those who answer for most are told; the workbook has them all."""
_making = BoundedSemaphore(1)
"""A workbook of the whole city keeps a core busy for a while: one after the other, so that the page stays quick."""


def _asked(request: Request, site: Site, *own: str) -> tuple[View, list[Layer]]:
    """The View of a request over several layers, strict, and its layers."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    view, _ = parse_view(pairs, site.layers, strict=True, ignore=own)
    return view, list(view.chosen(site.layers))


@router.get("/selection")
@needs("read")
def totals(request: Request, site: TheSite, caller: TheCaller, realm: TheRealm) -> dict[str, Any]:
    """How many a View selects: by layer, level, district, hazard and who answers for them, with the sums of what is
    summed. `area` is box:w,s,e,n, circle:lon,lat,metres, polygon:lon,lat,… or district:code."""
    view, layers = _asked(request, site)
    personal = caller.may("personal")
    with selection.snapshot(site.database, realm) as conn:
        found = [(layer, selection.totals(conn, layer, view, personal=personal)) for layer in layers]
    for layer, one in found:
        if (
            one.responsible
            and any(layer.fields[name].info.personal for name in layer.responsible)
            and personal
        ):
            audit.note_names_view(request.scope, realm, layer, len(one.responsible))
    return {
        "realm": realm,
        "exercise": realm != "real",
        "area": str(view.area) if view.area else None,
        "area_km2": round(size_km2(view.area), 6) if view.area else None,
        "total": sum(one.total for _, one in found),
        "layers": [_told(layer, one, personal=personal) for layer, one in found],
    }


def _told(layer: Layer, found: selection.Totals, *, personal: bool) -> dict[str, Any]:
    fields = selection.responsible_fields(layer, personal=personal)
    return {
        "layer": layer.id,
        "at": stamp_text(found.moment.at),
        "known_at": stamp_text(found.moment.known_at),
        "stamp": stamp_text(found.moment.stamp),
        "total": found.total,
        "unplaced": found.unplaced,
        "severity": _by_level(found.severity),
        "districts": [{"district": code, "count": n} for code, n in found.districts.most_common()],
        "hazards": [{"hazard": code, "count": n} for code, n in found.hazards.most_common()],
        "sums": found.sums,
        "responsible_fields": [field.name for field in fields],
        "responsible_groups": len(found.responsible),
        "responsible": [
            {"names": list(one.names), "total": one.total, "severity": _by_level(one.severity)}
            for one in found.responsible[:MOST_RESPONSIBLE]
        ],
    }


def _by_level(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(level): counts[level] for level in sorted(counts)}


@router.get("/selection.xlsx", response_class=FileResponse)
@needs("read")
def table(
    request: Request, site: TheSite, caller: TheCaller, realm: TheRealm, lang: str = "zh"
) -> FileResponse:
    """Everything a View selects as an Excel workbook: a sheet of totals, one of who answers, one for each layer.
    `lang` zh or en. Personal fields by permission. At most 1,048,575 features a layer."""
    view, layers = _asked(request, site, "lang")
    personal = caller.may("personal")
    folder = Path(tempfile.mkdtemp(prefix="emmap-workbook-"))
    try:
        with _making, selection.snapshot(site.database, realm) as conn:
            told = workbook.write(
                folder,
                conn,
                layers,
                view,
                realm=realm,
                lang="en" if lang == "en" else "zh",
                personal=personal,
            )
    except BaseException:
        shutil.rmtree(folder)
        raise
    add_details(request, features=told.features, personal=personal)
    log.info("workbook", user=caller.name, realm=realm, features=told.features, personal=personal)
    return FileResponse(
        told.path,
        media_type=workbook.MEDIA_TYPE,
        filename=told.file_name,
        headers={"cache-control": "private, no-store"},
        background=BackgroundTask(shutil.rmtree, folder),
    )
