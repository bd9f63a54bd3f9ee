"""US Geological Survey: instantaneous values (WaterML as JSON) and the site table (RDB).

Units become SI: feet 0.3048 m, cubic feet per second 0.0283168466 m³/s, inches 25.4 mm, all by definition. A stage counts
from the station's own gauge datum. Times carry their offset, so the hour that daylight saving skips or repeats is told
apart. The disclaimer of the values: provisional data are subject to revision.
"""

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from emmap.ingest import places
from emmap.ingest.gauges.batch import Batch, Reading, Told, checked, instant, station_id, unreadable
from emmap.layer import Rejected
from emmap.series import PERIODS_S, Measured
from emmap.store.inbox import RejectedRow

FOOT_M = 0.3048
INCH_MM = 25.4


@dataclass(frozen=True, slots=True)
class _Parameter:
    quantity: str
    factor: float


PARAMETERS: Mapping[str, _Parameter] = {
    "00065": _Parameter("stage", FOOT_M),
    "00060": _Parameter("flow", FOOT_M**3),
    "00045": _Parameter("rain", INCH_MM),
}
"""Parameter codes that are taken: gauge height (ft), discharge (ft³/s), precipitation (in)."""
DATUM = "USGS gauge datum"
_WITHIN_S = (300, 86_400)
"""Rain is taken where readings follow each other so closely, in seconds."""


def is_waterml(content: bytes) -> bool:
    """Whether a JSON document is WaterML, by the word that nothing else has."""
    return content.lstrip()[:1] == b"{" and b'"timeSeries"' in content


def is_rdb(content: bytes) -> bool:
    """Whether this is a table of sites in RDB."""
    return b"\nagency_cd\tsite_no\t" in b"\n" + content[:20_000].replace(b"\r", b"")


def read_waterml(content: bytes) -> Batch:
    """Every value is a row. Raises `Unreadable` where the document is not what it seems."""
    try:
        series = json.loads(content)["value"]["timeSeries"]
        parts = [_Part(one) for one in series]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise unreadable(
            "不是完整的 WaterML JSON（USGS 瞬时值）。",
            "This is no whole WaterML JSON (USGS instantaneous values).",
        ) from None
    readings: list[Reading] = []
    refused: list[RejectedRow] = []
    stations: dict[tuple[str, str], Told] = {}
    position = 0
    for part in parts:
        period_s = part.period_s()
        for value in part.values:
            position += 1
            try:
                readings.append(part.reading(value, period_s, position))
                if (part.station, part.code) not in stations:
                    stations[part.station, part.code] = part.told(position)
            except Rejected as why:
                raw = json.dumps({"site": part.site, "value": value}, ensure_ascii=True, default=str)[:2_000]
                refused.append(
                    RejectedRow(
                        position,
                        why.code,
                        f"第 {position} 个值：{why.zh}",
                        f"Value {position}: {why.en}",
                        raw,
                    )
                )
    return Batch("WaterML JSON", position, list(stations.values()), readings, refused)


