"""雨量过程: the rain of each hour before T at the wettest stations."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from emmap.briefing import fonts, words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, chart, seen, table, width_mm
from emmap.briefing.drawing.charts import Line, columns
from emmap.briefing.figures.rainfall import Rain, rain
from emmap.briefing.sight import moment_of
from emmap.layer import Title
from emmap.view import BEIJING

Hours = Annotated[int, Field(ge=3, le=72)]


class RainBlock(Block, Seen):
    """The last `hours` before T at the `stations` with the most rain."""

    hours: Hours = 24
    stations: Annotated[int, Field(ge=1, le=8)] = 3


def fill(asked: Asked, block: RainBlock) -> Shape:
    """A chart; the areal means stand below it."""
    sight = asked.sight(seen(block))
    at = moment_of(sight.at)
    start = at - timedelta(hours=block.hours)
    found = rain(asked, sight, start, at)
    if found is None or not found.measured:
        return table([], [], note="库中没有这段时间的雨量观测。")
    span = f"{words.near(start, at)} 至 {words.beijing(at)}"
    notes = [f"逐小时雨量（mm），{span}，{found.measured} 站；“–”为没有观测", *_means(found, at)]
    shown = found.stations[: block.stations]
    if not shown:
        return table([], [], note=f"{span}，{found.measured} 个测站都没有降雨。")
    lines = [
        Line(fonts.printable(one.name), f"累计 {one.total:.1f}", [mm for _, mm in one.hours]) for one in shown
    ]
    steps = [f"{end.astimezone(BEIJING):%H}" for end, _ in shown[0].hours]
    wide = width_mm(asked, block)
    svg, high = columns(wide, lines, steps)
    alt = "；".join(f"{one.name}累计雨量 {one.total:.1f} 毫米" for one in shown)
    return chart(svg, wide, high, alt=alt, notes=notes)


def _means(found: Rain, at: datetime) -> list[str]:
    """The areal means of each day that was read off."""
    by_day: dict[datetime, list[str]] = {}
    for name, read_at, mm in found.means:
        by_day.setdefault(read_at, []).append(f"{name} {mm:.1f}")
    return [
        f"日面雨量（mm，{words.near(read_at, at)} 止）：{'、'.join(told)}"
        for read_at, told in sorted(by_day.items())
    ]


KIND = Kind("rain", Title("雨量过程", "Rain by the hour"), RainBlock, fill, order=100)
