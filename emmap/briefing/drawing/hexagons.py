"""Density: how many points lie in each hexagon of a grid whose width is round on the ground; every point counts once."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emmap.briefing.drawing.classes import Classes
from emmap.briefing.drawing.frame import UNITS_PER_MM, Frame, packed, unpacked
from emmap.briefing.drawing.keys import Entry, Key
from emmap.briefing.drawing.symbols import svg

_LEAST_MM = 2.6
"""A hexagon is no narrower than this on paper."""
_ROUND = (1, 1.5, 2, 3, 5)
_ROWS = math.sqrt(3) / 2
"""From row to row, in widths."""
EDGE = "#ffffff"
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hexagons:
    """Hexagons that hold a point: middles `x`, `y` in paper units, and how many each holds. `width_m`: from side to
    side on the ground, true at the sheet's central latitude; `width`: the same on paper."""

    x: _Floats
    y: _Floats
    counts: npt.NDArray[np.int64]
    width_m: float
    width: float

    @property
    def total(self) -> int:
        """How many points they hold."""
        return int(self.counts.sum())


def hexagons(frame: Frame, places: npt.NDArray[np.int32]) -> Hexagons:
    """The places, (n, 2) in 1e-7°, that the sheet shows, counted. The grid is that of the whole world in the sheet's
    projection, so that it does not move with the extent while the scale and the latitude stay."""
    width_m = _round_width(_LEAST_MM * frame.denominator / 1000)
    width = width_m / (frame.denominator / 1000) * UNITS_PER_MM
    shown: _Floats = frame.put(places[frame.shows(places)])
    unit = frame.metres_per_mm / UNITS_PER_MM
    from_x, from_y = frame.west_m / unit % width, -frame.north_m / unit % (width * math.sqrt(3))
    column, row = _nearest((shown[:, 0] + from_x) / width, (shown[:, 1] + from_y) / width)
    cells, counts = np.unique(packed(row, column), return_counts=True)
    rows, columns = unpacked(cells)
    # Middles of odd rows lie half a width to the right: columns are kept doubled.
    x = (columns * (width / 2) - from_x).astype(np.float64)
    y = (rows * (width * _ROWS) - from_y).astype(np.float64)
    return Hexagons(x, y, counts, width_m, width)


def _nearest(x: _Floats, y: _Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The hexagon of each point (widths): its doubled column and its row, the nearer of two lattices' middles."""
    found = []
    for shift in (0.0, 0.5):
        row = 2 * np.rint(y / (2 * _ROWS) - shift) + 2 * shift
        column = np.rint(x - shift) + shift
        found.append((column, row, (x - column) ** 2 + (y - row * _ROWS) ** 2))
    (column, row, near), (other_column, other_row, far) = found
    other = far < near
    return (
        np.rint(np.where(other, other_column, column) * 2).astype(np.int64),
        np.rint(np.where(other, other_row, row)).astype(np.int64),
    )


def drawn(found: Hexagons) -> tuple[str, Key]:
    """The hexagons, and the key to them: the classes' counts sum to all that the sheet shows."""
    if not found.total:
        return "", Key("密度", (), styled=False)
    classes = Classes.of(found.counts)
    places = classes.places(found.counts)
    paths, entries = [], []
    for place in range(len(classes.lows)):
        members = places == place
        if not members.any():
            continue
        path = _path(found.x[members], found.y[members], found.width)
        look = f'fill="{classes.colour(place)}" stroke="{EDGE}" stroke-width="12"'
        paths.append(f'<path d="{path}" {look}/>')
        icon = svg(340, 340, f'<path d="{_path(np.array([170.0]), np.array([170.0]), 290)}" {look}/>')
        entries.append(Entry(icon, f"每格 {classes.words(place)} 处，共", int(found.counts[members].sum())))
    wide = f"{found.width_m / 1000:g} 千米" if found.width_m >= 1000 else f"{found.width_m:g} 米"
    return "".join(paths), Key(
        "密度", tuple(entries), f"六边形对边 {wide}，共 {len(found.counts)} 格", styled=False
    )


def _path(x: _Floats, y: _Floats, width: float) -> str:
    side = width / math.sqrt(3)
    half = width / 2
    steps = f"l{half:.0f} {side / 2:.0f}v{side:.0f}l-{half:.0f} {side / 2:.0f}l-{half:.0f} -{side / 2:.0f}v-{side:.0f}z"
    top = np.rint(np.column_stack((x, y - side))).astype(int).tolist()
    return "".join([f"M{a} {b}{steps}" for a, b in top])


def _round_width(least_m: float) -> float:
    power = 10.0 ** math.floor(math.log10(least_m))
    return next(step * power for step in (*_ROUND, 10) if step * power >= least_m)
