"""Tables of SL 323: stations (ST_STBPRP_B), flood thresholds (ST_RVFCCH_B), river (ST_RIVER_R), rain (ST_PPTN_R).

A table is known by its columns, in any case and order; one that joins several is all of them. TM is Beijing time. INTV is
hours.minutes (0.05 is 5 min, 1.30 an hour and a half). DRP is the rain of the interval that ends at TM; DYP that of the
24 hours that end at 08:00, and counts only there: what some systems write at other hours is an unfinished sum.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from emmap.ingest import geometries, places
from emmap.ingest.cells import degrees_of, instant_of, number_of, text_of
from emmap.ingest.datums import Datum
from emmap.ingest.gauges.batch import Batch, Reading, Told, checked, station_id
from emmap.ingest.sheet import Sheet
from emmap.layer import Layer, Rejected, Title
from emmap.series import PERIODS_S, Measured
from emmap.store.inbox import RejectedRow

MEASURED = ("z", "q", "drp", "dyp")
TEXTS = {
    "stnm": "name",
    "rvnm": "river",
    "hnnm": "basin",
    "dtmnm": "datum",
    "stlc": "address",
    "admauth": "authority",
}
NUMBERS = {"dtmel": "datum_elevation", "frz": "frz", "wrz": "wrz", "grz": "grz"}
STATION_COLUMNS = (*TEXTS, *NUMBERS, "sttp", "lgtd", "lttd", "addvcd")
_DAY_S = 86_400
_RAW_KEPT = 2_000


def is_sl323(header: Sequence[str]) -> bool:
    """Whether these are columns of one of the tables: a station code, and readings or a station's own columns."""
    names = {_plain(title) for title in header}
    return "stcd" in names and (
        ("tm" in names and not names.isdisjoint(MEASURED)) or not names.isdisjoint(STATION_COLUMNS)
    )


def read(sheet: Sheet, layer: Layer, datum: Datum) -> Batch:
    """What the sheet says. Pure."""
    column = {_plain(title): i for i, title in reversed(list(enumerate(sheet.header)))}
    rows = _Rows(column, {code.code for code in layer.fields["kind"].info.choices})
    refused: dict[int, Rejected] = dict(sheet.broken)
    readings: list[Reading] = []
    told: list[tuple[int, str, dict[str, Any]]] = []
    lon, lat = np.full(len(sheet.rows), np.nan), np.full(len(sheet.rows), np.nan)
    for i, cells in enumerate(sheet.rows):
        if i in refused:
            continue
        try:
            station = station_id(text_of(rows.cell(cells, "stcd")))
            readings += rows.readings(station, cells, i + 1)
            if rows.tells:
                told.append((i, station, rows.fields(cells)))
                lon[i], lat[i] = rows.place(cells)
        except Rejected as rejected:
            refused[i] = rejected
    placed = geometries.place(np.full(len(lon), None, object), lon, lat, kind="point", datum=datum, crs=None)
    refused |= {i: why for i, why in placed.refused.items() if i not in refused}
    touched = places.districts_of(placed.wkb)
    stations = [
        Told(station, fields, placed.wkb[i], touched[i] or rows.districts(sheet.rows[i]), i + 1)
        for i, station, fields in told
        if i not in refused
    ]
    known = {"stcd", "tm", "intv", *MEASURED, *STATION_COLUMNS}
    return Batch(
        f"SL 323 {sheet.format}",
        len(sheet.rows),
        stations,
        [one for one in readings if one.position - 1 not in refused],
        [_refused(sheet, i, why) for i, why in sorted(refused.items())],
        tuple(title for title in sheet.header if title and _plain(title) not in known),
    )


def seconds_of(intv: float) -> int:
    """INTV as seconds: hours.minutes. Raises `Rejected` where it is no period that rain is measured over."""
    hours, minutes = divmod(round(intv * 100), 100)
    seconds = 3600 * hours + 60 * minutes
    if minutes >= 60 or abs(intv * 100 - round(intv * 100)) > 1e-6 or seconds not in PERIODS_S:
        raise Rejected(
            "bad_interval",
            f"时段长 INTV「{intv:g}」不是 时.分（0.05 为 5 分钟，1.00 为 1 小时，最长 24 小时）。",
            f"The interval INTV “{intv:g}” is no hours.minutes (0.05: 5 min, 1.00: an hour, at most 24 h).",
        )
    return seconds


