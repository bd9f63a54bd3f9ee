"""走势: how many held at each time of the span before T, stacked by level."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, chart, seen, table, width_mm
from emmap.briefing.drawing.charts import level_colour, stacked, swatch
from emmap.briefing.drawing.legend import line
from emmap.briefing.figures import subjects
from emmap.briefing.sight import moment_of
from emmap.codes import SEVERITIES
from emmap.layer import Title
from emmap.view import BEIJING

_STEPS = 96
_HIGH_MM = 46.0


class TrendBlock(Block, Seen):
    """The last `hours` before T; the sight's layers that have levels are added up."""

    hours: Annotated[int, Field(ge=6, le=24 * 366)] = 48


def fill(asked: Asked, block: TrendBlock) -> Shape:
    """A chart of the whole view, whatever the extent."""
    sight = asked.sight(seen(block))
    view = asked.view(sight)
    at = moment_of(sight.at)
    step = timedelta(seconds=-(-block.hours * 3600 // _STEPS))
    start = at - step * (_STEPS - 1)
    shown = [asked.layers[name] for name in view.layers or () if "severity" in asked.layers[name].fields]
    counts = [Counter[int]() for _ in range(_STEPS)]
    for layer in shown:
        of = subjects.seen(asked, layer, sight)
        for place, by_severity in enumerate(of.held(asked, start, step) if of else ()):
            counts[place].update(by_severity)
    names = "、".join(layer.title.zh for layer in shown)
    if not any(one.total() for one in counts):
        return table(
            [], [], note=f"{names or '所选图层'}：{words.near(start, at)} 至 {words.beijing(at)} 没有要素。"
        )
    wide = width_mm(asked, block)
    last = counts[-1]
    levels = "、".join(f"{SEVERITIES[level].zh} {last[level]:,}" for level in (4, 3, 2, 1, 0) if last[level])
    span = f"{words.beijing(start)} 至 {words.beijing(at)}"
    return chart(
        stacked(wide, _HIGH_MM, counts, _marks(start, step)),
        wide,
        _HIGH_MM,
        alt=f"{names}：{span}，最后 {last.total():,}（{levels or '无'}）",
        notes=[f"每{_length(step)}一值，{span}；图例中为最后的数"],
        legend=[_legend(names, last)],
    )


def _legend(names: str, last: Counter[int]) -> dict[str, Any]:
    return {
        "title": names,
        "count": f"{last.total():,}",
        "notes": "",
        "last": "",
        "late": "",
        "entries": [
            line([swatch(level_colour(level))], SEVERITIES[level].zh, last[level])
            for level in (4, 3, 2, 1, 0)
        ],
    }


def _marks(start: datetime, step: timedelta) -> dict[int, str]:
    """Words at full hours, days or months, so that there are at most eight."""
    span = step * _STEPS
    found: dict[int, str] = {}
    for place in range(_STEPS):
        at, before = (
            (start + step * place).astimezone(BEIJING),
            (start + step * (place - 1)).astimezone(BEIJING),
        )
        if span > timedelta(days=60):
            if at.month != before.month:
                found[place] = f"{at.month} 月"
        elif span > timedelta(days=3):
            if at.date() != before.date():
                found[place] = f"{at:%m-%d}"
        elif at.hour != before.hour and at.hour % 3 == 0:
            found[place] = f"{at:%m-%d}" if at.hour == 0 else f"{at:%H:00}"
    every = -(-len(found) // 8)
    return dict(list(found.items())[::every]) if found else {}


def _length(step: timedelta) -> str:
    minutes = step.total_seconds() / 60
    if minutes < 120:
        return f" {minutes:.0f} 分钟"
    return f" {minutes / 60:.0f} 小时" if minutes < 48 * 60 else f" {minutes / 1440:.1f} 天"


KIND = Kind("trend", Title("走势", "Trend"), TrendBlock, fill, order=180)
