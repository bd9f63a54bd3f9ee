"""Where a feature lies: the city's districts and the province, from the boundaries in `data/`."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from emmap.codes import DATA, districts
from emmap.store.outlines import thinned

Floats = npt.NDArray[np.float64]

POINT_WKB = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
"""A little-endian WKB point, 21 bytes: plain points are packed and read as arrays, not one by one."""

_SLIVER = 0.001
"""An area lies in a district where they share more than this part of the smaller of the two; less is the
width of a simplified boundary, along which neighbours always touch."""


@lru_cache(maxsize=1)
def _districts() -> dict[str, Any]:
    shapes = {}
    for feature in _features("guangzhou_districts.geojson"):
        shapes[feature["properties"]["code"]] = shapely.from_geojson(json.dumps(feature["geometry"]))
    for shape in shapes.values():
        shapely.prepare(shape)
    return {code: shapes[code] for code in districts()}


@lru_cache(maxsize=1)
def _province() -> Any:
    cities = [
        shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in _features("guangdong_cities.geojson")
    ]
    province = shapely.union_all(cities)
    shapely.prepare(province)
    return province


def _features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))["features"]
    return found


def boundary_of(code: str) -> Any | None:
    """The district's boundary as a shapely geometry (EPSG:4326), or None for a code that is not in the city.

    A code that goes below the district (12-digit town codes) gives its district; `440100` the whole city.
    """
    if code == "440100":
        return shapely.union_all(list(_districts().values()))
    return _districts().get(code[:6])


def points_wkb(lon: Floats, lat: Floats) -> list[bytes | None]:
    """WKB of points in degrees; None where a coordinate is NaN."""
    packed = np.empty(len(lon), POINT_WKB)
    packed["order"], packed["type"], packed["x"], packed["y"] = 1, 1, lon, lat
    raw, size = packed.tobytes(), POINT_WKB.itemsize
    missing = np.isnan(lon) | np.isnan(lat)
    return [None if gone else raw[i * size : (i + 1) * size] for i, gone in enumerate(missing.tolist())]


def districts_of(wkbs: Sequence[bytes | None]) -> list[tuple[str, ...]]:
    """For each geometry (WKB, EPSG:4326) the codes of the districts that it lies in, in list order."""
    found: list[tuple[str, ...]] = [()] * len(wkbs)
    lon, lat, rows, others = _split(wkbs)
    for code, shape in _districts().items():
        for i in rows[_inside(shape, lon, lat)].tolist():
            found[i] = (*found[i], code)
    if len(others):
        geometries = shapely.from_wkb([wkbs[i] for i in others])
        for i, geometry in zip(others, map(thinned, geometries), strict=True):
            found[i] = tuple(code for code, shape in _districts().items() if _lies_in(geometry, shape))
    return found


def in_guangdong(wkbs: Sequence[bytes | None]) -> npt.NDArray[np.bool_]:
    """For each geometry (WKB, EPSG:4326) whether it touches the province; False where there is none."""
    found = np.zeros(len(wkbs), bool)
    lon, lat, rows, others = _split(wkbs)
    found[rows] = _inside(_province(), lon, lat)
    if len(others):
        found[others] = shapely.intersects(_province(), shapely.from_wkb([wkbs[i] for i in others]))
    return found


def _split(
    wkbs: Sequence[bytes | None],
) -> tuple[Floats, Floats, npt.NDArray[np.int64], list[int]]:
    """Plain points as arrays (lon, lat, index) and the indexes of all other geometries."""
    size = np.fromiter((0 if wkb is None else len(wkb) for wkb in wkbs), np.int64, len(wkbs))
    short = np.flatnonzero(size == POINT_WKB.itemsize)
    packed = np.frombuffer(b"".join(wkbs[i] or b"" for i in short.tolist()), POINT_WKB)
    plain = (packed["order"] == 1) & (packed["type"] == 1)
    lon, lat = packed["x"][plain].astype(np.float64), packed["y"][plain].astype(np.float64)
    others = np.concatenate((short[~plain], np.flatnonzero((size > 0) & (size != POINT_WKB.itemsize))))
    return lon, lat, short[plain], sorted(others.tolist())


def _inside(shape: Any, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Which points touch the shape; only those in its box are asked one by one."""
    west, south, east, north = shape.bounds
    inside: npt.NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    inside[inside] = shapely.intersects_xy(shape, lon[inside], lat[inside])
    return inside


def _lies_in(geometry: Any, shape: Any) -> bool:
    if not shapely.intersects(shape, geometry):
        return False
    if not geometry.area:
        return True
    shared = shapely.intersection(shape, geometry).area
    return bool(shared > _SLIVER * min(geometry.area, shape.area))