class _Part:
    """One time series of the document."""

    def __init__(self, one: Mapping[str, Any]) -> None:
        info, variable = one["sourceInfo"], one["variable"]
        self.site = str(info["siteCode"][0]["value"])
        self.station = f"USGS-{self.site}"
        self.code = str(variable["variableCode"][0]["value"])
        self._missing = variable.get("noDataValue")
        options = variable.get("options", {}).get("option", [])
        self._statistic = next((_statistic(o) for o in options), "")
        self._name = html.unescape(str(info.get("siteName") or "")) or self.site
        where = info.get("geoLocation", {}).get("geogLocation", {})
        self._lon, self._lat = where.get("longitude"), where.get("latitude")
        # A site may have two sensors for one parameter: the first that has values counts.
        columns = [column["value"] for column in one["values"]]
        self.values: Sequence[Mapping[str, Any]] = next((column for column in columns if column), [])
        if not all(isinstance(value, dict) for value in self.values):
            raise TypeError

    def reading(self, value: Mapping[str, Any], period_s: int, position: int) -> Reading:
        """One value as a reading. Raises `Rejected`."""
        if self._statistic:
            raise Rejected(
                "not_instantaneous",
                f"这是统计值（{self._statistic}），不是瞬时值。",
                f"This is a statistic ({self._statistic}), no reading of the moment.",
            )
        parameter = PARAMETERS.get(self.code)
        if parameter is None:
            raise Rejected(
                "unknown_parameter",
                f"不读参数 {self.code[:20]}；可用 {'、'.join(PARAMETERS)}。",
                f"Parameter {self.code[:20]} is not read; there are {', '.join(PARAMETERS)}.",
            )
        at = instant(str(value.get("dateTime")))
        station_id(self.station)
        if parameter.quantity == "rain" and not period_s:
            raise Rejected("no_period", "不知道雨量的时段。", "Nobody knows over how long this rain fell.")
        of = Measured(self.station, parameter.quantity, period_s if parameter.quantity == "rain" else 0)
        try:
            number = float(str(value["value"]))
        except (KeyError, ValueError):
            raise Rejected("not_a_number", "不是数。", "This is no number.") from None
        if self._missing is not None and number == self._missing:
            return Reading(of, at, None, position)
        shown = checked(parameter.quantity, round(number * parameter.factor, 6), self.code)
        return Reading(of, at, shown, position)

    def told(self, position: int) -> Told:
        """The site as a station."""
        fields: dict[str, Any] = {"name": self._name[:200]}
        if self.code == "00065":
            fields["datum"] = DATUM
        wkb = _point(self._lon, self._lat)
        return Told(self.station, fields, wkb, places.districts_of([wkb])[0], position)

    def period_s(self) -> int:
        """The usual time between two values, in seconds; 0 where it is no period that rain is measured over."""
        times = []
        for value in self.values[:50]:
            try:
                times.append(instant(str(value.get("dateTime"))).timestamp())
            except Rejected:
                continue
        steps = sorted(int(b - a) for a, b in pairwise(times) if b > a)
        usual = steps[len(steps) // 2] if steps else 0
        return usual if usual in PERIODS_S and _WITHIN_S[0] <= usual <= _WITHIN_S[1] else 0


def _statistic(option: Mapping[str, Any]) -> str:
    """The statistic that an option names, empty for values of the moment."""
    code = str(option.get("optionCode") or "")
    return "" if code == "00000" else code or str(option.get("value") or "")


def read_rdb(content: bytes) -> Batch:
    """Every site is a row. Raises `Unreadable` where the table lacks what it needs."""
    lines = [
        line for line in content.decode("utf-8", "replace").splitlines() if line and not line.startswith("#")
    ]
    header = lines[0].split("\t") if lines else []
    if not {"site_no", "station_nm"} <= set(header):
        raise unreadable("不是 USGS 站表（RDB）。", "This is no table of USGS sites (RDB).")
    stations: list[Told] = []
    refused: list[RejectedRow] = []
    position = 0
    for cells in _rdb_rows(lines[2:], header):  # the second line tells the columns' widths
        position += 1
        try:
            station = station_id(f"USGS-{cells['site_no'].strip()}")
        except Rejected as why:
            raw = json.dumps(cells, ensure_ascii=True)[:2_000]
            refused.append(
                RejectedRow(
                    position, why.code, f"第 {position} 站：{why.zh}", f"Site {position}: {why.en}", raw
                )
            )
            continue
        wkb = _point(cells.get("dec_long_va"), cells.get("dec_lat_va"))
        fields: dict[str, Any] = {"name": cells["station_nm"].strip()[:200] or station, "datum": DATUM}
        altitude = _float(cells.get("alt_va"))
        if altitude is not None:
            fields["datum_elevation"] = round(altitude * FOOT_M, 3)
        stations.append(Told(station, fields, wkb, places.districts_of([wkb])[0], position))
    return Batch("RDB", position, stations, (), refused)


def _rdb_rows(lines: Iterable[str], header: Sequence[str]) -> Iterator[dict[str, str]]:
    for line in lines:
        cells = line.split("\t")
        yield dict(zip(header, [*cells, *[""] * len(header)], strict=False))


def _point(lon: Any, lat: Any) -> bytes | None:
    """NAD 83 is within two metres of WGS 84."""
    x, y = _float(lon), _float(lat)
    if x is None or y is None or abs(x) > 180 or abs(y) > 90:
        return None
    return places.points_wkb(np.array([x]), np.array([y]))[0]


def _float(value: Any) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if np.isfinite(found) else None
