"""Records as lines of COPY text, and COPY itself: the fast way in, for staged batches and ready-made history."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Any

from psycopg import Cursor
from psycopg.copy import QueuedLibpqWriter
from pydantic_core import to_json
from sqlalchemy import Connection

from emmap.layer import Layer, Record
from emmap.store.search import tokens

NULL = r"\N"
"""An unknown value in COPY text."""
STATE = "geom, hazards, severity, status, districts, form, properties, content_hash, tokens"
"""What `Lines.state` writes."""
_BLOCK = 1 << 18
"""Characters of COPY text sent at a time."""


def content_hash(record: Record) -> bytes:
    """What a state is, apart from when it holds and from personal data: two states are the same if these are."""
    return _content_hash(record, as_json(record.properties))


def as_json(properties: Mapping[str, Any]) -> bytes:
    """Properties in one order of names, whatever order they came in."""
    return to_json(dict(sorted(properties.items())))


def cell(value: str) -> str:
    """A text as COPY reads it."""
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if "\n" in value or "\t" in value or "\r" in value:
        value = value.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return value


def integer(value: int | None) -> str:
    """A number as COPY reads it."""
    return NULL if value is None else str(value)


def instant(at: datetime | None) -> str:
    """An instant as COPY reads it."""
    return NULL if at is None else at.isoformat()


def span(start: datetime | None, end: datetime | None) -> str:
    """A half-open range of instants as COPY reads it; None is unbounded."""
    return f"[{start.isoformat() if start else ''},{end.isoformat() if end else ''})"


class Lines:
    """The states of a layer's records as COPY reads them.

    What a record shares with the one before it (versions of one feature do) is worked out once.
    """

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._searched = tuple(
            name for name, one in layer.fields.items() if one.info.searched and not one.info.personal
        )
        self._geometry: tuple[bytes | None, str] = (None, NULL)
        self._properties: tuple[Mapping[str, Any], bytes, str] = ({}, b"{}", "{}")
        self._texts: tuple[list[str], str] = ([], "{}")

    def state(self, record: Record) -> str:
        """The columns of `STATE`."""
        if record.geometry is not self._geometry[0]:
            self._geometry = (record.geometry, record.geometry.hex() if record.geometry else NULL)
        if record.properties is not self._properties[0]:
            plain = as_json(record.properties)
            self._properties = (record.properties, plain, cell(plain.decode()))
        return "\t".join(
            (
                self._geometry[1],
                _list(record.hazards),
                str(record.severity),
                NULL if record.status is None else cell(record.status),
                _list(record.districts),
                NULL if record.form is None else cell(record.form),
                self._properties[2],
                r"\\x" + _content_hash(record, self._properties[1]).hex(),
                self._tokens(record),
            )
        )

    def _tokens(self, record: Record) -> str:
        properties = record.properties
        texts = [record.feature_id, self._layer.title_of(properties, "zh")]
        for name in self._searched:
            if value := properties.get(name):
                texts.append(value if isinstance(value, str) else " ".join(map(str, value)))
        if texts != self._texts[0]:
            self._texts = (texts, _list(tokens(*dict.fromkeys(texts))))
        return self._texts[1]


def copy(conn: Connection, table: str, columns: str, lines: Iterable[str]) -> None:
    """Appends lines of COPY text to a table, in the caller's transaction. The lines may be made while they go in:
    the database reads one block while the next one is made."""
    blocks = _blocks(lines)
    head = list(islice(blocks, 2))
    cursor = cursor_of(conn)
    writer = QueuedLibpqWriter(cursor) if len(head) > 1 else None  # a thread pays from the second block on
    with cursor.copy(f"copy {table} ({columns}) from stdin", writer=writer) as copying:
        for block in chain(head, blocks):
            copying.write(block)


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    block: list[str] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size > _BLOCK:
            yield "\n".join(block) + "\n"
            block, size = [], 0
    if block:
        yield "\n".join(block) + "\n"


def cursor_of(conn: Connection) -> "Cursor[Any]":
    """The psycopg cursor of the same transaction."""
    cursor = conn.connection.cursor()
    assert isinstance(cursor, Cursor)
    return cursor


def _content_hash(record: Record, properties: bytes) -> bytes:
    told = to_json((record.hazards, record.severity, record.status, record.districts, record.form))
    digest = hashlib.blake2b(told, digest_size=16)
    digest.update(properties)
    digest.update(record.geometry or b"")
    return digest.digest()


def _list(values: Iterable[str]) -> str:
    """An array as COPY reads it."""
    joined = '","'.join(values)
    if not joined:
        return "{}"
    if "\\" in joined or joined.count('"') != 2 * joined.count('","'):
        quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
        joined = '","'.join(quoted)
    return cell(f'{{"{joined}"}}')
