"""The columnar download: what the browser holds of a layer, as one Arrow record batch, and what changed since.

Its address is (realm, layer, checkpoint) and its content never changes: `open` are the versions known at the
checkpoint's stamp, `closed` those that were no longer known by then. `changes` brings it up to date.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, text

from emmap.errors import Malformed
from emmap.layer import Layer
from emmap.store import packing, realms
from emmap.store.packing import NUMBERS, entries_of, filtered_lists, filtered_scalars

MOST_CHANGES = 20_000
"""More changed rows than this are not told one by one: the page loads anew."""
CHECKPOINT_AFTER = 5_000
"""A new checkpoint is made when at least this many rows, and a tenth of the layer, changed since the last; always
before there is half of what `changes` tells: what is built for the last one serves while the next is built."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What opened and closed after one stamp, up to another. Columns hold plain values."""

    layer: str
    after: datetime | None
    stamp: datetime | None
    opened: dict[str, list[Any]]
    closed: dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class TooMany:
    """More changed than is worth telling: load the columns of the newest checkpoint."""

    layer: str
    stamp: datetime | None


def checkpoint(conn: Connection, layer: Layer) -> datetime | None:
    """The stamp of the layer's newest checkpoint, made anew when enough has changed; None for a layer that was
    never written."""
    stamp = conn.execute(
        text("select stamp from clock where layer = :layer and isfinite(stamp)"), {"layer": layer.id}
    ).scalar()
    if stamp is None:
        return None
    last: datetime | None = conn.execute(
        text("select max(stamp) from checkpoint where layer = :layer"), {"layer": layer.id}
    ).scalar()
    if last is not None and (last == stamp or _changed_since(conn, layer, last) < _enough(conn, layer, last)):
        return last
    conn.execute(
        text("insert into checkpoint (layer, stamp) values (:layer, :stamp) on conflict do nothing"),
        {"layer": layer.id, "stamp": stamp},
    )
    found: datetime = stamp
    return found


def found_columns(conn: Connection, layer: Layer, realm: str, rows: Sequence[int]) -> bytes:
    """The Arrow IPC stream of some rows by their numbers, open and closed ones, as `columns` has them: worst first."""
    return _stream(
        conn, layer, "v.version_id = any(%(rows)s)", {"rows": list(rows)}, {"realm": realm, "layer": layer.id}
    )


def columns(conn: Connection, layer: Layer, realm: str, stamp: datetime, *, rows: str = "open") -> bytes:
    """The Arrow IPC stream of a layer at a checkpoint: one record batch without validity bitmaps, worst first.

    `rows`: "open" or "closed". Codes are dictionary arrays whose first entry "" is unknown; lists are uint32 masks
    `name_0`, `name_1`, … over the lists in the metadata.
    """
    where = (
        "lower(v.recorded) <= %(stamp)s and (upper_inf(v.recorded) or upper(v.recorded) > %(stamp)s)"
        if rows == "open"
        else "not upper_inf(v.recorded) and upper(v.recorded) <= %(stamp)s"
    )
    about = {"realm": realm, "layer": layer.id, "checkpoint": stamp_text(stamp), "rows": rows}
    # r1 of a version that closed after the checkpoint is told by `changes`, not here: the answer stays the same.
    return _stream(conn, layer, where, {"stamp": stamp}, about, known_until=rows == "closed")


def _stream(
    conn: Connection,
    layer: Layer,
    where: str,
    given: Mapping[str, Any],
    about: Mapping[str, Any],
    *,
    known_until: bool = True,
) -> bytes:
    held = packing.copied(conn, layer, where, given, known_until=known_until)
    order = packing.in_order(*(held[name].to_numpy() for name in ("x", "y", "severity", "row")))
    return packing.packed(layer, packing.taken(held, order)).stream(about)


def tells(conn: Connection, layer: Layer, after: datetime) -> bool:
    """Whether `changes` after a stamp tells what changed, rather than that it is too many."""
    return _changed_since(conn, layer, after) <= MOST_CHANGES


