"""What is done with alarms: opened, taken, moved on, merged. Each act is checked against what its doer has seen, is
written into the alarm's life and, in words, into the duty log, all in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from emmap.errors import Conflict, Malformed
from emmap.ingest.places import districts_of, points_wkb
from emmap.settings import Settings
from emmap.store import alarms, duty_log, rota
from emmap.store.alarms import Alarm, Event, State
from emmap.store.duty_log import Place
from emmap.view import BEIJING
from emmap.watch import life
from emmap.watch.facts import Facts, Informant

RINGS_FROM = 3
"""橙 and 红 ring."""
SYSTEM = "system"
"""The account of what nobody did by hand."""


def open_alarm(
    conn: Connection,
    facts: Facts,
    *,
    source: str,
    account: str,
    received_at: datetime | None = None,
    caller: Informant | None = None,
    client_id: UUID | None = None,
    feature: tuple[str, str] | None = None,
    take: bool = False,
    rings: bool | None = None,
) -> tuple[Alarm, bool]:
    """Opens an alarm, and tells whether it is new: a client id that is known gives the alarm that stands.

    `received_at`: now, where it is missing. `take`: whoever opens it has it at once, and it does not ring. `rings`:
    by its severity, where nothing is said.
    """
    alarms.hold(conn)
    if client_id is not None and (known := alarms.of_client(conn, client_id)) is not None:
        return alarms.alarm(conn, known), False
    now = datetime.now(UTC)
    told = facts.known()
    on = rota.on_duty(conn, now)
    ringing = (facts.severity >= RINGS_FROM if rings is None else rings) and not take
    state = life.begun(facts.severity, told, rings=ringing, called=on[0].name if on else None)
    alarm_id = alarms.open_alarm(
        conn,
        source=source,
        received_at=received_at or now,
        account=account,
        client_id=client_id,
        feature=feature,
    )
    alarms.say(conn, alarm_id, 1, account, "open", state)
    if caller is not None and caller.known():
        alarms.keep_caller(conn, alarm_id, caller.known())
    if take:
        alarms.say(conn, alarm_id, 2, account, "take", replace(state, holder=account))
    found = alarms.alarm(conn, alarm_id)
    note(conn, found, account, life.SAID["open"][0], found.title)
    return found, True


def act(
    conn: Connection,
    alarm_id: int,
    what: str,
    *,
    seen: int,
    account: str,
    note_text: str = "",
    to: str = "",
    facts: Facts | None = None,
    client_id: UUID | None = None,
) -> Alarm:
    """An act of a person who has seen the alarm's events up to number `seen`.

    Raises `Conflict` with the events since where there are any, or where the alarm is not in a state for the act.
    Sent twice with one client id, it is done once.
    """
    alarms.hold(conn)
    found = alarms.alarm(conn, alarm_id)
    if client_id is not None and alarms.said_already(conn, alarm_id, client_id):
        return found
    up_to_date(conn, found, seen)
    state = life.after(found.state, what, account, to=to, before=alarms.stage_before(conn, alarm_id))
    told: dict[str, Any] = {"to": to} if to else {}
    if what == "hand" and not to:
        raise Malformed("请说明移交给谁（to）。", "Say to whom it is handed on (to).", code="missing_to")
    if what == "amend":
        if facts is None:
            raise Malformed(
                "更正信息时请给出 facts。", "Give the facts to amend (facts).", code="missing_facts"
            )
        known = facts.known()
        state = replace(state, facts=known, severity=facts.severity)
        told["changed"] = sorted(
            name
            for name in known.keys() | found.state.facts.keys()
            if known.get(name) != found.state.facts.get(name)
        )
    if what in ("take", "hand") and found.state.holder not in (None, account):
        told["from"] = found.state.holder
    alarms.say(
        conn, alarm_id, found.number + 1, account, what, state, note=note_text, told=told, client_id=client_id
    )
    changed = alarms.alarm(conn, alarm_id)
    note(conn, changed, account, said(what, told), note_text)
    return changed


def merge(
    conn: Connection, alarm_id: int, into: int, *, seen: int, account: str, note_text: str = ""
) -> Alarm:
    """Files an alarm under another one that tells of the same; `act(…, "split")` takes it out again.

    `Conflict` where the other one is closed, or is this one.
    """
    alarms.hold(conn)
    found, target = alarms.alarm(conn, alarm_id), alarms.alarm(conn, into)
    up_to_date(conn, found, seen)
    if into == alarm_id or target.state.stage in life.ENDS:
        raise Conflict(
            f"不能并入 {target.event_no}：它已办结，或就是这一条。",
            f"It cannot be merged into {target.event_no}: that one is closed, or is this one.",
            code="no_target",
        )
    # Whoever merges a report that nobody has taken yet has dealt with it thereby.
    state = found.state if found.state.holder else replace(found.state, holder=account)
    merged = life.after(state, "merge", account)
    told = {"into": into, "event_no": target.event_no}
    alarms.say(conn, alarm_id, found.number + 1, account, "merge", merged, note=note_text, told=told)
    changed = alarms.alarm(conn, alarm_id)
    note(conn, target, account, f"{found.event_no} 并入本警情", note_text)
    return changed


def up_to_date(conn: Connection, found: Alarm, seen: int) -> None:
    """Raises `Conflict`, with what has happened, where an act was made on an older state of the alarm."""
    if seen == found.number:
        return
    since = alarms.events(conn, found.alarm_id, seen)
    last = since[-1] if since else None
    word, word_en = life.SAID[last.act] if last else ("", "")
    raise Conflict(
        f"这条警情刚有变化：{last.account if last else ''} {word}。请看过后再操作，您填写的内容还在。",
        f"The alarm has changed meanwhile ({last.account if last else ''}: {word_en}). Look, and act again: what you "
        "typed is still there.",
        code="overtaken",
        more={"number": found.number, "events": [as_event(one) for one in since]},
    )


def near(
    conn: Connection, settings: Settings, lon: float, lat: float, at: datetime, besides: int | None = None
) -> list[tuple[Alarm, float]]:
    """Open alarms that may tell of the same, each with its distance in metres."""
    return alarms.near(
        conn,
        lon,
        lat,
        at,
        metres=settings.watch_near_metres,
        within=timedelta(minutes=settings.watch_near_minutes),
        besides=besides,
    )


def located(facts: Facts) -> Facts:
    """The facts with the district that their place lies in, where the city has it and none was given."""
    if facts.lon is None or facts.lat is None or facts.district:
        return facts
    found = districts_of(points_wkb(np.array([facts.lon]), np.array([facts.lat])))[0]
    return facts.model_copy(update={"district": found[0]}) if found else facts


def said(what: str, told: Mapping[str, Any]) -> str:
    """An act in the words of the log."""
    word = life.SAID[what][0]
    if told.get("from"):
        word += f"（原由 {told['from']} 负责）"
    return f"{word}给 {told['to']}" if told.get("to") else word


def note(conn: Connection, found: Alarm, account: str, word: str, text: str = "") -> None:
    """Has the system write into the duty log what was done with an alarm."""
    told = f"{found.event_no} {word}"
    facts = found.state.facts
    duty_log.write_down(
        conn,
        f"{told}：{text}" if text else told,
        account=account,
        typed_at=datetime.now(UTC),
        by_system=True,
        alarm_id=found.alarm_id,
        feature=(found.layer, found.feature_id) if found.layer and found.feature_id else None,
        place=Place(str(facts.get("place", "")), facts.get("lon"), facts.get("lat")),
    )


def deadlines(found: Alarm, settings: Settings) -> dict[str, Any]:
    """When an alarm is to be reported by phone and in writing, and when it was; aware UTC, None: not yet."""
    return {
        "phone_due_at": found.received_at + timedelta(minutes=settings.watch_phone_minutes),
        "phoned_at": found.phoned_at,
        "written_due_at": found.received_at + timedelta(minutes=settings.watch_written_minutes),
        "reported_at": found.reported_at,
    }


def as_json(found: Alarm, settings: Settings) -> dict[str, Any]:
    """An alarm, as the API tells it."""
    state: State = found.state
    return {
        "id": found.alarm_id,
        "event_no": found.event_no,
        "number": found.number,
        "stamp": found.stamp,
        "source": found.source,
        "layer": found.layer,
        "feature_id": found.feature_id,
        "received_at": instant(found.received_at),
        "opened_by": found.opened_by,
        "stage": state.stage,
        "holder": state.holder,
        "severity": state.severity,
        "ringing": state.ringing,
        "called": state.called,
        "rang_at": instant(found.rang_at),
        "merged_into": found.merged_into,
        "closed_at": instant(found.closed_at),
        "facts": dict(state.facts),
        "deadlines": {name: instant(at) for name, at in deadlines(found, settings).items()},
    }


def as_event(one: Event) -> dict[str, Any]:
    """An event of an alarm's life, as the API tells it."""
    return {
        "number": one.number,
        "at": instant(one.at),
        "account": one.account,
        "act": one.act,
        "stage": one.state.stage,
        "holder": one.state.holder,
        "severity": one.state.severity,
        "called": one.state.called,
        "note": one.note,
        "told": dict(one.told),
    }


def as_entry(one: duty_log.Entry) -> dict[str, Any]:
    """An entry of the duty log, as the API tells it."""
    return {
        "stamp": one.stamp,
        "typed_at": instant(one.typed_at),
        "recorded_at": instant(one.recorded_at),
        "account": one.account,
        "by_system": one.by_system,
        "body": one.body,
        "amends": one.amends,
        "alarm_id": one.alarm_id,
        "event_no": one.event_no,
        "layer": one.layer,
        "feature_id": one.feature_id,
        "place": one.place.name,
        "lon": one.place.lon,
        "lat": one.place.lat,
    }


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def beijing(at: datetime) -> str:
    """`2020-05-22 01:12`, in Beijing time."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
