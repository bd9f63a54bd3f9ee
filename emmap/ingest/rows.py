"""From a sheet to Records: columns are read one after the other, then each row is put together and checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import numpy as np
import shapely
from pydantic import ValidationError

from emmap.codes import districts
from emmap.ingest import geometries, places
from emmap.ingest.cells import (
    NOTHING,
    codes_in,
    degrees_of,
    folded,
    id_of,
    instant_of,
    names_of,
    reader_of,
    shown,
    text_of,
)
from emmap.ingest.columns import plain_instants
from emmap.ingest.datums import Datum
from emmap.ingest.headers import COMMON, DISTRICT, GEOMETRY, ID, LAT, LON, VALID_FROM, VALID_TO
from emmap.ingest.sheet import MAX_CELL, Sheet
from emmap.layer import End, Layer, Record, Rejected, Row, district_choices

_WHOLE_CITY = ("广州市", "广州", "全市", "440100")


@dataclass(slots=True)
class Understood:
    """What a sheet says: the Records and Ends of its good rows in input order, and the refused rows by index.

    `repeated` rows say the same as an earlier one. `mentioned` are the ids of refused rows as far as they could be
    read: a complete file does not end these. `abroad` counts places outside Guangdong.
    """

    records: list[Record] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    refused: dict[int, Rejected] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    repeated: int = 0
    repaired: int = 0
    abroad: int = 0


def understand(layer: Layer, sheet: Sheet, columns: Mapping[str, int], datum: Datum) -> Understood:
    """Reads every row of the sheet; `columns` says where each field stands. Pure.

    Raises `Malformed` where the file's coordinate system is unknown.
    """
    found = Understood(refused=dict(sheet.broken))
    reading = _Reading(sheet, columns, found.refused)
    _refuse_long_cells(sheet, columns, found.refused)
    ids = reading.column(ID, id_of)
    values = {
        name: reading.column(
            name, reader_of(declared), plain_instants if declared.kind == "instant" else None
        )
        for name, declared in layer.fields.items()
        if name in columns
    }
    starts = reading.column(VALID_FROM, lambda cell: instant_of(cell, COMMON[VALID_FROM]), plain_instants)
    ends = reading.column(VALID_TO, lambda cell: instant_of(cell, COMMON[VALID_TO]), plain_instants)
    named = district_names()
    declared_in = reading.column(DISTRICT, lambda cell: districts_in(cell, named))
    lon, lat, wkb = _places(layer, sheet, reading, datum, found)
    if ID not in columns:
        ids = _natural_ids(layer, values, lon, lat)
    touched = places.districts_of(wkb)
    order = {code: i for i, code in enumerate(districts())}
    names = list(values)
    validate = layer.properties.__pydantic_validator__.validate_python
    cells = zip(*values.values(), strict=True) if values else repeat((), len(sheet.rows))
    seen: dict[tuple[str, datetime | None, datetime | None], Row] = {}
    for i, (row_cells, position) in enumerate(zip(cells, sheet.positions, strict=True)):
        feature_id = ids[i]
        if i in found.refused:
            if feature_id:
                found.mentioned.add(feature_id)
            continue
        try:
            if not feature_id:
                raise _missing_id(layer)
            if i in sheet.ending:
                found.ends.append(End(position, feature_id, starts[i]))
                continue
            row = Row(
                position=position,
                feature_id=feature_id,
                properties=validate({n: v for n, v in zip(names, row_cells, strict=True) if v is not None}),
                geometry=wkb[i],
                valid_from=starts[i],
                valid_to=ends[i],
                districts=_both(touched[i], declared_in[i], order),
            )
            records = layer.records(row)
            first = _first(seen, row, records)
        except ValidationError as error:
            found.refused[i] = _invalid(layer, error)
        except Rejected as rejected:
            found.refused[i] = rejected
        else:
            if first:
                found.records.extend(records)
            else:
                found.repeated += 1
        if i in found.refused and feature_id:
            found.mentioned.add(feature_id)
    good = [i for i, shape in enumerate(wkb) if shape is not None and i not in found.refused]
    here = places.in_guangdong([wkb[i] for i in good])
    inside = {sheet.positions[i] for i, is_here in zip(good, here.tolist(), strict=True) if is_here}
    found.abroad = len({sheet.positions[i] for i in good} - inside)
    return found


class _Reading:
    """Reads whole columns; the first cell of a row that cannot be read refuses the row."""

    def __init__(self, sheet: Sheet, columns: Mapping[str, int], refused: dict[int, Rejected]) -> None:
        self.rows, self.columns, self.refused = sheet.rows, columns, refused

    def cells(self, name: str) -> list[Any] | None:
        """The cells of a field's column, or None where the file has no such column."""
        at = self.columns.get(name)
        return None if at is None else [row[at] for row in self.rows]

    def column(
        self,
        name: str,
        read: Callable[[Any], Any],
        whole: Callable[[list[str]], list[Any] | None] | None = None,
    ) -> list[Any]:
        """The values of a field, None where the column is missing. Equal texts are read once; `whole` may know a
        quicker way for a column of plain texts."""
        cells = self.cells(name)
        if cells is None:
            return [None] * len(self.rows)
        if set(map(type, cells)) == {str}:
            if whole is not None and (values := whole(cells)) is not None:
                return values
            if 2 * len(distinct := set(cells)) < len(cells):
                known = {cell: _attempt(read, cell) for cell in distinct}
                return self._taken([known[cell] for cell in cells])
        return self._taken([_attempt(read, cell) for cell in cells])

    def _taken(self, values: list[Any]) -> list[Any]:
        """The values, None where a row is refused for one."""
        if Rejected in set(map(type, values)):
            for i, value in enumerate(values):
                if value.__class__ is Rejected:
                    self.refused.setdefault(i, value)
                    values[i] = None
        return values


