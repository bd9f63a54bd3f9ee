"""Values of storms as services write them: numbers, instants, directions, grades and radii. Each refuses what cannot be."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from emmap.ingest.cells import shown
from emmap.ingest.storm_areas import Quadrants
from emmap.ingest.storms import Fix
from emmap.layer import Rejected

MOST_KM = 2_000.0
"""No storm's winds reach farther."""
_GRADES = {
    "热带低压": "td", "热带风暴": "ts", "强热带风暴": "sts", "台风": "ty", "强台风": "sty", "超强台风": "super_ty",
}  # fmt: skip
COMPASS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
_CHINESE = {
    "北": "N", "北东北": "NNE", "北北东": "NNE", "东北": "NE", "东东北": "ENE", "东北东": "ENE", "东": "E",
    "东东南": "ESE", "东南东": "ESE", "东南": "SE", "南东南": "SSE", "南南东": "SSE", "南": "S", "南西南": "SSW",
    "南南西": "SSW", "西南": "SW", "西西南": "WSW", "西南西": "WSW", "西": "W", "西西北": "WNW", "西北西": "WNW",
    "西北": "NW", "北西北": "NNW", "北北西": "NNW",
}  # fmt: skip


def quadrants(radii: list[float]) -> Quadrants:
    """Four radii in km: NE, SE, SW, NW. Raises `Rejected`."""
    if len(radii) != 4 or not all(0 <= one <= MOST_KM for one in radii):
        raise Rejected(
            "impossible_radius",
            f"风圈半径「{shown(radii)}」无效：应为四个象限、0—{MOST_KM:g} km。",
            f"The wind radii “{shown(radii)}” are not valid: four quadrants are wanted, 0 to {MOST_KM:g} km.",
        )
    ne, se, sw, nw = radii
    return ne, se, sw, nw


def in_order(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """In the order of time; of two at one instant the later told."""
    return tuple(sorted({fix.at: fix for fix in fixes}.values(), key=lambda fix: fix.at))


def named_by_first_fix(fix: Fix) -> str:
    """As IBTrACS names its storms: year and day, latitude and longitude of the first fix, in whole degrees."""
    return f"{fix.at:%Y%j}{'N' if fix.lat >= 0 else 'S'}{abs(round(fix.lat)):02d}{round(fix.lon) % 360:03d}"


def number_in(told: Mapping[str, Any], name: str) -> float | None:
    """The number under a name; None where nothing stands there. Raises `Rejected`."""
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


def degrees_in(told: Mapping[str, Any], name: str, most: float) -> float:
    """The degrees under a name, at most `most` from zero. Raises `Rejected`."""
    number = number_in(told, name)
    if number is None:
        raise missing(name)
    if name.upper() != "LAT" and most < number <= 360.0:
        number -= 360.0  # IBTrACS runs on past the 180th meridian
    if abs(number) > most:
        raise Rejected(
            "coordinates_out_of_range",
            f"{name} {number:g} 超出范围。",
            f"{name} {number:g} is out of range.",
        )
    return round(number, 5)


def instant_in(value: Any, name: str, zone: Any) -> datetime:
    """An instant as ISO 8601 writes it; without an offset it is in `zone`."""
    if not value:
        raise missing(name)
    try:
        found = datetime.fromisoformat(str(value).strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Rejected(
            "impossible_instant",
            f"{name}「{shown(value)}」不是时刻。",
            f"{name} “{shown(value)}” is no instant.",
        ) from None


def missing(name: str) -> Rejected:
    """What a person is told of a value that has to be there."""
    return Rejected("missing_value", f"缺少 {name}。", f"{name} is missing.")


def direction_of(value: Any) -> str | None:
    """One of sixteen points of the compass, by its letters or its Chinese name; None for anything else."""
    text = str(value or "").strip()
    return text.upper() if text.upper() in COMPASS else _CHINESE.get(text)


def grade_named(value: Any) -> str | None:
    """A grade by its Chinese name, or as TD, TS, STS, TY, STY, SuperTY."""
    text = str(value or "").strip()
    code = text.lower().replace("superty", "super_ty")
    return _GRADES.get(text.partition("(")[0]) or (code if code in _GRADES.values() else None)
