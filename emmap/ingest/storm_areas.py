"""Areas of a tropical cyclone on the globe: wind circles from quadrant radii, and the cone of a forecast. Pure.

Degrees are WGS 84, distances kilometres, geometry is shapely's.
"""

import csv
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from emmap.codes import DATA
from emmap.ingest.cap_areas import within_world

Quadrants = tuple[float, float, float, float]
"""Radii to the north-east, south-east, south-west and north-west."""
_GEOD = Geod(ellps="WGS84")
_CORNERS = 17
"""Corners of a quadrant's arc."""


def wind_area(lon: float, lat: float, radii: Quadrants) -> Any | None:
    """Where the wind blows: four quarter circles around the centre; None where every radius is 0."""
    if not any(radii):
        return None
    bearings = np.concatenate([np.linspace(start, start + 90.0, _CORNERS) for start in (0, 90, 180, 270)])
    shape = _around(lon, lat, bearings, np.repeat(radii, _CORNERS))
    return within_world(shape if shape.is_valid else shapely.make_valid(shape))


def cone(points: Sequence[tuple[float, float, float]]) -> Any | None:
    """Where the centre may go: the circles around `points` (lon, lat, radius), each joined with the next; None for fewer
    than two."""
    lon_of = _unwrapped([lon for lon, _, _ in points])
    bearings = np.linspace(0.0, 360.0, 4 * _CORNERS)
    circles = [
        _around(lon, lat, bearings, np.full(len(bearings), radius)) if radius else shapely.Point(lon, lat)
        for lon, (_, lat, radius) in zip(lon_of, points, strict=True)
    ]
    hulls = [shapely.union(a, b).convex_hull for a, b in pairwise(circles)]
    return within_world(shapely.union_all(hulls)) if hulls else None


def line(points: Iterable[tuple[float, float]]) -> Any | None:
    """A path, in two parts where it runs over the 180th meridian; None for fewer than two places."""
    parts: list[list[tuple[float, float]]] = [[]]
    for lon, lat in points:
        if parts[-1] and parts[-1][-1] == (lon, lat):
            continue  # it stands still
        if parts[-1] and abs(lon - parts[-1][-1][0]) > 180:
            parts.append([])
        parts[-1].append((lon, lat))
    lines = [shapely.LineString(part) for part in parts if len(part) > 1]
    return None if not lines else lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def forecast_error(hours: float) -> float:
    """The mean error of a forecast position, km, so many hours ahead: `data/track_errors.csv`, linear between its rows
    and beyond the last."""
    leads, errors = _errors()
    if hours <= leads[-1]:
        return float(np.interp(hours, leads, errors))
    slope = (errors[-1] - errors[-2]) / (leads[-1] - leads[-2])
    return errors[-1] + slope * (hours - leads[-1])


@lru_cache(maxsize=1)
def _errors() -> tuple[list[float], list[float]]:
    with (DATA / "track_errors.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(float(row["lead_h"]), float(row["error_km"])) for row in csv.DictReader(lines)]
    return [lead for lead, _ in rows], [error for _, error in rows]


def _around(lon: float, lat: float, bearings: Any, radii_km: Any) -> Any:
    """A polygon by bearing and distance from a place, its longitudes near that of the place; to 1e-5°, about a metre."""
    same = np.ones(len(bearings))
    lons, lats, _ = _GEOD.fwd(lon * same, lat * same, bearings, 1000.0 * np.asarray(radii_km, float))
    near = lon + (lons - lon + 180.0) % 360.0 - 180.0
    return shapely.Polygon(np.round(np.column_stack((near, lats)), 5))


def _unwrapped(lons: Iterable[float]) -> list[float]:
    """Longitudes each within 180° of the one before."""
    found: list[float] = []
    for lon in lons:
        found.append(lon if not found else found[-1] + (lon - found[-1] + 180.0) % 360.0 - 180.0)
    return found
