"""Alarms as they are stored: what opened each, the events of its life, and how it stands after the last one.

An event is added, never changed, and holds the whole state after it; the database keeps each alarm's row at what its
last event left. Writers hold the duty room's lock (`hold`), so that what they read is what they add to.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from emmap.errors import NotFound
from emmap.store.statements import statements


@dataclass(frozen=True, slots=True)
class State:
    """How an alarm stands. `holder`: the account that took it; `called`: the name that is to answer while it rings;
    `facts`: what is known, by the names of `emmap.watch.facts.Facts`."""

    stage: str
    holder: str | None
    severity: int
    ringing: bool
    called: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm. `number` is its last event's, `stamp` the duty room's clock at it; `calls` counts how often it was
    passed on unanswered. Instants are aware UTC."""

    alarm_id: int
    event_no: str
    source: str
    layer: str | None
    feature_id: str | None
    received_at: datetime
    opened_at: datetime
    opened_by: str
    stamp: int
    number: int
    calls: int
    rang_at: datetime | None
    phoned_at: datetime | None
    reported_at: datetime | None
    merged_into: int | None
    closed_at: datetime | None
    state: State

    @property
    def title(self) -> str:
        """What it is about, in a line."""
        return str(self.state.facts.get("title", ""))


@dataclass(frozen=True, slots=True)
class Event:
    """One act, and the state after it. `told` belongs to the act alone: to whom, into which alarm, which report."""

    number: int
    at: datetime
    account: str
    act: str
    state: State
    note: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it went out. `fields`: title and text of each, in order; `body`: all of it as plain text."""

    report_id: int
    alarm_id: int
    kind: str
    number: int
    revision: int
    fields: Sequence[Mapping[str, str]]
    body: str
    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A feature's state that came to be known of late; lon and lat in degrees, None without a place."""

    feature_id: str
    severity: int
    values: Mapping[str, Any]
    hazards: tuple[str, ...]
    districts: tuple[str, ...]
    since: datetime | None
    lon: float | None
    lat: float | None


def hold(conn: Connection) -> int:
    """Takes the writers' lock of the duty room until the transaction ends; answers its stamp."""
    return int(conn.execute(statements("watch")["hold"]).scalar_one())


def stamp(conn: Connection) -> int:
    """The duty room's committed stamp: everything up to it can be read."""
    return int(conn.execute(statements("watch")["stamp"]).scalar_one())


def open_alarm(
    conn: Connection,
    *,
    source: str,
    received_at: datetime,
    account: str,
    client_id: UUID | None = None,
    feature: tuple[str, str] | None = None,
) -> int:
    """A new alarm's id; it has no event yet. `feature`: its layer and id."""
    layer, feature_id = feature or (None, None)
    given = {
        "client_id": client_id, "source": source, "layer": layer, "feature_id": feature_id,
        "received_at": received_at, "account": account,
    }  # fmt: skip
    return int(conn.execute(statements("watch")["open_alarm"], given).scalar_one())


def of_client(conn: Connection, client_id: UUID) -> int | None:
    """The alarm that a form opened, if it was sent before."""
    found: int | None = conn.execute(
        statements("watch")["alarm_of_client"], {"client_id": client_id}
    ).scalar()
    return found


def say(
    conn: Connection,
    alarm_id: int,
    number: int,
    account: str,
    act: str,
    state: State,
    *,
    note: str = "",
    told: Mapping[str, Any] | None = None,
    client_id: UUID | None = None,
) -> None:
    """Adds event `number`, which follows the last one."""
    given = {
        "alarm_id": alarm_id, "number": number, "account": account, "act": act, "stage": state.stage,
        "holder": state.holder, "severity": state.severity, "ringing": state.ringing, "called": state.called,
        "facts": json.dumps(dict(state.facts), ensure_ascii=False), "note": note,
        "told": json.dumps(dict(told or {}), ensure_ascii=False), "client_id": client_id,
    }  # fmt: skip
    conn.execute(statements("watch")["say"], given)


def said_already(conn: Connection, alarm_id: int, client_id: UUID) -> bool:
    """Whether an act of this client id was taken before."""
    given = {"alarm_id": alarm_id, "client_id": client_id}
    return bool(conn.execute(statements("watch")["said_already"], given).scalar_one())


def alarm(conn: Connection, alarm_id: int) -> Alarm:
    """One alarm. `NotFound`."""
    row = conn.execute(statements("watch")["alarm"], {"alarm_id": alarm_id}).one_or_none()
    if row is None:
        raise NotFound(f"没有警情 {alarm_id}。", f"There is no alarm {alarm_id}.")
    return _alarm(row)


def queue(conn: Connection) -> list[Alarm]:
    """Those that are open: what rings first, then the worst, then the oldest."""
    return [_alarm(row) for row in conn.execute(statements("watch")["queue"])]


def changed(conn: Connection, after: int) -> list[Alarm]:
    """Those with an event after a stamp, in the order of their last one."""
    return [_alarm(row) for row in conn.execute(statements("watch")["changed_alarms"], {"after": after})]


def settled(conn: Connection, *, before: int | None = None, limit: int = 50) -> list[Alarm]:
    """Those that are closed, false or merged, the newest first."""
    given = {"before": before, "limit": limit}
    return [_alarm(row) for row in conn.execute(statements("watch")["settled"], given)]


def merged(conn: Connection, alarm_id: int) -> list[tuple[int, str, str]]:
    """(id, number, title) of the alarms that were merged into this one."""
    found = conn.execute(statements("watch")["merged"], {"alarm_id": alarm_id})
    return [(row[0], row[1], row[2] or "") for row in found]


