"""同比: a month or year beside the same span of the year before."""

from typing import Annotated, Literal

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.blocks.year_figures import value
from emmap.briefing.figures.periods import Periodic, period
from emmap.briefing.figures.reckoning import RECKONED, Figure
from emmap.briefing.sight import moment_of
from emmap.layer import Title

Subject = Literal["hazards", "fires", "warnings", "rain", "quakes"]


class YearOnYearBlock(Block, Seen, Periodic):
    """`subjects`: what is compared."""

    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=5)] = ("hazards",)


def fill(asked: Asked, block: YearOnYearBlock) -> Shape:
    """One row a figure. Where the store holds nothing of the year before there is no difference."""
    sight = asked.sight(seen(block))
    counted = period(block, moment_of(sight.at))
    before = counted.year_before()
    rows, missing = [], False
    for name in dict.fromkeys(block.subjects):
        then = {one.name: one for one in RECKONED[name](asked, sight, before)}
        for one in RECKONED[name](asked, sight, counted):
            old = then.get(one.name, Figure(one.name, one.unit, None))
            rows.append([f"{one.name}（{one.unit}）", value(one), value(old), *_difference(one, old)])
            missing = missing or old.value is None
    note = (
        f"{counted.name}与上年同期，均为现在掌握的数据。"
        if not missing
        else f"{counted.name}与上年同期；库中没有的不作比较。"
    )
    return table(
        [
            ("指标", "left"),
            ("本期", "right"),
            ("上年同期", "right"),
            ("增减", "right"),
            ("增减幅度", "right"),
        ],
        rows,
        note=note,
    )


def _difference(one: Figure, old: Figure) -> list[str]:
    if one.value is None or old.value is None:
        return ["", ""]
    more = one.value - old.value
    ratio = f"{words.difference(100 * more / old.value, 1)}%" if old.value else ""
    return [words.difference(more, one.digits), ratio]


KIND = Kind("year_on_year", Title("同比", "Year on year"), YearOnYearBlock, fill, order=170)
