"""What a file is, before anything is imported: how it is written, where its header stands, what its columns mean."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emmap.ingest import alerts
from emmap.ingest.evidence import Points, points_of, sample_text
from emmap.ingest.gauges import reading as gauges
from emmap.ingest.gauges.reading import reads_gauges
from emmap.ingest.headers import Names, is_reason, key_of, missing
from emmap.ingest.reading import read
from emmap.ingest.sheet import Origin, Sheet
from emmap.layer import Layer

_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its title, the field that it seems to mean (empty: none), and some of its cells."""

    title: str
    field: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was found. `missing` are required fields that no column gives yet. `signature` is the same for every file
    with these column titles, whatever their order."""

    found: Origin
    format: str
    rows: int
    examples: int = 0
    columns: tuple[Column, ...] = ()
    missing: tuple[str, ...] = ()
    signature: str = ""
    crs: str | None = None
    points: Points | None = None
    header: Sequence[str] = field(default=())


def recognise(layer: Layer, name: str, content: bytes, mapping: Mapping[str, str], limit: int) -> Recognised:
    """Looks at a file. Pure. `mapping` (column → field) goes before the headers; columns that the file lacks are passed
    over. `limit`: bytes that an archive may unpack to. Raises `Unreadable`, `TooLarge`, `Malformed`."""
    if reads_gauges(layer) and (batch := gauges.read(content, layer, "wgs84", limit)) is not None:
        return Recognised(Origin("csv"), batch.format, batch.read)
    sheet = read(content, Names(layer, mapping, guessing=True), limit, name=name)
    if sheet is None:
        parsed = alerts.read(content)
        return Recognised(Origin("xml"), "CAP", len(parsed.messages) + len(parsed.rejected))
    names = Names(layer, present(mapping, sheet.header))
    columns = _matched(names, sheet)
    by_index = {at: name for name, at in columns.items()}
    return Recognised(
        found=sheet.found,
        format=sheet.format,
        rows=sheet.read,
        examples=sheet.examples,
        columns=tuple(
            Column(title, by_index.get(i, ""), _samples(sheet, i))
            for i, title in enumerate(sheet.header)
            if title and not is_reason(title)
        ),
        missing=tuple(missing(names, columns, placed=sheet.shapes is not None)),
        signature=signature(sheet.header),
        crs=sheet.crs,
        points=points_of(sheet, columns),
        header=sheet.header,
    )


def present(mapping: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """The part of a mapping that speaks of columns of this header."""
    here = {key_of(title) for title in header}
    return {column: name for column, name in mapping.items() if key_of(column) in here}


def signature(header: Sequence[str]) -> str:
    """What files with these column titles have in common; a reason column does not count."""
    keys = sorted({key_of(title) for title in header if title and not is_reason(title)})
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]


def _matched(names: Names, sheet: Sheet) -> dict[str, int]:
    """Field → index of its column: the best one, and of equally good ones the first."""
    best: dict[str, tuple[int, int]] = {}
    for i, title in enumerate(sheet.header):
        found = names.find(title, sheet.clipped)
        if found is not None and (found[1] not in best or found[0] < best[found[1]][0]):
            best[found[1]] = (found[0], i)
    return {name: at for name, (_, at) in best.items()}


def _samples(sheet: Sheet, at: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in sheet.rows[:200]:
        if text := sample_text(row[at]):
            found.setdefault(text)
        if len(found) == _SAMPLES:
            break
    return tuple(found)
