"""Symbols as SVG, from the same style table that the browser looks up."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

PX_MM = 25.4 / 96
"""A CSS pixel in millimetres; symbol sizes are declared in pixels."""
MANY = 3000
"""More symbols than this of one value are round dots in one path, which stay vectors at any number."""


def _around(corners: int) -> list[tuple[float, float]]:
    return [
        (math.sin(2 * math.pi * k / corners), -math.cos(2 * math.pi * k / corners)) for k in range(corners)
    ]


OUTLINES: Mapping[str, list[tuple[float, float]]] = {
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
        ((0.45 if k % 2 else 1) * math.sin(k * math.pi / 5), -(0.45 if k % 2 else 1) * math.cos(k * math.pi / 5))
        for k in range(10)
    ],
}  # fmt: skip
"""Outlines on a unit circle, as in the browser's `stamps.js`."""

DASHES = {"solid": "", "long": "3 1.2", "dots": "0.4 1.2", "short": "1.2 1"}
HATCH_ANGLES = {"solid": 45, "long": -45, "dots": 0, "short": 90}
"""Hatching of areas by their outline, so that a grey print keeps the level."""


def points(xy: NDArray[np.float64], symbol: Mapping[str, Any]) -> str:
    """SVG of all points of one symbol, (n, 2) millimetres."""
    if not len(xy):
        return ""
    size = symbol["size"] * PX_MM
    many = len(xy) > MANY
    if many or symbol["shape"] not in OUTLINES:
        size = size * 0.45 if many else size
        dots = "".join(f"M{x:.2f} {y:.2f}h0" for x, y in xy)
        rim = (
            ""
            if many
            else f'<path d="{dots}" stroke="#fff" stroke-width="{size + 0.35:.2f}" stroke-linecap="round"/>'
        )
        return f'{rim}<path d="{dots}" stroke="{symbol["colour"]}" stroke-width="{size:.2f}" stroke-linecap="round"/>'
    outline = [(dx * size / 2, dy * size / 2) for dx, dy in OUTLINES[symbol["shape"]]]
    figures = "".join("M" + "L".join(f"{x + dx:.2f} {y + dy:.2f}" for dx, dy in outline) + "z" for x, y in xy)
    return (
        f'<path d="{figures}" fill="{symbol["colour"]}" stroke="#fff" stroke-width="0.3" stroke-linejoin="round" '
        'paint-order="stroke"/>'
    )


def hatch(symbol: Mapping[str, Any], name: str) -> str:
    """A pattern that fills areas of one symbol: a light tint and lines."""
    angle = HATCH_ANGLES[symbol["dash"]]
    return (
        f'<pattern id="{name}" width="2.2" height="2.2" patternUnits="userSpaceOnUse" patternTransform="rotate({angle})">'
        f'<rect width="2.2" height="2.2" fill="{symbol["colour"]}" fill-opacity="0.16"/>'
        f'<path d="M0 1.1h2.2" stroke="{symbol["colour"]}" stroke-opacity="0.55" stroke-width="0.22"/></pattern>'
    )


def legend_picture(symbol: Mapping[str, Any], *, area: bool) -> str:
    """A small SVG of one symbol for the legend, 6 × 4 mm."""
    if area:
        dash = DASHES[symbol["dash"]]
        body = (
            f'<defs>{hatch(symbol, "h")}</defs><rect x="0.4" y="0.4" width="5.2" height="3.2" fill="url(#h)" '
            f'stroke="{symbol["colour"]}" stroke-width="0.5"{f" stroke-dasharray={chr(34)}{dash}{chr(34)}" if dash else ""}/>'
        )
    else:
        body = points(np.array([[3.0, 2.0]]), symbol)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="6mm" height="4mm" viewBox="0 0 6 4" fill="none">'
        f"{body}</svg>"
    )
