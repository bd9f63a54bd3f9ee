"""应急响应: those in force, and how each was raised and lowered, as known then."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.figures import standing
from emmap.briefing.figures.responses import course_in_words, responses
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
    found = responses(asked, sight, at - timedelta(hours=block.ended_h))
    if not found:
        return table([], [], note="目前没有生效的应急响应。")
    return table(
        [("级别", "left"), ("应急响应", "left"), ("发布单位", "left"), ("经过", "left")],
        [_row(one, at) for one in found],
    )


def _row(one: Course, at: datetime) -> list[str]:
    last = one.last(at)
    assert last is not None
    told = last.told
    return [
        words.RESPONSE_LEVELS.get(last.severity, "") if one.holds(at) else "终止",
        standing.short(str(told.get("headline") or told.get("event") or one.feature_id)),
        str(told.get("issuer") or ""),
        course_in_words(one, at),
    ]


KIND = Kind("responses", Title("应急响应", "Responses"), ResponsesBlock, fill, order=65)
