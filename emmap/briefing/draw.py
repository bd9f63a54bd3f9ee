"""The map as vector SVG, in hundredths of a millimetre: ground, areas, lines, points, names, and what reads them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from emmap.briefing import base_map, symbols
from emmap.briefing.base_map import INK, text
from emmap.briefing.fonts import FAMILY
from emmap.briefing.frame import UNITS_PER_MM, Box, Frame
from emmap.store.marks import Marks

Style = dict[str, Any]

_COVER = 0.1
"""A layer's points shrink where they would cover more than this part of the sheet."""
_SMALLEST, _LARGEST = 0.22, 1.3
"""… but not below the first of these parts of their size; a few on an empty sheet grow to the second."""
_MANY = 20_000
"""With more points than this, those that fall within a twentieth of a millimetre are drawn once."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One layer on the map: its flat style table and its answer."""

    table: Sequence[Style]
    marks: Marks

    def style(self, value: str | None) -> Style:
        """The row of a value; the last one for every other."""
        return next((row for row in self.table if row["value"] == value), self.table[-1])


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number on the map that a list below repeats; lon and lat in degrees."""

    number: int
    lon: float
    lat: float


def map_svg(frame: Frame, layers: Sequence[Drawn], numbers: Sequence[Numbered] = ()) -> str:
    """The whole map. The first layer lies undermost, as on the screen; the worst of each on top."""
    patterns, areas, lines = _outlined(frame, layers)
    taken, numbered = _numbers(frame, numbers)
    north = (frame.width - 1300.0, 0.0, float(frame.width), 1700.0)
    body = (
        base_map.ground(frame),
        areas,
        base_map.borders(frame),
        lines,
        _points(frame, layers),
        base_map.names(frame, [*taken, north]),
        numbered,
        _graticule(frame),
        _scale_bar(frame),
        _north(frame),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width} {frame.height}" fill="none"'
        f' width="{frame.width_mm:g}mm" height="{frame.height_mm:g}mm"><defs>{patterns}<clipPath id="sheet">'
        f'<rect width="{frame.width}" height="{frame.height}"/></clipPath></defs>'
        f'<g clip-path="url(#sheet)">{"".join(body)}</g>'
        f'<rect x="15" y="15" width="{frame.width - 30}" height="{frame.height - 30}" stroke="{INK}" stroke-width="30"/>'
        "</svg>"
    )


def inside(frame: Frame, marks: Marks) -> int:
    """How many features of an answer the sheet shows."""
    west, south, east, north = frame.box
    points = sum(
        int(
            np.count_nonzero(
                (xy[:, 0] >= west * 1e7)
                & (xy[:, 0] <= east * 1e7)
                & (xy[:, 1] >= south * 1e7)
                & (xy[:, 1] <= north * 1e7)
            )
        )
        for xy in marks.places.values()
    )
    outlined = shapely.from_wkb([one.geometry for one in marks.outlined])
    return points + int(np.count_nonzero(shapely.intersects(outlined, shapely.box(west, south, east, north))))


def _outlined(frame: Frame, layers: Sequence[Drawn]) -> tuple[str, str, str]:
    """Patterns, fills and outlines of what is no point. Fills are opaque tints, the worst on top, like the legend;
    every outline lies above every fill, so that no area disappears below another."""
    patterns, fills, lines = [], [], []
    found = [
        (drawn.style(one.value), shapely.from_wkb(one.geometry))
        for drawn in layers
        for one in drawn.marks.outlined
    ]
    named: dict[tuple[str, str], str] = {}
    for style, geometry in sorted(found, key=lambda one: one[0]["z"]):
        path = base_map.outline_path(frame, geometry)
        if not path:
            continue
        is_area = shapely.get_dimensions(geometry) == 2
        if is_area:
            key = (style["colour"], style["dash"])
            if key not in named:
                named[key] = f"hatch{len(named)}"
                patterns.append(symbols.hatch(style, named[key]))
            fills.append(
                f'<path d="{path}" fill="{symbols.tint(style["colour"])}" fill-rule="evenodd"/>'
                f'<path d="{path}" fill="url(#{named[key]})" fill-rule="evenodd"/>'
            )
        lines.append(symbols.outline(style, path, 0.45 if is_area else 0.7))
    return "".join(patterns), "".join(fills), "".join(lines)


def _points(frame: Frame, layers: Sequence[Drawn]) -> str:
    return "".join(_points_of(frame, drawn) for drawn in layers)


def _points_of(frame: Frame, drawn: Drawn) -> str:
    """One layer's points, the worst last. A crowd of one layer does not make the few of another small."""
    placed = [
        (style, _seen(frame, xy))
        for style, xy in sorted(
            ((drawn.style(value), xy) for value, xy in drawn.marks.places.items()),
            key=lambda one: (one[0]["z"], str(one[0]["value"])),
        )
    ]
    total = sum(len(xy) for _, xy in placed)
    covered = sum(len(xy) * math.pi * (style["size"] / 2 * symbols.MM_PER_PX) ** 2 for style, xy in placed)
    fitting = math.sqrt(_COVER * frame.width_mm * frame.height_mm / max(covered, 1e-9))
    size = max(_SMALLEST, min(_LARGEST, fitting))
    rim_mm = 0.15 if size > 0.6 else 0.0
    grain = 1 if total <= _MANY else 5
    return "".join(symbols.points(style, _grains(xy, grain), size, rim_mm) for style, xy in placed if len(xy))


