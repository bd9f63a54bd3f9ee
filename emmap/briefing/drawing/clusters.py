"""Clusters: where symbols of a layer would lie on each other, one disc with their number; every point counts once.

The ring around the number shows the shares of the layer's values, the worst first, clockwise from the top.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emmap.briefing.drawing import symbols
from emmap.briefing.drawing.drawn import Drawn
from emmap.briefing.drawing.frame import UNITS_PER_MM, Box, Frame, packed
from emmap.briefing.drawing.keys import Entry, Key
from emmap.briefing.drawing.labels import Space
from emmap.briefing.drawing.lettering import INK, text
from emmap.briefing.drawing.symbols import svg

_CELL = 2 * UNITS_PER_MM
"""Points within a square of this size are never told apart, in paper units."""
_REACH = 6 * UNITS_PER_MM
"""How far a cluster draws others in at first."""
_RING = 62.0
_GAP = 20.0
_STEPS = (
    (0.0, 0.0),
    *(
        (reach * math.cos(turn * math.pi / 4), reach * math.sin(turn * math.pi / 4))
        for reach in (0.6, 1.2, 1.8)
        for turn in range(8)
    ),
)
"""Where a disc may stand, from its middle, in parts of its radius."""
_Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Points drawn as one: its middle in paper units, how many of each style value, its radius."""

    x: float
    y: float
    counts: Mapping[str | None, int]
    radius: float

    @property
    def total(self) -> int:
        """How many points it holds."""
        return sum(self.counts.values())

    @property
    def box(self) -> Box:
        """What it takes of the sheet."""
        return (self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


def clusters(
    frame: Frame, places: Mapping[str | None, npt.NDArray[np.int32]], single: float
) -> tuple[Cluster, ...]:
    """All places that the sheet shows, by style value, as clusters that do not touch. `single` is the radius of a
    symbol that stands alone."""
    values = sorted(places, key=str)
    shown = [frame.put(xy[frame.shows(xy)]) for xy in (places[value] for value in values)]
    every = np.concatenate(shown) if shown else np.empty((0, 2))
    if not len(every):
        return ()
    which = np.repeat(np.arange(len(values)), [len(xy) for xy in shown])
    square = (every // _CELL).astype(np.int64)
    cells, cell = np.unique(packed(square[:, 1], square[:, 0]), return_inverse=True)
    held = np.zeros((len(cells), len(values)), dtype=np.int64)
    np.add.at(held, (cell, which), 1)
    # Whole numbers: sums are the same in whatever order the store brings the places.
    sums = np.zeros((len(cells), 2), dtype=np.int64)
    np.add.at(sums, cell, np.rint(every).astype(np.int64))
    held, sums = _drawn_in(held, sums)
    held, sums = _apart(held, sums, single)
    return tuple(
        Cluster(
            float(x),
            float(y),
            {value: n for value, n in zip(values, row.tolist(), strict=True) if n},
            radius,
        )
        for (x, y), row, radius in zip(
            sums / held.sum(axis=1, keepdims=True), held, _radii(held, single).tolist(), strict=True
        )
    )


def _drawn_in(held: _Whole, sums: _Whole) -> tuple[_Whole, _Whole]:
    """The fullest cell takes in what is within its reach, then the fullest of the rest."""
    totals = held.sum(axis=1)
    middles = sums / totals[:, None]
    left = np.ones(len(held), dtype=bool)
    groups = []
    for first in np.lexsort((middles[:, 0], middles[:, 1], -totals)).tolist():
        if not left[first]:
            continue
        near = left & (np.hypot(*(middles - middles[first]).T) < _REACH)
        left &= ~near
        groups.append(near)
    return np.array([held[g].sum(axis=0) for g in groups]), np.array([sums[g].sum(axis=0) for g in groups])


def _apart(held: _Whole, sums: _Whole, single: float) -> tuple[_Whole, _Whole]:
    """Merges what touches, until nothing does."""
    while True:
        middles, radii = sums / held.sum(axis=1, keepdims=True), _radii(held, single)
        away = np.hypot(middles[:, None, 0] - middles[None, :, 0], middles[:, None, 1] - middles[None, :, 1])
        touches = away < radii[:, None] + radii[None, :] + _GAP
        np.fill_diagonal(touches, False)
        if not touches.any():
            return held, sums
        left = np.ones(len(held), dtype=bool)
        groups = []
        for first in np.argsort(-held.sum(axis=1), kind="stable").tolist():
            if left[first]:
                group = left & touches[first]
                group[first] = True
                left &= ~group
                groups.append(group)
        held = np.array([held[g].sum(axis=0) for g in groups])
        sums = np.array([sums[g].sum(axis=0) for g in groups])


def _radii(held: _Whole, single: float) -> _Floats:
    """Room for the number within the ring; that of a symbol where there is one."""
    totals = held.sum(axis=1)
    digits = np.floor(np.log10(totals)) + 1
    return np.where(totals == 1, single, 95.0 + 62.0 * digits)


def settled(found: Sequence[Cluster], space: Space) -> list[Cluster]:
    """The discs where they hide fewest symbols and none of what stands in `space` already, at most so far from their
    middle as they are wide; `space` is less by them. Symbols that stand alone stay."""
    done = []
    for one in sorted(found, key=lambda cluster: (-cluster.total, cluster.y, cluster.x)):
        if one.total > 1:
            middles = np.array([(one.x + dx * one.radius, one.y + dy * one.radius) for dx, dy in _STEPS])
            boxes = np.column_stack((middles - one.radius, middles + one.radius))
            cost = space.crowd.covered(boxes) + np.hypot(*np.array(_STEPS).T)
            cost[~space.free(boxes)] = np.inf
            if np.isfinite(cost).any():
                x, y = middles[int(np.argmin(cost))].tolist()
                one = replace(one, x=x, y=y)
            space.take(one.box)
        done.append(one)
    return done


def drawn(found: Sequence[Cluster], layer: Drawn) -> str:
    """Discs with their rings and numbers; a symbol where there is but one."""
    parts = []
    for one in found:
        if one.total == 1:
            style = layer.style(next(iter(one.counts)))
            parts.append(symbols.points(style, [(round(one.x), round(one.y))], 1.0, 0.15))
        else:
            parts.append(_disc(one.x, one.y, one.radius, _shares(one, layer), str(one.total)))
    return "".join(parts)


def key(found: Sequence[Cluster], layer: Drawn) -> Key:
    """The legend's lines: their counts sum to what the sheet shows of the layer's points."""
    many = [one for one in found if one.total > 1]
    alone = len(found) - len(many)
    entries = []
    if many:
        icon = svg(340, 340, _disc(170, 170, 160, _shares(max(many, key=lambda one: one.total), layer), "n"))
        entries.append(Entry(icon, f"聚合 {len(many)} 处（数字为点数），共", sum(one.total for one in many)))
    if alone:
        one = next(one for one in found if one.total == 1)
        entries.append(Entry(symbols.point_icon(layer.style(next(iter(one.counts)))), "单独", alone))
    return Key("聚合", tuple(entries))


def _shares(cluster: Cluster, layer: Drawn) -> list[tuple[str, float]]:
    """Colours of the cluster's values and the part that each has, the worst first."""
    rows = {str(row["value"]): row for row in layer.table}
    held: Counter[str] = Counter()
    for value, n in cluster.counts.items():
        held[str(layer.style(value)["value"])] += n
    ordered = sorted(held, key=lambda value: (-rows[value]["z"], value))
    return [(rows[value]["colour"], held[value] / cluster.total) for value in ordered]


def _disc(x: float, y: float, radius: float, parts: Sequence[tuple[str, float]], number: str) -> str:
    middle = radius - _RING / 2
    size = 230
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius + 12:.0f}" fill="#fff"/>'
        + "".join(_arcs(x, y, middle, parts))
        + f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" stroke="{INK}" stroke-width="10"/>'
        + text(x, y + size * 0.36, number, size, bold=True, halo="")
    )


def _arcs(x: float, y: float, radius: float, parts: Sequence[tuple[str, float]]) -> Sequence[str]:
    if len(parts) == 1:
        return [
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" stroke="{parts[0][0]}" stroke-width="{_RING:.0f}"/>'
        ]
    found, turned = [], 0.0
    for colour, share in parts:
        ends = [
            (x + radius * math.sin(turn), y - radius * math.cos(turn))
            for turn in (turned * 2 * math.pi, (turned + share) * 2 * math.pi)
        ]
        found.append(
            f'<path d="M{ends[0][0]:.1f} {ends[0][1]:.1f}A{radius:.0f} {radius:.0f} 0 {int(share > 0.5)} 1'
            f' {ends[1][0]:.1f} {ends[1][1]:.1f}" stroke="{colour}" stroke-width="{_RING:.0f}"/>'
        )
        turned += share
    return found
