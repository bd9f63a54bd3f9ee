"""A layer too large for one download, in parts: **pieces** hold its rows by place, **cells** count them all.

A piece is a Web Mercator tile (z/x/y as tiles of a base map are numbered) with at most `MOST_ROWS` rows, the same columns
as the whole download; rows without a place are one more, `nowhere`. The cells' download is exact under every View that
does not search: rows that are alike in all that filters ask are of one *kind*, and a *span* is a row's kind, the cell it
lies in and its times, by when it begins. All of it is made at a checkpoint in one pass and never changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from emmap.layer import Layer
from emmap.store import packing
from emmap.store.packing import Packed
from emmap.store.points import stamp_text

MOST_ROWS = 50_000
"""Rows of a piece, open and closed ones together; one place may hold more."""
MOST_CELLS = 30_000
"""Cells are as small as they can be with no more of them in use: 600 m over a city, 40 km over a country."""
DEEPEST = 18
"""The smallest pieces and cells: tiles of 150 m at the equator."""
NOWHERE = "nowhere"
_LIMIT = 85.0511e7
"""Where the square world of Web Mercator ends, 1e-7 degrees."""
_FOR_EVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Piece:
    """Which rows stand together: places in the packed rows."""

    name: str
    rows: np.ndarray


def parts(conn: Connection, layer: Layer, realm: str, stamp: datetime) -> Iterator[tuple[str, bytes]]:
    """Everything that a layer in pieces is downloaded as, by name: `cells-kinds`, `cells-open` and `cells-all`, then
    `piece-NAME-open` and `piece-NAME-closed` for each piece. Arrow IPC streams of one record batch."""
    held = packing.copied(
        conn, layer, "lower(v.recorded) <= %(stamp)s", {"stamp": stamp}, known_until=True, ended_at="stamp"
    )
    ended = held["ended"].to_numpy() == 1
    packed = packing.packed(layer, held).with_ends(ended)
    del held
    about = {"realm": realm, "layer": layer.id, "checkpoint": stamp_text(stamp)}
    tiles = tile_codes(packed.numbers("x"), packed.numbers("y"), packed.numbers("shape"))
    by_tile = np.argsort(tiles, kind="stable")
    sorted_tiles = tiles[by_tile]
    found = list(_pieces(sorted_tiles, by_tile))
    yield from _cells(packed, ended, tiles, sorted_tiles, about, found)
    for piece in found:
        for rows, wanted in (("open", ~ended[piece.rows]), ("closed", ended[piece.rows])):
            own = piece.rows[wanted]
            order = packing.in_order(*(packed.numbers(name)[own] for name in ("x", "y", "severity", "row")))
            yield f"piece-{piece.name}-{rows}", packed.take(own[order]).stream({**about, "rows": rows})


def tile_codes(x: np.ndarray, y: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """For each row the Morton code of its tile at zoom `DEEPEST`, -1 where it is no point. x, y: 1e-7 degrees."""
    side = 2**DEEPEST
    sin = np.sin(np.clip(y, -_LIMIT, _LIMIT) * (np.pi / 1.8e9))
    across = x / 3.6e9 + 0.5
    down = 0.5 - np.log((1 + sin) / (1 - sin)) / (4 * np.pi)
    codes = np.zeros(len(x), dtype=np.int64)
    for share, at in ((across, 0), (down, 1)):
        spread = np.clip(np.floor(share * side), 0, side - 1).astype(np.int64)
        for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
                            (2, 0x3333333333333333), (1, 0x5555555555555555)):  # fmt: skip
            spread = (spread | (spread << shift)) & mask
        codes |= spread << at
    codes[shape != 1] = -1
    return codes


def tile_of(code: int, zoom: int) -> tuple[int, int, int]:
    """The tile z, x, y of a Morton code at that zoom."""
    x = sum((code >> 2 * bit & 1) << bit for bit in range(zoom))
    y = sum((code >> 2 * bit + 1 & 1) << bit for bit in range(zoom))
    return zoom, x, y


def _pieces(tiles: np.ndarray, rows: np.ndarray) -> Iterator[Piece]:
    """Tiles are halved both ways until they hold few enough rows. `tiles` sorted, `rows` along with them."""
    first = int(np.searchsorted(tiles, 0))
    if first:
        yield Piece(NOWHERE, rows[:first])
    waiting = [(0, 0, first, len(tiles))]
    while waiting:
        zoom, code, start, end = waiting.pop()
        if start == end:
            continue
        if end - start <= MOST_ROWS or zoom == DEEPEST:
            yield Piece("{}-{}-{}".format(*tile_of(code, zoom)), rows[start:end])
            continue
        below = 2 * (DEEPEST - zoom - 1)
        edges = [(4 * code + quarter) << below for quarter in range(5)]
        bounds = start + np.searchsorted(tiles[start:end], edges)
        waiting += [(zoom + 1, 4 * code + q, int(bounds[q]), int(bounds[q + 1])) for q in (3, 2, 1, 0)]


def _cells(
    packed: Packed,
    ended: np.ndarray,
    tiles: np.ndarray,
    sorted_tiles: np.ndarray,
    about: Mapping[str, Any],
    pieces: list[Piece],
) -> Iterator[tuple[str, bytes]]:
    level, cells = _cell_level(sorted_tiles)
    kind, firsts = _kinds(packed)
    told = {
        **about,
        "level": level,
        "cells": cells.tolist(),
        "pieces": [
            {"name": one.name, "open": int((~ended[one.rows]).sum()), "closed": int(ended[one.rows].sum())}
            for one in pieces
        ],
        "open": int((~ended).sum()),
        "closed": int(ended.sum()),
    }
    yield "cells-kinds", packed.take(firsts).stream(told)
    # A cell's number; the one after the last is nowhere.
    cell = np.searchsorted(cells, tiles >> 2 * (DEEPEST - level))
    cell[tiles < 0] = len(cells)
    cell = _narrow(cell, len(cells) + 1)
    kind = _narrow(kind, len(firsts))
    t0, t1 = packed.numbers("t0"), packed.numbers("t1")
    order = np.argsort(t0, kind="stable")
    for part, rows in (("open", order[~ended[order]]), ("all", order)):
        begins = t0[rows]
        arrays = {
            # Differences pack several times smaller than instants. All of them wrap around as int32 do.
            "gap": np.diff(begins, prepend=np.int32(0)),
            "life": np.where(t1[rows] == _FOR_EVER, np.int32(0), _difference(t1[rows], begins)),
            "kind": kind[rows],
            "cell": cell[rows],
        }
        if part == "all":
            r0, r1 = packed.numbers("r0")[rows], packed.numbers("r1")[rows]
            arrays |= {"late": _difference(r0, begins), "r1": r1}
        yield f"cells-{part}", packing.stream({name: pa.array(one) for name, one in arrays.items()}, about)


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a - b as int32 that wrap around."""
    difference: np.ndarray = (a.astype(np.int64) - b).astype(np.uint64).astype(np.uint32).view(np.int32)
    return difference