def near(
    conn: Connection,
    lon: float,
    lat: float,
    at: datetime,
    *,
    metres: float,
    within: timedelta,
    besides: int | None = None,
) -> list[tuple[Alarm, float]]:
    """Open alarms near a place (WGS 84, degrees) and an instant, each with its distance in metres."""
    given = {"lon": lon, "lat": lat, "at": at, "metres": metres, "within": within, "except": besides}
    return [(_alarm(row), float(row.metres)) for row in conn.execute(statements("watch")["near"], given)]


def events(conn: Connection, alarm_id: int, after: int = 0) -> list[Event]:
    """An alarm's events behind a number, in their order."""
    found = conn.execute(statements("watch")["events"], {"alarm_id": alarm_id, "after": after})
    return [Event(row.number, row.at, row.account, row.act, _state(row), row.note, row.told) for row in found]


def stage_before(conn: Connection, alarm_id: int) -> str:
    """The stage that an alarm had before the one it has."""
    found = conn.execute(statements("watch")["stage_before"], {"alarm_id": alarm_id}).scalar()
    return str(found or "received")


def keep_caller(conn: Connection, alarm_id: int, properties: Mapping[str, str]) -> None:
    """Keeps who called apart from the alarm."""
    given = {"alarm_id": alarm_id, "properties": json.dumps(dict(properties), ensure_ascii=False)}
    conn.execute(statements("watch")["keep_caller"], given)


def caller(conn: Connection, alarm_id: int) -> Mapping[str, str] | None:
    """Who called; None where nobody did or where it was erased."""
    row = conn.execute(statements("watch")["caller"], {"alarm_id": alarm_id}).one_or_none()
    return row.properties if row else None


def unanswered(conn: Connection, now: datetime, wait: timedelta) -> list[Alarm]:
    """Those that ring for longer than `wait` since they last rang anew or were passed on."""
    return [
        _alarm(row) for row in conn.execute(statements("watch")["unanswered"], {"now": now, "wait": wait})
    ]


def rung(conn: Connection, layer: str, feature_id: str) -> Alarm | None:
    """The alarm of a feature that is not closed."""
    given = {"layer": layer, "feature_id": feature_id}
    row = conn.execute(statements("watch")["rung"], given).one_or_none()
    return _alarm(row) if row else None


def something_to_look_at(conn: Connection, layers: Sequence[str], now: datetime, wait: timedelta) -> bool:
    """Whether one of these layers has news, or an alarm rings for longer than `wait`."""
    given = {"layers": list(layers), "now": now, "wait": wait}
    return bool(conn.execute(statements("watch")["something_to_look_at"], given).scalar_one())


def begin_looking(conn: Connection, layer: str) -> None:
    """From now on a layer's news is looked at; what it holds already does not ring."""
    conn.execute(statements("watch")["begin_looking"], {"layer": layer})


def look_from_now(conn: Connection, layers: Collection[str]) -> None:
    """What these layers hold by now does not ring, whether somebody looked before or not."""
    conn.execute(statements("watch")["look_from_now"], {"layers": list(layers)})


def arrivals(
    conn: Connection, layer: str, stamp: datetime, *, severity: int, statuses: Sequence[str]
) -> list[Arrival]:
    """What a layer has come to know up to `stamp` since it was last looked at, has not ended yet, and is as
    severe or has such a status. Counts as looked at. Empty while another process looks."""
    after = conn.execute(statements("watch")["look"], {"layer": layer}).scalar()
    if after is None or after >= stamp:
        return []
    given = {"layer": layer, "after": after, "severity": severity, "statuses": list(statuses)}
    found = [_arrival(row) for row in conn.execute(statements("watch")["arrived"], given)]
    conn.execute(statements("watch")["looked"], {"layer": layer, "stamp": stamp})
    return found


def add_report(
    conn: Connection,
    alarm_id: int,
    *,
    kind: str,
    number: int,
    revision: int,
    fields: Sequence[Mapping[str, str]],
    body: str,
    account: str,
) -> Report:
    """Keeps a report as it goes out."""
    given = {
        "alarm_id": alarm_id, "kind": kind, "number": number, "revision": revision,
        "fields": json.dumps([dict(one) for one in fields], ensure_ascii=False), "body": body, "account": account,
    }  # fmt: skip
    report_id, at = conn.execute(statements("watch")["add_report"], given).one()
    return Report(report_id, alarm_id, kind, number, revision, fields, body, account, at)


def reports(conn: Connection, alarm_id: int) -> list[Report]:
    """An alarm's reports, in the order in which they went out."""
    return [Report(*row) for row in conn.execute(statements("watch")["reports"], {"alarm_id": alarm_id})]


def _state(row: Any) -> State:
    return State(row.stage, row.holder, row.severity, row.ringing, row.called, row.facts)


def _alarm(row: Any) -> Alarm:
    return Alarm(
        row.alarm_id, row.event_no, row.source, row.layer, row.feature_id, row.received_at, row.opened_at, row.opened_by,
        row.stamp, row.number, row.calls, row.rang_at, row.phoned_at, row.reported_at, row.merged_into, row.closed_at,
        _state(row),
    )  # fmt: skip


def _arrival(row: Any) -> Arrival:
    placed = row.shape > 0
    return Arrival(
        row.feature_id,
        row.severity,
        {**row.properties, "severity": row.severity, "status": row.status, "form": row.form},
        tuple(row.hazards),
        tuple(row.districts),
        row.since,
        row.x / 1e7 if placed else None,
        row.y / 1e7 if placed else None,
    )
