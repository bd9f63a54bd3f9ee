"""What the layers hold: features, history, counts, timeline, columns, changes."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from emmap.errors import Malformed, NotFound
from emmap.ingest import cap_writing
from emmap.layer import Instant, Layer, TimeRule, style_table
from emmap.permissions import needs
from emmap.store import answers, audit, inbox, points, realms
from emmap.web.api import columns
from emmap.web.asking import (
    Site,
    TheCaller,
    TheLayer,
    TheRealm,
    TheSite,
    instant_from,
    only,
    rows_from,
    view_from,
)

router = APIRouter(prefix="/api/layers", tags=["layers"])

GEOJSON = "application/geo+json"
CAP = "application/cap+xml"


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
            last = heard.get(layer.id)
            parted = layer.geometry == "point" and held[layer.id].versions >= site.settings.pieces_from
            declared = points.edition(conn, layer)
            stamp = points.checkpoint(conn, layer)
            if parted and stamp is not None:
                stamp = columns.ready(site, conn, layer, realm, declared, stamp)
            checkpoint = points.stamp_text(stamp)
            address = {"realm": realm, "edition": declared, "checkpoint": checkpoint}
            found.append(
                {
                    **described(layer),
                    "realm": realm,
                    "features": held[layer.id].features,
                    "versions": held[layer.id].versions,
                    "stamp": points.stamp_text(held[layer.id].stamp),
                    "checkpoint": checkpoint,
                    "points": f"/api/layers/{layer.id}/points?{urlencode(address)}" if checkpoint else None,
                    "cells": f"/api/layers/{layer.id}/cells?{urlencode(address)}" if parted else None,
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
    numbers = rows_from(row, answers.MOST_ROWS)
    with site.database.engine("app", realm).connect() as conn:
        found = answers.rows(conn, layer, numbers, geometry=geometry, personal=caller.may("personal"))
    audit.note_view(request.scope, realm, layer, found)
    return {"rows": found}
