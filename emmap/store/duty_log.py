"""The duty log (值班日志): entries in the order in which they were taken down, never changed, found by their words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from emmap.errors import NotFound
from emmap.store.search import same_form, tokens, wanted
from emmap.store.statements import statements

MOST = 200
"""Entries that one answer holds."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry speaks of: a name, and WGS 84 degrees where they are known."""

    name: str = ""
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry. `stamp` numbers it in the order of commits; `typed_at` is the typist's clock, `recorded_at` ours.
    `amends`: the entry that it corrects."""

    stamp: int
    typed_at: datetime
    recorded_at: datetime
    account: str
    by_system: bool
    body: str
    amends: int | None
    alarm_id: int | None
    event_no: str | None
    layer: str | None
    feature_id: str | None
    place: Place


def write_down(
    conn: Connection,
    body: str,
    *,
    account: str,
    typed_at: datetime,
    by_system: bool = False,
    client_id: UUID | None = None,
    amends: int | None = None,
    alarm_id: int | None = None,
    feature: tuple[str, str] | None = None,
    place: Place | None = None,
) -> tuple[Entry, bool]:
    """Takes an entry down, and tells whether it is new: a client id that is known gives the entry that stands.
    `NotFound` for an entry to amend, or an alarm, that does not exist."""
    if amends is not None:
        entry(conn, amends)
    layer, feature_id = feature or (None, None)
    where = place or Place()
    given = {
        "client_id": client_id, "typed_at": typed_at, "account": account, "by_system": by_system, "body": body,
        "amends": amends, "alarm_id": alarm_id, "layer": layer, "feature_id": feature_id, "place": where.name,
        "lon": where.lon, "lat": where.lat, "tokens": tokens(body, where.name),
    }  # fmt: skip
    stamp = conn.execute(statements("watch")["write_down"], given).scalar()
    if stamp is not None:
        return entry(conn, stamp), True
    known = conn.execute(statements("watch")["entry_of_client"], {"client_id": client_id}).scalar_one()
    return entry(conn, known), False


def entry(conn: Connection, stamp: int) -> Entry:
    """One entry. `NotFound`."""
    row = conn.execute(statements("watch")["entry"], {"stamp": stamp}).one_or_none()
    if row is None:
        raise NotFound(f"值班日志没有第 {stamp} 条。", f"The duty log has no entry {stamp}.")
    return _entry(row)


def entries(
    conn: Connection,
    *,
    after: int = 0,
    before: int | None = None,
    alarm_id: int | None = None,
    since: datetime | None = None,
    limit: int = MOST,
) -> list[Entry]:
    """The newest first; behind and before these stamps, of one alarm, since an instant."""
    given = {"after": after, "before": before, "alarm_id": alarm_id, "since": since, "limit": limit}
    return [_entry(row) for row in conn.execute(statements("watch")["entries"], given)]


def search(conn: Connection, q: str, *, before: int | None = None, limit: int = MOST) -> list[Entry]:
    """Entries that hold every word of `q`, the newest first. The index knows pairs of characters; whether a word stands
    there as it is asked for, its text decides."""
    words = same_form(q).split()
    given = {"tokens": list(wanted(q).tokens), "before": before, "limit": limit}
    found: list[Entry] = []
    while len(found) < limit:
        rows = conn.execute(statements("watch")["entries_with_tokens"], given).all()
        for row in rows:
            told = same_form(f"{row.body}\n{row.place}")
            if all(word in told for word in words):
                found.append(_entry(row))
        if len(rows) < limit:
            break
        given["before"] = rows[-1].stamp
    return found[:limit]


def _entry(row: Any) -> Entry:
    return Entry(
        row.stamp, row.typed_at, row.recorded_at, row.account, row.by_system, row.body, row.amends, row.alarm_id,
        row.event_no, row.layer, row.feature_id, Place(row.place, row.lon, row.lat),
    )  # fmt: skip
