"""What was known of a feature, and since when: the history that a scenario hands to the store."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from emmap.layer import Layer, Record
from emmap.store.history import HistoryRow, Personal


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` (inclusive) to `end` (exclusive), aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class History:
    """A layer's history: how much it is, and its rows, each made when it is asked for. `personal`: every personal
    state that the rows carry; None where the rows are few enough to be looked through first."""

    features: int
    versions: int
    rows: Iterable[HistoryRow]
    personal: Iterable[Personal] | None = None

    @classmethod
    def of(cls, rows: Iterable[HistoryRow]) -> "History":
        """A history that is small enough to be held in memory."""
        held = list(rows)
        return cls(len({row.record.feature_id for row in held}), len(held), held)


Histories = Callable[[Layer, float, datetime], History]
"""(layer, share of the full size, instant of loading) to the layer's history: the same for the same arguments."""

Step = tuple[datetime, Sequence[Record]]
"""From this instant on, these are all the states known of the feature."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A state, and when it was recorded. A missing end of its Record means until the next known start."""

    recorded_at: datetime
    record: Record


def chained(facts: Iterable[Fact]) -> Iterator[Step]:
    """Each recording as a Step: a later fact replaces the one with the same start, and ends the one before."""
    known: dict[datetime, Record] = {}
    for fact in sorted(facts, key=lambda one: one.recorded_at):
        known[_start(fact.record)] = fact.record
        starts = sorted(known)
        states = []
        for start, following in zip(starts, [*starts[1:], None], strict=True):
            record = known[start]
            ends = [end for end in (record.valid_to, following) if end is not None]
            states.append(replace(record, valid_to=min(ends, default=None)))
        yield fact.recorded_at, states


def history(steps: Iterable[Step]) -> Iterator[HistoryRow]:
    """The rows of one feature: a state stays recorded until the step that no longer says it."""
    standing: list[tuple[Record, datetime]] = []
    for recorded_at, states in steps:
        kept = [(record, since) for record, since in standing if record in states]
        for record, since in standing:
            if record not in states and since < recorded_at:
                yield HistoryRow(record, since, recorded_at)
        old = [record for record, _ in kept]
        standing = kept + [(record, recorded_at) for record in states if record not in old]
    for record, since in standing:
        yield HistoryRow(record, since, None)


def _start(record: Record) -> datetime:
    if record.valid_from is None:
        raise ValueError(f"{record.feature_id}: a scenario's state needs its start")
    return record.valid_from
