"""Web Mercator on paper, as on screen: degrees to millimetres within a frame."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_378_137.0
"""Radius of the Web Mercator sphere (EPSG:3857)."""
MOST_NORTH = 85.0511


@dataclass(frozen=True, slots=True)
class Frame:
    """A map frame of `width_mm` × `height_mm` that shows an extent whole, widened to the frame's shape."""

    bbox: tuple[float, float, float, float]
    width_mm: float
    height_mm: float

    @property
    def _edges(self) -> tuple[float, float, float]:
        west, south, east, north = self.bbox
        x0, x1 = _x(west), _x(east)
        y0, y1 = _y(south), _y(north)
        scale = min(self.width_mm / max(x1 - x0, 1e-9), self.height_mm / max(y1 - y0, 1e-9))
        left = (x0 + x1) / 2 - self.width_mm / scale / 2
        top = (y0 + y1) / 2 + self.height_mm / scale / 2
        return left, top, scale

    def project(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) degrees to (n, 2) millimetres from the frame's upper left corner."""
        left, top, scale = self._edges
        x = np.radians(lonlat[:, 0])
        lat = np.radians(np.clip(lonlat[:, 1], -MOST_NORTH, MOST_NORTH))
        y = np.log(np.tan(np.pi / 4 + lat / 2))
        return np.column_stack(((x - left) * scale, (top - y) * scale))

    @property
    def shown(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees of what the frame really shows."""
        left, top, scale = self._edges
        right, bottom = left + self.width_mm / scale, top - self.height_mm / scale
        return math.degrees(left), _latitude(bottom), math.degrees(right), _latitude(top)

    @property
    def metres_per_mm(self) -> float:
        """Ground metres of one millimetre at the frame's middle latitude."""
        _, _, scale = self._edges
        _, south, _, north = self.shown
        return EARTH_RADIUS_M * math.cos(math.radians((south + north) / 2)) / scale


def _x(lon: float) -> float:
    return math.radians(lon)


def _y(lat: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(max(-MOST_NORTH, min(MOST_NORTH, lat))) / 2))


def _latitude(y: float) -> float:
    return math.degrees(2 * math.atan(math.exp(y)) - math.pi / 2)


def round_length(metres: float) -> int:
    """The largest of 1, 2, 5 × 10ⁿ that is no more than `metres`."""
    power = 10 ** math.floor(math.log10(max(metres, 1)))
    return int(max(n * power for n in (1, 2, 5) if n * power <= max(metres, 1)))