def _seen(frame: Frame, places: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Points on or near the sheet, in paper units."""
    x, y = frame.place(places[:, 0] / 1e7, places[:, 1] / 1e7)
    near = (x > -300) & (x < frame.width + 300) & (y > -300) & (y < frame.height + 300)
    return np.column_stack((x[near], y[near]))


def _grains(xy: npt.NDArray[np.float64], grain: int) -> list[tuple[int, int]]:
    """Whole paper units, each place once, from north to south so that a symbol overlaps the one behind it."""
    whole = np.unique(np.rint(xy[:, ::-1] / grain).astype(np.int64), axis=0) * grain
    return [(x, y) for y, x in whole.tolist()]


def _numbers(frame: Frame, numbers: Sequence[Numbered]) -> tuple[list[Box], str]:
    """Numbers in black discs, beside each other where their places coincide, and the boxes that they take."""
    taken: list[Box] = []
    drawn = []
    for one in numbers:
        at = frame.place(np.array([one.lon]), np.array([one.lat]))
        x, y = float(at[0][0]), float(at[1][0])
        if not (0 < x < frame.width and 0 < y < frame.height):
            continue
        while any(abs(x - (a + c) / 2) < 380 and abs(y - (b + d) / 2) < 380 for a, b, c, d in taken):
            x += 400
        taken.append((x - 200, y - 200, x + 200, y + 200))
        drawn.append(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="180" fill="{INK}" stroke="#fff" stroke-width="35"/>'
            f'<text x="{x:.0f}" y="{y + 90:.0f}" font-family="{FAMILY}" font-weight="700" font-size="250"'
            f' text-anchor="middle" fill="#fff">{one.number}</text>'
        )
    return taken, "".join(drawn)


def _graticule(frame: Frame) -> str:
    """Ticks on all four sides, degrees on the upper and the left one."""
    ticks, words = [], []
    for axis, at, label in frame.ticks():
        if axis == "lon":
            if not 900 < at < frame.width - 1400:
                continue
            ticks.append(f"M{at:.0f} 0v160M{at:.0f} {frame.height}v-160")
            words.append(text(at, 400, label, 220))
        else:
            if not 700 < at < frame.height - 400:
                continue
            ticks.append(f"M0 {at:.0f}h160M{frame.width} {at:.0f}h-160")
            words.append(text(210, at + 80, label, 220, anchor="start"))
    return f'<path d="{"".join(ticks)}" stroke="{INK}" stroke-width="20"/>' + "".join(words)


def _scale_bar(frame: Frame) -> str:
    bar = frame.scale_bar()
    length = round(bar.length_mm * UNITS_PER_MM)
    x, y, high = frame.width - length - 1050, frame.height - 520, 110
    return (
        f'<rect x="{x - 330}" y="{y - 400}" width="{length + 1180}" height="720" rx="80" fill="#fff" fill-opacity="0.86"/>'
        f'<rect x="{x}" y="{y}" width="{length}" height="{high}" fill="#fff" stroke="{INK}" stroke-width="18"/>'
        f'<rect x="{x}" y="{y}" width="{length // 2}" height="{high}" fill="{INK}"/>'
        + text(x, y - 80, "0", 230)
        + text(x + length / 2, y - 80, bar.words(0.5), 230)
        + text(x + length, y - 80, bar.words(1), 230)
        + text(x + length + 190, y + high, bar.unit, 230, anchor="start")
    )


def _north(frame: Frame) -> str:
    x = frame.width - 620
    return (
        f'<path d="M{x} 720l260 780l-260 -190l-260 190z" fill="{INK}" stroke="#fff" stroke-width="40"'
        ' stroke-linejoin="round" paint-order="stroke"/>' + text(x, 620, "北", 330, bold=True)
    )