def changes(
    conn: Connection, layer: Layer, after: datetime | None, *, whole: bool = False
) -> Changes | TooMany:
    """Rows that opened and closed after `after` (None: ever), up to the layer's committed stamp. `whole`: what closed has
    all its columns, not only `row` and `r1`."""
    stamp = conn.execute(
        text("select stamp from clock where layer = :layer and isfinite(stamp)"), {"layer": layer.id}
    ).scalar()
    since = after or datetime(1, 1, 1, tzinfo=UTC)
    given = {"layer": layer.id, "after": since, "stamp": stamp}
    if stamp is None or stamp <= since:
        return Changes(layer.id, after, stamp, {}, {"row": [], "r1": []})
    if not tells(conn, layer, since):
        return TooMany(layer.id, stamp)
    scalars, lists = filtered_scalars(layer), filtered_lists(layer)
    names = [
        "row",
        *NUMBERS,
        "shape",
        "severity",
        "districts",
        *(f.name for f in scalars),
        *(f.name for f in lists),
    ]
    wanted = ", ".join(
        ["v.version_id", *(f"v.{name}" for name in NUMBERS), "v.shape", "v.severity", "v.districts"]
        + [packing.text_of(f) for f in scalars]
        + [packing.list_of(f) for f in lists]
    )
    opened = conn.execute(
        text(
            f"select {wanted} from version v where v.layer = :layer and lower(v.recorded) > :after"
            " and lower(v.recorded) <= :stamp order by v.version_id"
        ),
        given,
    ).all()
    # Rows that opened and closed in between have their r1 in `opened` already.
    ends = wanted if whole else "v.version_id, v.r1"
    closed = conn.execute(
        text(
            f"select {ends} from version v where v.layer = :layer and not upper_inf(v.recorded)"
            " and upper(v.recorded) > :after and upper(v.recorded) <= :stamp and lower(v.recorded) <= :after"
        ),
        given,
    ).all()
    return Changes(
        layer.id,
        after,
        stamp,
        _by_column(names, opened),
        _by_column(names if whole else ["row", "r1"], closed),
    )


def _by_column(names: Sequence[str], rows: Sequence[Row[Any]]) -> dict[str, list[Any]]:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: list(values) for name, values in zip(names, columns, strict=True)}


def edition(conn: Connection, layer: Layer) -> str:
    """What a download's address names besides the checkpoint: the realm's edition, and which columns the layer declares.

    A declaration that gained a filtered field makes another download of the same versions.
    """
    declared = [
        *(f"{f.name} {f.kind}" for f in filtered_scalars(layer)),
        *(f"{f.name} {','.join(entries_of(f))}" for f in filtered_lists(layer)),
    ]
    return f"{realms.edition(conn)}-{hashlib.sha256('|'.join(declared).encode()).hexdigest()[:8]}"


def stamp_text(stamp: datetime | None) -> str | None:
    """A stamp as it stands in addresses and messages: UTC with six decimals."""
    return stamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if stamp is not None else None


def parse_stamp(text_form: str) -> datetime:
    """A stamp from its text form. Raises `Malformed`."""
    try:
        found = datetime.fromisoformat(text_form.replace(" ", "+"))
    except ValueError:
        found = datetime(1, 1, 1)  # noqa: DTZ001
    if found.tzinfo is None:
        raise Malformed(
            f"戳「{text_form[:40]}」无法理解;请用 /api/layers 给出的值。",
            f"The stamp “{text_form[:40]}” cannot be understood; use the one that /api/layers gives.",
            code="malformed_parameter",
        )
    return found


def check_committed(conn: Connection, layer: Layer, stamp: datetime) -> None:
    """Raises `Malformed` for a stamp the layer has not reached: what was known then is not final."""
    reached = conn.execute(
        text("select stamp >= :stamp from clock where layer = :layer"), {"layer": layer.id, "stamp": stamp}
    ).scalar()
    if not reached:
        raise Malformed(
            f"{layer.title.zh}还没有写到 {stamp_text(stamp)}。",
            f"{layer.title.en} has not reached {stamp_text(stamp)}.",
        )


def bits(rows: Sequence[int]) -> bytes:
    """Row numbers (positive, under 2^32) as a set of bits: the least one as a little-endian uint32, then a bit for each
    number from it on, the least significant of a byte first."""
    numbers = np.asarray(rows, dtype=np.int64)
    first = int(numbers.min()) if len(numbers) else 0
    present = np.zeros(int(numbers.max()) - first + 1 if len(numbers) else 0, dtype=np.uint8)
    present[numbers - first] = 1
    return first.to_bytes(4, "little") + np.packbits(present, bitorder="little").tobytes()


def message_of(told: Changes | TooMany, realm: str) -> dict[str, Any]:
    """Changes as the message that route and socket send."""
    if isinstance(told, TooMany):
        return {"type": "reload", "realm": realm, "layer": told.layer, "stamp": stamp_text(told.stamp)}
    return {
        "type": "changes",
        "realm": realm,
        "layer": told.layer,
        "after": stamp_text(told.after),
        "stamp": stamp_text(told.stamp),
        "opened": told.opened,
        "closed": told.closed,
    }


def _changed_since(conn: Connection, layer: Layer, since: datetime) -> int:
    """Rows that opened or closed after `since`, counted no further than is of interest."""
    return int(
        conn.execute(
            text(
                "select count(*) from (select 1 from version v where v.layer = :layer and lower(v.recorded) > :since"
                " union all select 1 from version v where v.layer = :layer and not upper_inf(v.recorded)"
                " and upper(v.recorded) > :since limit 1000000) as changed"
            ),
            {"layer": layer.id, "since": since},
        ).scalar_one()
    )


def _enough(conn: Connection, layer: Layer, last: datetime) -> int:
    held = conn.execute(
        text("select reltuples from pg_class where oid = to_regclass(:name)"), {"name": f"version_{layer.id}"}
    ).scalar()
    return min(MOST_CHANGES // 2, max(CHECKPOINT_AFTER, int(held or 0) // 10))
