"""The figures of a month or a year, each computed from the store; what the store does not hold has none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.figures import hazards, subjects
from emmap.briefing.figures.fires import EVENT, REPORT, area, fires, subject
from emmap.briefing.figures.periods import Period
from emmap.briefing.figures.subjects import Subject
from emmap.briefing.sight import Sight
from emmap.codes import districts
from emmap.series import series
from emmap.store import observations, tallies
from emmap.store.courses import Course
from emmap.store.observations import Observation

QUAKE = "11C"
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: `value` None where the store holds nothing of the period. `note`: what it is made of."""

    name: str
    unit: str
    value: float | None
    digits: int = 0
    note: str = ""


Reckon = Callable[[Asked, Sight, Period], list[Figure]]


def of_fires(asked: Asked, sight: Sight, counted: Period) -> list[Figure]:
    """Fires that were reported in the period, those verified among them, and what burnt; and those that satellites saw
    first."""
    of = subject(asked, sight)
    there = of is not None and _reaches(asked, of, counted)
    found = fires(asked, of, counted.start, counted.end) if of is not None and there else []
    begun = [one for one in found if one.since is not None and one.since >= counted.start]
    reported = [one for one in begun if one.form == REPORT]
    verified = [one for one in reported if one.verified]
    events = sum(one.form == EVENT for one in begun)
    return [
        Figure("森林火情接报", "起", len(reported) if there else None),
        Figure("其中核实", "起", len(verified) if there else None),
        Figure("过火面积", "亩", area([one.burnt_mu for one in verified]) if there else None, 2),
        *([Figure("卫星发现火情事件", "起", events, note="不计入接报")] if events else []),
    ]


def of_warnings(asked: Asked, sight: Sight, counted: Period) -> list[Figure]:
    """Responses that were started in the period, and signals that were issued."""
    found = []
    for name, form, unit in (
        ("应急响应", subjects.RESPONSE, "次"),
        ("预警信号", subjects.SIGNAL, "条"),
    ):
        every = subjects.of_form(asked, form, sight)
        known = [of for of in every if _reaches(asked, of, counted)]
        begun = [
            one
            for of in known
            for one in of.courses(asked, counted.start, counted.end)
            if _begins(one, counted) and subjects.meant(asked, one)
        ]
        note = ""
        if form == subjects.RESPONSE and begun:
            high = sum(max(step.severity for step in one.steps) >= 3 for one in begun)
            note = f"其中升至Ⅱ级及以上 {high} 次" if high else ""
        found.append(Figure(name, unit, len(begun) if known else None, note=note))
    return found


def of_teams(asked: Asked, sight: Sight, counted: Period) -> list[Figure]:
    """Teams and their people at the end of the period, by class."""
    of = subjects.declaring(asked, subjects.TEAM, sight)
    if of is None:
        return [Figure("应急队伍", "支", None)]
    classes = subjects.choices(of.layer, "team_class")
    found = of.at(counted.end).tally(asked, "team_class", sums=("people",))
    if not found:
        return [Figure("应急队伍", "支", None)]
    told = [Figure("应急队伍", "支", sum(one.count for one in found))]
    told.append(Figure("队伍人数", "人", sum(one.sums[0] for one in found)))
    for code, name in classes.items():
        for one in found:
            if one.by[0] == code:
                told.append(Figure(name, "支", one.count, note=f"{one.sums[0]:,.0f} 人"))
    return told


def of_hazards(asked: Asked, sight: Sight, counted: Period) -> list[Figure]:
    """Hazards found in the period, and how they stand at its end."""
    of = subjects.declaring(asked, subjects.HAZARD, sight)
    found = hazards.found_in(asked, of, counted).every if of is not None else None
    if of is None or found is None or (not found.total and not _reaches(asked, of, counted)):
        return [Figure(name, "处", None) for name in ("排查发现隐患", "其中已整改", "逾期未整改")]
    rate = f"整改率 {words.share(found.rectified, found.total)}" if found.total else ""
    return [
        Figure("排查发现隐患", "处", found.total),
        Figure("其中已整改", "处", found.rectified, note=rate),
        Figure("逾期未整改", "处", found.overdue),
    ]


def of_rain(asked: Asked, sight: Sight, counted: Period) -> list[Figure]:
    """The mean rain: of the city, or of the one district that is looked at."""
    name = _areal(asked.view(sight).district)
    known_at = asked.measured_known_at(sight)
    if name is None or known_at is None:
        return [Figure("平均降雨量", "毫米", None, 1)]

    def read() -> list[Observation]:
        return observations.several(asked.conn, [name], counted.start, counted.end, known_at)

    days = [
        one.value
        for one in asked.read(f"daily {name} {counted.start} {counted.end} {known_at}", read)
        if one.value is not None
    ]
    note = f"{series()[name].zh}，{len(days)} 日合计" if days else ""
    return [Figure("平均降雨量", "毫米", round(sum(days), 1) if days else None, 1, note)]


def _areal(wanted: Sequence[str]) -> str | None:
    """The series of the daily mean of one district, or of the city, which is an area that is no district."""
    for name, described in series().items():
        code = name.rpartition("_")[2]
        meets = [code] == list(wanted) or (not wanted and code not in districts())
        if described.period_s == _DAY_S and code.isdecimal() and meets:
            return name
    return None


def of_quakes(asked: Asked, sight: Sight, counted: Period) -> list[Figure]:
    """Quakes that were told of within the city. Two layers that tell of quakes are not added: they may mean the same."""
    by_layer = {}
    for of in subjects.of_hazard(asked, QUAKE, sight):
        if _reaches(asked, of, counted):
            by_layer[of.layer.title.zh] = sum(
                _begins(one, counted)
                and subjects.meant(asked, one)
                and any(step.districts for step in one.steps)
                for one in of.courses(asked, counted.start, counted.end)
            )
    told = {name: n for name, n in by_layer.items() if n}
    note = "、".join(f"{name} {n}" for name, n in told.items()) + "，未合并" if len(told) > 1 else ""
    return [Figure("地震", "次", max(by_layer.values()) if by_layer else None, note=note)]


RECKONED: Mapping[str, Reckon] = MappingProxyType(
    {
        "fires": of_fires,
        "warnings": of_warnings,
        "teams": of_teams,
        "hazards": of_hazards,
        "rain": of_rain,
        "quakes": of_quakes,
    }
)
"""What can be reckoned of a period, by subject, in the order of a yearly report."""


def _begins(one: Course, counted: Period) -> bool:
    return one.start is not None and counted.start <= one.start < counted.end


def _reaches(asked: Asked, of: Subject, counted: Period) -> bool:
    """Whether the store holds anything of the subject that had begun by the end of the period: else it was not kept yet."""
    return asked.read(
        f"reaches {of.layer.id} {of.moment} {counted.end}",
        lambda: tallies.any_begun(asked.conn, of.layer, of.moment, counted.end),
    )
