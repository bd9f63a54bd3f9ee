"""The columnar download: what the browser holds of a layer, as one Arrow record batch, and what changed since.

Its address is (realm, layer, checkpoint) and its content never changes: `open` are the versions known at the
checkpoint's stamp, `closed` those that were no longer known by then. `changes` brings it up to date.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import Cursor
from sqlalchemy import Connection, text

from emmap.codes import districts, hazards
from emmap.errors import Malformed
from emmap.layer import Field, Layer
from emmap.store import realms

MOST_CHANGES = 20_000
"""More changed rows than this are not told one by one: the page loads anew."""
CHECKPOINT_AFTER = 5_000
"""A new checkpoint is made when at least this many rows, and a tenth of the layer, changed since the last; always
before there is more than `changes` tells."""
EPOCH = "2000-01-01T00:00:00Z"
NUMBERS = ("x", "y", "t0", "t1", "r0", "r1")
"""Plain int32 columns of the table and of the download, by the same name."""

NOWHERE = -(2**31)
"""x and y of a row without a place."""
_FOR_EVER = pa.scalar(2**31 - 1, pa.int32())
_WORDS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class Changes:
    """What opened and closed after one stamp, up to another. Columns hold plain values."""

    layer: str
    after: datetime | None
    stamp: datetime | None
    opened: dict[str, list[Any]]
    closed: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class TooMany:
    """More changed than is worth telling: load the columns of the newest checkpoint."""

    layer: str
    stamp: datetime | None


def filtered_scalars(layer: Layer) -> list[Field]:
    """The filtered fields that the download carries as codes."""
    return [f for f in layer.fields.values() if f.info.filtered and f.kind != "list" and f.name != "severity"]


def filtered_lists(layer: Layer) -> list[Field]:
    """The filtered list fields that the download carries as bit masks, besides districts."""
    return [f for f in layer.fields.values() if f.info.filtered and f.kind == "list"]


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


def columns(conn: Connection, layer: Layer, realm: str, stamp: datetime, *, rows: str = "open") -> bytes:
    """The Arrow IPC stream of a layer at a checkpoint: one record batch without validity bitmaps, worst first.

    `rows`: "open" or "closed". Codes are dictionary arrays whose first entry "" is unknown; lists are uint32 masks
    `name_0`, `name_1`, … over the lists in the metadata.
    """
    held = _held(conn, layer, stamp, rows)
    scalars, lists = filtered_scalars(layer), filtered_lists(layer)
    arrays: dict[str, pa.Array] = {"row": pc.cast(held["row"], pa.uint32())}
    # r1 of a version that closed after the checkpoint is told by `changes`, not here: the answer stays the same.
    for name in NUMBERS:
        arrays[name] = held[name] if name in held.schema.names else pa.repeat(_FOR_EVER, held.num_rows)
    arrays |= {name: held[name] for name in ("shape", "severity")}
    dictionaries: dict[str, list[str]] = {}
    for field in scalars:
        arrays[field.name], dictionaries[field.name] = _codes(field, held[field.name])
    masks = {"districts": list(districts())} | {field.name: entries_of(field) for field in lists}
    for name, entries in masks.items():
        for word, packed in enumerate(_masks(held[name], entries)):
            arrays[f"{name}_{word}"] = packed
    told = {
        "realm": realm,
        "layer": layer.id,
        "checkpoint": stamp_text(stamp),
        "rows": rows,
        "epoch": EPOCH,
        "masks": masks,
        "dictionaries": dictionaries,
    }
    batch = pa.record_batch(arrays).replace_schema_metadata({"emmap": json.dumps(told, ensure_ascii=False)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def _held(conn: Connection, layer: Layer, stamp: datetime, rows: str) -> pa.RecordBatch:
    """The rows of a download as they come from the database, worst first: COPY as CSV, which Arrow reads in
    parallel, texts and lists as dictionaries. `r1` is there for closed rows only."""
    where = (
        "lower(v.recorded) <= %(stamp)s and (upper_inf(v.recorded) or upper(v.recorded) > %(stamp)s)"
        if rows == "open"
        else "not upper_inf(v.recorded) and upper(v.recorded) <= %(stamp)s"
    )
    plain = {"row": ("v.version_id", pa.int64())}
    plain |= {name: (f"v.{name}", pa.int32()) for name in NUMBERS if name != "r1" or rows == "closed"}
    plain |= {name: (f"v.{name}", pa.uint8()) for name in ("shape", "severity")}
    words = {"districts": "v.districts"}
    words |= {field.name: _text_of(field) for field in (*filtered_scalars(layer), *filtered_lists(layer))}
    types = {name: kind for name, (_, kind) in plain.items()} | dict.fromkeys(words, _WORDS)
    wanted = ", ".join([expression for expression, _ in plain.values()] + list(words.values()))
    cursor = conn.connection.cursor()
    assert isinstance(cursor, Cursor)
    query = (
        f"copy (select {wanted} from version v where v.layer = %(layer)s and {where}) to stdout (format csv)"
    )
    with cursor.copy(query, {"layer": layer.id, "stamp": stamp}) as copy:
        parts = list(copy)
    lines = b"".join(parts)
    if not lines:
        schema = pa.schema(list(types.items()))
        return pa.RecordBatch.from_pylist([], schema=schema)
    table = pa.csv.read_csv(
        pa.py_buffer(lines),
        read_options=pa.csv.ReadOptions(column_names=list(types)),
        # Reading is slower where a text may hold a line break, so only where one does.
        parse_options=pa.csv.ParseOptions(
            newlines_in_values=b"\r" in lines or lines.count(b"\n") != len(parts)
        ),
        convert_options=pa.csv.ConvertOptions(column_types=types, strings_can_be_null=False),
    )
    batch = table.unify_dictionaries().combine_chunks().to_batches()[0]
    order = in_order(*(batch[name].to_numpy() for name in ("x", "y", "severity", "row")))
    return batch.take(pa.array(order))


def in_order(x: np.ndarray, y: np.ndarray, severity: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The order of a download's rows: worst first; of one severity what lies close together stands close together
    (Morton order, cells of 2^16 e-7 degrees, 700 m), so that it packs smaller and is scanned faster; then by number."""
    by_row = np.argsort(row, kind="stable")
    found = (4 - severity.astype(np.uint64)) << np.uint64(32)
    for values, at in ((x, 0), (y, 1)):
        cells = (values.astype(np.int64) - NOWHERE).astype(np.uint64) >> np.uint64(16)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            cells = (cells | (cells << np.uint64(shift))) & np.uint64(mask)
        found |= cells << np.uint64(at)
    return by_row[np.argsort(found[by_row], kind="stable")]


