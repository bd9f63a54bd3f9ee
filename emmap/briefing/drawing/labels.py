"""Where names stand: each where it covers least, no two on each other, away on a leader line where it must.

A name beside a symbol takes the first free of eight positions, in the order of cartographers (after Imhof, 1962): upper
right first; a name of an area one of the places that the area offers. Those with the least choice choose first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from emmap.briefing.drawing.frame import UNITS_PER_MM, Box
from emmap.briefing.drawing.lettering import INK, LINE, lines_at, width

Point = tuple[float, float]
Segment = tuple[float, float, float, float]
_Floats = npt.NDArray[np.float64]

GAP = 25.0
"""Between two names, in paper units."""
_BESIDE: Sequence[tuple[float, float]] = (
    (1, -0.7), (1, 0), (1, 0.7), (-1, -0.7), (-1, 0), (-1, 0.7), (0, -1), (0, 1),
)  # fmt: skip
"""Which way a name lies from its symbol, the best first; y points down."""
_REACHES_MM = (4.0, 6.0, 9.0, 13.0, 18.0, 24.0, 32.0)
"""How far away a name may stand on a leader line."""
_DIRECTIONS = 24
_COVERING = 1.5
"""What covering a square millimetre of symbols costs, where the next worse position costs 1."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name that wants a place. `x`, `y`: what it names, in paper units; `clear`: radius of the symbol there, or None
    for an area, whose name may lie on any of `spots`, the best first. `rank`: the lower chooses first; `far`: rather
    away on a leader line than not at all. `size` in paper units."""

    lines: tuple[str, ...]
    x: float
    y: float
    size: float
    rank: int
    clear: float | None = None
    spots: tuple[Point, ...] = ()
    far: bool = False
    bold: bool = False
    colour: str = INK

    @property
    def wide(self) -> float:
        """Width in paper units."""
        return max(width(line, self.size) for line in self.lines)

    @property
    def high(self) -> float:
        """Height in paper units."""
        return self.size * (LINE * len(self.lines) - 0.06)


@dataclass(frozen=True, slots=True)
class Placed:
    """A label, the box that it takes, and the leader line from what it names, where it stands away."""

    label: Label
    box: Box
    leader: Segment | None = None


@dataclass(slots=True)
class Crowd:
    """How much of the sheet symbols cover: square millimetres that hold one, summed up over rectangles."""

    wide: int
    high: int
    cells: npt.NDArray[np.int64]

    @classmethod
    def of(cls, width_units: int, height_units: int, places: Sequence[_Floats]) -> "Crowd":
        """Of the places (n, 2) of all symbols, in paper units."""
        wide, high = -(-width_units // UNITS_PER_MM), -(-height_units // UNITS_PER_MM)
        held = np.zeros((high + 1, wide + 1), dtype=np.int64)
        for xy in places:
            x, y = (xy / UNITS_PER_MM).astype(np.int64).T
            on = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
            held[y[on] + 1, x[on] + 1] = 1
        return cls(wide, high, held.cumsum(axis=0).cumsum(axis=1))

    def covered(self, boxes: _Floats) -> _Floats:
        """Square millimetres with symbols under each of (n, 4) boxes in paper units."""
        cut = boxes / UNITS_PER_MM
        x0, x1 = (np.clip(f(cut[:, i]), 0, self.wide).astype(int) for f, i in ((np.floor, 0), (np.ceil, 2)))
        y0, y1 = (np.clip(f(cut[:, i]), 0, self.high).astype(int) for f, i in ((np.floor, 1), (np.ceil, 3)))
        found: _Floats = (
            self.cells[y1, x1] - self.cells[y0, x1] - self.cells[y1, x0] + self.cells[y0, x0]
        ).astype(np.float64)
        return found


@dataclass(slots=True)
class Space:
    """What is free: boxes and leader lines that stand already, within a room."""

    room: Box
    crowd: Crowd
    boxes: list[Box] = field(default_factory=list)
    leaders: list[Segment] = field(default_factory=list)

    def free(self, boxes: _Floats) -> npt.NDArray[np.bool_]:
        """Which of (n, 4) boxes lie in the room and touch nothing."""
        left, top, right, bottom = self.room
        found = (
            (boxes[:, 0] >= left) & (boxes[:, 1] >= top) & (boxes[:, 2] <= right) & (boxes[:, 3] <= bottom)
        )
        if self.boxes:
            taken = np.array(self.boxes)
            touches = (
                (boxes[:, None, 0] < taken[None, :, 2] + GAP)
                & (taken[None, :, 0] < boxes[:, None, 2] + GAP)
                & (boxes[:, None, 1] < taken[None, :, 3] + GAP)
                & (taken[None, :, 1] < boxes[:, None, 3] + GAP)
            )
            found &= ~touches.any(axis=1)
        for place in np.flatnonzero(found).tolist() if self.leaders else ():
            box: Box = tuple(boxes[place].tolist())
            found[place] = not any(crosses(leader, box) for leader in self.leaders)
        return found

    def open_to(self, leader: Segment, origin: Point) -> bool:
        """Whether a leader line crosses neither another nor a box; the ones centred on its origin are its own."""
        return not any(crosses(leader, box) for box in self.boxes if not _centred(box, origin)) and not any(
            _meet(leader, other) for other in self.leaders
        )

    def take(self, box: Box, leader: Segment | None = None) -> None:
        """From now on something stands there."""
        self.boxes.append(box)
        if leader is not None:
            self.leaders.append(leader)


def place(labels: Sequence[Label], space: Space) -> list[Placed]:
    """The labels that find a place, each at its cheapest; `space` is less by them. By rank, then by least choice."""
    choices = [(label, _near(label)) for label in labels]
    free = [int(np.count_nonzero(space.free(boxes))) for _, boxes in choices]
    order = sorted(range(len(choices)), key=lambda i: (choices[i][0].rank, free[i], i))
    found = []
    for i in order:
        label, boxes = choices[i]
        placed = _nearby(label, boxes, space) or (_away(label, space) if label.far else None)
        if placed is not None:
            space.take(placed.box, placed.leader)
            found.append(placed)
    return found


def drawn(placed: Sequence[Placed]) -> str:
    """Leader lines, then names above them."""
    lines = "".join(
        f"M{one.leader[0]:.0f} {one.leader[1]:.0f}L{one.leader[2]:.0f} {one.leader[3]:.0f}"
        for one in placed
        if one.leader
    )
    leaders = (
        f'<path d="{lines}" stroke="#fff" stroke-width="42"/><path d="{lines}" stroke="{INK}" stroke-width="14"/>'
        if lines
        else ""
    )
    return leaders + "".join(
        lines_at(
            (one.box[0] + one.box[2]) / 2,
            (one.box[1] + one.box[3]) / 2,
            one.label.lines,
            one.label.size,
            bold=one.label.bold,
            colour=one.label.colour,
        )
        for one in placed
    )


def _near(label: Label) -> _Floats:
    """Boxes without a leader line, the best first."""
    wide, high = label.wide, label.high
    if label.clear is None:
        middles = np.array(label.spots or ((label.x, label.y),), dtype=np.float64)
    else:
        out = label.clear + 30
        middles = np.array(
            [
                (label.x + dx * (out + wide / 2), label.y + dy * (out + high / 2) * (1 if dx == 0 else 0.8))
                for dx, dy in _BESIDE
            ]
        )
    return _boxes(middles, wide, high)


def _boxes(middles: _Floats, wide: float, high: float) -> _Floats:
    x, y = middles[:, 0], middles[:, 1]
    return np.column_stack((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))


def _nearby(label: Label, boxes: _Floats, space: Space) -> Placed | None:
    free = space.free(boxes)
    if not free.any():
        return None
    cost = np.arange(len(boxes)) + _COVERING * space.crowd.covered(boxes)
    cost[~free] = np.inf
    return Placed(label, tuple(boxes[int(np.argmin(cost))].tolist()))


def _away(label: Label, space: Space) -> Placed | None:
    """On a leader line: the nearest ring that has a free place, there where least is covered."""
    wide, high = label.wide, label.high
    # An area may be pointed at anywhere where its name might lie, a symbol at its place alone.
    origins = ((label.x, label.y), *(label.spots[1:5] if label.clear is None else ()))
    turns = np.arange(_DIRECTIONS) * 2 * math.pi / _DIRECTIONS
    way = np.column_stack((np.cos(turns), np.sin(turns)))
    for reach in _REACHES_MM:
        out = reach * UNITS_PER_MM + (label.clear or 0)
        boxes = _boxes(
            np.array([label.x, label.y])
            + way * out
            + np.sign(np.rint(way * 4)) * np.array([wide / 2, high / 2]),
            wide,
            high,
        )
        cost = space.crowd.covered(boxes)
        cost[~space.free(boxes)] = np.inf
        for best in np.argsort(cost, kind="stable").tolist():
            if not math.isfinite(cost[best]):
                break
            box: Box = tuple(boxes[best].tolist())
            for origin in origins:
                leader = _leader(origin, label.clear or 0.0, box)
                if space.open_to(leader, origin):
                    return Placed(label, box, leader)
    return None


def _leader(origin: Point, clear: float, box: Box) -> Segment:
    """From the edge of the symbol to the nearest point of the box, a little before it."""
    x, y = min(max(origin[0], box[0]), box[2]), min(max(origin[1], box[1]), box[3])
    dx, dy = x - origin[0], y - origin[1]
    away = math.hypot(dx, dy) or 1.0
    start = min(clear + 10, away) / away
    end = max(start, 1 - 20 / away)
    return (origin[0] + dx * start, origin[1] + dy * start, origin[0] + dx * end, origin[1] + dy * end)


def crosses(segment: Segment, box: Box) -> bool:
    """Whether a segment has a point in a box (Liang and Barsky, 1984)."""
    x0, y0, x1, y1 = segment
    enter, leave = 0.0, 1.0
    for start, step, low, high in ((x0, x1 - x0, box[0], box[2]), (y0, y1 - y0, box[1], box[3])):
        if step == 0:
            if not low <= start <= high:
                return False
            continue
        near, far = sorted(((low - start) / step, (high - start) / step))
        enter, leave = max(enter, near), min(leave, far)
    return enter <= leave


def _centred(box: Box, at: Point) -> bool:
    return abs(box[0] + box[2] - 2 * at[0]) < 1 and abs(box[1] + box[3] - 2 * at[1]) < 1


def _meet(one: Segment, other: Segment) -> bool:
    """Whether two segments cross; those that begin at one place do not."""
    return one[:2] != other[:2] and _sides(one, other) and _sides(other, one)


def _sides(one: Segment, other: Segment) -> bool:
    x, y, x1, y1 = one
    first = (x1 - x) * (other[1] - y) - (y1 - y) * (other[0] - x)
    second = (x1 - x) * (other[3] - y) - (y1 - y) * (other[2] - x)
    return first * second <= 0
