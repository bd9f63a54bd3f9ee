"""USGS seismic events: the GeoJSON summary feed of earthquake.usgs.gov (version 1.0).

Times are milliseconds since 1970, depth is the third coordinate, and a value that is not known is null. An event goes
under one id; where another network's becomes the preferred one, the feed tells both, and the old one ends here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emmap.errors import Unreadable
from emmap.ingest.cells import shown
from emmap.ingest.formats import beginning
from emmap.ingest.json_text import json_of
from emmap.ingest.sheet import Sheet
from emmap.layer import Rejected

HEADER = (
    "id", "valid_from", "lon", "lat", "depth_km", "name", "occurred_at", "magnitude", "magnitude_type", "magnitude_class",
    "event_type", "hazards", "review", "updated_at", "pager", "tsunami", "felt", "network", "web",
)  # fmt: skip
TYPES: Mapping[str, str] = {
    "earthquake": "earthquake", "quarry blast": "blast", "explosion": "blast", "mining explosion": "blast",
    "chemical explosion": "blast", "nuclear explosion": "blast",
}  # fmt: skip
"""`type` to a code; every other is `other`."""
REVIEWS = ("automatic", "reviewed")
PAGER = ("green", "yellow", "orange", "red")
CLASSES = ((8.0, "great"), (7.0, "major"), (6.0, "strong"), (4.5, "moderate"), (3.0, "felt"))
"""Least magnitude of each class, as the China Earthquake Administration divides them; below is `weak`."""


def recognises(content: bytes) -> bool:
    """Whether it is a collection of features that tells magnitudes, or is the feed's own."""
    start = beginning(content)
    return start.startswith("{") and ('"mag"' in start or "earthquake.usgs.gov" in start)


def read(content: bytes, name: str) -> Sheet:
    """One row for each event; rows that end one are events that USGS deleted, and ids that it replaced."""
    told = json_of(content)
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list):
        raise Unreadable(
            "这个 JSON 不是 USGS 地震 GeoJSON（应有 features）。",
            "This JSON is no GeoJSON feed of USGS (there are no features).",
            code="not_usgs",
        )
    rows: list[list[Any]] = []
    origins: list[int] = []
    broken: dict[int, Rejected] = {}
    ending: set[int] = set()
    for number, feature in enumerate(features, 1):
        replaced: tuple[str, ...] = ()
        deleted = False
        row: list[Any] = [None] * len(HEADER)
        try:
            row, replaced, deleted = _event(feature)
        except Rejected as rejected:
            broken[len(rows)] = rejected
        if deleted:
            ending.add(len(rows))
        rows.append(row)
        origins.append(number)
        for other in replaced:
            ending.add(len(rows))
            rows.append([other, row[1], *[None] * (len(HEADER) - 2)])
            origins.append(number)
    return Sheet("USGS GeoJSON", HEADER, rows, broken=broken, origins=origins, ending=frozenset(ending))


def _event(feature: Any) -> tuple[list[Any], tuple[str, ...], bool]:
    """A row, the ids that the event had before, and whether it is deleted. Raises `Rejected`."""
    told = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(told, dict) or feature.get("id") is None:
        raise Rejected(
            "bad_feature",
            "这不是 USGS 地震要素（应有 id 和 properties）。",
            "This is no feature of USGS: it needs an id and properties.",
        )
    own = str(feature["id"])
    at = _instant(told.get("time"), "time")
    lon, lat, depth = _place(feature.get("geometry"))
    kind = TYPES.get(str(told.get("type")), "other")
    quake = kind == "earthquake"
    row = [
        own, at, lon, lat, depth, told.get("place") or told.get("title"), at, told.get("mag"), told.get("magType"),
        _class(told.get("mag")) if quake else None, kind, "11C" if quake else None, _of(REVIEWS, told.get("status")),
        _instant(told.get("updated"), "updated"), _of(PAGER, told.get("alert")),
        "yes" if told.get("tsunami") == 1 else None, told.get("felt"), told.get("net"), told.get("url"),
    ]  # fmt: skip
    ids = told.get("ids")
    others = {*ids.split(",")} - {"", own} if isinstance(ids, str) else set()
    return row, tuple(sorted(others)), told.get("status") == "deleted"


def _of(codes: Sequence[str], value: Any) -> str | None:
    return value if isinstance(value, str) and value in codes else None


def _class(magnitude: Any) -> str | None:
    if isinstance(magnitude, bool) or not isinstance(magnitude, int | float) or magnitude != magnitude:
        return None
    return next((name for least, name in CLASSES if magnitude >= least), "weak")


def _instant(value: Any, name: str) -> datetime | None:
    """Milliseconds since 1970, UTC."""
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Rejected(
            "impossible_instant",
            f"{name}「{shown(value)}」不是 1970 年以来的毫秒数。",
            f"{name} “{shown(value)}” is no number of milliseconds since 1970.",
        ) from None


def _place(geometry: Any) -> tuple[Any, Any, Any]:
    """Longitude, latitude and depth (km); None for each that is not told."""
    told = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    numbers = told if isinstance(told, list) else []
    lon, lat, depth = (numbers + [None] * 3)[:3]
    return lon, lat, depth
