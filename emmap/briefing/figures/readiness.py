"""Which teams can be sent to a place, the nearest first."""

from collections import Counter
from dataclasses import dataclass

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.figures import subjects
from emmap.briefing.figures.subjects import Subject
from emmap.store.nearest import Near, nearest
from emmap.view import View

READY = ("ready", "standby")
"""A team of these can be sent."""
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Team:
    """A team in words."""

    name: str
    team_class: str
    status: str
    people: str
    distance: str
    address: str


@dataclass(frozen=True, slots=True)
class Nearby:
    """The nearest that can be sent; `note` says how far is meant, and which nearer ones cannot."""

    teams: tuple[Team, ...]
    note: str


def near(
    asked: Asked, of: Subject, place: tuple[float, float], count: int, hazards: tuple[str, ...] = ()
) -> Nearby:
    """The `count` teams nearest to a place (lon, lat in degrees), wherever they are based; only those trained for one of
    `hazards`, if any are given."""
    view = View(hazard=hazards)
    found = asked.read(
        f"nearest {place} {view.to_query()} {of.moment}",
        lambda: nearest(asked.conn, of.layer, view, of.moment, *place, _LOOKED_AT),
    )
    can = [one for one in found if one.told["status"] in READY][:count]
    farthest = can[-1].metres if can else float("inf")
    names = subjects.choices(of.layer, "status")
    busy = Counter(
        names.get(one.told["status"], "状态不明")
        for one in found
        if one.told["status"] not in READY and one.metres < farthest
    )
    left = "、".join(f"{name} {n}" for name, n in busy.items())
    return Nearby(
        tuple(_team(one, of) for one in can),
        "距离为直线距离，未按道路计算。" + (f"更近而不能出动的：{left}。" if left else ""),
    )


def _team(one: Near, of: Subject) -> Team:
    told = one.told
    people = told.get("people")
    return Team(
        str(told.get("name", one.feature_id)),
        subjects.choices(of.layer, "team_class").get(told.get("team_class") or "", ""),
        subjects.choices(of.layer, "status").get(told["status"] or "", ""),
        words.number(people) if people is not None else "",
        f"{one.metres / 1000:.1f} km",
        str(told.get("address") or ""),
    )
