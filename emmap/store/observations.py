"""Measurements: values of a series over time. Append only: a correction is another row of the same instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from emmap.store.copying import NULL, cell, copy
from emmap.store.statements import statements


@dataclass(frozen=True, slots=True)
class Observation:
    """A value of a series. An amount over a period stands at the period's end, as it is read off. None: read, and
    known to be missing. Aware UTC."""

    series: str
    at: datetime
    value: float | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """From when to when a series has values, and at how many instants."""

    series: str
    values: int
    first: datetime
    last: datetime


def add(conn: Connection, observations: Iterable[Observation]) -> None:
    """Appends values, in the caller's transaction."""
    lines = (
        f"{cell(one.series)}\t{one.at.isoformat()}\t{NULL if one.value is None else repr(one.value)}"
        f"\t{one.recorded_at.isoformat()}"
        for one in observations
    )
    copy(conn, "observation", "series, at, value, recorded_at", lines)


def extents(conn: Connection) -> list[Extent]:
    """Which series there are, by name."""
    return [Extent(*row) for row in conn.execute(statements("observations")["extents"])]


def values(
    conn: Connection,
    series: str,
    start: datetime | None,
    end: datetime | None,
    known_at: datetime | None,
    limit: int,
) -> Sequence[tuple[datetime, float | None, datetime]]:
    """(at, value, recorded at) of a series in [start, end), in order: what was known of each instant at `known_at`,
    by default what is known now. Aware UTC; None is unbounded."""
    given: dict[str, Any] = {
        "series": series,
        "start": start,
        "end": end,
        "known_at": known_at,
        "limit": limit,
    }
    return [(row[0], row[1], row[2]) for row in conn.execute(statements("observations")["values"], given)]
