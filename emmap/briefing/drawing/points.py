"""Points of the layers: each as its symbol, close ones as clusters, or a crowd as density. None is ever left out."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from emmap.briefing.drawing import symbols
from emmap.briefing.drawing.drawn import Drawn, Style
from emmap.briefing.drawing.frame import UNITS_PER_MM, Frame, packed, unpacked

Way = Literal["symbols", "clusters", "density"]
Wanted = Literal["symbols", "density", "auto"]

_COVER = 0.1
"""A layer's points shrink where they would cover more than this part of the sheet."""
_SMALLEST, _LEGIBLE, _LARGEST = 0.22, 0.6, 1.3
"""… but not below the first of these parts of their size; a few on an empty sheet grow to the last. Below the middle one
shapes cannot be told apart."""
_MANY = 20_000
"""With more points than this, those that fall within a twentieth of a millimetre are drawn once."""
DENSE = 5_000
"""Of a layer with more points than this, density says more than symbols do."""
_HIDDEN = 0.65
"""Where more than this part of a layer's symbols would lie on another, clusters say more."""
_Floats = npt.NDArray[np.float64]


def ways(frame: Frame, layers: Sequence[Drawn], wanted: Wanted) -> list[Way]:
    """How each layer's points are drawn. `symbols`: all as they are. `density`: the layer that has most. `auto`: the
    one that has most as density where it is dense; others as clusters where symbols would hide each other."""
    if wanted == "symbols":
        return ["symbols"] * len(layers)
    shown = [sum(int(frame.shows(xy).sum()) for xy in one.marks.places.values()) for one in layers]
    most = max(range(len(layers)), key=lambda i: (shown[i], -i), default=0)
    found: list[Way] = []
    for place, (one, n) in enumerate(zip(layers, shown, strict=True)):
        if place == most and n > (1 if wanted == "density" else DENSE):
            found.append("density")
        else:
            found.append("clusters" if n > DENSE or _hidden(frame, one, _LEGIBLE) > _HIDDEN else "symbols")
    return found


def symbols_of(frame: Frame, drawn: Drawn) -> str:
    """One layer's points, the worst last. A crowd of one layer does not make the few of another small."""
    placed = _placed(frame, drawn)
    size = _size(frame, placed)
    if size > _LEGIBLE and _hidden(frame, drawn, size) > _HIDDEN:
        size = _LEGIBLE
    rim_mm = 0.15 if size >= _LEGIBLE else 0.0
    grain = 1 if sum(len(xy) for _, xy in placed) <= _MANY else 5
    return "".join(symbols.points(style, _grains(xy, grain), size, rim_mm) for style, xy in placed if len(xy))


def radius(drawn: Drawn) -> float:
    """The radius of the layer's largest symbol at its own size, in paper units."""
    return max(float(row["size"]) for row in drawn.table) / 2 * symbols.MM_PER_PX * UNITS_PER_MM


def places(frame: Frame, drawn: Drawn) -> list[_Floats]:
    """Where the layer's points lie, in paper units."""
    return [xy for _, xy in _placed(frame, drawn)]


def _placed(frame: Frame, drawn: Drawn) -> list[tuple[Style, _Floats]]:
    return [
        (style, _near(frame, xy))
        for style, xy in sorted(
            ((drawn.style(value), xy) for value, xy in drawn.marks.places.items()),
            key=lambda one: (one[0]["z"], str(one[0]["value"])),
        )
    ]


def _size(frame: Frame, placed: Sequence[tuple[Style, _Floats]]) -> float:
    covered = sum(len(xy) * math.pi * (style["size"] / 2 * symbols.MM_PER_PX) ** 2 for style, xy in placed)
    fitting = math.sqrt(_COVER * frame.width_mm * frame.height_mm / max(covered, 1e-9))
    return max(_SMALLEST, min(_LARGEST, fitting))


def _hidden(frame: Frame, drawn: Drawn, size: float) -> float:
    """The part of the layer's symbols that share a square of their own size with another."""
    every = np.concatenate([np.empty((0, 2)), *places(frame, drawn)])
    if not len(every):
        return 0.0
    cells = (every // (2 * radius(drawn) * size)).astype(np.int64)
    _, counts = np.unique(packed(cells[:, 1], cells[:, 0]), return_counts=True)
    return float(counts[counts > 1].sum() / len(every))


def _near(frame: Frame, found: npt.NDArray[np.int32]) -> _Floats:
    """Points on or near the sheet, in paper units."""
    xy = frame.put(found)
    x, y = xy[:, 0], xy[:, 1]
    return xy[(x > -300) & (x < frame.width + 300) & (y > -300) & (y < frame.height + 300)]


def _grains(xy: _Floats, grain: int) -> list[tuple[int, int]]:
    """Whole paper units, each place once, from north to south so that a symbol overlaps the one behind it."""
    whole = np.rint(xy / grain).astype(np.int64)
    rows, columns = unpacked(np.unique(packed(whole[:, 1], whole[:, 0])))
    return list(zip((columns * grain).tolist(), (rows * grain).tolist(), strict=True))
