"""Lines and areas of the layers. Fills are opaque tints with hatching, the worst on top, like the legend; every outline
lies above every fill, so that no area disappears below another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from emmap.briefing.drawing import symbols
from emmap.briefing.drawing.frame import Frame
from emmap.briefing.drawing.paths import outline_paths
from emmap.store.marks import Outlined

Style = Mapping[str, Any]
_Look = tuple[str, str]
"""Colour and dash: all that tells lines and areas apart."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """SVG of what is no point: patterns for `<defs>`, fills, outlines of areas, lines."""

    patterns: str
    fills: str
    rims: str
    lines: str


def outlines(frame: Frame, found: Sequence[tuple[Style, Outlined]]) -> Outlines:
    """Everything of one style is one path, however much it is."""
    geometries = shapely.from_wkb([one.geometry for _, one in found]) if found else []
    areas: dict[_Look, list[str]] = {}
    lines: dict[_Look, list[str]] = {}
    styles: dict[_Look, Style] = {}
    shown = zip(found, shapely.get_dimensions(geometries), outline_paths(frame, geometries), strict=True)
    for (style, _), dimension, path in shown:
        if path:
            look: _Look = (style["colour"], style["dash"])
            styles.setdefault(look, style)
            into = areas if dimension == 2 else lines
            into.setdefault(look, []).append(path)
    patterns, fills, rims, strokes = [], [], [], []
    for number, look in enumerate(sorted(areas, key=lambda one: (styles[one]["z"], one))):
        style, path = styles[look], "".join(areas[look])
        patterns.append(symbols.hatch(style, f"hatch{number}"))
        fills.append(
            f'<path d="{path}" fill="{symbols.tint(style["colour"])}"/><path d="{path}" fill="url(#hatch{number})"/>'
        )
        rims.append(symbols.outline(style, path, 0.45))
    for look in sorted(lines, key=lambda one: (styles[one]["z"], one)):
        style, path = styles[look], "".join(lines[look])
        strokes.append(
            f'<path d="{path}" stroke="#fff" stroke-width="150" stroke-linejoin="round"/>'
            + symbols.outline(style, path, 0.8)
        )
    return Outlines("".join(patterns), "".join(fills), "".join(rims), "".join(strokes))
