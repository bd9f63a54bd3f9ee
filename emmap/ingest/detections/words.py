"""What people said of a detection or an event, which goes before what the feed says, whenever that comes.

It is read from the states as they stand: a status that no feed states, or one of the fields that people fill. Said
once, it holds from then on until a person says something else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from emmap.layer import Detections, Record


@dataclass(frozen=True, slots=True)
class Word:
    """Something a person said: from when on, how long the state stood (None: without end), the status (None: not
    spoken of) and fields. `position` is the input row that says it just now, 0 for what was known."""

    at: datetime
    until: datetime | None
    status: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    position: int = 0


def words_in(states: Iterable[Record], rule: Detections) -> list[Word]:
    """What people said, of a feature's states in the order of their spans."""
    found: list[Word] = []
    for state in states:
        status = state.status if state.status not in rule.plain else None
        fields = {name: state.properties[name] for name in rule.told if name in state.properties}
        if (status is None and not fields) or state.valid_from is None:
            continue
        word = Word(state.valid_from, state.valid_to, status, fields, state.position)
        if found and (found[-1].status, found[-1].fields) == (status, fields):
            found[-1] = replace(found[-1], until=word.until)
        else:
            found.append(word)
    return found


def spoken(sources: Iterable[Sequence[Word]], at: datetime, rule: Detections) -> Word | None:
    """What holds at an instant of what was said in several places: the latest of each, of these the status that ranks
    first, and all the fields."""
    held = [word for source in sources if (word := _latest(source, at)) is not None]
    if not held:
        return None
    first = min(held, key=lambda word: (_rank(word, rule), word.at, word.status or ""))
    fields: dict[str, Any] = {}
    for word in sorted(held, key=lambda one: (one.at, sorted(one.fields))):
        fields |= word.fields
    return replace(first, fields={**fields, **first.fields})


def end_of(word: Word | None, until: datetime, rest: timedelta, rule: Detections) -> datetime | None:
    """When a feature ends that the feed lets end at `until`: not before a person says so where somebody looks into it,
    and not before what was said last has been there to read."""
    if word is None or word.status is None:
        return until
    if word.status in rule.watched:
        return None
    return max(until, word.until if word.until is not None else word.at + rest)


def said_over(
    base: Record, sources: Sequence[Sequence[Word]], rule: Detections, *, lasting: bool = True
) -> list[Record]:
    """The feed's one state with what people said laid over it. `lasting`: it may go on beyond the feed's own end."""
    start, until = base.valid_from, base.valid_to
    if start is None or until is None or not any(sources):
        return [base]
    bounds = sorted({start, *(max(word.at, start) for source in sources for word in source)})
    last = spoken(sources, bounds[-1], rule)
    end = end_of(last, until, rule.gap, rule) if lasting else until
    bounds = [at for at in bounds if end is None or at < end]
    return [
        worded(replace(base, valid_from=at, valid_to=following), spoken(sources, at, rule))
        for at, following in zip(bounds, [*bounds[1:], end], strict=True)
    ]


def worded(record: Record, word: Word | None) -> Record:
    """The feed's state with what a person said in its place."""
    if word is None:
        return record
    return replace(
        record,
        status=word.status or record.status,
        properties={**record.properties, **word.fields},
        position=word.position or record.position,
    )


def _latest(words: Sequence[Word], at: datetime) -> Word | None:
    return next((word for word in reversed(words) if word.at <= at), None)


def _rank(word: Word, rule: Detections) -> int:
    if word.status is None:
        return len(rule.ranks) + 1
    return rule.ranks.index(word.status) if word.status in rule.ranks else len(rule.ranks)
