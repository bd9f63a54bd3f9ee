"""An area drawn on the map, and its text form:

    box:west,south,east,north      circle:lon,lat,metres      polygon:lon,lat,lon,lat,…      district:code

Degrees are WGS 84, kept to six decimals (0.1 m). Edges are straight in longitude and latitude, as in GeoJSON (RFC 7946
§3.1.1); a circle's radius is a distance on the ellipsoid. `assets/engine/area.js` reads and answers the same.
"""

import math
import re
from dataclasses import dataclass

import shapely
from pyproj import Geod

from emmap.codes import districts

MOST_CORNERS = 200
LARGEST_RADIUS_M = 500_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_METRES_A_DEGREE = 110_574
"""The shortest degree of latitude of WGS 84, at the equator."""
Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A rectangle or a polygon: its corners, (longitude, latitude) in degrees, the first one not repeated."""

    ring: Ring
    rectangular: bool = False

    def __str__(self) -> str:
        if self.rectangular:
            (west, south), _, (east, north), _ = self.ring
            return f"box:{_joined(west, south, east, north)}"
        return f"polygon:{_joined(*(n for corner in self.ring for n in corner))}"


@dataclass(frozen=True, slots=True)
class Circle:
    """What lies within `radius_m` metres of a centre, on the ellipsoid."""

    lon: float
    lat: float
    radius_m: int

    def __str__(self) -> str:
        return f"circle:{_joined(self.lon, self.lat)},{self.radius_m}"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around it, in degrees."""
        height = self.radius_m / _METRES_A_DEGREE
        low, high = max(-90.0, self.lat - height), min(90.0, self.lat + height)
        if max(-low, high) > 89:
            return -180.0, low, 180.0, high
        farthest = max(abs(low), abs(high))
        width = height / math.cos(math.radians(farthest))
        return max(-180.0, self.lon - width), low, min(180.0, self.lon + width), high


@dataclass(frozen=True, slots=True)
class District:
    """What has a place and belongs to a district, by its GB/T 2260 code."""

    code: str

    def __str__(self) -> str:
        return f"district:{self.code}"


Area = Outline | Circle | District


def parse_area(text: str) -> Area:
    """An area from its text form. Raises ValueError, also for a polygon whose outline meets itself."""
    kind, _, rest = text.strip().partition(":")
    if kind == "district":
        if rest not in districts():
            raise ValueError(rest)
        return District(rest)
    numbers = [_number(part) for part in rest.split(",")]
    if kind == "circle":
        lon, lat, radius = numbers
        _check(_on_earth(lon, lat) and 0.5 <= radius <= LARGEST_RADIUS_M)
        return Circle(_rounded(lon), _rounded(lat), int(radius + 0.5))
    if kind == "box":
        west, south, east, north = map(_rounded, numbers)
        _check(_on_earth(west, south) and _on_earth(east, north) and west < east and south < north)
        return Outline(((west, south), (east, south), (east, north), (west, north)), rectangular=True)
    _check(kind == "polygon" and len(numbers) % 2 == 0 and len(numbers) <= 2 * MOST_CORNERS)
    given = list(zip(map(_rounded, numbers[::2]), map(_rounded, numbers[1::2]), strict=True))
    ring = tuple(here for here, after in zip(given, given[1:] + given[:1], strict=True) if here != after)
    _check(len(ring) >= 3 and all(_on_earth(*corner) for corner in ring))
    _check(bool(shapely.LinearRing(ring).is_simple))
    return Outline(ring)


def size_km2(area: Area) -> float:
    """Its size on the ellipsoid, km²; a district's as its list says."""
    match area:
        case District(code):
            return districts()[code].area_km2
        case Circle(lon, lat, radius):
            ring = Geod(ellps="WGS84").fwd([lon] * 360, [lat] * 360, list(range(360)), [radius] * 360)
            longitudes, latitudes = ring[0], ring[1]
        case Outline(corners):
            longitudes, latitudes = [lon for lon, _ in corners], [lat for _, lat in corners]
    return abs(float(Geod(ellps="WGS84").polygon_area_perimeter(longitudes, latitudes)[0])) / 1e6


def _joined(*degrees: float) -> str:
    return ",".join(f"{n:.6f}".rstrip("0").rstrip(".") for n in degrees)


def _number(text: str) -> float:
    _check(_NUMBER.fullmatch(text) is not None)
    return float(text)


def _rounded(degrees: float) -> float:
    return round(degrees, 6) + 0.0  # no minus zero


def _on_earth(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


def _check(good: bool) -> None:
    if not good:
        raise ValueError("malformed area")
