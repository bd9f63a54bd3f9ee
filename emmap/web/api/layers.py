"""What the layers hold: features, history, counts, timeline, columns, changes."""

import gzip
import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlencode

import zstandard
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from emmap.errors import Malformed, NotFound
from emmap.ingest import cap_writing
from emmap.layer import Instant, Layer, TimeRule, style_table
from emmap.permissions import needs
from emmap.store import answers, audit, inbox, points, realms
from emmap.store import differences as diff
from emmap.view import parse_view
from emmap.web.asking import Site, TheCaller, TheLayer, TheRealm, TheSite, instant_from, only, view_from
from emmap.web.compress import accepted_encoding

router = APIRouter(prefix="/api/layers", tags=["layers"])

GEOJSON = "application/geo+json"
CAP = "application/cap+xml"
ARROW = "application/vnd.apache.arrow.stream"
BITS = "application/octet-stream"
_building = tuple(Lock() for _ in range(8))
"""Many pages may ask at once for columns that are not kept yet: one builds them, the others wait."""
IMMUTABLE = "private, max-age=31536000, immutable"


def described(layer: Layer) -> dict[str, Any]:
    """A layer's declaration, as page and programs read it."""
    return {
        "id": layer.id,
        "title": {"zh": layer.title.zh, "en": layer.title.en},
        "glyph": layer.glyph,
        "geometry": layer.geometry,
        "time_rule": _by_form(layer, lambda rule: rule.name),
        "shown_for_s": _by_form(
            layer, lambda rule: rule.ttl.total_seconds() if isinstance(rule, Instant) else None
        ),
        "fields": [
            {
                "name": field.name,
                "title": {"zh": field.info.zh, "en": field.info.en},
                "kind": field.kind,
                "unit": field.info.unit,
                "required": field.required,
                "filtered": field.info.filtered,
                "searched": field.info.searched,
                "summed": field.info.summed,
                "personal": field.info.personal,
                "choices": [{"code": c.code, "zh": c.zh, "en": c.en} for c in field.info.choices],
            }
            for field in layer.fields.values()
        ],
        "style": {"by": layer.style.by, "table": style_table(layer)},
        "default_status": list(layer.default_status),
        "details": list(layer.details),
        "responsible": list(layer.responsible),
        "attribution": layer.attribution,
        "shown": layer.shown,
        "fresh_for_s": layer.fresh_for.total_seconds() if layer.fresh_for else None,
    }


def _by_form(layer: Layer, of: Callable[[TimeRule], Any]) -> Any:
    """What a layer's time rule says; where each form has a rule of its own, by form."""
    if isinstance(layer.time, TimeRule):
        return of(layer.time)
    return {form: of(rule) for form, rule in layer.time.items()}


@router.get("", dependencies=[only()])
@needs("read")
def layers(site: TheSite, realm: TheRealm) -> list[dict[str, Any]]:
    """Every layer: its declaration, and how much the realm holds of it."""
    return _listed(site, realm, list(site.layers.values()))


@router.get("/{layer}", dependencies=[only()])
@needs("read")
def one_layer(site: TheSite, layer: TheLayer, realm: TheRealm) -> dict[str, Any]:
    """One layer."""
    return _listed(site, realm, [layer])[0]


def _listed(site: Site, realm: str, chosen: list[Layer]) -> list[dict[str, Any]]:
    with site.database.engine("app", realm).begin() as conn:
        edition = realms.edition(conn)
        held = site.held(conn, realm, edition, chosen)
        heard = inbox.last_success(conn)
        found = []
        for layer in chosen:
            checkpoint = points.stamp_text(points.checkpoint(conn, layer))
            last = heard.get(layer.id)
            address = {"realm": realm, "edition": points.edition(conn, layer), "checkpoint": checkpoint}
            found.append(
                {
                    **described(layer),
                    "realm": realm,
                    "features": held[layer.id].features,
                    "versions": held[layer.id].versions,
                    "stamp": points.stamp_text(held[layer.id].stamp),
                    "checkpoint": checkpoint,
                    "points": f"/api/layers/{layer.id}/points?{urlencode(address)}" if checkpoint else None,
                    "last_success": points.stamp_text(last),
                }
            )
    return found


