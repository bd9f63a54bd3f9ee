"""Tracks of tropical cyclones: IBTrACS best tracks (CSV), and the JSON of QWeather and of the provinces' water services.

IBTrACS v04: UTC, knots, a blank where nothing is known, in whole files a second line of units. QWeather v7 tells its storms'
number only in the address; where the document's name has none, a storm is known by its first fix, as IBTrACS does.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from emmap.errors import Malformed, Unreadable
from emmap.ingest.formats import beginning
from emmap.ingest.json_text import json_of
from emmap.ingest.sheet import Sheet
from emmap.ingest.storm_areas import Quadrants
from emmap.ingest.storm_values import (
    COMPASS,
    degrees_in,
    direction_of,
    grade_named,
    in_order,
    instant_in,
    missing,
    named_by_first_fix,
    number_in,
    quadrants,
)
from emmap.ingest.storms import FORCES, Fix, Forecast, Storm, sheet_of
from emmap.ingest.tables import decoded
from emmap.layer import Rejected
from emmap.view import BEIJING

KNOT = 0.514444
"""m/s."""
MILE_KM = 1.852
LIVE_HOLDS = timedelta(hours=12)
"""A storm that is still followed stays on the map until its fix is so old: twice the synoptic interval."""
_JSON = re.compile(r'"(?:tfid|fxTime|windRadius\d+|isActive)"')
_NUMBERED = re.compile(r"\b([A-Z]{2}_?\d{4,8})\b")


def recognises(content: bytes) -> bool:
    """Whether it is a table of IBTrACS, or JSON that speaks of storms."""
    start = beginning(content)
    if start.startswith(("{", "[")):
        return _JSON.search(content[:20_000].decode("utf-8", "replace")) is not None
    header = start.partition("\n")[0].upper()
    return {"SID", "ISO_TIME", "LAT", "LON"} <= {name.strip(' "\r') for name in header.split(",")}


def read(content: bytes, name: str) -> Sheet:
    """A fix, or a document of nothing but a forecast, is one input row, whatever number of features it speaks of."""
    refused: dict[int, Rejected] = {}
    if beginning(content).startswith(("{", "[")):
        storms = list(_of_json(json_of(content), name, refused))
        return sheet_of(storms, "台风路径 JSON", refused)
    return sheet_of(best_tracks(decoded(content)[0], refused), "IBTrACS CSV", refused)


def best_tracks(text: str, refused: dict[int, Rejected]) -> Iterator[Storm]:
    """The storms of an IBTrACS table; input rows that cannot be taken are noted in `refused`, by number from 1."""
    fixes: dict[str, list[Fix]] = {}
    names: dict[str, str] = {}
    lines = csv.DictReader(io.StringIO(text, newline=""))
    lines.fieldnames = [name.strip().upper() for name in lines.fieldnames or ()]
    try:
        for position, row in enumerate(_rows(lines), 1):
            try:
                storm = row.get("SID", "")
                if not storm:
                    raise missing("SID")
                fix = _best_fix(row, position)
            except Rejected as rejected:
                refused[position] = rejected
                continue
            fixes.setdefault(storm, []).append(fix)
            if row.get("NAME", "") not in ("", "NOT_NAMED", "UNNAMED"):
                names.setdefault(storm, row["NAME"].title())
    except csv.Error as error:
        raise Unreadable(
            f"CSV 无法解析：{error}。", f"The CSV cannot be parsed: {error}.", code="damaged_file"
        ) from None
    for storm, found in fixes.items():
        yield Storm(storm, names.get(storm, storm), in_order(found))


def _rows(lines: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    """The rows, cells trimmed, without the line of units."""
    for number, row in enumerate(lines):
        cells = {name: value.strip() for name, value in row.items() if name and isinstance(value, str)}
        if not (number == 0 and cells.get("LAT", "").startswith("degrees")):
            yield cells


def _best_fix(row: Mapping[str, str], position: int) -> Fix:
    wind = next(
        (
            found
            for key in ("WMO_WIND", "TOKYO_WIND", "CMA_WIND", "USA_WIND")
            if (found := number_in(row, key))
        ),
        None,
    )
    pressure = next(
        (
            found
            for key in ("WMO_PRES", "TOKYO_PRES", "CMA_PRES", "USA_PRES")
            if (found := number_in(row, key))
        ),
        None,
    )
    speed, bearing = number_in(row, "STORM_SPEED"), number_in(row, "STORM_DIR")
    return Fix(
        position=position,
        at=instant_in(row.get("ISO_TIME"), "ISO_TIME", UTC),
        lon=degrees_in(row, "LON", 180.0),
        lat=degrees_in(row, "LAT", 90.0),
        wind=None if wind is None else round(wind * KNOT, 1),
        pressure=pressure,
        speed=None if speed is None else round(speed * MILE_KM, 1),
        direction=None if bearing is None else COMPASS[round(bearing / 22.5) % 16],
        radii=_miles(row),
    )


def _miles(row: Mapping[str, str]) -> dict[int, Quadrants] | None:
    """Radii of 50 and 64 knots, forces 10 and 12; those of 34 knots are of force 8. None where there are none."""
    found = {}
    for knots, force in ((50, 10), (64, 12)):
        radii = [number_in(row, f"USA_R{knots}_{side}") for side in ("NE", "SE", "SW", "NW")]
        if any(radii):
            found[force] = quadrants([round((one or 0.0) * MILE_KM, 1) for one in radii])
    return found or None


def _of_json(told: Any, name: str, refused: dict[int, Rejected]) -> Iterator[Storm]:
    if isinstance(told, dict) and "storm" in told and not {"track", "forecast"} & told.keys():
        raise Malformed(
            "这是台风名录，没有位置；请读取名录里各个台风的路径（storm-track）和预报（storm-forecast）。",
            "This lists storms and has no places: read the track and the forecast of each storm in it.",
            code="only_a_list",
        )
    if isinstance(told, dict) and ("track" in told or "forecast" in told):
        yield from _of_qweather(told, name, refused)
        return
    several = told if isinstance(told, list) else [told]
    if not all(isinstance(one, dict) and isinstance(one.get("points"), list) for one in several):
        raise Malformed(
            "这个 JSON 里没有台风路径（track、forecast 或 points）。",
            "There is no track of a storm in this JSON (track, forecast or points).",
            code="not_a_track",
        )
    first = 1
    for one in several:
        yield from _of_points(one, first, refused)
        first += len(one["points"])


def _of_qweather(told: Mapping[str, Any], name: str, refused: dict[int, Rejected]) -> Iterator[Storm]:
    """QWeather v7, `tropical/storm-track` or `tropical/storm-forecast`."""
    fixes: list[Fix] = []
    entries = [*_list(told.get("track")), *([told["now"]] if isinstance(told.get("now"), dict) else ())]
    for position, entry in enumerate(entries, 1):
        _take(fixes, refused, position, entry, ("time", "pubTime"), told=True)
    expected: list[Fix] = []
    for position, entry in enumerate(_list(told.get("forecast")), len(entries) + 1):
        _take(expected, refused, position, entry, ("fxTime",), told=False)
    if not fixes and not expected:
        return
    number = _NUMBERED.search(name)
    if number is None and not fixes:
        raise Malformed(
            "不知道是哪个台风的预报：文档里没有编号，名称里也没有（应形如 NP_2401）。",
            "Nobody can tell which storm this forecast is of: neither the document nor its name has a number such as NP_2401.",
            code="which_storm",
        )
    known = in_order(fixes)
    storm_id = number[1] if number else named_by_first_fix(known[0])
    last = known[-1] if known else None
    forecasts: tuple[Forecast, ...] = ()
    if expected:
        forecasts = (Forecast("QWeather", last.at if last else _issued(told), in_order(expected), last),)
    active = str(told.get("isActive", "1")) != "0"
    yield Storm(
        storm_id,
        str(told.get("name") or storm_id),
        known,
        forecasts,
        LIVE_HOLDS if active else timedelta(hours=6),
        "QWeather",
    )


def _issued(told: Mapping[str, Any]) -> datetime:
    """When a document of nothing but a forecast was issued."""
    try:
        return instant_in(told.get("updateTime"), "updateTime", BEIJING)
    except Rejected as rejected:
        raise Malformed(rejected.zh, rejected.en, code="not_a_track") from None


def _of_points(told: Mapping[str, Any], first: int, refused: dict[int, Rejected]) -> Iterator[Storm]:
    """A storm by `tfid` with `points`, each with its radii and what each agency then expected; Beijing time."""
    fixes: list[Fix] = []
    forecasts: list[Forecast] = []
    for position, entry in enumerate(told["points"], first):
        before = len(fixes)
        _take(fixes, refused, position, entry, ("time",), told=True)
        if len(fixes) == before:
            continue
        for issue in _list(entry.get("forecast")):
            expected: list[Fix] = []
            lost: dict[int, Rejected] = {}  # the fix stands without them
            for one in _list(issue.get("forecastpoints")) if isinstance(issue, dict) else ():
                _take(expected, lost, position, one, ("time",), told=False)
            later = tuple(fix for fix in in_order(expected) if fix.at > fixes[-1].at)
            if later:
                forecasts.append(Forecast(str(issue.get("tm") or "?"), fixes[-1].at, later, fixes[-1]))
    if not fixes:
        return
    known = in_order(fixes)
    storm_id = str(told.get("tfid") or named_by_first_fix(known[0]))
    forecasts.sort(key=lambda one: (one.issued_at, one.agency != "中国"))
    yield Storm(
        storm_id,
        str(told.get("name") or told.get("enname") or storm_id),
        known,
        tuple(forecasts),
        LIVE_HOLDS if str(told.get("isactive", "1")) != "0" else timedelta(hours=6),
    )


def _take(
    fixes: list[Fix],
    refused: dict[int, Rejected],
    position: int,
    entry: Any,
    times: Iterable[str],
    *,
    told: bool,
) -> None:
    """One entry of JSON as a fix; `told`: its format tells the circles, so that a missing one is none."""
    try:
        if not isinstance(entry, dict):
            raise Rejected("bad_feature", "这不是台风的一个定位。", "This is no fix of a storm.")
        name = next((name for name in times if entry.get(name)), "time")
        radii = _radii(entry)
        fixes.append(
            Fix(
                position=position,
                at=instant_in(entry.get(name), name, BEIJING),
                lon=degrees_in(entry, "lon" if "lon" in entry else "lng", 180.0),
                lat=degrees_in(entry, "lat", 90.0),
                wind=number_in(entry, "windSpeed" if "windSpeed" in entry else "speed"),
                pressure=number_in(entry, "pressure"),
                speed=number_in(entry, "moveSpeed" if "moveSpeed" in entry else "movespeed"),
                direction=direction_of(entry.get("moveDir") or entry.get("movedirection")),
                grade=grade_named(entry.get("type") or entry.get("strong")),
                radii=radii if told or radii else None,
            )
        )
    except Rejected as rejected:
        refused[position] = rejected


def _radii(entry: Mapping[str, Any]) -> dict[int, Quadrants]:
    """Circles by force: 30, 50 and 64 knots are forces 7, 10 and 12; a text is one radius, or NE|SE|SW|NW."""
    found: dict[int, Quadrants] = {}
    for force, knots in zip(FORCES, (30, 50, 64), strict=True):
        told = entry.get(f"windRadius{knots}") or entry.get(f"radius{force}")
        if isinstance(told, dict):
            radii = [number_in(told, f"{side}Radius") or 0.0 for side in ("ne", "se", "sw", "nw")]
        elif isinstance(told, str | int | float) and str(told).strip():
            parts = str(told).split("|")
            radii = [
                number_in({"radius": part}, "radius") or 0.0
                for part in (parts * 4 if len(parts) == 1 else parts)
            ]
        else:
            continue
        if any(radii):
            found[force] = quadrants(radii)
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
