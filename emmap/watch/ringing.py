"""What rings by itself: features that arrive and open an alarm, and alarms that nobody takes and that are passed on.

Every web worker looks; the duty room's locks see to it that each arrival opens one alarm and each alarm is passed on
once.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from emmap.codes import districts
from emmap.layer import Layer, Rings
from emmap.settings import Settings
from emmap.store import alarms, answers, rota
from emmap.store.alarms import Alarm, Arrival
from emmap.store.present import scenario_clock
from emmap.view import BEIJING
from emmap.watch.alarms import SYSTEM, note, open_alarm
from emmap.watch.facts import Facts

IN_EARNEST = ("Actual", None)
"""CAP statuses that may ring; a message without one is a file's row or a form's."""
IN_A_REPLAY = (*IN_EARNEST, "Exercise")
"""Where a past span is fed again all of it is an exercise, and rings as it would in earnest."""


def look(conn: Connection, layers: Mapping[str, Layer], settings: Settings, now: datetime) -> None:
    """Opens what has arrived, and passes on what nobody took, in the caller's transaction."""
    ringing = [layer.id for layer in layers.values() if layer.rings is not None]
    wait = timedelta(minutes=settings.watch_escalate_minutes)
    if not alarms.something_to_look_at(conn, ringing, now, wait):
        return
    stamps = answers.stamps(conn)
    may_ring = IN_A_REPLAY if scenario_clock(conn) else IN_EARNEST
    for layer in layers.values():
        if layer.rings is None:
            continue
        alarms.begin_looking(conn, layer.id)
        stamp = stamps.get(layer.id)
        if stamp is None:
            continue
        for one in alarms.arrivals(
            conn, layer.id, stamp, severity=layer.rings.severity, statuses=layer.rings.statuses
        ):
            if one.values.get("cap_status") in may_ring:
                _arrived(conn, layer, layer.rings, one)
    pass_on(conn, wait, now)


def pass_on(conn: Connection, wait: timedelta, now: datetime) -> None:
    """Calls the next person on duty for each alarm that has rung for `wait` since somebody was called."""
    if not alarms.unanswered(conn, now, wait):
        return
    alarms.hold(conn)
    on = [one.name for one in rota.on_duty(conn, now)]
    for found in alarms.unanswered(conn, now, wait):  # again, now that nobody else writes
        called = following(on, found.state.called)
        if called is None:
            continue
        state = replace(found.state, called=called)
        told = {"to": called, "from": found.state.called}
        alarms.say(conn, found.alarm_id, found.number + 1, SYSTEM, "escalate", state, told=told)
        note(conn, found, SYSTEM, f"无人接警，转呼 {called}")


def following(on: list[str], called: str | None) -> str | None:
    """Who is called after `called`; None where the last one on duty is called already and goes on being called."""
    if called not in on:
        return on[0] if on else None
    place = on.index(called)
    return on[place + 1] if place + 1 < len(on) else None


def _arrived(conn: Connection, layer: Layer, rings: Rings, one: Arrival) -> None:
    """A feature that rings: opens an alarm, or raises the one that it opened before."""
    alarms.hold(conn)
    known = alarms.rung(conn, layer.id, one.feature_id)
    if known is None:
        facts = facts_of(layer, one)
        open_alarm(
            conn,
            facts,
            source="feature",
            account=SYSTEM,
            received_at=datetime.now(UTC),
            feature=(layer.id, one.feature_id),
            rings=True,
        )
    elif one.severity > known.state.severity and known.state.stage != "merged":
        _worsened(conn, layer, one, known)


def _worsened(conn: Connection, layer: Layer, one: Arrival, known: Alarm) -> None:
    """It rings again, for whoever has it and for all others."""
    told = facts_of(layer, one).known()
    on = rota.on_duty(conn, datetime.now(UTC))
    state = replace(
        known.state,
        severity=one.severity,
        facts={**known.state.facts, "title": told["title"], "severity": one.severity},
        ringing=True,
        called=known.state.holder or (on[0].name if on else None),
        holder=None,
    )
    alarms.say(conn, known.alarm_id, known.number + 1, SYSTEM, "worsen", state)
    note(conn, known, SYSTEM, "升级", str(told["title"]))


def facts_of(layer: Layer, one: Arrival) -> Facts:
    """What a feature tells of an alarm."""
    values = one.values
    names = [districts()[code].zh for code in one.districts if code in districts()]
    told: dict[str, Any] = {
        "title": (layer.title_of(values, "zh") or one.feature_id)[:200],
        "hazard": one.hazards[0] if one.hazards else "",
        "severity": one.severity,
        "informant": str(values.get("issuer") or layer.title.zh)[:200],
        "place": str(values.get("area") or values.get("address") or "、".join(names))[:200],
        "district": one.districts[0] if len(one.districts) == 1 and names else "",
        "lon": one.lon,
        "lat": one.lat,
        "occurred_at": one.since.astimezone(BEIJING) if one.since else None,
        "nature": layer.title.zh,
        "scope": "、".join(names)[:2000],
        "trend": str(values.get("description") or "")[:2000],
    }
    return Facts(**told)
