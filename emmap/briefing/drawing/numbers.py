"""Numbers in black discs, which map and lists share: each at its place, or beside it on a short line."""

import math
from collections.abc import Sequence

import numpy as np

from emmap.briefing.drawing.drawn import Numbered
from emmap.briefing.drawing.frame import Box, Frame
from emmap.briefing.drawing.labels import Label, Segment, Space
from emmap.briefing.drawing.lettering import INK, wrapped
from emmap.briefing.fonts import FAMILY

DISC = 200.0
"""Radius with its rim, in paper units."""
_RINGS, _DIRECTIONS = (430.0, 640.0, 900.0, 1200.0, 1600.0, 2100.0), 16
NAME_RANK = 5
_NAME_LENGTH = 11


def numbers(frame: Frame, found: Sequence[Numbered], space: Space) -> tuple[str, list[Label]]:
    """The discs of those that the sheet shows, and the labels of those that have names; `space` is less by the discs."""
    drawn, labels, leaders = [], [], []
    for one in found:
        at = frame.place(np.array([one.lon]), np.array([one.lat]))
        x, y = float(at[0][0]), float(at[1][0])
        if not (0 < x < frame.width and 0 < y < frame.height):
            continue
        box = _free(x, y, space)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        leader: Segment | None = (x, y, *middle) if middle != (x, y) else None
        space.take(box, leader)
        drawn.append(_disc(*middle, one.number))
        if leader:
            leaders.append(leader)
        if one.name:
            labels.append(
                Label(
                    wrapped(one.name, _NAME_LENGTH), *middle, 240, NAME_RANK, clear=DISC, far=True, bold=True
                )
            )
    return "".join(_line(one) for one in leaders) + "".join(drawn), labels


def _free(x: float, y: float, space: Space) -> Box:
    """Where a disc has room: on its place, else on the nearest ring around it, rather on a line that crosses nothing;
    on its place where there is none."""
    middles = [(x, y)] + [
        (
            x + ring * math.cos(2 * math.pi * k / _DIRECTIONS),
            y + ring * math.sin(2 * math.pi * k / _DIRECTIONS),
        )
        for ring in _RINGS
        for k in range(_DIRECTIONS)
    ]
    boxes = np.array([(a - DISC, b - DISC, a + DISC, b + DISC) for a, b in middles])
    free = np.flatnonzero(space.free(boxes)).tolist()
    clear = (i for i in free if i == 0 or space.open_to((x, y, *middles[i]), (x, y)))
    west, north, east, south = boxes[next(clear, free[0] if free else 0)].tolist()
    return west, north, east, south


def _line(leader: Segment) -> str:
    """From a place, marked by a dot, to its disc."""
    path = f"M{leader[0]:.0f} {leader[1]:.0f}L{leader[2]:.0f} {leader[3]:.0f}"
    return (
        f'<path d="{path}" stroke="#fff" stroke-width="60"/><path d="{path}" stroke="{INK}" stroke-width="22"/>'
        f'<circle cx="{leader[0]:.0f}" cy="{leader[1]:.0f}" r="45" fill="{INK}" stroke="#fff" stroke-width="16"/>'
    )


def _disc(x: float, y: float, number: int) -> str:
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="180" fill="{INK}" stroke="#fff" stroke-width="35"/>'
        f'<text x="{x:.0f}" y="{y + 90:.0f}" font-family="{FAMILY}" font-weight="700" font-size="250"'
        f' text-anchor="middle" fill="#fff">{number}</text>'
    )