def _attempt(read: Callable[[Any], Any], cell: Any) -> Any:
    """The value of a cell, or why it has none."""
    try:
        return read(cell)
    except Rejected as rejected:
        return rejected


def _refuse_long_cells(sheet: Sheet, columns: Mapping[str, int], refused: dict[int, Rejected]) -> None:
    """Refuses rows with an endless cell in a column that is not read: it shows that quotes went wrong."""
    unread = set(range(len(sheet.header))) - set(columns.values())
    for at in unread:
        for i, row in enumerate(sheet.rows):
            cell = row[at]
            if cell.__class__ is str and len(cell) > MAX_CELL:
                try:
                    text_of(cell)
                except Rejected as rejected:
                    refused.setdefault(i, rejected)


def _places(
    layer: Layer, sheet: Sheet, reading: _Reading, datum: Datum, found: Understood
) -> tuple[list[Any], list[Any], list[bytes | None]]:
    """Longitude and latitude as the file says them, and the rows' geometry as WKB; None where there is none."""
    count = len(sheet.rows)
    lon = reading.column(LON, lambda cell: degrees_of(cell, COMMON[LON]))
    lat = reading.column(LAT, lambda cell: degrees_of(cell, COMMON[LAT]))
    shapes = np.full(count, None, object)
    refused: dict[int, Rejected] = {}
    if sheet.shapes is not None:
        shapes, refused = geometries.shapes_of_wkb(sheet.shapes)
    elif (texts := reading.cells(GEOMETRY)) is not None:
        shapes, refused = geometries.shapes_of_text(texts)
    if LON in reading.columns or LAT in reading.columns:
        for i in range(count):
            if (lon[i] is None) != (lat[i] is None) and shapes[i] is None:
                refused.setdefault(i, _half_a_place())
    placed = geometries.place(
        shapes, np.array(lon, float), np.array(lat, float), kind=layer.geometry, datum=datum, crs=sheet.crs
    )
    for i, rejected in (refused | placed.refused).items():
        found.refused.setdefault(i, rejected)
    found.repaired = placed.repaired
    if layer.natural_key and not shapely.is_missing(shapes).all():
        own_lon, own_lat = geometries.coordinates(geometries.shapes_of_wkb(placed.wkb)[0])
        lon = [own if said is None else said for said, own in zip(lon, own_lon, strict=True)]
        lat = [own if said is None else said for said, own in zip(lat, own_lat, strict=True)]
    return lon, lat, placed.wkb


