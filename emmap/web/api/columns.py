"""A layer's rows as columns: whole or in pieces with cells above them, and what changed since."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from emmap.errors import Malformed, NotFound
from emmap.layer import Layer
from emmap.permissions import needs
from emmap.store import answers, lineage, pieces, points
from emmap.web import kept
from emmap.web.asking import Site, TheLayer, TheRealm, TheSite, only, rows_from
from emmap.web.compress import accepted_encoding

router = APIRouter(prefix="/api/layers", tags=["layers"])

ARROW = "application/vnd.apache.arrow.stream"
BITS = "application/octet-stream"
MOST_FOUND = 2_000_000
"""Rows that a search may find in a layer for their columns to be sent."""
IMMUTABLE = "private, max-age=31536000, immutable"
STAMP = "%Y%m%dT%H%M%S%f"
"""A checkpoint as it stands in the names of what is kept, UTC."""
_soon: set[tuple[str, str, str, datetime]] = set()
"""What is being built before anybody waits for it."""
PART = Literal["kinds", "open", "all"]


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

    def build(conn: Connection, stamp: datetime) -> bytes:
        return points.columns(conn, layer, realm, stamp, rows=rows)

    return _whole(request, site, layer, realm, rows, checkpoint, edition, build)


@router.get("/{layer}/cells", dependencies=[only("checkpoint", "edition", "part")])
@needs("read")
def cells(
    request: Request,
    site: TheSite,
    layer: TheLayer,
    realm: TheRealm,
    part: PART,
    checkpoint: str | None = None,
    edition: str | None = None,
) -> Response:
    """All rows of a layer as spans in cells (docs/api.md): `kinds`, what kinds of rows there are and which cells and pieces;
    `open`, the spans known at the checkpoint; `all`, also those that were closed by then, with when each was known."""
    return _part(request, site, layer, realm, f"cells-{part}", checkpoint, edition)


@router.get("/{layer}/pieces/{piece}", dependencies=[only("checkpoint", "edition", "rows")])
@needs("read")
def piece(
    request: Request,
    site: TheSite,
    layer: TheLayer,
    realm: TheRealm,
    piece: str,
    checkpoint: str | None = None,
    edition: str | None = None,
    rows: Literal["open", "closed"] = "open",
) -> Response:
    """The columns of one piece, as `/points` has those of the whole layer. Its name is of the cells' `kinds`."""
    return _part(request, site, layer, realm, f"piece-{piece}-{rows}", checkpoint, edition)


def _whole(
    request: Request,
    site: Site,
    layer: Layer,
    realm: str,
    name: str,
    checkpoint: str | None,
    edition: str | None,
    build: Callable[[Connection, datetime], bytes],
) -> Response:
    """One download of a whole layer, kept until there is a newer one."""
    with site.database.engine("app", realm).begin() as conn:
        present, stamp, newest = _asked(conn, layer, realm, edition, checkpoint)
        encoding = accepted_encoding(request.headers)
        series = f"{site.database.name}-{realm}-{layer.id}-{name}-{encoding or 'plain'}"
        body = kept.body(
            _cache(site) / "points" / series / _edition(present, stamp),
            lambda: kept.packed(build(conn, stamp), encoding),
            keep=stamp == newest,
        )
    return _arrow(body, encoding, final=bool(checkpoint and edition))


def _part(
    request: Request,
    site: Site,
    layer: Layer,
    realm: str,
    name: str,
    checkpoint: str | None,
    edition: str | None,
) -> Response:
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise _no_part(layer, name)
    with site.database.engine("app", realm).begin() as conn:
        present, stamp, _ = _asked(conn, layer, realm, edition, checkpoint)
    found = _parts(site, layer, realm, present, stamp, name)
    if found is None:
        raise _no_part(layer, name)
    encoding = accepted_encoding(request.headers)
    return _arrow(kept.repacked(found, encoding), encoding, final=bool(checkpoint and edition))


def ready(site: Site, conn: Connection, layer: Layer, realm: str, edition: str, stamp: datetime) -> datetime:
    """The checkpoint at which a page takes a layer in pieces: the newest, `stamp`, or while its parts are being built, which
    takes minutes, the one before, as long as the changes since then are told."""
    built = kept.newest(_series(site, layer, realm), edition)
    if built is None or built >= _edition(edition, stamp):
        return stamp
    before = datetime.strptime(built.removeprefix(f"{edition}-"), STAMP).replace(tzinfo=UTC)
    if not points.tells(conn, layer, before):
        return stamp
    _build_soon(site, layer, realm, edition, stamp)
    return before


def _build_soon(site: Site, layer: Layer, realm: str, edition: str, stamp: datetime) -> None:
    key = (realm, layer.id, edition, stamp)
    if key in _soon:
        return
    _soon.add(key)

    def build() -> None:
        try:
            _parts(site, layer, realm, edition, stamp, "cells-kinds")
        finally:
            _soon.discard(key)

    Thread(target=build, name=f"pieces-{layer.id}", daemon=True).start()


