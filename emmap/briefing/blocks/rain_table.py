"""雨量统计: the most rain of one, three and 24 hours and in all, by district."""

from collections.abc import Callable
from datetime import datetime, timedelta

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.blocks.rain import Hours
from emmap.briefing.figures.rainfall import Station, rain
from emmap.briefing.sight import moment_of
from emmap.codes import districts
from emmap.layer import Title


class RainTableBlock(Block, Seen):
    """Of the last `hours` before T."""

    hours: Hours = 24


def fill(asked: Asked, block: RainTableBlock) -> Shape:
    """One row a district that has rain, the wettest first; each figure with its station."""
    sight = asked.sight(seen(block))
    at = moment_of(sight.at)
    start = at - timedelta(hours=block.hours)
    found = rain(asked, sight, start, at)
    span = f"{words.near(start, at)} 至 {words.beijing(at)}"
    if found is None or not found.measured:
        return table([], [], note="库中没有这段时间的雨量观测。")
    if not found.stations:
        return table([], [], note=f"{span}，{found.measured} 个测站都没有降雨。")
    # All of the span is what the last column tells.
    lengths = [hours for hours in (1, 3, 24) if hours < block.hours]
    # A station that no district is known of has a row of its own kind.
    codes = dict.fromkeys(code for one in found.stations for code in one.districts or (None,))
    rows = []
    for code in codes:
        there = [
            one for one in found.stations if code in one.districts or (code is None and not one.districts)
        ]
        rows.append(
            [
                districts()[code].zh if code else "区不明",
                *(_most(there, _of(hours), at, timed=True) for hours in lengths),
                _most(there, lambda one: (one.total, at), at),
            ]
        )
    return table(
        [
            ("区", "left"),
            *((f"最大 {hours} 小时（mm）", "right") for hours in lengths),
            ("累计最大（mm）", "right"),
        ],
        rows,
        note=f"{span}，{found.measured} 站；括号内为测站和时段末。",
    )


def _of(hours: int) -> Callable[[Station], tuple[float, datetime]]:
    return lambda one: (one.most[hours].mm, one.most[hours].at)


def _most(
    stations: list[Station],
    of: Callable[[Station], tuple[float, datetime]],
    at: datetime,
    timed: bool = False,
) -> str:
    top = max(stations, key=lambda one: of(one)[0])
    mm, end = of(top)
    return f"{mm:.1f}（{top.name}{'，' + words.near(end, at) if timed else ''}）"


KIND = Kind("rain_table", Title("雨量统计", "Rain by district"), RainTableBlock, fill, order=105)
