"""Names of the base map: districts, other cities, and towns on sheets that show little."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from emmap.briefing.drawing import base_map
from emmap.briefing.drawing.frame import UNITS_PER_MM, Frame
from emmap.briefing.drawing.labels import Label
from emmap.briefing.drawing.lettering import INK, MUTED

DISTRICT_RANK, CITY_RANK, TOWN_RANK = 10, 15, 1000
"""Order in which names choose their places; what a sheet is about stands between."""
_LEAST_CITY_MM = 3.0
"""Other cities whose widest place has a smaller radius on paper stay without a name."""
_SPOTS = (
    (0, 0), (0, 0.6), (0, -0.6), (0, 1.1), (0, -1.1), (-0.5, 0), (0.5, 0), (-0.5, 0.6), (0.5, 0.6), (-0.5, -0.6),
    (0.5, -0.6), (0, 1.7), (0, -1.7), (-1, 0), (1, 0),
)  # fmt: skip
"""Where an area's name may lie, from the middle of its widest place, in parts of the name's width and height."""
_MOST_SPOTS = 60
_TOWNS_UP_TO = 450_000
"""Sheets of a smaller scale than 1 to this show no towns."""
_MOST_TOWNS = 60
TOWNS_SOURCE = "地名 GeoNames（CC BY 4.0）"
TOWN_DOT = 35.0


def names(frame: Frame, beneath: Mapping[str, str]) -> Iterator[Label]:
    """Names of districts, of other cities and, where there is room for them, of towns. `beneath`: what stands below a
    district's name, by code."""
    cities = {one.name: one for one in base_map.cities()}
    own = cities.pop(base_map.CITY_NAME)
    about = base_map.city_districts() if frame.denominator <= base_map.DISTRICTS_UP_TO else (own,)
    for one in about:
        if room := _room(frame, one.boundary):
            lines = (one.name, beneath[one.code]) if one.code in beneath else (one.name,)
            yield _name(lines, room, size_mm=3.0, rank=DISTRICT_RANK, bold=True, far=True)
    for one in cities.values():
        room = _room(frame, one.boundary)
        if room and room.radius_mm > _LEAST_CITY_MM:
            yield _name((one.name,), room, size_mm=2.7, rank=CITY_RANK, bold=False, far=False)
    yield from _towns(frame)


@dataclass(frozen=True, slots=True)
class _Room:
    """What the sheet shows of an area, in paper units, and the largest circle within."""

    seen: Any
    x: float
    y: float
    radius_mm: float


def _room(frame: Frame, boundary: Any) -> _Room | None:
    seen = shapely.clip_by_rect(boundary, *frame.box)
    if seen.is_empty or not seen.area:
        return None
    largest = max(shapely.get_parts(seen), key=lambda part: float(part.area))
    on_paper = shapely.simplify(shapely.transform(largest, frame.placed), 10)
    circle = shapely.maximum_inscribed_circle(on_paper, tolerance=20)
    x, y = shapely.get_coordinates(circle)[0].tolist()
    return _Room(on_paper, x, y, float(circle.length) / UNITS_PER_MM)


def _spots(room: _Room, wide: float, high: float) -> tuple[tuple[float, float], ...]:
    """Where the name may lie: about the middle of the widest place, then anywhere within, the nearest first."""
    about = [(room.x + wide * dx, room.y + high * dy) for dx, dy in _SPOTS]
    west, north, east, south = shapely.bounds(room.seen).tolist()
    x, y = (
        one.ravel() for one in np.meshgrid(np.arange(west, east, wide / 2), np.arange(north, south, high))
    )
    within = np.column_stack((x, y))[shapely.contains_xy(room.seen, x, y)]
    order = np.argsort(np.hypot(within[:, 0] - room.x, within[:, 1] - room.y), kind="stable")
    return (*about, *((float(a), float(b)) for a, b in within[order[:_MOST_SPOTS]].tolist()))


def _name(lines: tuple[str, ...], room: _Room, *, size_mm: float, rank: int, bold: bool, far: bool) -> Label:
    size = size_mm * UNITS_PER_MM
    wide, high = len(lines[0]) * size, len(lines) * size
    return Label(
        lines,
        room.x,
        room.y,
        size,
        rank,
        spots=_spots(room, wide, high),
        far=far,
        bold=bold,
        colour=INK if bold else MUTED,
    )


def _towns(frame: Frame) -> Iterator[Label]:
    """Populated places, the larger first, on sheets that show little more than a district."""
    if not shows_towns(frame):
        return
    west, south, east, north = frame.box
    found = [one for one in base_map.towns() if west < one.lon < east and south < one.lat < north]
    for one in found[:_MOST_TOWNS]:
        x, y = frame.place(np.array([one.lon]), np.array([one.lat]))
        yield Label(
            (one.name,), float(x[0]), float(y[0]), 2.3 * UNITS_PER_MM, TOWN_RANK, clear=TOWN_DOT, colour=MUTED
        )


def shows_towns(frame: Frame) -> bool:
    return frame.denominator <= _TOWNS_UP_TO


def town_dots(placed: Sequence[Label]) -> str:
    """A ring at each town whose name found a place."""
    dots = "".join(f"M{one.x:.0f} {one.y:.0f}h1" for one in placed if one.rank == TOWN_RANK)
    return (
        f'<path d="{dots}" stroke="{MUTED}" stroke-width="{2 * TOWN_DOT:.0f}" stroke-linecap="round"/>'
        f'<path d="{dots}" stroke="#fff" stroke-width="{TOWN_DOT:.0f}" stroke-linecap="round"/>'
        if dots
        else ""
    )


def notes(frame: Frame) -> tuple[str, ...]:
    """Where the names come from that the sheet shows besides those of the boundaries."""
    return (TOWNS_SOURCE,) if shows_towns(frame) else ()
