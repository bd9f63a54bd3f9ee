"""Districts filled by a number: classes from light to dark, each district's number beside its name."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emmap.briefing.drawing import base_map
from emmap.briefing.drawing.classes import Classes
from emmap.briefing.drawing.frame import Frame
from emmap.briefing.drawing.keys import Entry, Key
from emmap.briefing.drawing.paths import outline_paths
from emmap.briefing.drawing.symbols import svg

_NONE = "#ffffff"


@dataclass(frozen=True, slots=True)
class Shading:
    """What districts are filled by: `values` by code (GB/T 2260), of `unit`, told with so many `digits`. A district
    without one has no data, which is not 0."""

    title: str
    unit: str
    values: Mapping[str, float]
    digits: int = 0

    def words(self) -> Mapping[str, str]:
        """The districts' numbers by code, as they stand on the map."""
        return {
            one.code: f"{self.values[one.code]:.{self.digits}f}" if one.code in self.values else "无数据"
            for one in base_map.city_districts()
        }


def drawn(frame: Frame, shading: Shading) -> tuple[str, Key]:
    """The filled districts, and the key: its counts are districts."""
    there = base_map.city_districts()
    known = [one for one in there if one.code in shading.values]
    title = f"{shading.title}（{shading.unit}）" if shading.unit else shading.title
    fills, entries = [], []
    if known:
        numbers = np.round(
            np.array([shading.values[one.code] for one in known], dtype=np.float64), shading.digits
        )
        classes = Classes.of(numbers)
        places = classes.places(numbers)
        paths = outline_paths(frame, [one.boundary for one in known])
        for place in range(len(classes.lows)):
            members = np.flatnonzero(places == place).tolist()
            colour = classes.colour(place)
            fills.append(f'<path d="{"".join(paths[m] for m in members)}" fill="{colour}"/>')
            entries.append(Entry(_icon(colour), classes.words(place, shading.digits), len(members)))
    if len(known) < len(there):
        entries.append(Entry(_icon(_NONE), "无数据", len(there) - len(known)))
    return "".join(fills), Key(title, tuple(entries), "数字为区的个数")


def _icon(colour: str) -> str:
    return svg(
        600, 340, f'<path d="M20 20h560v300h-560z" fill="{colour}" stroke="#6f8092" stroke-width="18"/>'
    )
