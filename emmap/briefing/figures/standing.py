"""Districts by level and by layer, and the worst of what holds by name: what stands beside a map."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from emmap.briefing import words
from emmap.briefing.answering import MOST_HEADLINES, Answered
from emmap.briefing.drawing.draw import Numbered
from emmap.briefing.drawing.frame import Frame
from emmap.codes import SEVERITIES, districts
from emmap.layer import Layer
from emmap.store.marks import Headline

LONGEST_HEADLINE = 60


def short(title: str) -> str:
    """A headline that fits on a line or two."""
    return title if len(title) <= LONGEST_HEADLINE else f"{title[: LONGEST_HEADLINE - 1]}…"


def worst(found: Sequence[Answered]) -> list[tuple[Layer, Headline]]:
    """The worst of all layers, the newest first among equals."""
    every = [(one.layer, headline) for one in found for headline in one.headlines]
    every.sort(key=lambda pair: pair[1].valid_from.timestamp() if pair[1].valid_from else 0.0, reverse=True)
    return sorted(every, key=lambda pair: -pair[1].severity)[:MOST_HEADLINES]


def numbered(frame: Frame, told: Sequence[Headline]) -> dict[int, Numbered]:
    """Numbers of the headlines that the sheet shows, by their place in the list."""
    west, south, east, north = frame.box
    found: dict[int, Numbered] = {}
    for place, one in enumerate(told):
        if one.lon is None or one.lat is None:
            continue
        if west < one.lon < east and south < one.lat < north:
            found[place] = Numbered(len(found) + 1, one.lon, one.lat)
    return found


def numbers(told: Sequence[tuple[Layer, Headline]]) -> dict[int, Numbered]:
    """Numbers of the headlines that have a place, by their place in the list: every map of a briefing shares them."""
    return {
        place: Numbered(place + 1, one.lon, one.lat)
        for place, (_, one) in enumerate(told)
        if one.lon is not None and one.lat is not None
    }


def by_district(found: Sequence[Answered], wanted: Sequence[str]) -> dict[str, Any] | None:
    """Districts (`wanted`, or all) by level and by layer, the worst first. One that touches two districts counts in
    each; the total counts it once. None where nothing holds."""
    levels_known = [one for one in found if "severity" in one.layer.fields]
    there = [one for one in found if one.marks.total]
    if not there:
        return None
    total: Counter[int] = Counter()
    for one in levels_known:
        for (_, level), n in one.marks.counts.items():
            total[level] += n
    levels = [level for level in (4, 3, 2, 1) if total[level]]
    rows = []
    codes: Sequence[str | None] = tuple(wanted) or (*districts(), None)
    for code in codes:
        by_level: Counter[int] = Counter()
        for one in levels_known:
            for level in levels:
                by_level[level] += one.marks.districts.get((code, level), 0)
        by_layer = [sum(n for (at, _), n in one.marks.districts.items() if at == code) for one in there]
        if any(by_layer):
            numbers = [*(by_level[level] for level in levels), *by_layer]
            rows.append(
                (code is None, [-n for n in numbers], districts()[code].zh if code else "区外或不明", numbers)
            )
    rows.sort(key=lambda row: row[:2])
    return {
        "levels": [SEVERITIES[level].zh for level in levels],
        "layers": [one.layer.title.zh for one in there],
        "rows": [[name, *(words.count(n) for n in numbers)] for _, _, name, numbers in rows],
        "total": [
            "合计",
            *(f"{total[level]:,}" for level in levels),
            *(f"{one.marks.total:,}" for one in there),
        ],
    }
