"""The areas of CAP messages (CAP 1.2 §3.2.4): polygons and circles as senders really write them, put right where that
is possible, with a note."""

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from emmap.ingest.mending import mended

Note = tuple[str, str]
"""A sentence in Chinese and English."""
CIRCLE_POINTS = 64
MAX_RADIUS_KM = 10_000.0
_GEOD = Geod(ellps="WGS84")


def _pair(text: str) -> tuple[float, float]:
    """`lat,lon` as numbers. Raises ValueError."""
    first, second = (float(number) for number in text.split(","))
    if not (math.isfinite(first) and math.isfinite(second)):
        raise ValueError(text)
    return first, second


def _corners(text: str) -> npt.NDArray[np.float64]:
    """`lat,lon lat,lon …` as an array of pairs. Raises ValueError."""
    items = re.sub(r"\s*,\s*", ",", text).split()
    if not items or any(item.count(",") != 1 for item in items):
        raise ValueError(text[:40])
    numbers = np.fromiter(map(float, ",".join(items).split(",")), np.float64, 2 * len(items))
    if not np.isfinite(numbers).all():
        raise ValueError(text[:40])
    return numbers.reshape(-1, 2)


def polygon(text: str, notes: list[Note]) -> Any | None:
    """A CAP polygon (`lat,lon lat,lon …`) as a valid area in degrees; None, with a note, where it is none."""
    try:
        corners = _corners(text)
    except ValueError:
        notes.append(
            ("一个多边形的坐标无法理解,未采用。", "A polygon's coordinates make no sense; left out.")
        )
        return None
    if (abs(corners[:, 0]) > 90).any() and (abs(corners[:, 1]) <= 90).all():
        notes.append(
            ("多边形的经纬度写反了,已对调。", "A polygon gave longitude before latitude; swapped back.")
        )
        corners = corners[:, ::-1]
    if (abs(corners) > (90.0, 180.0)).any():
        notes.append(("一个多边形超出经纬度范围,未采用。", "A polygon is out of range; left out."))
        return None
    moved = (np.diff(corners, axis=0, prepend=np.nan) != 0).any(axis=1)
    ring = corners[moved][:, ::-1]
    if len(np.unique(ring, axis=0)) < 3:
        notes.append(("一个多边形不足三个顶点,未采用。", "A polygon has fewer than three corners; left out."))
        return None
    if (ring[0] != ring[-1]).any():
        notes.append(("一个多边形没有闭合,已闭合。", "A polygon was open; closed."))
        ring = np.vstack((ring, ring[:1]))
    shape = shapely.polygons(ring)
    if not shape.is_valid:
        repaired = mended(shape)
        if repaired is None:
            notes.append(
                (
                    "一个多边形自相交太多，无法修复，未采用。",
                    "A polygon crosses itself too often to be mended; left out.",
                )
            )
            return None
        notes.append(("一个多边形自相交,已修复。", "A polygon crossed itself; repaired."))
        shape = _areas_of(repaired)
    return None if shape.is_empty else shape


def _areas_of(shape: Any) -> Any:
    """The areas in a geometry, without the lines and points that a repair leaves."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def circle(text: str, notes: list[Note]) -> Any | None:
    """A CAP circle (`lat,lon radius`, km) as a geodesic polygon of 64 corners; a point where the radius is 0."""
    try:
        centre, radius = re.sub(r"\s*,\s*", ",", text).split()
        lat, lon = _pair(centre)
        radius_km = float(radius)
    except ValueError:
        notes.append(("一个圆形区域无法理解,未采用。", "A circle makes no sense; left out."))
        return None
    if abs(lat) > 90 and abs(lon) <= 90:
        notes.append(
            ("圆心的经纬度写反了,已对调。", "A circle gave longitude before latitude; swapped back.")
        )
        lat, lon = lon, lat
    if abs(lat) > 90 or abs(lon) > 180 or not 0 <= radius_km <= MAX_RADIUS_KM:
        notes.append(("一个圆形区域超出范围,未采用。", "A circle is out of range; left out."))
        return None
    if radius_km == 0:
        return shapely.Point(lon, lat)
    bearings = np.linspace(0.0, 360.0, CIRCLE_POINTS, endpoint=False)
    full = np.ones(CIRCLE_POINTS)
    lons, lats, _ = _GEOD.fwd(lon * full, lat * full, bearings, 1000 * radius_km * full)
    unwrapped = lon + (lons - lon + 180.0) % 360.0 - 180.0
    return within_world(shapely.Polygon(np.column_stack((unwrapped, lats))))


def within_world(shape: Any) -> Any:
    """An area that runs over the 180th meridian cut in two there (RFC 7946 §3.1.9)."""
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    shift = -360.0 if east > 180 else 360.0
    world = shapely.box(-180, -90, 180, 90)
    moved = shapely.transform(shape, lambda at: at + np.array((shift, 0.0)))
    return shapely.union_all([shapely.intersection(shape, world), shapely.intersection(moved, world)])
