"""就近力量: which teams that are trained for it are nearest to each fire."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.figures import standing, subjects
from emmap.briefing.figures.fires import BURNING, fires, subject
from emmap.briefing.figures.readiness import near
from emmap.briefing.sight import moment_of
from emmap.layer import Title


class TravelBlock(Block, Seen):
    """The `count` nearest teams of each of the `fires` latest fires that are confirmed or looked into at T."""

    fires: Annotated[int, Field(ge=1, le=10)] = 3
    count: Annotated[int, Field(ge=1, le=10)] = 4


def fill(asked: Asked, block: TravelBlock) -> Shape:
    """One row a team, fire after fire. The store holds no roads: distances are straight."""
    sight = asked.sight(seen(block))
    of, teams = subject(asked, sight), subjects.declaring(asked, subjects.TEAM, sight)
    if of is None or teams is None:
        return table([], [], note="库中没有森林火情或应急队伍数据。")
    at = moment_of(sight.at)
    burning = [
        one
        for one in fires(asked, of, at, at + timedelta(seconds=1))
        if one.holds and one.status in BURNING and one.place is not None
    ]
    burning.sort(key=lambda one: (BURNING.index(one.status), -one.since.timestamp() if one.since else 0.0))
    rows = []
    for fire in burning[: block.fires]:
        if fire.place is None:
            continue
        for place, team in enumerate(near(asked, teams, fire.place, block.count, of.layer.hazards).teams):
            name = standing.short(fire.name) if place == 0 else ""
            rows.append([name, team.name, team.team_class, team.status, team.people, team.distance])
    if not rows:
        return table([], [], note="目前没有在处置的森林火情，或没有可以出动的森林火灾救援队伍。")
    left = len(burning) - block.fires
    return table(
        [
            ("火情", "left"),
            ("队伍", "left"),
            ("类别", "left"),
            ("状态", "left"),
            ("人数", "right"),
            ("直线距离", "right"),
        ],
        rows,
        note="距离为直线距离，库中没有道路，不是行车里程。只列受训于森林火灾、待命或备勤的队伍。"
        + (f"另有 {left} 起火情未列出。" if left > 0 else ""),
    )


KIND = Kind("travel", Title("就近力量", "Teams near a fire"), TravelBlock, fill, order=150)
