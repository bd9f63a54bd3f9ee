"""Responses in force, and how each came to its level."""

from datetime import datetime, timedelta

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.figures import subjects
from emmap.briefing.sight import Sight, moment_of
from emmap.store.courses import Course


def responses(asked: Asked, sight: Sight, since: datetime) -> list[Course]:
    """Those that held at any time from `since` to T: in force first, then the highest. A test is none."""
    at = moment_of(sight.at)
    found = [
        one
        for of in subjects.of_form(asked, subjects.RESPONSE, sight)
        for one in of.courses(asked, since, at + timedelta(seconds=1))
        if one.last(at) is not None and subjects.meant(asked, one)
    ]
    return sorted(found, key=lambda one: (not one.holds(at), -_severity(one, at)))


def in_force(asked: Asked, sight: Sight) -> list[Course]:
    """Those that hold at T."""
    at = moment_of(sight.at)
    return [one for one in responses(asked, sight, at) if one.holds(at)]


def _severity(one: Course, at: datetime) -> int:
    last = one.last(at)
    return last.severity if last else 0


def course_in_words(one: Course, at: datetime) -> str:
    """`05-21 20:57 启动Ⅳ级，22:40 升至Ⅲ级，05-22 18:00 终止`, up to T."""
    told: list[str] = []
    before: int | None = None
    day = ""
    for step in one.steps:
        if (step.start is not None and step.start > at) or step.severity == before:
            continue
        verb = "启动" if before is None else "升至" if step.severity > before else "降至"
        said, day = _when(step.start, at, day)
        told.append(f"{said} {verb}{words.RESPONSE_LEVELS.get(step.severity, '')}".strip())
        before = step.severity
    last = one.last(at)
    if last is not None and last.end is not None and last.end <= at:
        told.append(f"{_when(last.end, at, day)[0]} 终止")
    return "，".join(told)


def _when(moment: datetime | None, at: datetime, day: str) -> tuple[str, str]:
    """The time, with its date where it is not that of what was said before."""
    if moment is None:
        return "", day
    whole = words.beijing(moment)
    date, clock = whole[5:10] if whole[:4] == words.beijing(at)[:4] else whole[:10], whole[11:16]
    return (clock if date == day else f"{date} {clock}"), date