def _half_a_place() -> Rejected:
    return Rejected(
        "half_a_place",
        "经度和纬度只有一个。两个都填,或者都留空(未上图)。",
        "Only one of longitude and latitude is there. Give both, or neither.",
    )


def _natural_ids(
    layer: Layer, values: Mapping[str, Sequence[Any]], lon: Sequence[Any], lat: Sequence[Any]
) -> list[str | None]:
    """Ids from the layer's natural key: its values joined by `_`, coordinates to four decimals (about 10 m)."""
    parts = {**values, LON: lon, LAT: lat}
    texts = [list(map(_key_text, parts[name])) for name in layer.natural_key]
    return ["_".join(key) if all(key) else None for key in zip(*texts, strict=True)]


def _key_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return str(value).replace(" ", "-")


def _missing_id(layer: Layer) -> Rejected:
    if layer.natural_key:
        key = "、".join(layer.natural_key)
        return Rejected(
            "missing_id",
            f"没有编号,也凑不齐代替编号的各项({key})。",
            f"There is no id, nor all that could stand for it ({', '.join(layer.natural_key)}).",
        )
    return Rejected("missing_id", "没有编号(id)。", "There is no id.")


def district_names() -> dict[str, str]:
    """Names and codes of the districts, with and without 区, to the code."""
    found = dict(names_of(district_choices()))
    for code, district in districts().items():
        found[folded(district.zh.removesuffix("区"))] = code
        found[folded(f"广州市{district.zh}")] = code
    return found


def districts_in(cell: Any, names: Mapping[str, str]) -> tuple[str, ...]:
    """The districts that a cell names, by `district_names()`; all of them for the whole city. Raises `Rejected`."""
    text = text_of(cell)
    if text is None or folded(text) in NOTHING:
        return ()
    if text in _WHOLE_CITY:
        return tuple(districts())
    return codes_in(cell, names, COMMON[DISTRICT])


def _both(
    touched: tuple[str, ...], declared: tuple[str, ...] | None, order: Mapping[str, int]
) -> tuple[str, ...]:
    if not declared or declared == touched:
        return touched
    return tuple(sorted({*touched, *declared}, key=order.__getitem__))


def _first(
    seen: dict[tuple[str, datetime | None, datetime | None], Row], row: Row, records: Sequence[Record]
) -> bool:
    """Whether the row is the first of its id and span; False where it repeats it. Raises `Rejected` where it
    says something else of the same span."""
    key = (
        row.feature_id,
        records[0].valid_from if records else None,
        records[-1].valid_to if records else None,
    )
    earlier = seen.setdefault(key, row)
    if earlier is row:
        return True
    if replace(row, position=earlier.position) == earlier:
        return False
    raise Rejected(
        "duplicate_id",
        f"编号「{shown(row.feature_id)}」在第 {earlier.position} 条已出现,时间相同而内容不同;已采用前一条。",
        f"The id “{shown(row.feature_id)}” stands in row {earlier.position} with the same span and other content; "
        "that one was taken.",
    )


def _invalid(layer: Layer, error: ValidationError) -> Rejected:
    """What a person is told of the first property that the layer's model refuses."""
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    declared = layer.fields.get(name)
    zh, en = (declared.info.zh, declared.info.en) if declared else (name, name)
    if first["type"] == "missing":
        return Rejected("missing_value", f"必填的「{zh}」是空的。", f"“{en}” is required and empty.")
    return Rejected(
        "invalid_value",
        f"「{zh}」的值「{shown(first['input'])}」不符合要求。",
        f"“{en}”: “{shown(first['input'])}” is not allowed: {first['msg']}.",
    )
