"""Datums of coordinates that arrive: WGS 84, CGCS2000, GCJ-02 and BD-09, all to WGS 84.

GCJ-02 and BD-09 are the offsets of Chinese web maps; the formulas are the published ones (constants of the
Krasovsky 1940 ellipsoid, a = 6378245 m, ee = 0.00669342162296594323). CGCS2000 agrees with WGS 84 below a
metre and is taken as it is.
"""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from emmap.errors import Malformed

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Floats = npt.NDArray[np.float64]

_A = 6378245.0
_EE = 0.00669342162296594323
_BD_X = np.pi * 3000.0 / 180.0
_ROUNDS = 6
"""Rounds of the inverse: each shrinks the error about a thousandfold, from 600 m at Guangzhou."""


def datum_of(text: str) -> Datum:
    """The datum that `text` names. Raises `Malformed`."""
    wanted = text.strip().lower().replace("-", "")
    for datum in get_args(Datum):
        if wanted == datum:
            return datum  # type: ignore[no-any-return]
    raise Malformed(
        f"不认识坐标系「{text[:40]}」;可用 wgs84、cgcs2000、gcj02、bd09。",
        f"Unknown datum “{text[:40]}”: use wgs84, cgcs2000, gcj02 or bd09.",
        code="unknown_datum",
    )


def to_wgs84(lon: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """Longitudes and latitudes (degrees, any equal shape) of `datum` in WGS 84; the inputs stay as they are."""
    if datum in ("wgs84", "cgcs2000"):
        return lon, lat
    if datum == "bd09":
        lon, lat = _gcj02_of_bd09(lon, lat)
    return _wgs84_of_gcj02(lon, lat)


def gcj02_of_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 coordinates of WGS 84 ones, in degrees; outside the offset's rectangle they are equal."""
    d_lon, d_lat = _offset(lon, lat)
    return lon + d_lon, lat + d_lat


def bd09_of_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 coordinates of GCJ-02 ones, in degrees."""
    reach = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_X)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_X)
    return reach * np.cos(angle) + 0.0065, reach * np.sin(angle) + 0.006


def _wgs84_of_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    found_lon, found_lat = lon, lat
    for _ in range(_ROUNDS):
        d_lon, d_lat = _offset(found_lon, found_lat)
        found_lon, found_lat = lon - d_lon, lat - d_lat
    return found_lon, found_lat


def _gcj02_of_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 0.0065, lat - 0.006
    reach = np.hypot(x, y) - 2e-5 * np.sin(y * _BD_X)
    angle = np.arctan2(y, x) - 3e-6 * np.cos(x * _BD_X)
    return reach * np.cos(angle), reach * np.sin(angle)


def _offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """What GCJ-02 adds to WGS 84, in degrees; none outside the rectangle that the offset is defined for."""
    x, y = lon - 105.0, lat - 35.0
    root, pi = np.sqrt(np.abs(x)), np.pi
    shared = (20 * np.sin(6 * pi * x) + 20 * np.sin(2 * pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
    north += (20 * np.sin(pi * y) + 40 * np.sin(pi * y / 3)) * 2 / 3
    north += (160 * np.sin(pi * y / 12) + 320 * np.sin(pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
    east += (20 * np.sin(pi * x) + 40 * np.sin(pi * x / 3)) * 2 / 3
    east += (150 * np.sin(pi * x / 12) + 300 * np.sin(pi * x / 30)) * 2 / 3
    radians = np.radians(lat)
    m = 1 - _EE * np.sin(radians) ** 2
    d_lat = north * 180 / (pi * _A * (1 - _EE) / (m * np.sqrt(m)))
    d_lon = east * 180 / (pi * _A / np.sqrt(m) * np.cos(radians))
    inside = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    return np.where(inside, d_lon, 0.0), np.where(inside, d_lat, 0.0)
