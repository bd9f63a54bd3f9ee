"""What a map calls by name: the numbered, and points where the sheet shows but a few."""

import re
from collections.abc import Iterable, Sequence

from emmap.briefing import fonts
from emmap.briefing.answering import MOST_NAMES, Answered, Asked
from emmap.briefing.drawing.draw import Named, Numbered
from emmap.briefing.drawing.frame import Frame
from emmap.briefing.sight import Sight
from emmap.layer import Layer
from emmap.store.marks import Headline
from emmap.view import View

LEAST_MM = 120.0
"""A narrower map has no room for names besides those of its places."""
NUMBERS_FROM = 1_000_000
"""On a sheet of a smaller scale than 1 to this numbers stand alone: they are in the list."""


def with_names(
    frame: Frame, numbers: Iterable[tuple[int, Numbered]], told: Sequence[tuple[Layer, Headline]]
) -> list[Numbered]:
    """The numbers, with the names of the headlines that they stand for where there is room for them."""
    room = frame.width_mm >= LEAST_MM and frame.denominator <= NUMBERS_FROM
    return [
        Numbered(one.number, one.lon, one.lat, plain(told[place][1].title) if room else "")
        for place, one in numbers
    ]


def few(asked: Asked, view: View, found: Sequence[Answered], frame: Frame, sight: Sight) -> list[Named]:
    """Points of the layers that stand, such as teams, by name: of each layer of which the sheet shows a few. Those that
    come and go are numbered instead."""
    if frame.width_mm < LEAST_MM:
        return []
    names = []
    for one in found:
        places = [xy[frame.shows(xy)] for xy in one.marks.places.values()]
        if not one.layer.comes_and_goes and 0 < sum(len(xy) for xy in places) <= MOST_NAMES:
            shown = {(x, y) for xy in places for x, y in xy.tolist()}
            names += [
                Named(plain(headline.title), headline.lon, headline.lat)
                for headline in asked.named(one.layer.id, view, frame.box, sight)
                if headline.lon is not None
                and headline.lat is not None
                and (round(headline.lon * 1e7), round(headline.lat * 1e7)) in shown
            ]
    return names if len(names) <= 2 * MOST_NAMES else []


def plain(title: str) -> str:
    """A title as the font can print it, without the mark of an exercise: the whole sheet is marked."""
    return fonts.printable(re.sub(r"^【[^】]*】|[（(]演练[）)]$", "", title)).strip()