@router.get("/{layer}/features")
@needs("read")
def features(
    request: Request,
    site: TheSite,
    caller: TheCaller,
    layer: TheLayer,
    realm: TheRealm,
    limit: Annotated[int, Query(ge=1, le=answers.MOST_FEATURES)] = 100,
    after: str | None = None,
) -> Response:
    """The features that hold at T, as known at K, worst first. The cursor `next` pins T and K."""
    view = view_from(request, layer, "limit", "after")
    with site.database.engine("app", realm).connect() as conn:
        moment = answers.resolve(conn, layer, view)
        tag = _tag(realms.edition(conn), moment, request, personal=caller.may("personal"))
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        page = answers.features(
            conn, layer, view, limit=limit, after=after, personal=caller.may("personal"), moment=moment
        )
    audit.note_view(request.scope, realm, layer, page.features)
    body: dict[str, Any] = {
        "type": "FeatureCollection",
        "numberMatched": page.number_matched,
        "numberReturned": len(page.features),
        "at": points.stamp_text(page.moment.at),
        "known_at": points.stamp_text(page.moment.known_at),
        "stamp": points.stamp_text(page.moment.stamp),
        "features": page.features,
    }
    if page.next:
        following = request.url.include_query_params(after=page.next)
        body["next"] = page.next
        body["links"] = [{"rel": "next", "href": f"{following.path}?{following.query}", "type": GEOJSON}]
    return JSONResponse(body, media_type=GEOJSON, headers={"etag": tag, "cache-control": "private, no-cache"})


def _tag(edition: str, moment: answers.Moment, request: Request, *, personal: bool) -> str:
    """(stamp, T to the second, query): T moves without a write."""
    told = f"{edition}|{moment.stamp}|{moment.at}|{moment.known_at}|{request.url.query}|{personal}"
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'


@router.get("/{layer}/features/{feature_id:path}/history", dependencies=[only()])
@needs("read")
def history(
    request: Request, site: TheSite, caller: TheCaller, layer: TheLayer, realm: TheRealm, feature_id: str
) -> Response:
    """All versions of a feature, as recorded."""
    with site.database.engine("app", realm).connect() as conn:
        found = answers.history(conn, layer, feature_id, personal=caller.may("personal"))
    if not found:
        raise _no_feature(layer, feature_id)
    audit.note_view(request.scope, realm, layer, found)
    return JSONResponse(
        {"type": "FeatureCollection", "features": found},
        media_type=GEOJSON,
        headers={"cache-control": "private, no-cache"},
    )


@router.get("/{layer}/features/{feature_id:path}.cap")
@needs("read")
def cap_message(
    request: Request, site: TheSite, layer: TheLayer, realm: TheRealm, feature_id: str
) -> Response:
    """A warning at (T, K) as a CAP 1.2 message; of a realm that is not real, as an exercise."""
    view = view_from(request, layer)
    with site.database.engine("app", realm).connect() as conn:
        found = answers.feature(conn, layer, feature_id, view)
    if found is None:
        raise _no_feature(layer, feature_id)
    settings = site.settings
    sender = cap_writing.Sender(settings.cap_sender, settings.cap_office, exercise=realm != "real")
    return Response(
        cap_writing.message(layer, found, sender),
        media_type=CAP,
        headers={
            "cache-control": "private, no-cache",
            "content-disposition": f"attachment; filename*=UTF-8''{quote(feature_id)}.xml",
        },
    )


@router.get("/{layer}/features/{feature_id:path}")
@needs("read")
def feature(
    request: Request, site: TheSite, caller: TheCaller, layer: TheLayer, realm: TheRealm, feature_id: str
) -> Response:
    """One feature at (T, K)."""
    view = view_from(request, layer)
    with site.database.engine("app", realm).connect() as conn:
        found = answers.feature(conn, layer, feature_id, view, personal=caller.may("personal"))
    if found is None:
        raise _no_feature(layer, feature_id)
    audit.note_view(request.scope, realm, layer, [found])
    return JSONResponse(found, media_type=GEOJSON, headers={"cache-control": "private, no-cache"})


def _no_feature(layer: Layer, feature_id: str) -> NotFound:
    return NotFound(
        f"{layer.title.zh}中没有此刻有效的 {feature_id[:80]}。",
        f"{layer.title.en}: no {feature_id[:80]} holds at that time.",
    )