def changes(conn: Connection, layer: Layer, after: datetime | None) -> Changes | TooMany:
    """Rows that opened and closed after `after` (None: ever), up to the layer's committed stamp."""
    stamp = conn.execute(
        text("select stamp from clock where layer = :layer and isfinite(stamp)"), {"layer": layer.id}
    ).scalar()
    since = after or datetime(1, 1, 1, tzinfo=UTC)
    given = {"layer": layer.id, "after": since, "stamp": stamp}
    if stamp is None or stamp <= since:
        return Changes(layer.id, after, stamp, {}, {"row": [], "r1": []})
    if _changed_since(conn, layer, since) > MOST_CHANGES:
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
        + [_text_of(f) for f in scalars]
        + [_list_of(f) for f in lists]
    )
    opened = conn.execute(
        text(
            f"select {wanted} from version v where v.layer = :layer and lower(v.recorded) > :after"
            " and lower(v.recorded) <= :stamp order by v.version_id"
        ),
        given,
    ).all()
    # Also rows that opened and closed in between: their r1 stands in `opened` already.
    closed = conn.execute(
        text(
            "select v.version_id, v.r1 from version v where v.layer = :layer and not upper_inf(v.recorded)"
            " and upper(v.recorded) > :after and upper(v.recorded) <= :stamp and lower(v.recorded) <= :after"
        ),
        given,
    ).all()
    by_column = list(zip(*opened, strict=True)) or [()] * len(names)
    return Changes(
        layer.id,
        after,
        stamp,
        {name: list(values) for name, values in zip(names, by_column, strict=True)},
        {"row": [row[0] for row in closed], "r1": [row[1] for row in closed]},
    )


def edition(conn: Connection, layer: Layer) -> str:
    """What a download's address names besides the checkpoint: the realm's edition, and which columns the layer declares.

    A declaration that gained a filtered field makes another download of the same versions.
    """
    declared = [
        *(f"{f.name} {f.kind}" for f in filtered_scalars(layer)),
        *(f"{f.name} {','.join(entries_of(f))}" for f in filtered_lists(layer)),
    ]
    return f"{realms.edition(conn)}-{hashlib.sha256('|'.join(declared).encode()).hexdigest()[:8]}"


def entries_of(field: Field) -> list[str]:
    """The list over which a list field's bit mask runs."""
    return list(hazards()) if field.name == "hazards" else [choice.code for choice in field.info.choices]


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


def _text_of(field: Field) -> str:
    return f"v.{field.name}" if field.in_column else f"v.properties ->> '{field.name}'"


def _list_of(field: Field) -> str:
    if field.in_column:
        return f"v.{field.name}"
    return f"array(select jsonb_array_elements_text(v.properties -> '{field.name}'))"


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
    return min(MOST_CHANGES, max(CHECKPOINT_AFTER, int(held or 0) // 10))


def _codes(field: Field, values: pa.DictionaryArray) -> tuple[pa.Array, list[str]]:
    """Values as codes: "" first, then the declared choices, then what else was met, in order."""
    met = values.dictionary.to_pylist()
    known = ["", *(choice.code for choice in field.info.choices)]
    entries = known + sorted(set(met) - set(known))
    place = {entry: code for code, entry in enumerate(entries)}
    width = np.uint8 if len(entries) <= 2**8 else np.uint16 if len(entries) <= 2**16 else np.int32
    codes = np.array([place[entry] for entry in met], dtype=width)[values.indices.to_numpy()]
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(entries, pa.string())), entries


def _masks(values: pa.DictionaryArray, entries: list[str]) -> list[pa.Array]:
    """Lists as bit masks of 32 entries each."""
    place = {entry: bit for bit, entry in enumerate(entries)}
    met = values.dictionary.to_pylist()
    packed = np.zeros((max(1, -(-len(entries) // 32)), len(met)), dtype=np.uint32)
    for at, text_form in enumerate(met):
        for code in text_form.strip("{}[]").split(","):
            if (bit := place.get(code.strip(' "'))) is not None:
                packed[bit // 32, at] |= np.uint32(1 << bit % 32)
    indices = values.indices.to_numpy()
    return [pa.array(word[indices]) for word in packed]
