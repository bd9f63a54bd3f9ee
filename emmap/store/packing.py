"""Rows of a layer as typed arrays: copied from the database, texts and lists as codes and masks, written as Arrow."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import Cursor
from sqlalchemy import Connection

from emmap.codes import districts, hazards
from emmap.layer import Field, Layer

EPOCH = "2000-01-01T00:00:00Z"
NUMBERS = ("x", "y", "t0", "t1", "r0", "r1")
"""Plain int32 columns of the table and of the download, by the same name."""

NOWHERE = -(2**31)
"""x and y of a row without a place."""
_FOR_EVER = pa.scalar(2**31 - 1, pa.int32())
_WORDS = pa.dictionary(pa.int32(), pa.string())
_AT_ONCE = 64 * 2**20
"""Bytes of CSV that are read together."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows as the download's columns. `masks`: the lists that the bits stand for; `dictionaries`: of the codes."""

    arrays: Mapping[str, pa.Array]
    masks: Mapping[str, list[str]]
    dictionaries: Mapping[str, list[str]]

    def numbers(self, name: str) -> np.ndarray:
        """A column's plain values; codes where it has a dictionary."""
        column = self.arrays[name]
        plain = column.indices if isinstance(column, pa.DictionaryArray) else column
        found: np.ndarray = plain.to_numpy()
        return found

    def take(self, order: np.ndarray) -> "Packed":
        """The rows at these places, in this order."""
        wanted = pa.array(order)
        return Packed(
            {name: column.take(wanted) for name, column in self.arrays.items()}, self.masks, self.dictionaries
        )

    def with_ends(self, ended: np.ndarray) -> "Packed":
        """The same with `r1` of what has not `ended` open: it closed later, or has not yet."""
        r1 = pa.array(np.where(ended, self.numbers("r1"), np.int32(_FOR_EVER.as_py())))
        return Packed({**self.arrays, "r1": r1}, self.masks, self.dictionaries)

    def stream(self, told: Mapping[str, Any]) -> bytes:
        """An Arrow IPC stream of one record batch without validity bitmaps; `told` goes into its metadata."""
        about = {**told, "epoch": EPOCH, "masks": self.masks, "dictionaries": self.dictionaries}
        return stream(self.arrays, about)


def stream(arrays: Mapping[str, pa.Array], told: Mapping[str, Any]) -> bytes:
    """Columns as an Arrow IPC stream of one record batch, with `told` in its metadata under `emmap`."""
    batch = pa.record_batch(dict(arrays)).replace_schema_metadata(
        {"emmap": json.dumps(told, ensure_ascii=False)}
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def filtered_scalars(layer: Layer) -> list[Field]:
    """The filtered fields that the download carries as codes."""
    return [f for f in layer.fields.values() if f.info.filtered and f.kind != "list" and f.name != "severity"]


def filtered_lists(layer: Layer) -> list[Field]:
    """The filtered list fields that the download carries as bit masks, besides districts."""
    return [f for f in layer.fields.values() if f.info.filtered and f.kind == "list"]


def entries_of(field: Field) -> list[str]:
    """The list over which a list field's bit mask runs."""
    return list(hazards()) if field.name == "hazards" else [choice.code for choice in field.info.choices]


def copied(
    conn: Connection,
    layer: Layer,
    where: str,
    given: Mapping[str, Any],
    *,
    known_until: bool,
    ended_at: str | None = None,
) -> pa.RecordBatch:
    """Rows as they come from the database: COPY as CSV, which Arrow reads in parallel, texts and lists as dictionaries.

    `where` is a condition on `v` with `given` as its parameters; `known_until`: whether `r1` is wanted;
    `ended_at`: the parameter by which `ended` says whether the row was closed by then, 1 or 0.
    """
    plain = {"row": ("v.version_id", pa.int64())}
    plain |= {name: (f"v.{name}", pa.int32()) for name in NUMBERS if name != "r1" or known_until}
    plain |= {name: (f"v.{name}", pa.uint8()) for name in ("shape", "severity")}
    if ended_at is not None:
        known = f"not upper_inf(v.recorded) and upper(v.recorded) <= %({ended_at})s"
        plain["ended"] = (f"({known})::int", pa.uint8())
    words = {"districts": "v.districts"}
    words |= {field.name: text_of(field) for field in (*filtered_scalars(layer), *filtered_lists(layer))}
    types = {name: kind for name, (_, kind) in plain.items()} | dict.fromkeys(words, _WORDS)
    wanted = ", ".join([expression for expression, _ in plain.values()] + list(words.values()))
    cursor = conn.connection.cursor()
    assert isinstance(cursor, Cursor)
    query = (
        f"copy (select {wanted} from version v where v.layer = %(layer)s and {where}) to stdout (format csv)"
    )
    with cursor.copy(query, {"layer": layer.id, **given}) as copy:
        tables = [_read(parts, types) for parts in _together(copy)]
    if not tables:
        return pa.RecordBatch.from_pylist([], schema=pa.schema(list(types.items())))
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks().to_batches()[0]


def _together(copy: Any) -> Iterator[list[Any]]:
    """Lines as they come, some megabytes at a time."""
    parts: list[Any] = []
    size = 0
    for part in copy:
        parts.append(part)
        size += len(part)
        if size >= _AT_ONCE:
            yield parts
            parts, size = [], 0
    if parts:
        yield parts


def _read(parts: list[Any], types: Mapping[str, pa.DataType]) -> pa.Table:
    lines = b"".join(parts)
    return pa.csv.read_csv(
        pa.py_buffer(lines),
        read_options=pa.csv.ReadOptions(column_names=list(types)),
        # Reading is slower where a text may hold a line break, so only where one does.
        parse_options=pa.csv.ParseOptions(
            newlines_in_values=b"\r" in lines or lines.count(b"\n") != len(parts)
        ),
        convert_options=pa.csv.ConvertOptions(column_types=dict(types), strings_can_be_null=False),
    )


def taken(held: pa.RecordBatch, order: np.ndarray) -> pa.RecordBatch:
    """The rows at these places, in this order."""
    return held.take(pa.array(order))


def packed(layer: Layer, held: pa.RecordBatch) -> Packed:
    """Codes are dictionary arrays whose first entry "" is unknown; lists are uint32 masks `name_0`, `name_1`, …"""
    arrays: dict[str, pa.Array] = {"row": pc.cast(held["row"], pa.uint32())}
    for name in NUMBERS:
        arrays[name] = held[name] if name in held.schema.names else pa.repeat(_FOR_EVER, held.num_rows)
    arrays |= {name: held[name] for name in ("shape", "severity")}
    dictionaries: dict[str, list[str]] = {}
    for field in filtered_scalars(layer):
        arrays[field.name], dictionaries[field.name] = _codes(field, held[field.name])
    masks = {"districts": list(districts())}
    masks |= {field.name: entries_of(field) for field in filtered_lists(layer)}
    for name, entries in masks.items():
        for word, bits in enumerate(_masks(held[name], entries)):
            arrays[f"{name}_{word}"] = bits
    return Packed(arrays, masks, dictionaries)


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


def text_of(field: Field) -> str:
    """A filtered field's value in SQL, of the row `v`."""
    return f"v.{field.name}" if field.in_column else f"v.properties ->> '{field.name}'"


def list_of(field: Field) -> str:
    """A filtered list field's values in SQL, as an array."""
    if field.in_column:
        return f"v.{field.name}"
    return f"array(select jsonb_array_elements_text(v.properties -> '{field.name}'))"


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
