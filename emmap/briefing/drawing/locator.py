"""The inset that says where the sheet lies: in the city, or in the province."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import shapely

from emmap.briefing.drawing import base_map
from emmap.briefing.drawing.frame import UNITS_PER_MM, Box, Frame
from emmap.briefing.drawing.lettering import INK, text
from emmap.briefing.drawing.paths import outline_paths

_LARGEST_MM, _PART = 32.0, 0.2
"""Longer side of the inset, and as a part of the sheet's shorter side."""
_LEAST_MM = 15.0
_EXTENT = "#b3122a"
_ALL = 0.55
"""Where the sheet shows more than this part of an area, the area tells nothing of where it is."""
_AWAY = 110


def locator(frame: Frame, keep_off: Sequence[Box], covers: Callable[[Box], float]) -> tuple[str, Box] | None:
    """The inset and its box, in the corner where it covers least; None where the sheet is too small for one, shows
    all that is known, or lies outside of it. `covers` tells how much a box would hide."""
    around = _around(frame)
    if around is None:
        return None
    name, areas, lit = around
    size = min(_LARGEST_MM, _PART * 1.4 * min(frame.width_mm, frame.height_mm))
    if size < _LEAST_MM:
        return None
    bounds = shapely.total_bounds([one.boundary for one in areas])
    box = (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3]))
    inset = Frame.snug(box, size - 2)
    wide, high = inset.width + 200, inset.height + 400
    places = [(x, y, x + wide, y + high) for x, y in _corners(frame, wide, high, keep_off)]
    if not places:
        return None
    # The first of those that hide as little: corners come in the order in which a reader looks for an inset.
    best = min(places, key=covers)
    return _drawn(frame, inset, name, areas, lit, best), best


def _around(frame: Frame) -> tuple[str, Sequence[base_map.Area], Sequence[base_map.Area]] | None:
    """What the sheet is shown in: its name, its areas, and which of them stand out."""
    sheet = shapely.box(*frame.box)
    for name, areas, lit in (
        (base_map.CITY_NAME, base_map.city_districts(), ()),
        (
            base_map.PROVINCE_NAME,
            base_map.cities(),
            [one for one in base_map.cities() if one.name == base_map.CITY_NAME],
        ),
    ):
        extent = shapely.box(*shapely.total_bounds([one.boundary for one in areas]))
        common = float(shapely.intersection(extent, sheet).area)
        if common > 0.5 * sheet.area and common < _ALL * extent.area:
            return name, areas, lit
    return None


def _corners(
    frame: Frame, wide: float, high: float, keep_off: Sequence[Box]
) -> Iterator[tuple[float, float]]:
    """Upper left corners where the inset touches nothing that stands there."""
    left, right = _AWAY, frame.width - wide - _AWAY
    top, bottom = _AWAY, frame.height - high - _AWAY
    below_north = max((box[3] + _AWAY for box in keep_off if box[1] < 1000 and box[2] > right), default=top)
    above_bar = min(
        (box[1] - _AWAY - high for box in keep_off if box[3] > frame.height - 300), default=bottom
    )
    for x, y in ((left, bottom), (left, top), (right, above_bar), (right, below_north)):
        box = (x, y, x + wide, y + high)
        if x >= left and top <= y <= bottom and not any(_touch(box, other) for other in keep_off):
            yield x, y


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _drawn(
    frame: Frame,
    inset: Frame,
    name: str,
    areas: Sequence[base_map.Area],
    lit: Sequence[base_map.Area],
    box: Box,
) -> str:
    x, y = box[0], box[1]
    land = "".join(outline_paths(inset, [one.boundary for one in areas]))
    own = "".join(outline_paths(inset, [one.boundary for one in lit]))
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{box[2] - x:.0f}" height="{box[3] - y:.0f}" fill="#fff"'
        f' stroke="{INK}" stroke-width="14"/>'
        + text(x + 100, y + 275, name, 210, bold=True, anchor="start", halo="")
        + f'<g transform="translate({x + 100:.0f} {y + 330:.0f})">'
        f'<path d="{land}" fill="{base_map.LAND}" stroke="{base_map.BORDER}" stroke-width="8"/>'
        + (
            f'<path d="{own}" fill="#cfd8e2" stroke="{base_map.DISTRICT_BORDER}" stroke-width="8"/>'
            if own
            else ""
        )
        + _extent(frame, inset)
        + "</g>"
    )


def _extent(frame: Frame, inset: Frame) -> str:
    """The sheet's extent within the inset: a frame, or a ring with a cross where it would be but a dot."""
    west, south, east, north = frame.box
    corners: Any = inset.placed(shapely.get_coordinates(shapely.multipoints([(west, north), (east, south)])))
    (left, top), (right, bottom) = corners.tolist()
    left, right = max(0.0, left), min(float(inset.width), right)
    top, bottom = max(0.0, top), min(float(inset.height), bottom)
    if max(right - left, bottom - top) < 1.5 * UNITS_PER_MM:
        x, y = (left + right) / 2, (top + bottom) / 2
        return (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="110" stroke="{_EXTENT}" stroke-width="36"/>'
            f'<path d="M{x - 210:.0f} {y:.0f}h130M{x + 80:.0f} {y:.0f}h130M{x:.0f} {y - 210:.0f}v130M{x:.0f}'
            f' {y + 80:.0f}v130" stroke="{_EXTENT}" stroke-width="30"/>'
        )
    return (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{right - left:.0f}" height="{bottom - top:.0f}" fill="{_EXTENT}"'
        f' fill-opacity="0.1" stroke="{_EXTENT}" stroke-width="32"/>'
    )
