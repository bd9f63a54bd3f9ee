"""分行业隐患: what was found in a month or year, and how much of it is put right."""

from collections import Counter, defaultdict
from typing import Annotated

from pydantic import Field

from emmap.briefing import subjects, words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.hazards import OVERDUE, RECTIFIED, found_in
from emmap.briefing.periods import Periodic, period
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
    by: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for one in found_in(asked, of, counted, "industry"):
        by[one.by[0] or "行业不明"][one.by[1]] += one.count
    if not by:
        return table([], [], note=f"{counted.name}没有排查出隐患。")
    order = sorted(by, key=lambda name: (-by[name].total(), name))
    shown, rest = order[: block.rows], order[block.rows :]
    rows = [_row(name, by[name]) for name in shown]
    if rest:
        rows.append(_row(f"其他 {len(rest)} 个行业", _sum([by[name] for name in rest])))
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
        total=_row("合计", _sum(list(by.values()))),
        note=f"{counted.name}发现的隐患，整改情况截至 {words.beijing(min(counted.end, moment_of(sight.at)))}。",
    )


def _sum(every: list[Counter[str | None]]) -> Counter[str | None]:
    total: Counter[str | None] = Counter()
    for one in every:
        total.update(one)
    return total


def _row(name: str, by_status: Counter[str | None]) -> list[str]:
    found, done = by_status.total(), by_status[RECTIFIED]
    return [
        name,
        words.count(found),
        words.count(done),
        words.count(found - done),
        words.count(by_status[OVERDUE]),
        words.share(done, found),
    ]


KIND = Kind("industries", Title("分行业隐患", "Hazards by industry"), IndustriesBlock, fill, order=130)