@router.get("/{layer}/counts")
@needs("read")
def counts(
    request: Request, site: TheSite, layer: TheLayer, realm: TheRealm, by: str = "district,hazard,severity"
) -> dict[str, Any]:
    """How many hold, in all and by groups."""
    view = view_from(request, layer, "by")
    with site.database.engine("app", realm).connect() as conn:
        return answers.counts(conn, layer, view, [name for name in by.split(",") if name])


@router.get("/{layer}/differences", dependencies=[only("left", "right", "by", "limit")])
@needs("read")
def differences(
    site: TheSite,
    layer: TheLayer,
    realm: TheRealm,
    left: str = "",
    right: str = "",
    by: str = "",
    limit: Annotated[int, Query(ge=0, le=diff.MOST_ROWS)] = 1000,
) -> dict[str, Any]:
    """What differs between two Views, `left` and `right`, each as the page's address writes it."""
    views = []
    for name, asked in (("left", left), ("right", right)):
        try:
            view, _ = parse_view(parse_qsl(asked), site.layers, strict=True)
        except Malformed as error:
            raise Malformed(f"{name}：{error.zh}", f"{name}: {error.en}") from None
        views.append(view)
    engine = site.database.engine("app", realm)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn:
        found = diff.differences(
            conn, layer, *views, by=[name for name in by.split(",") if name], limit=limit
        )
    return {
        "totals": found.totals,
        "counts": found.counts,
        "rows": [
            {"kind": kind, "id": feature_id, "before": before, "after": after}
            for kind, feature_id, before, after in found.rows
        ],
        "left": _moment(found.left),
        "right": _moment(found.right),
    }


def _moment(moment: answers.Moment) -> dict[str, Any]:
    return {"at": points.stamp_text(moment.at), "known_at": points.stamp_text(moment.known_at)}


@router.get("/{layer}/timeline")
@needs("read")
def timeline(
    request: Request, site: TheSite, layer: TheLayer, realm: TheRealm, step: str = "3600"
) -> list[dict[str, Any]]:
    """How many hold at each step, by severity. `from` and `to` RFC 3339, `step` seconds."""
    view = view_from(request, layer, "from", "to", "step")
    start = instant_from(request.query_params.get("from", ""), "from")
    end = instant_from(request.query_params.get("to", ""), "to")
    try:
        length = timedelta(seconds=float(step))
    except (ValueError, OverflowError):
        raise Malformed(f"step「{step[:40]}」应为秒数。", f"step “{step[:40]}” should be seconds.") from None
    with site.database.engine("app", realm).connect() as conn:
        return answers.timeline(conn, layer, view, start, end, length)


@router.get("/{layer}/next")
@needs("read")
def next_change(
    request: Request, site: TheSite, layer: TheLayer, realm: TheRealm, after: str, direction: str = "1"
) -> dict[str, Any]:
    """When something next begins or ceases to hold."""
    view = view_from(request, layer, "after", "direction")
    with site.database.engine("app", realm).connect() as conn:
        found = answers.next_change(
            conn, layer, view, instant_from(after, "after"), forward=direction != "-1"
        )
    return {"at": points.stamp_text(found)}


@router.get("/{layer}/points", dependencies=[only("checkpoint", "edition", "rows")])
@needs("read")
def columns(
    request: Request,
    site: TheSite,
    layer: TheLayer,
    realm: TheRealm,
    checkpoint: str | None = None,
    edition: str | None = None,
    rows: str = "open",
) -> Response:
    """The layer's columns as one Arrow record batch (docs/api.md). The address that `/api/layers` gives names the
    checkpoint and the edition; its answer never changes. Without them: the newest checkpoint."""
    if rows not in ("open", "closed"):
        raise Malformed("rows 只能是 open 或 closed。", "rows is open or closed.")
    with site.database.engine("app", realm).begin() as conn:
        present = points.edition(conn, layer)
        if edition not in (None, present):
            raise NotFound(
                f"库 {realm} 已经重建，或图层的声明已经改变；请从 /api/layers 重新取地址。",
                f"The realm {realm} was made anew or the layer declares other columns; take the address from /api/layers again.",
                code="realm_made_anew",
            )
        newest = points.checkpoint(conn, layer)
        stamp = points.parse_stamp(checkpoint) if checkpoint else newest
        if stamp is None:
            raise NotFound(f"{layer.title.zh}还没有数据。", f"{layer.title.en} holds nothing yet.")
        points.check_committed(conn, layer, stamp)
        encoding = accepted_encoding(request.headers)
        cached = _cache_file(site, realm, present, layer, stamp, rows, encoding)
        with _building[hash(cached.name) % len(_building)]:
            body = _kept(cached)
            if body is None:
                body = _compress(points.columns(conn, layer, realm, stamp, rows=rows), encoding)
                if stamp == newest:
                    _keep(cached, body)
    final = checkpoint and edition
    headers = {"vary": "accept-encoding", "cache-control": IMMUTABLE if final else "private, no-cache"}
    if encoding:
        headers["content-encoding"] = encoding
    return Response(body, media_type=ARROW, headers=headers)


