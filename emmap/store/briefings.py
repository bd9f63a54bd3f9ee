"""Stored briefings: their specs, and the hash of what each rendering was. Append-only."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from emmap.errors import Conflict
from emmap.store import answers, observations, stations
from emmap.store.database import Database
from emmap.store.present import scenario_clock
from emmap.store.versions import tick

WAIT_FOR_WRITER = "2s"
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class Number:
    """Which issue a signed briefing is: 第 `issue` 期 of the year, 总第 `total` 期 of the series, which is its masthead."""

    series: str
    year: int
    issue: int
    total: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A briefing as stored. `spec` is the text that `sha256` (hex) is of. A quick export has no number and nobody who
    signed; `corrects` is the briefing that this one replaces, `draft_id` the draft that was signed."""

    briefing_id: str
    title: str
    template: str
    realm: str
    spec: str
    sha256: str
    account: str
    created_at: datetime
    number: Number | None = None
    corrects: str | None = None
    drafted_by: str | None = None
    checked_by: str | None = None
    signed_by: str | None = None
    draft_id: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A rendering, by its hash (hex) and by the software and fonts that made it."""

    format: str
    sha256: str
    manifest: Mapping[str, Any]
    rendered_at: datetime


_OWN = tuple(one.name for one in fields(Stored) if one.name != "number")
_COLUMNS = ", ".join((*_OWN, *(one.name for one in fields(Number))))


def final_stamp(db: Database, realm: str, layer: str) -> datetime | None:
    """A stamp of the layer up to which everything is final; None for a layer that was never written.

    The layer ticks, so that the stamp is of now. Where a long import holds its clock, the committed stamp serves: it
    is final too, and nobody waits.
    """
    engine = db.engine("app", realm)
    with engine.connect() as conn:
        committed = answers.stamps(conn).get(layer)
    if committed is None:
        return None
    try:
        with engine.begin() as conn:
            conn.execute(text(f"set local lock_timeout = '{WAIT_FOR_WRITER}'"))
            return tick(conn, layer)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        return committed


def final_measured(db: Database, realm: str) -> datetime | None:
    """A K of the measurements that is final: whatever is recorded later stands after it. None where nothing was measured.

    Now, between two writers, who take their turns. Where a long import holds the gauges, or a replay writes on scenario
    time, the latest that is recorded: both record in order.
    """
    engine = db.engine("app", realm)
    with engine.connect() as conn:
        if scenario_clock(conn) is not None or not observations.any_measured(conn):
            return observations.last_recorded(conn)
    try:
        with engine.begin() as conn:
            conn.execute(text(f"set local lock_timeout = '{WAIT_FOR_WRITER}'"))
            stations.lock(conn)
            now: datetime = conn.execute(text("select clock_timestamp()")).scalar_one()
            return now
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
    with engine.connect() as conn:
        return observations.last_recorded(conn)


def next_number(conn: Connection, series: str, year: int) -> Number:
    """The number of the series' next issue. Nobody else is given one until the transaction ends, so that there are no
    gaps and no doubles."""
    found = conn.execute(
        text("select issue, total from next_issue(:series, :year)"), {"series": series, "year": year}
    ).one()
    return Number(series, year, found.issue, found.total)


def continue_series(conn: Connection, before: Number) -> None:
    """Has a series go on after what was issued before it was counted here; as the owner. `Conflict` where issues of it
    are counted already."""
    begun = conn.execute(
        text(
            "insert into briefing_series (series, year, issue, total) values (:series, :year, :issue, :total)"
            " on conflict (series) do update set year = excluded.year, issue = excluded.issue, total = excluded.total"
            "   where not exists (select from briefing b where b.series = excluded.series)"
            " returning true"
        ),
        asdict(before),
    ).scalar()
    if begun is None:
        raise Conflict(
            f"「{before.series}」已有在本系统编号的期次，不能再改起始期号。",
            f"Issues of “{before.series}” are numbered here already: where they begin cannot be changed.",
        )


def add(conn: Connection, one: Stored) -> None:
    """Stores a briefing. A number that does not follow the last one is refused."""
    given = {name: getattr(one, name) for name in _OWN}
    given |= asdict(one.number) if one.number else {}
    conn.execute(
        text(f"insert into briefing ({', '.join(given)}) values ({', '.join(f':{name}' for name in given)})"),
        given,
    )


def find(conn: Connection, briefing_id: str) -> Stored | None:
    """A briefing by its id."""
    row = conn.execute(
        text(f"select {_COLUMNS} from briefing where briefing_id = :briefing_id"),
        {"briefing_id": briefing_id},
    ).one_or_none()
    return _stored(row) if row else None


def latest(conn: Connection, limit: int = 100, q: str = "") -> list[Stored]:
    """The newest briefings, newest first; those whose title, masthead or id has `q` in it."""
    found = conn.execute(
        text(
            f"select {_COLUMNS} from briefing where cast(:q as text) = ''"
            "  or strpos(lower(title || ' ' || coalesce(series, '') || ' ' || briefing_id), lower(:q)) > 0"
            " order by created_at desc, briefing_id limit :limit"
        ),
        {"limit": limit, "q": q},
    )
    return [_stored(row) for row in found]


def corrections(conn: Connection, briefing_id: str) -> list[str]:
    """The briefings that replace one, the first first."""
    found = conn.execute(
        text("select briefing_id from briefing where corrects = :briefing_id order by created_at"),
        {"briefing_id": briefing_id},
    )
    return list(found.scalars())


def _stored(row: Any) -> Stored:
    number = Number(row.series, row.year, row.issue, row.total) if row.series is not None else None
    return Stored(**{name: getattr(row, name) for name in _OWN}, number=number)


def keep_output(
    conn: Connection, briefing_id: str, format: str, sha256: str, manifest: Mapping[str, Any]
) -> None:
    """Remembers the first rendering of a format; later ones are compared with it."""
    conn.execute(
        text(
            "insert into briefing_output (briefing_id, format, sha256, manifest)"
            " values (:briefing_id, :format, :sha256, cast(:manifest as jsonb)) on conflict do nothing"
        ),
        {
            "briefing_id": briefing_id,
            "format": format,
            "sha256": sha256,
            "manifest": json.dumps(dict(manifest)),
        },
    )


def outputs(conn: Connection, briefing_id: str) -> list[Output]:
    """The first renderings of a briefing."""
    found = conn.execute(
        text(
            "select format, sha256, manifest, rendered_at from briefing_output"
            " where briefing_id = :briefing_id order by format"
        ),
        {"briefing_id": briefing_id},
    )
    return [Output(row[0], row[1], row[2], row[3]) for row in found]
