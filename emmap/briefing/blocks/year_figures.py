"""主要指标: the figures of a year or a month, as the bureau's yearly report has them, each computed from the store."""

from typing import Annotated

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.figures.periods import Length, Periodic, period
from emmap.briefing.figures.reckoning import RECKONED, Figure
from emmap.briefing.sight import moment_of
from emmap.layer import Title

NOT_KEPT = ("隐患排查检查次数", "专项应急预案", "应急演练")
"""What a yearly report tells besides, and the store does not hold: the writer adds it by hand."""


class YearFiguresBlock(Block, Seen, Periodic):
    """`not_kept`: what the store does not hold is named too."""

    period: Length = "year"
    not_kept: Annotated[tuple[Annotated[str, Field(max_length=40)], ...], Field(max_length=20)] = NOT_KEPT


def fill(asked: Asked, block: YearFiguresBlock) -> Shape:
    """One row a figure."""
    sight = asked.sight(seen(block))
    counted = period(block, moment_of(sight.at))
    found = [one for reckon in RECKONED.values() for one in reckon(asked, sight, counted)]
    return table(
        [("指标", "left"), ("数值", "right"), ("单位", "left"), ("说明", "left")],
        [
            *([one.name, value(one), one.unit, one.note] for one in found),
            *([name, "库中没有", "", "由撰稿人填写"] for name in block.not_kept),
        ],
        note=f"{counted.name}，由库中数据计算，{words.known(sight)}。",
    )


def value(one: Figure) -> str:
    """A figure's value in words."""
    return "库中没有" if one.value is None else words.number(one.value, one.digits)


KIND = Kind("year_figures", Title("主要指标", "Figures of a year"), YearFiguresBlock, fill, order=160)
