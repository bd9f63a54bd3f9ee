"""Measurements: values of a series over time. Append only: a correction is another row of the same instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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


def add_new(
    conn: Connection, given: Sequence[tuple[str, datetime, float | None]]
) -> dict[tuple[str, datetime], bool]:
    """Appends those values that are not what is known of their instant, recorded now, in the caller's transaction.

    Answers these, by series and instant, and whether each corrects an earlier value. Of several values for one instant
    the last counts.
    """
    sql = statements("observations")
    wanted = {(series, at): value for series, at, value in given}
    conn.execute(sql["make_brought"])
    conn.execute(sql["empty_brought"])
    lines = (
        f"{cell(series)}\t{at.isoformat()}\t{NULL if value is None else repr(value)}"
        for (series, at), value in wanted.items()
    )
    copy(conn, "brought", "series, at, value", lines)
    found = {(row[0], row[1].astimezone(UTC)): bool(row[2]) for row in conn.execute(sql["differing"])}
    if found:
        conn.execute(sql["add_differing"])
    return found


def any_measured(conn: Connection) -> bool:
    """Whether there is any measurement at all."""
    return bool(conn.execute(statements("observations")["any_measured"]).scalar_one())


def last_recorded(conn: Connection) -> datetime | None:
    """When the latest one was recorded, up to the realm's present. It reads every measurement."""
    found: datetime | None = conn.execute(statements("observations")["last_recorded"]).scalar()
    return found


def last_at(
    conn: Connection,
    series: Sequence[str],
    known_at: datetime | None = None,
    before: datetime | None = None,
) -> dict[str, datetime]:
    """When each series was read last (up to `before`, as known at `known_at`), of those that were ever read."""
    given = {"series": list(series), "known_at": known_at, "before": before}
    return {
        row[0]: row[1].astimezone(UTC)
        for row in conn.execute(statements("observations")["last_at"], given)
        if row[1] is not None
    }


def latest(
    conn: Connection, series: Sequence[str], known_at: datetime, before: datetime
) -> list[Observation]:
    """The last value of each series up to `before`, as known at `known_at`, of those that have one."""
    given = {"series": list(series), "known_at": known_at, "before": before}
    return [
        Observation(row[0], row[1].astimezone(UTC), row[2], row[3].astimezone(UTC))
        for row in conn.execute(statements("observations")["latest"], given)
    ]


def several(
    conn: Connection,
    series: Sequence[str],
    start: datetime | None,
    end: datetime | None,
    known_at: datetime | None,
) -> list[Observation]:
    """What was known at `known_at` (None: now) of several series in [start, end), by series and instant. Aware UTC."""
    given = {"series": list(series), "start": start, "end": end, "known_at": known_at}
    return [
        Observation(row[0], row[1].astimezone(UTC), row[2], row[3])
        for row in conn.execute(statements("observations")["several"], given)
    ]


def extents(conn: Connection, prefix: str = "") -> list[Extent]:
    """Which series there are whose names begin so, by name."""
    return [Extent(*row) for row in conn.execute(statements("observations")["extents"], {"prefix": prefix})]


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
