"""Tracks of tropical cyclones: IBTrACS best tracks (CSV), and the JSON of QWeather and of the provinces' water services.

IBTrACS v04: UTC, knots, a blank where nothing is known, in whole files a second line of units. QWeather v7 tells its storms'
number only in the address; where the document's name has none, a storm is known by its first fix, as IBTrACS does.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from emmap.errors import Malformed, Unreadable
from emmap.ingest.cells import shown
from emmap.ingest.formats import beginning
from emmap.ingest.json_text import json_of
from emmap.ingest.sheet import Sheet
from emmap.ingest.storm_areas import Quadrants
from emmap.ingest.storms import FORCES, Fix, Forecast, Storm, sheet_of
from emmap.ingest.tables import decoded
from emmap.layer import Rejected
from emmap.view import BEIJING

KNOT = 0.514444
"""m/s."""
MILE_KM = 1.852
MOST_KM = 2_000.0
"""No storm's winds reach farther."""
LIVE_HOLDS = timedelta(hours=12)
"""A storm that is still followed stays on the map until its fix is so old: twice the synoptic interval."""
_JSON = re.compile(r'"(?:tfid|fxTime|windRadius\d+|isActive)"')
_NUMBERED = re.compile(r"\b([A-Z]{2}_?\d{4,8})\b")
_GRADES = {
    "热带低压": "td", "热带风暴": "ts", "强热带风暴": "sts", "台风": "ty", "强台风": "sty", "超强台风": "super_ty",
}  # fmt: skip
_COMPASS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
_CHINESE = {
    "北": "N", "北东北": "NNE", "北北东": "NNE", "东北": "NE", "东东北": "ENE", "东北东": "ENE", "东": "E",
    "东东南": "ESE", "东南东": "ESE", "东南": "SE", "南东南": "SSE", "南南东": "SSE", "南": "S", "南西南": "SSW",
    "南南西": "SSW", "西南": "SW", "西西南": "WSW", "西南西": "WSW", "西": "W", "西西北": "WNW", "西北西": "WNW",
    "西北": "NW", "北西北": "NNW", "北北西": "NNW",
}  # fmt: skip


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
                    raise _missing("SID")
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
        yield Storm(storm, names.get(storm, storm), _in_order(found))


