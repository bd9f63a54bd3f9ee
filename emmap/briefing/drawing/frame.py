"""The map sheet's frame: which part of the world it shows, and how degrees become paper.

Web Mercator (EPSG:3857) on the sphere of radius 6378137 m, like the screen. Paper coordinates are hundredths of a
millimetre from the top left corner, so that paths stay short and whole.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]
Floats = npt.NDArray[np.float64]

RADIUS_M = 6_378_137.0
HIGHEST_LATITUDE = 85.051129
"""Where Web Mercator ends, in degrees."""
LEAST_SPAN_M = 200.0
"""No sheet shows less than this, however small the extent that is asked for."""
UNITS_PER_MM = 100
_LONGEST_BAR_MM, _LONGEST_BAR = 45.0, 0.25
"""In mm, and as a part of the sheet's width."""
_STEPS_DEGREES = (
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60,
)  # fmt: skip
_LEAST_BETWEEN_MM = 26.0
"""Meridians stand no nearer to each other than this on paper."""


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of a round length: `length_m` on the ground, `length_mm` on paper."""

    length_m: float
    length_mm: float

    def words(self, part: float) -> str:
        """What stands at a part of the bar."""
        length = self.length_m * part
        return f"{length / 1000:g}" if self.length_m >= 1000 else f"{length:g}"

    @property
    def unit(self) -> str:
        """千米 or 米."""
        return "千米" if self.length_m >= 1000 else "米"


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of paper over Web Mercator: its size, its top left corner in metres, its scale."""

    width_mm: float
    height_mm: float
    west_m: float
    north_m: float
    metres_per_mm: float

    @classmethod
    def around(cls, box: Box, width_mm: float, height_mm: float, margin: float = 0.0) -> "Frame":
        """The frame that shows all of `box` (degrees), centred, with a margin as a part of its size."""
        west, east = _x(box[0]), _x(box[2])
        south, north = _y(box[1]), _y(box[3])
        wide = max(east - west, LEAST_SPAN_M) * (1 + 2 * margin)
        high = max(north - south, LEAST_SPAN_M) * (1 + 2 * margin)
        scale = max(wide / width_mm, high / height_mm)
        return cls(
            width_mm,
            height_mm,
            (west + east) / 2 - scale * width_mm / 2,
            (south + north) / 2 + scale * height_mm / 2,
            scale,
        )

    def at_scale(self, denominator: float) -> "Frame":
        """The same paper about the same middle at 1:`denominator`, true at the central latitude."""
        scale = denominator / (1000 * math.cos(math.radians(self.central_latitude)))
        wider, higher = ((self.metres_per_mm - scale) * size / 2 for size in (self.width_mm, self.height_mm))
        return Frame(self.width_mm, self.height_mm, self.west_m + wider, self.north_m - higher, scale)

    @classmethod
    def snug(cls, box: Box, longest_mm: float) -> "Frame":
        """The frame that shows `box` (degrees) and no more, its longer side so long."""
        shape = aspect(box)
        return cls.around(box, longest_mm * min(1.0, shape), longest_mm / max(1.0, shape))

    @property
    def width(self) -> int:
        """Width in paper units."""
        return round(self.width_mm * UNITS_PER_MM)

    @property
    def height(self) -> int:
        """Height in paper units."""
        return round(self.height_mm * UNITS_PER_MM)

    @property
    def box(self) -> Box:
        """What the frame shows, in degrees."""
        east_m = self.west_m + self.width_mm * self.metres_per_mm
        south_m = self.north_m - self.height_mm * self.metres_per_mm
        return (
            max(-180.0, math.degrees(self.west_m / RADIUS_M)),
            _latitude(south_m),
            min(180.0, math.degrees(east_m / RADIUS_M)),
            _latitude(self.north_m),
        )

    @property
    def central_latitude(self) -> float:
        """Latitude of the middle of the sheet, in degrees."""
        return _latitude(self.north_m - self.height_mm * self.metres_per_mm / 2)

    @property
    def denominator(self) -> float:
        """The n of 1:n on the ground, true at the central latitude."""
        return self.metres_per_mm * 1000 * math.cos(math.radians(self.central_latitude))

    def place(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Degrees to paper units."""
        x_m = np.radians(lon) * RADIUS_M
        within = np.clip(lat, -HIGHEST_LATITUDE, HIGHEST_LATITUDE)
        y_m = np.log(np.tan(np.pi / 4 + np.radians(within) / 2)) * RADIUS_M
        unit = self.metres_per_mm / UNITS_PER_MM
        return (x_m - self.west_m) / unit, (self.north_m - y_m) / unit

    def placed(self, coordinates: Any) -> Any:
        """An (n, 2) array of degrees to paper units, for `shapely.transform`."""
        return np.column_stack(self.place(coordinates[:, 0], coordinates[:, 1]))

    def shows(self, places: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Which places, (n, 2) of lon and lat in 1e-7°, the sheet shows."""
        west, south, east, north = self.box
        x, y = places[:, 0], places[:, 1]
        found: npt.NDArray[np.bool_] = (
            (x >= west * 1e7) & (x <= east * 1e7) & (y >= south * 1e7) & (y <= north * 1e7)
        )
        return found

    def put(self, places: npt.NDArray[np.int32]) -> Floats:
        """Places in 1e-7° to an (n, 2) array of paper units."""
        return np.column_stack(self.place(places[:, 0] / 1e7, places[:, 1] / 1e7))

    def scale_bar(self) -> ScaleBar:
        """The longest bar of 1, 2 or 5 times a power of ten that fits, true at the central latitude."""
        true_m_per_mm = self.denominator / 1000
        most = true_m_per_mm * min(_LONGEST_BAR_MM, _LONGEST_BAR * self.width_mm)
        power = 10 ** math.floor(math.log10(most))
        length = next(step * power for step in (5, 2, 1) if step * power <= most)
        return ScaleBar(length, length / true_m_per_mm)

    def ticks(self) -> Iterator[tuple[str, float, str]]:
        """Meridians and parallels at round degrees: ("lon" or "lat", position in paper units, label)."""
        west, south, east, north = self.box
        mm_per_degree = math.radians(1) * RADIUS_M / self.metres_per_mm
        step = next((s for s in _STEPS_DEGREES if s * mm_per_degree >= _LEAST_BETWEEN_MM), _STEPS_DEGREES[-1])
        digits = max(0, -math.floor(math.log10(step)))
        for axis, low, high, ends in (("lon", west, east, "EW"), ("lat", south, north, "NS")):
            for number in range(math.ceil(low / step), math.floor(high / step) + 1):
                degrees = number * step
                x, y = self.place(np.array([degrees]), np.array([degrees]))
                at = float(x[0] if axis == "lon" else y[0])
                side = "" if number == 0 else ends[degrees < 0]
                yield axis, at, f"{abs(degrees):.{digits}f}°{side}"


def packed(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Cells of a grid as one number each, in the order of rows, then columns: quick to sort. Neither may pass 2³⁰."""
    return rows << 32 | (columns + (1 << 31))


def unpacked(cells: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows and columns of `packed` cells."""
    return cells >> 32, (cells & 0xFFFFFFFF) - (1 << 31)


def aspect(box: Box) -> float:
    """Width over height of an extent (degrees) on the Mercator plane."""
    wide = max(_x(box[2]) - _x(box[0]), LEAST_SPAN_M)
    return wide / max(_y(box[3]) - _y(box[1]), LEAST_SPAN_M)


def _x(lon: float) -> float:
    return math.radians(lon) * RADIUS_M


def _y(lat: float) -> float:
    within = max(-HIGHEST_LATITUDE, min(HIGHEST_LATITUDE, lat))
    return math.log(math.tan(math.pi / 4 + math.radians(within) / 2)) * RADIUS_M


def _latitude(y_m: float) -> float:
    return math.degrees(2 * math.atan(math.exp(y_m / RADIUS_M)) - math.pi / 2)
