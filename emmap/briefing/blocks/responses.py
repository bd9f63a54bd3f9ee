"""应急响应: those in force, and how each was raised and lowered, as known then."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from emmap.briefing import figures, subjects, words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.sight import moment_of
from emmap.layer import Title
from emmap.store.courses import Course


class ResponsesBlock(Block, Seen):
    """`ended_h`: those that ended within so many hours before T are told too."""

    ended_h: Annotated[int, Field(ge=0, le=720)] = 24


def fill(asked: Asked, block: ResponsesBlock) -> Shape:
    """One row a response, the highest first."""
    sight = asked.sight(seen(block))
    at = moment_of(sight.at)
    since = at - timedelta(hours=block.ended_h)
    found = [
        one
        for of in subjects.of_form(asked, subjects.RESPONSE, sight)
        for one in of.courses(asked, since, at + timedelta(seconds=1))
        if one.last(at) is not None
    ]
    found.sort(key=lambda one: (not one.holds(at), -_severity(one, at)))
    if not found:
        return table([], [], note="目前没有生效的应急响应。")
    return table(
        [("级别", "left"), ("应急响应", "left"), ("发布单位", "left"), ("经过", "left")],
        [_row(one, at) for one in found],
    )


def _severity(one: Course, at: datetime) -> int:
    last = one.last(at)
    return last.severity if last else 0


def _row(one: Course, at: datetime) -> list[str]:
    last = one.last(at)
    assert last is not None
    told = last.told
    return [
        words.RESPONSE_LEVELS.get(last.severity, "") if one.holds(at) else "已终止",
        figures.short(str(told.get("headline") or told.get("event") or one.feature_id)),
        str(told.get("issuer") or ""),
        course_in_words(one, at),
    ]


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


KIND = Kind("responses", Title("应急响应", "Responses"), ResponsesBlock, fill, order=65)
