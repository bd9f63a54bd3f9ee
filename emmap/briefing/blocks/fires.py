"""森林火情: each fire and how it stands, or districts with their totals."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.figures import standing, subjects
from emmap.briefing.figures.fires import REPORT, Fire, area, fires, subject
from emmap.briefing.figures.periods import Periodic, period
from emmap.briefing.sight import moment_of
from emmap.codes import districts
from emmap.layer import Title

_WIND = "库中没有风向、风速。"


class FiresBlock(Block, Seen, Periodic):
    """`by` fire: those of the last `hours` before T, the `rows` latest; `by` district: those reported in the period."""

    by: Literal["fire", "district"] = "fire"
    hours: Annotated[int, Field(ge=1, le=720)] = 24
    rows: Annotated[int, Field(ge=1, le=100)] = 20


def fill(asked: Asked, block: FiresBlock) -> Shape:
    """A table either way."""
    sight = asked.sight(seen(block))
    of = subject(asked, sight)
    if of is None:
        return table([], [], note="库中没有森林火情数据。")
    at = moment_of(sight.at)
    if block.by == "district":
        counted = period(block, at)
        found = [
            one
            for one in fires(asked, of, counted.start, counted.end, REPORT)
            if one.since is not None and one.since >= counted.start
        ]
        return _by_district(found, counted.name)
    start = at - timedelta(hours=block.hours)
    names = subjects.choices(of.layer, "status")
    found = fires(asked, of, start, at + timedelta(seconds=1))[::-1]
    span = f"{words.near(start, at)} 至 {words.beijing(at)}"
    if not found:
        return table([], [], note=f"{span} 没有森林火情。")
    left = len(found) - block.rows
    return table(
        [
            ("火情", "left"),
            ("区", "left"),
            ("发现时间", "left"),
            ("状态", "left"),
            ("过火面积（亩）", "right"),
            ("受害森林（亩）", "right"),
        ],
        [
            [
                standing.short(one.name),
                words.area_names(one.districts),
                words.near(one.since, at) if one.since else "",
                names.get(one.status, "") + ("" if one.holds else "（已结）"),
                _area(one.burnt_mu),
                _area(one.affected_mu),
            ]
            for one in found[: block.rows]
        ],
        note=f"{span}，共 {len(found)} 起" + (f"，另有 {left} 起未列出" if left > 0 else "") + f"。{_WIND}",
    )


def _area(mu: float | None) -> str:
    return "" if mu is None else words.number(mu, 2)


def _by_district(found: list[Fire], name: str) -> Shape:
    if not found:
        return table([], [], note=f"{name}没有森林火情报告。")
    rows = [
        _row(districts()[code].zh if code else "区外或不明", there)
        for code in (*districts(), None)
        if (there := [one for one in found if code in one.districts or (code is None and not one.districts)])
    ]
    return table(
        [
            ("区", "left"),
            ("报告", "right"),
            ("核实", "right"),
            ("已扑灭", "right"),
            ("过火面积（亩）", "right"),
        ],
        rows,
        total=_row("合计", found),
        note=f"{name}接报的火情；跨区的在各区分别计数，合计只计一次。",
    )


def _row(name: str, there: list[Fire]) -> list[str]:
    return [
        name,
        words.count(len(there)),
        words.count(sum(one.verified for one in there)),
        words.count(sum(one.status == "out" for one in there)),
        words.number(area([one.burnt_mu for one in there]), 2),
    ]


KIND = Kind("fires", Title("森林火情", "Forest fires"), FiresBlock, fill, order=140)
