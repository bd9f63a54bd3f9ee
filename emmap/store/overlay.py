"""How a feature's timeline changes when something is said of it. Pure: no database.

A timeline is what is known now: pieces that do not overlap. Two verbs change it: `put` (a state over a span) and
`end`. What remains of old pieces stays in force.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Piece:
    """A state over [start, end). `state` compares states; `version_id` names the open version it is (part of),
    `act` the act that said it. EARLIEST and LATEST stand for unbounded."""

    start: datetime
    end: datetime
    state: Any
    version_id: int | None = None
    act: int | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """State `state` from `start` to `end`; without an end until the next known start. `whole`: the span is all
    of this state's life, so nothing of what it overlaps goes on after it. `unless_so`: nothing is said if this
    state holds at `start` already."""

    act: int
    start: datetime
    end: datetime | None
    state: Any
    whole: bool = False
    unless_so: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """Nothing holds from `start` on."""

    act: int
    start: datetime


def overlay(pieces: Iterable[Piece], acts: Iterable[Put | Cut]) -> tuple[list[Piece], set[int]]:
    """The timeline after `acts`, in their order, and the acts that changed it."""
    timeline = sorted(pieces, key=lambda piece: piece.start)
    told: set[int] = set()
    for act in acts:
        after = _cut(timeline, act) if isinstance(act, Cut) else _put(timeline, act)
        if after is not timeline:
            told.add(act.act)
            timeline = after
    return timeline, told


def _cut(timeline: list[Piece], act: Cut) -> list[Piece]:
    if all(piece.end <= act.start for piece in timeline):
        return timeline
    return [
        _part(piece, piece.start, min(piece.end, act.start)) for piece in timeline if piece.start < act.start
    ]


def _put(timeline: list[Piece], act: Put) -> list[Piece]:
    end = act.end or min((piece.start for piece in timeline if piece.start > act.start), default=LATEST)
    start = act.start  # where the state is news: it may hold from the start on
    for piece in timeline:
        if piece.state == act.state and piece.start <= start < piece.end:
            if act.unless_so:
                return timeline
            start = piece.end
    start = min(start, end)
    goes_on = any(piece.start < end < piece.end for piece in timeline)
    if start == end and not (act.whole and goes_on):
        return timeline
    after: list[Piece] = []
    for piece in timeline:
        if piece.end <= start or piece.start >= end:
            after.append(piece)
            continue
        if piece.start < start:
            after.append(_part(piece, piece.start, start))
        if piece.end > end and not act.whole:
            after.append(_part(piece, end, piece.end))
    if start < end:
        after.append(Piece(start, end, act.state, None, act.act))
    return sorted(after, key=lambda piece: piece.start)


def _part(piece: Piece, start: datetime, end: datetime) -> Piece:
    if (start, end) == (piece.start, piece.end):
        return piece
    return Piece(start, end, piece.state, piece.version_id, piece.act)