class _Rows:
    """Reads the cells of a row by the tables' column names."""

    def __init__(self, column: Mapping[str, int], kinds: set[str]) -> None:
        self._column, self._kinds = column, kinds
        self.tells = not column.keys().isdisjoint(STATION_COLUMNS)

    def cell(self, cells: Sequence[Any], name: str) -> Any:
        at = self._column.get(name)
        return None if at is None else cells[at]

    def number(self, cells: Sequence[Any], name: str) -> float | None:
        return number_of(self.cell(cells, name), Title(name.upper(), name.upper()))

    def readings(self, station: str, cells: Sequence[Any], position: int) -> list[Reading]:
        """The readings of a row. Raises `Rejected`."""
        values = {name: self.number(cells, name) for name in MEASURED if name in self._column}
        if all(value is None for value in values.values()):
            return []
        at = instant_of(self.cell(cells, "tm"), Title("TM", "TM"))
        if at is None:
            raise Rejected("missing_value", "没有时间（TM）。", "There is no time (TM).")
        found = []
        for name, quantity in (("z", "stage"), ("q", "flow")):
            if (value := values.get(name)) is not None:
                found.append((Measured(station, quantity), checked(quantity, value, name.upper())))
        if (drp := values.get("drp")) is not None:
            intv = self.number(cells, "intv")
            if intv is None:
                raise Rejected(
                    "missing_value",
                    "有时段雨量（DRP）而没有时段长（INTV），不知道是多久的雨。",
                    "There is rain (DRP) and no interval (INTV): nobody knows over how long it fell.",
                )
            found.append((Measured(station, "rain", seconds_of(intv)), checked("rain", drp, "DRP")))
        if (dyp := values.get("dyp")) is not None and _ends_a_day(at):
            day = Measured(station, "rain", _DAY_S)
            if all(of != day for of, _ in found):
                found.append((day, checked("rain", dyp, "DYP")))
        return [Reading(of, at, value, position) for of, value in found]

    def fields(self, cells: Sequence[Any]) -> dict[str, Any]:
        """What a row says of its station, by the layer's names. Raises `Rejected`."""
        found: dict[str, Any] = {}
        for name, field in TEXTS.items():
            found[field] = text_of(self.cell(cells, name))
        for name, field in NUMBERS.items():
            found[field] = self.number(cells, name)
        kind = (text_of(self.cell(cells, "sttp")) or "").upper()
        found["kind"] = kind if kind in self._kinds else None
        return {name: value for name, value in found.items() if value not in (None, "")}

    def place(self, cells: Sequence[Any]) -> tuple[float, float]:
        """Degrees as they stand there; NaN where there is no place. 0 for both is how tables say unknown."""
        lon, lat = (
            degrees_of(self.cell(cells, name), Title(name.upper(), name.upper())) for name in ("lgtd", "lttd")
        )
        if lon is None or lat is None or (lon == 0 and lat == 0):
            return np.nan, np.nan
        return lon, lat

    def districts(self, cells: Sequence[Any]) -> tuple[str, ...]:
        """The district of ADDVCD, if it is one of the city."""
        code = (text_of(self.cell(cells, "addvcd")) or "")[:6]
        return (code,) if code != "440100" and places.boundary_of(code) is not None else ()


def _ends_a_day(at: datetime) -> bool:
    """08:00 Beijing time is midnight UTC."""
    return at.hour == at.minute == at.second == 0


def _plain(title: str) -> str:
    return str(title).strip().strip('"').casefold()


def _refused(sheet: Sheet, index: int, why: Rejected) -> RejectedRow:
    zh, en = sheet.where(index)
    cells = {title: str(cell)[:200] for title, cell in zip(sheet.header, sheet.rows[index], strict=False)}
    raw = json.dumps(cells, ensure_ascii=True)[:_RAW_KEPT]
    return RejectedRow(index + 1, why.code, f"{zh}：{why.zh}", f"{en[0].upper()}{en[1:]}: {why.en}", raw)