def _parts(site: Site, layer: Layer, realm: str, edition: str, stamp: datetime, name: str) -> bytes | None:
    """One part of a layer in pieces; the first one asked for builds them all."""

    def parts() -> Iterator[tuple[str, bytes]]:
        # On a connection of its own, so that nobody waits for a checkpoint that was just made.
        with site.database.engine("app", realm).connect() as conn:
            yield from pieces.parts(conn, layer, realm, stamp)

    return kept.one_of(_series(site, layer, realm) / _edition(edition, stamp), name, parts)


def _series(site: Site, layer: Layer, realm: str) -> Path:
    return _cache(site) / "pieces" / f"{site.database.name}-{realm}-{layer.id}"


def _no_part(layer: Layer, name: str) -> NotFound:
    return NotFound(
        f"{layer.title.zh}没有分块 {name[:60]}；名称见 cells?part=kinds。",
        f"{layer.title.en} has no part {name[:60]}; cells?part=kinds names them.",
    )


def _asked(
    conn: Connection, layer: Layer, realm: str, edition: str | None, checkpoint: str | None
) -> tuple[str, datetime, datetime]:
    """The present edition, the checkpoint that an address names (else the newest), and the newest."""
    present = points.edition(conn, layer)
    if edition not in (None, present):
        raise NotFound(
            f"库 {realm} 已经重建，或图层的声明已经改变；请从 /api/layers 重新取地址。",
            f"The realm {realm} was made anew or the layer declares other columns; take the address from /api/layers again.",
            code="realm_made_anew",
        )
    named = points.parse_stamp(checkpoint) if checkpoint else None
    if named:
        points.check_committed(conn, layer, named)
    newest = points.checkpoint(conn, layer)
    if newest is None:
        raise NotFound(f"{layer.title.zh}还没有数据。", f"{layer.title.en} holds nothing yet.")
    return present, named or newest, newest


def _cache(site: Site) -> Path:
    return site.database.data_dir / "cache"


def _edition(present: str, stamp: datetime) -> str:
    return f"{present}-{stamp.astimezone(UTC).strftime(STAMP)}"


def _arrow(body: bytes, encoding: str, *, final: bool) -> Response:
    return _answered(body, encoding, ARROW, IMMUTABLE if final else "private, no-cache")


@router.get("/{layer}/lineage", dependencies=[only("checkpoint", "edition", "row")])
@needs("read")
def lineages(
    request: Request,
    site: TheSite,
    layer: TheLayer,
    realm: TheRealm,
    checkpoint: str | None = None,
    edition: str | None = None,
    row: str | None = None,
) -> Response:
    """Which versions are of one feature and which say the same (docs/api.md): of all features that were ever corrected, at
    a checkpoint; with `row` of the features of these versions, as they are now."""
    if row is not None:
        numbers = rows_from(row, lineage.MOST_ROWS)
        with site.database.engine("app", realm).connect() as conn:
            found = lineage.lineage_of(conn, layer, realm, numbers)
        encoding = accepted_encoding(request.headers)
        return _arrow(kept.packed(found, encoding), encoding, final=False)

    def build(conn: Connection, stamp: datetime) -> bytes:
        return lineage.lineage(conn, layer, realm, stamp)

    return _whole(request, site, layer, realm, "lineage", checkpoint, edition, build)


@router.get("/{layer}/changes", dependencies=[only("after", "whole")])
@needs("read")
def changes(
    site: TheSite, layer: TheLayer, realm: TheRealm, after: str = "", whole: bool = False
) -> dict[str, Any]:
    """What opened and closed after a stamp: the very message that the live socket sends. `whole`: what closed comes
    with all its columns, for those who do not hold the row."""
    since = points.parse_stamp(after) if after else None
    with site.database.engine("app", realm).connect() as conn:
        return points.message_of(points.changes(conn, layer, since, whole=whole), realm)


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
    """The versions whose text matches: `as=rows` their numbers, `as=bits` a bit for each number, `as=columns` their columns,
    at most 2,000,000 of them (docs/api.md)."""
    if form not in ("rows", "bits", "columns"):
        raise Malformed(
            "as 只能是 rows、bits 或 columns。", "as is rows, bits or columns.", code="malformed_parameter"
        )
    encoding = accepted_encoding(request.headers)
    with site.database.engine("app", realm).connect() as conn:
        found = answers.search(conn, layer, q[:200])
        if form == "rows":
            return {"q": q, "rows": found}
        if form == "bits":
            return _answered(kept.packed(points.bits(found), encoding), encoding, BITS, "private, no-cache")
        if len(found) > MOST_FOUND:
            raise Malformed(
                f"{layer.title.zh}中有 {len(found):,} 条符合，超过 {MOST_FOUND:,}；请把搜索写得更具体。",
                f"{len(found):,} rows match in {layer.title.en}, more than {MOST_FOUND:,}; search for something more specific.",
                code="too_many_found",
            )
        body = points.found_columns(conn, layer, realm, found)
    return _answered(kept.packed(body, encoding), encoding, ARROW, "private, no-cache")


def _answered(body: bytes, encoding: str, media_type: str, cache: str) -> Response:
    headers = {"vary": "accept-encoding", "cache-control": cache}
    if encoding:
        headers["content-encoding"] = encoding
    return Response(body, media_type=media_type, headers=headers)
