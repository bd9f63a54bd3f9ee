"""应急队伍: how many stand ready, by class or district; or those nearest to a place."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.blocks.map import Degrees
from emmap.briefing.figures import subjects
from emmap.briefing.figures.readiness import READY, near
from emmap.briefing.figures.subjects import Subject
from emmap.codes import districts
from emmap.layer import Title
from emmap.store.tallies import DISTRICT, Tally

_UNKNOWN = "状态不明"


class TeamsBlock(Block, Seen):
    """`by`: a row for each class or district. `near`: lon and lat in degrees; then the `count` nearest that can be sent."""

    by: Literal["class", "district"] = "class"
    near: tuple[Degrees, Degrees] | None = None
    count: Annotated[int, Field(ge=1, le=20)] = 5


def fill(asked: Asked, block: TeamsBlock) -> Shape:
    """A table either way. No phone is ever on paper."""
    of = subjects.declaring(asked, subjects.TEAM, asked.sight(seen(block)))
    if of is None:
        return table([], [], note="库中没有应急队伍数据。")
    if block.near is not None:
        return _nearest(asked, of, block.near, block.count)
    return _ready(asked, of, block.by)


def _ready(asked: Asked, of: Subject, by: Literal["class", "district"]) -> Shape:
    group = DISTRICT if by == "district" else "team_class"
    found = of.tally(asked, group, "status", sums=("people",))
    once = of.tally(asked, "status", sums=("people",))
    names = subjects.choices(of.layer, "status")
    statuses = [code for code in [*names, None] if any(one.by[0] == code for one in once)]
    called = {code: one.zh for code, one in districts().items()}
    if by == "class":
        called = dict(subjects.choices(of.layer, "team_class"))
    rows = [
        _row(called[code] if code else "其他", [one for one in found if one.by[0] == code], statuses, 1)
        for code in [*called, None]
        if any(one.by[0] == code for one in found)
    ]
    untold = sum(one.count - one.told[0] for one in once)
    notes = ["跨区的队伍在各区分别计数，合计只计一次。"] if by == "district" else []
    notes += [f"其中 {untold} 支队伍没有登记人数。"] if untold else []
    return table(
        [
            ("类别" if by == "class" else "区", "left"),
            ("队伍", "right"),
            ("人数", "right"),
            *((names.get(code or "", _UNKNOWN), "right") for code in statuses),
            ("待命备勤人数", "right"),
        ],
        rows,
        total=_row("合计", once, statuses, 0) if once else None,
        note="".join(notes) if once else "所选范围内没有应急队伍。",
    )


def _row(name: str, found: list[Tally], statuses: list[str | None], place: int) -> list[str]:
    """Teams, people, teams by status (which stands at `place` of the groups), and the people that can be sent."""
    by_status: Counter[str | None] = Counter()
    for one in found:
        by_status[one.by[place]] += one.count
    return [
        name,
        words.count(sum(by_status.values())),
        words.count(int(sum(one.sums[0] for one in found))),
        *(words.count(by_status[status]) for status in statuses),
        words.count(int(sum(one.sums[0] for one in found if one.by[place] in READY))),
    ]


def _nearest(asked: Asked, of: Subject, place: tuple[float, float], count: int) -> Shape:
    found = near(asked, of, place, count)
    return table(
        [
            ("队伍", "left"),
            ("类别", "left"),
            ("状态", "left"),
            ("人数", "right"),
            ("直线距离", "right"),
            ("驻地", "left"),
        ],
        [
            [one.name, one.team_class, one.status, one.people, one.distance, one.address]
            for one in found.teams
        ],
        note=found.note if found.teams else "附近没有可以出动的队伍。",
    )


KIND = Kind("teams", Title("应急队伍", "Rescue teams"), TeamsBlock, fill, order=120)