def _narrow(codes: np.ndarray, count: int) -> np.ndarray:
    """Codes below `count` in as few bytes as they need."""
    return codes.astype(np.uint16 if count <= 2**16 else np.uint32)


def _cell_level(tiles: np.ndarray) -> tuple[int, np.ndarray]:
    """The zoom of the cells, and the Morton codes of those that hold rows, sorted."""
    placed = tiles[np.searchsorted(tiles, 0) :]
    used = placed[np.concatenate(([True], np.diff(placed) != 0))] if len(placed) else placed
    level = DEEPEST
    while len(used) > MOST_CELLS:
        level -= 1
        used = np.unique(used >> 2)
    return level, used


def _kinds(packed: Packed) -> tuple[np.ndarray, np.ndarray]:
    """For each row its kind, and of each kind one row's place."""
    names = ["severity", *packed.dictionaries]
    names += [name for name in packed.arrays if name.rpartition("_")[0] in packed.masks]
    kind = np.zeros(len(packed.numbers("row")), dtype=np.int64)
    count = 1
    for name in names:
        codes = pc.dictionary_encode(pa.array(packed.numbers(name)))
        both = kind * len(codes.dictionary) + codes.indices.to_numpy()
        found = pc.dictionary_encode(pa.array(both))
        kind, count = found.indices.to_numpy().astype(np.int64), len(found.dictionary)
    firsts = np.zeros(count, dtype=np.int64)
    firsts[kind[::-1]] = np.arange(len(kind))[::-1]
    return kind, firsts[:count] if len(kind) else firsts[:0]
