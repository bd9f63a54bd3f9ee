"""Symbols on paper, from the same flat table that the browser looks up: shapes, outlines, hatching.

A symbol's outline spans the circle of its size like on the screen; sizes in px become millimetres by one factor.
Grey print keeps severity: by shape and size of points, by dash and hatching of areas.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from emmap.briefing.drawing.frame import UNITS_PER_MM

MM_PER_PX = 0.175
_Corners = Sequence[tuple[float, float]]


def _around(corners: int) -> _Corners:
    turn = 2 * math.pi / corners
    return [(math.sin(k * turn), -math.cos(k * turn)) for k in range(corners)]


OUTLINES: Mapping[str, _Corners] = {
    "square": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
    "diamond": [(0, -1), (1, 0), (0, 1), (-1, 0)],
    "triangle": [(0, -1), (0.95, 0.75), (-0.95, 0.75)],
    "cross": [
        (-0.33, -1), (0.33, -1), (0.33, -0.33), (1, -0.33), (1, 0.33), (0.33, 0.33), (0.33, 1), (-0.33, 1),
        (-0.33, 0.33), (-1, 0.33), (-1, -0.33), (-0.33, -0.33),
    ],
    "pentagon": _around(5),
    "hexagon": _around(6),
    "star": [
        (r * math.sin(k * math.pi / 5), -r * math.cos(k * math.pi / 5))
        for k in range(10)
        for r in [0.45 if k % 2 else 1.0]
    ],
}  # fmt: skip
"""Corners on the unit circle; what is not here is a circle."""

_DASHES = {"long": "3.2 1.4", "short": "1.3 0.9", "dots": "0.01 1.1"}
"""Outline of an area in mm; `solid` has none."""
_HATCHES = {
    "solid": (1.5, 45, 0.26),
    "long": (2.4, -45, 0.24),
    "short": (2.6, 0, 0.16),
}
"""Hatching by the outline's kind: distance in mm, angle in degrees, width in mm. `dots` has dots."""

_HATCH = 0.55
"""How strong hatching is: symbols of the same colour must stand out on it."""


def tint(colour: str, share: float = 0.2) -> str:
    """A colour on white paper, as if it covered that share."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)


def shade(colour: str, share: float = 0.75) -> str:
    """A darker colour, for lines on the tint."""
    return "#" + "".join(f"{round(int(colour[i : i + 2], 16) * share):02x}" for i in (1, 3, 5))


def points(row: Mapping[str, Any], places: Sequence[tuple[int, int]], size: float, rim_mm: float) -> str:
    """All points of one style as one SVG path, in paper units. `size` is a factor on the symbol's own."""
    radius = row["size"] / 2 * MM_PER_PX * size * UNITS_PER_MM
    rim = round(2 * rim_mm * UNITS_PER_MM)
    if row["shape"] not in OUTLINES:
        # Dots are the round ends of strokes of almost no length: the shortest path there is. (A single stroke of
        # none would have no extent and be left out.)
        path = "".join([f"M{x} {y}h1" for x, y in places])
        wide = round(2 * radius)
        drawn = f'<path d="{path}" stroke="{row["colour"]}" stroke-width="{wide}" stroke-linecap="round"/>'
        if rim:
            under = f'<path d="{path}" stroke="#fff" stroke-width="{wide + rim}" stroke-linecap="round"/>'
            return under + drawn
        return drawn
    corners = [(round(x * radius), round(y * radius)) for x, y in OUTLINES[row["shape"]]]
    x0, y0 = corners[0]
    steps = "".join(f"l{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(corners)) + "z"
    path = "".join([f"M{x + x0} {y + y0}{steps}" for x, y in places])
    edge = f' stroke="#fff" stroke-width="{rim}" stroke-linejoin="round" paint-order="stroke"' if rim else ""
    return f'<path d="{path}" fill="{row["colour"]}"{edge}/>'


def hatch(row: Mapping[str, Any], name: str) -> str:
    """The SVG pattern that an area of this style is filled with besides its tint."""
    colour = row["colour"]
    if row["dash"] == "dots":
        side, middle = 190, 95
        inner = (
            f'<path d="M{middle} {middle}h1" stroke="{colour}" stroke-width="52" stroke-linecap="round"'
            f' stroke-opacity="{_HATCH}"/>'
        )
        turn = 0.0
    else:
        distance, turn, wide = _HATCHES[row["dash"]]
        side, middle = round(distance * UNITS_PER_MM), round(distance * UNITS_PER_MM / 2)
        inner = (
            f'<path d="M0 {middle}h{side}" stroke="{colour}" stroke-width="{round(wide * UNITS_PER_MM)}"'
            f' stroke-opacity="{_HATCH}"/>'
        )
    return (
        f'<pattern id="{name}" width="{side}" height="{side}" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate({turn})">{inner}</pattern>'
    )


def outline(row: Mapping[str, Any], path: str, wide_mm: float = 0.4) -> str:
    """The outline of an area, or a line, of this style."""
    dash = ""
    if row["dash"] in _DASHES:
        lengths = " ".join(f"{float(n) * UNITS_PER_MM:g}" for n in _DASHES[row["dash"]].split())
        cap = "round" if row["dash"] == "dots" else "butt"
        dash = f' stroke-dasharray="{lengths}" stroke-linecap="{cap}"'
    return (
        f'<path d="{path}" stroke="{shade(row["colour"])}" stroke-width="{round(wide_mm * UNITS_PER_MM)}"'
        f' stroke-linejoin="round"{dash}/>'
    )


def point_icon(row: Mapping[str, Any]) -> str:
    """The legend's picture of a point: 3.4 mm square."""
    return svg(340, 340, points(row, [(170, 170)], 1.15, 0.0))


def area_icon(row: Mapping[str, Any]) -> str:
    """The legend's picture of an area: 6 mm by 3.4 mm."""
    path = "M20 20h560v300h-560z"
    return svg(
        600,
        340,
        f"<defs>{hatch(row, 'h')}</defs>"
        f'<path d="{path}" fill="{tint(row["colour"])}"/><path d="{path}" fill="url(#h)"/>'
        + outline(row, path, 0.3),
    )


def line_icon(row: Mapping[str, Any]) -> str:
    """The legend's picture of a line: 6 mm by 3.4 mm."""
    return svg(600, 340, outline(row, "M20 170h560", 0.6))


def svg(width: int, height: int, inner: str) -> str:
    """A picture of its own, in paper units."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width / UNITS_PER_MM}mm"'
        f' height="{height / UNITS_PER_MM}mm" fill="none">{inner}</svg>'
    )