def _compress(body: bytes, encoding: str) -> bytes:
    if encoding == "zstd":
        # A sixth smaller than level 3, for 0.15 s per million rows, once a checkpoint.
        return zstandard.ZstdCompressor(level=9).compress(body)
    return gzip.compress(body, compresslevel=5, mtime=0) if encoding == "gzip" else body


def _cache_file(
    site: Site, realm: str, edition: str, layer: Layer, stamp: datetime, rows: str, encoding: str
) -> Path:
    """Where a body is kept: a folder for each series, of which only the newest is wanted."""
    series = f"{site.database.name}-{realm}-{layer.id}-{rows}-{encoding or 'plain'}"
    return site.database.data_dir / "cache" / "points" / series / f"{edition}-{stamp:%Y%m%dT%H%M%S%f}"


def _kept(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep(path: Path, body: bytes) -> None:
    """Keeps a body for the next request instead of the older ones; a full or read-only disk only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_bytes(body)
        part.rename(path)
        for older in path.parent.iterdir():
            if older.name < path.name:
                older.unlink(missing_ok=True)
    except OSError:
        return


@router.get("/{layer}/changes", dependencies=[only("after")])
@needs("read")
def changes(site: TheSite, layer: TheLayer, realm: TheRealm, after: str = "") -> dict[str, Any]:
    """What opened and closed after a stamp: the very message that the live socket sends."""
    since = points.parse_stamp(after) if after else None
    with site.database.engine("app", realm).connect() as conn:
        return points.message_of(points.changes(conn, layer, since), realm)


@router.get("/{layer}/rows", dependencies=[only("row", "geometry")])
@needs("read")
def rows(
    request: Request,
    site: TheSite,
    caller: TheCaller,
    layer: TheLayer,
    realm: TheRealm,
    row: str,
    geometry: bool = False,
) -> dict[str, Any]:
    """Versions by their numbers, at most 500."""
    try:
        numbers = [int(part) for part in row.split(",") if part]
    except ValueError:
        raise Malformed("row 应为逗号分隔的行号。", "row is numbers separated by commas.") from None
    if len(numbers) > answers.MOST_ROWS:
        raise Malformed(f"一次最多 {answers.MOST_ROWS} 行。", f"At most {answers.MOST_ROWS} rows at a time.")
    with site.database.engine("app", realm).connect() as conn:
        found = answers.rows(conn, layer, numbers, geometry=geometry, personal=caller.may("personal"))
    audit.note_view(request.scope, realm, layer, found)
    return {"rows": found}


@router.get("/{layer}/search", dependencies=[only("q", "as")])
@needs("read")
def search(
    request: Request,
    site: TheSite,
    layer: TheLayer,
    realm: TheRealm,
    q: str,
    form: Annotated[str, Query(alias="as")] = "rows",
) -> Any:
    """The numbers of all versions whose text matches: `as=rows` a list, `as=bits` a bit for each number (docs/api.md)."""
    if form not in ("rows", "bits"):
        raise Malformed("as 只能是 rows 或 bits。", "as is rows or bits.", code="malformed_parameter")
    with site.database.engine("app", realm).connect() as conn:
        found = answers.search(conn, layer, q[:200])
    if form == "rows":
        return {"q": q, "rows": found}
    encoding = accepted_encoding(request.headers)
    headers = {"vary": "accept-encoding", "cache-control": "private, no-cache"}
    if encoding:
        headers["content-encoding"] = encoding
    return Response(_compress(points.bits(found), encoding), media_type=BITS, headers=headers)
