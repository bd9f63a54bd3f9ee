"""测站超限: gauges over a level at T, with what they measured last."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.figures import subjects
from emmap.briefing.figures.subjects import Subject
from emmap.briefing.sight import Sight, moment_of
from emmap.layer import Title
from emmap.series import Measured
from emmap.store import answers, observations
from emmap.store.answers import Page
from emmap.store.observations import Observation

_THRESHOLDS = {"above_grz": ("grz", "保证"), "above_wrz": ("wrz", "警戒"), "above_frz": ("frz", "设防")}
"""Which threshold a condition means, by field and name."""


class GaugesBlock(Block, Seen):
    """`rows`: at most so many stations, the worst first."""

    rows: Annotated[int, Field(ge=1, le=60)] = 15


def fill(asked: Asked, block: GaugesBlock) -> Shape:
    """One row a station; how many there are, and how many are silent, is said."""
    sight = asked.sight(seen(block))
    of = subjects.declaring(asked, subjects.GAUGE, sight)
    if of is None:
        return table([], [], note="库中没有水文测站数据。")
    by_status = {one.by[0]: one.count for one in of.tally(asked, "status")}
    over = _over(asked, of, block.rows)
    silent = by_status.get("silent", 0)
    note = f"共 {sum(by_status.values())} 站，超限 {over.number_matched} 站"
    note += f"，中断 {silent} 站。" if silent else "。"
    if over.number_matched > len(over.features):
        note += f"列出级别最高的 {len(over.features)} 站。"
    if not over.features:
        return table([], [], note=note if by_status else "所选范围内没有水文测站。")
    last = _last(asked, sight, [one["id"] for one in over.features])
    conditions = subjects.choices(of.layer, "status")
    return table(
        [
            ("测站", "left"),
            ("河流", "left"),
            ("状况", "left"),
            ("水位（m）", "right"),
            ("阈值（m）", "right"),
            ("超出（m）", "right"),
            ("时间", "left"),
        ],
        [
            _row(one["properties"], last.get(one["id"]), conditions, moment_of(sight.at))
            for one in over.features
        ],
        note=note + "水位各按本站基面，不能站间相比。",
    )


def _over(asked: Asked, of: Subject, rows: int) -> Page:
    view = replace(of.view, severity=(1, 2, 3, 4))
    return asked.read(
        f"gauges {view.to_query()} {of.moment} {rows}",
        lambda: answers.features(asked.conn, of.layer, view, limit=rows, moment=of.moment),
    )


def _last(asked: Asked, sight: Sight, stations: list[str]) -> dict[str, Observation]:
    """The latest stage of each station up to T."""
    known_at = asked.measured_known_at(sight)
    if known_at is None:
        return {}
    at, names = moment_of(sight.at), {Measured(one, "stage").name: one for one in stations}
    found = asked.read(
        f"stages {stations} {at} {known_at}",
        lambda: observations.latest(asked.conn, list(names), known_at, at),
    )
    return {names[one.series]: one for one in found}


def _row(
    told: Mapping[str, Any], last: Observation | None, conditions: Mapping[str, str], at: datetime
) -> list[str]:
    """A station in words. A level is kept for a while after the stage has fallen below its threshold."""
    stage, status = last.value if last else None, str(told.get("status"))
    field, name = _THRESHOLDS.get(status, ("", ""))
    level = told.get(field)
    over = stage - level if stage is not None and level is not None else None
    return [
        str(told["name"]),
        str(told.get("river") or ""),
        conditions.get(status, ""),
        f"{stage:.2f}" if stage is not None else "",
        f"{name} {level:.2f}" if level is not None else "",
        "" if over is None else f"{over:.2f}" if over >= 0 else "已回落",
        words.near(last.at, at) if last else "",
    ]


KIND = Kind("gauges", Title("测站超限", "Gauges over a level"), GaugesBlock, fill, order=110)