def _rows(lines: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    """The rows, cells trimmed, without the line of units."""
    for number, row in enumerate(lines):
        cells = {name: value.strip() for name, value in row.items() if name and isinstance(value, str)}
        if not (number == 0 and cells.get("LAT", "").startswith("degrees")):
            yield cells


def _best_fix(row: Mapping[str, str], position: int) -> Fix:
    wind = next(
        (found for key in ("WMO_WIND", "TOKYO_WIND", "CMA_WIND", "USA_WIND") if (found := _number(row, key))),
        None,
    )
    pressure = next(
        (found for key in ("WMO_PRES", "TOKYO_PRES", "CMA_PRES", "USA_PRES") if (found := _number(row, key))),
        None,
    )
    speed, bearing = _number(row, "STORM_SPEED"), _number(row, "STORM_DIR")
    return Fix(
        position=position,
        at=_instant(row.get("ISO_TIME"), "ISO_TIME", UTC),
        lon=_degrees(row, "LON", 180.0),
        lat=_degrees(row, "LAT", 90.0),
        wind=None if wind is None else round(wind * KNOT, 1),
        pressure=pressure,
        speed=None if speed is None else round(speed * MILE_KM, 1),
        direction=None if bearing is None else _COMPASS[round(bearing / 22.5) % 16],
        radii=_miles(row),
    )


def _miles(row: Mapping[str, str]) -> dict[int, Quadrants] | None:
    """Radii of 50 and 64 knots, forces 10 and 12; those of 34 knots are of force 8. None where there are none."""
    found = {}
    for knots, force in ((50, 10), (64, 12)):
        radii = [_number(row, f"USA_R{knots}_{side}") for side in ("NE", "SE", "SW", "NW")]
        if any(radii):
            found[force] = _quadrants([round((one or 0.0) * MILE_KM, 1) for one in radii])
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
    in_order = _in_order(fixes)
    storm_id = number[1] if number else _by_first_fix(in_order[0])
    issued = in_order[-1].at if in_order else _instant(told.get("updateTime"), "updateTime", BEIJING)
    forecasts = (
        [Forecast("QWeather", issued, _in_order(expected), in_order[-1] if in_order else None)]
        if expected
        else []
    )
    active = str(told.get("isActive", "1")) != "0"
    yield Storm(
        storm_id,
        str(told.get("name") or storm_id),
        in_order,
        tuple(forecasts),
        LIVE_HOLDS if active else timedelta(hours=6),
        "QWeather",
    )


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
            later = tuple(fix for fix in _in_order(expected) if fix.at > fixes[-1].at)
            if later:
                forecasts.append(Forecast(str(issue.get("tm") or "?"), fixes[-1].at, later, fixes[-1]))
    if not fixes:
        return
    in_order = _in_order(fixes)
    storm_id = str(told.get("tfid") or _by_first_fix(in_order[0]))
    forecasts.sort(key=lambda one: (one.issued_at, one.agency != "中国"))
    yield Storm(
        storm_id,
        str(told.get("name") or told.get("enname") or storm_id),
        in_order,
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
                at=_instant(entry.get(name), name, BEIJING),
                lon=_degrees(entry, "lon" if "lon" in entry else "lng", 180.0),
                lat=_degrees(entry, "lat", 90.0),
                wind=_number(entry, "windSpeed" if "windSpeed" in entry else "speed"),
                pressure=_number(entry, "pressure"),
                speed=_number(entry, "moveSpeed" if "moveSpeed" in entry else "movespeed"),
                direction=_direction(entry.get("moveDir") or entry.get("movedirection")),
                grade=_grade(entry.get("type") or entry.get("strong")),
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
            radii = [_number(told, f"{side}Radius") or 0.0 for side in ("ne", "se", "sw", "nw")]
        elif isinstance(told, str | int | float) and str(told).strip():
            parts = str(told).split("|")
            radii = [
                _number({"radius": part}, "radius") or 0.0
                for part in (parts * 4 if len(parts) == 1 else parts)
            ]
        else:
            continue
        if any(radii):
            found[force] = _quadrants(radii)
    return found


def _quadrants(radii: list[float]) -> Quadrants:
    if len(radii) != 4 or not all(0 <= one <= MOST_KM for one in radii):
        raise Rejected(
            "impossible_radius",
            f"风圈半径「{shown(radii)}」无效：应为四个象限、0—{MOST_KM:g} km。",
            f"The wind radii “{shown(radii)}” are not valid: four quadrants are wanted, 0 to {MOST_KM:g} km.",
        )
    ne, se, sw, nw = radii
    return ne, se, sw, nw


def _in_order(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """In the order of time; of two at one instant the later told."""
    return tuple(sorted({fix.at: fix for fix in fixes}.values(), key=lambda fix: fix.at))


def _by_first_fix(fix: Fix) -> str:
    """As IBTrACS names its storms: year and day, latitude and longitude of the first fix, in whole degrees."""
    return f"{fix.at:%Y%j}{'N' if fix.lat >= 0 else 'S'}{abs(round(fix.lat)):02d}{round(fix.lon) % 360:03d}"


def _number(told: Mapping[str, Any], name: str) -> float | None:
    value = told.get(name)
    if value is None or isinstance(value, bool) or str(value).strip() in ("", "-", "--"):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Rejected(
            "not_a_number", f"{name}「{shown(value)}」不是数。", f"{name} “{shown(value)}” is no number."
        )
    return number


def _degrees(told: Mapping[str, Any], name: str, most: float) -> float:
    number = _number(told, name)
    if number is None:
        raise _missing(name)
    if name.upper() != "LAT" and most < number <= 360.0:
        number -= 360.0  # IBTrACS runs on past the 180th meridian
    if abs(number) > most:
        raise Rejected(
            "coordinates_out_of_range",
            f"{name} {number:g} 超出范围。",
            f"{name} {number:g} is out of range.",
        )
    return round(number, 5)


def _instant(value: Any, name: str, zone: Any) -> datetime:
    """An instant as ISO 8601 writes it; without an offset it is in `zone`."""
    if not value:
        raise _missing(name)
    try:
        found = datetime.fromisoformat(str(value).strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Rejected(
            "impossible_instant",
            f"{name}「{shown(value)}」不是时刻。",
            f"{name} “{shown(value)}” is no instant.",
        ) from None


def _missing(name: str) -> Rejected:
    return Rejected("missing_value", f"缺少 {name}。", f"{name} is missing.")


def _direction(value: Any) -> str | None:
    text = str(value or "").strip()
    return text.upper() if text.upper() in _COMPASS else _CHINESE.get(text)


def _grade(value: Any) -> str | None:
    """A grade by its Chinese name, or as TD, TS, STS, TY, STY, SuperTY."""
    text = str(value or "").strip()
    code = text.lower().replace("superty", "super_ty").replace("supertyphoon", "super_ty")
    return _GRADES.get(text.partition("(")[0]) or (code if code in _GRADES.values() else None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
