"""分行业隐患: what was found in a month or year, and how much of it is put right."""

from typing import Annotated

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.figures import subjects
from emmap.briefing.figures.hazards import Found, found_in, together
from emmap.briefing.figures.periods import Periodic, period
from emmap.briefing.sight import moment_of
from emmap.layer import Title


class IndustriesBlock(Block, Seen, Periodic):
    """`rows`: so many industries by name, the others together."""

    rows: Annotated[int, Field(ge=1, le=60)] = 15


def fill(asked: Asked, block: IndustriesBlock) -> Shape:
    """One row an industry, the most hazards first."""
    sight = asked.sight(seen(block))
    counted = period(block, moment_of(sight.at))
    of = subjects.declaring(asked, subjects.HAZARD, sight)
    if of is None:
        return table([], [], note="库中没有隐患数据。")
    found = found_in(asked, of, counted)
    if not found.every.total:
        return table([], [], note=f"{counted.name}没有排查出隐患。")
    by = {name or "行业不明": one for name, one in found.by_industry.items()}
    order = sorted(by, key=lambda name: (-by[name].total, name))
    shown, rest = order[: block.rows], order[block.rows :]
    rows = [_row(name, by[name]) for name in shown]
    if rest:
        rows.append(_row(f"其他 {len(rest)} 个行业", together([by[name] for name in rest])))
    return table(
        [
            ("行业", "left"),
            ("排查发现", "right"),
            ("已整改", "right"),
            ("未整改", "right"),
            ("其中逾期", "right"),
            ("整改率", "right"),
        ],
        rows,
        total=_row("合计", found.every),
        note=f"{counted.name}发现的隐患，整改情况截至 {words.beijing(min(counted.end, moment_of(sight.at)))}。",
    )


def _row(name: str, one: Found) -> list[str]:
    return [
        name,
        words.count(one.total),
        words.count(one.rectified),
        words.count(one.total - one.rectified),
        words.count(one.overdue),
        words.share(one.rectified, one.total),
    ]


KIND = Kind("industries", Title("分行业隐患", "Hazards by industry"), IndustriesBlock, fill, order=130)
