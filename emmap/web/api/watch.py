"""The duty room: its state, what changed in it, and the alarms. Every route asks for the permission `watch`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from emmap.errors import Malformed
from emmap.permissions import Caller, needs
from emmap.store import alarms, audit, duty_log, rota
from emmap.watch import alarms as duty
from emmap.watch import people, reports
from emmap.watch.facts import Facts, Informant
from emmap.watch.life import ENDS
from emmap.web.asking import TheCaller, TheRealm, TheSite, caller_of, instant_from, only, site_of

router = APIRouter(prefix="/api/watch", tags=["watch"])

Note = Annotated[str, Field(max_length=2000)]


class NewAlarm(BaseModel):
    """An alarm as it is received. `client_id` names the form: sent twice, it opens one. `take`: I have it at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facts": {"title": "开源大道隧道积水，车辆被困", "severity": 3, "district": "440112"},
                    "caller": {"name": "演练来电人"},
                    "source": "phone",
                    "take": True,
                }
            ]
        },
    )

    facts: Facts
    caller: Informant | None = None
    source: Literal["phone", "api", "feature"] = "api"
    layer: Annotated[str, Field(max_length=60)] | None = None
    feature_id: Annotated[str, Field(max_length=400)] | None = None
    received_at: datetime | None = None
    client_id: UUID | None = None
    take: bool = False


class Act(BaseModel):
    """What a person does with an alarm whose events they have seen up to number `seen`. `to` goes with `hand`, `facts`
    with `amend`, `into` with `merge`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    act: Annotated[str, Field(max_length=40)]
    seen: int
    note: Note = ""
    to: Annotated[str, Field(max_length=80)] = ""
    into: int | None = None
    facts: Facts | None = None
    client_id: UUID | None = None


class Mute(BaseModel):
    """Whether the bell is silent for me."""

    model_config = ConfigDict(extra="forbid")

    muted: bool


@router.get("", dependencies=[only()])
@needs("watch")
def state(request: Request, site: TheSite, caller: TheCaller, realm: TheRealm) -> dict[str, Any]:
    """How the duty room stands: its stamp, the queue, who is on, the newest entries of the log, what the deadlines are."""
    settings = site.settings
    with site.database.engine("app", realm).connect() as conn:
        stamp = alarms.stamp(conn)  # first: what is committed meanwhile is told again, never missed
        return {
            "stamp": stamp,
            "realm": realm,
            "exercise": realm != "real",
            "me": caller.name,
            "queue": [duty.as_json(one, settings) for one in alarms.queue(conn)],
            "log": [duty.as_entry(one) for one in duty_log.entries(conn, limit=100)],
            "on_duty": on_duty(conn, request, realm),
            "settings": {
                "phone_minutes": settings.watch_phone_minutes,
                "written_minutes": settings.watch_written_minutes,
                "escalate_minutes": settings.watch_escalate_minutes,
            },
        }


@router.get("/changes", dependencies=[only("after")])
@needs("watch")
def changes(request: Request, site: TheSite, realm: TheRealm, after: int) -> dict[str, Any]:
    """What happened after a stamp: each alarm that changed, as it stands now, and every new entry of the log."""
    with site.database.engine("app", realm).connect() as conn:
        stamp = alarms.stamp(conn)
        fresh = list(reversed(duty_log.entries(conn, after=after, limit=duty_log.MOST)))
        return {
            "stamp": stamp,
            "whole": len(fresh) < duty_log.MOST,
            "alarms": [duty.as_json(one, site.settings) for one in alarms.changed(conn, after)],
            "log": [duty.as_entry(one) for one in fresh],
            "on_duty": on_duty(conn, request, realm),
        }


def on_duty(conn: Connection, request: Request, realm: str) -> dict[str, Any]:
    """Who has the watch, who is on by the rota, and who has silenced the bell."""
    on = rota.on_watch(conn)
    return {
        "on_watch": {"account": on[0], "since": duty.instant(on[1])} if on else None,
        "rota": turns_as_json(request, realm, rota.on_duty(conn, datetime.now(UTC))),
        "muted": {account: duty.instant(at) for account, at in rota.muted(conn).items()},
    }


def turns_as_json(request: Request, realm: str, turns: Sequence[rota.Turn]) -> list[dict[str, Any]]:
    """Turns of the rota; the phones only for those who may see personal data, which the audit is told."""
    may_see = caller_of(request).may("personal")
    if may_see:
        audit.note_phones_view(request.scope, realm, [one.name for one in turns if one.phone])
    return [
        {
            "id": one.rota_id,
            "begins": duty.instant(one.begins),
            "ends": duty.instant(one.ends),
            "duty": one.duty,
            "name": one.name,
            "account": one.account,
            "phone": one.phone if may_see else None,
        }
        for one in turns
    ]


@router.post("/mute", dependencies=[only()])
@needs("watch")
def mute(request: Request, site: TheSite, caller: TheCaller, realm: TheRealm, wanted: Mute) -> dict[str, Any]:
    """Silences the bell for me, or lets it ring again; everybody sees it."""
    with site.database.engine("app", realm).begin() as conn:
        rota.mute(conn, caller.name, wanted.muted)
        return on_duty(conn, request, realm)


@router.post("/alarms", status_code=201, dependencies=[only()])
@needs("watch")
def open_alarm(
    request: Request, site: TheSite, caller: TheCaller, realm: TheRealm, new: NewAlarm
) -> Response:
    """Opens an alarm. 201 when it is new, 200 when its form was sent before."""
    if (new.layer is None) != (new.feature_id is None) or (new.layer and new.layer not in site.layers):
        raise Malformed(
            "layer 和 feature_id 要一起给出，layer 须是已有图层。",
            "Give layer and feature_id together; the layer must exist.",
        )
    facts = duty.located(new.facts)
    caller.need_districts([facts.district] if facts.district else [])
    with site.database.engine("app", realm).begin() as conn:
        found, made = duty.open_alarm(
            conn,
            facts,
            source=new.source,
            account=caller.name,
            received_at=_past(new.received_at),
            caller=new.caller,
            client_id=new.client_id,
            feature=(new.layer, new.feature_id) if new.layer and new.feature_id else None,
            take=new.take,
        )
        return JSONResponse(_whole(conn, request, realm, found.alarm_id), status_code=201 if made else 200)


@router.get("/alarms", dependencies=[only("before")])
@needs("watch")
def settled(
    site: TheSite, caller: TheCaller, realm: TheRealm, before: int | None = None
) -> list[dict[str, Any]]:
    """Alarms that are closed, false or merged, the newest first, 50 at a time; `before`: the last `id` of the page before."""
    with site.database.engine("app", realm).connect() as conn:
        return [duty.as_json(one, site.settings) for one in alarms.settled(conn, before=before)]


@router.get("/near", dependencies=[only("lon", "lat", "at", "besides")])
@needs("watch")
def near(
    site: TheSite,
    caller: TheCaller,
    realm: TheRealm,
    lon: Annotated[float, Field(ge=-180, le=180)],
    lat: Annotated[float, Field(ge=-90, le=90)],
    at: str = "",
    besides: int | None = None,
) -> list[dict[str, Any]]:
    """Open alarms that may tell of the same: near a place (WGS 84) and an instant (default now), the nearest first."""
    moment = instant_from(at, "at") if at else datetime.now(UTC)
    with site.database.engine("app", realm).connect() as conn:
        found = duty.near(conn, site.settings, lon, lat, moment, besides)
        return [{**duty.as_json(one, site.settings), "metres": round(metres)} for one, metres in found]


@router.get("/alarms/{alarm_id}", dependencies=[only()])
@needs("watch")
def one(request: Request, site: TheSite, realm: TheRealm, alarm_id: int) -> dict[str, Any]:
    """An alarm: how it stands, its whole life, its reports, what was merged into it, and what may tell of the same."""
    with site.database.engine("app", realm).connect() as conn:
        return _whole(conn, request, realm, alarm_id)


@router.post("/alarms/{alarm_id}/acts", dependencies=[only()])
@needs("watch")
def act(
    request: Request, site: TheSite, caller: TheCaller, realm: TheRealm, alarm_id: int, wanted: Act
) -> dict[str, Any]:
    """Takes it, moves it on, hands it on, amends, merges. 409 with `events` where it has changed since `seen`."""
    facts = duty.located(wanted.facts) if wanted.facts else None
    with site.database.engine("app", realm).begin() as conn:
        in_own_districts(conn, caller, alarm_id, facts)
        if wanted.to:
            people.check(conn, wanted.to)
        if wanted.act == "merge":
            if wanted.into is None:
                raise Malformed("请说明并入哪一条警情（into）。", "Say into which alarm (into).")
            duty.merge(
                conn, alarm_id, wanted.into, seen=wanted.seen, account=caller.name, note_text=wanted.note
            )
        else:
            duty.act(
                conn,
                alarm_id,
                wanted.act,
                seen=wanted.seen,
                account=caller.name,
                note_text=wanted.note,
                to=wanted.to,
                facts=facts,
                client_id=wanted.client_id,
            )
        return _whole(conn, request, realm, alarm_id)


def _whole(conn: Connection, request: Request, realm: str, alarm_id: int) -> dict[str, Any]:
    """An alarm with everything that hangs on it; who called, for those who may see it, which the audit is told."""
    site, may_see = site_of(request), caller_of(request).may("personal")
    who = dict(alarms.caller(conn, alarm_id) or {}) if may_see else None
    if who:
        audit.note_caller_view(request.scope, realm, alarm_id)
    found = alarms.alarm(conn, alarm_id)
    facts: Mapping[str, Any] = found.state.facts
    similar: list[tuple[alarms.Alarm, float]] = []
    if "lon" in facts and "lat" in facts and found.state.stage not in ENDS:
        similar = duty.near(conn, site.settings, facts["lon"], facts["lat"], found.received_at, alarm_id)
    return {
        **duty.as_json(found, site.settings),
        "events": [duty.as_event(one) for one in alarms.events(conn, alarm_id)],
        "caller": who,
        "reports": [reports.as_json(one, found.event_no) for one in alarms.reports(conn, alarm_id)],
        "merged": [
            {"id": number, "event_no": event_no, "title": title}
            for number, event_no, title in alarms.merged(conn, alarm_id)
        ],
        "near": [{**duty.as_json(one, site.settings), "metres": round(metres)} for one, metres in similar],
    }


def in_own_districts(conn: Connection, caller: Caller, alarm_id: int, facts: Facts | None = None) -> None:
    """`Forbidden` where the alarm lies, or comes to lie, outside the caller's districts."""
    touched = {alarms.alarm(conn, alarm_id).state.facts.get("district"), facts.district if facts else None}
    caller.need_districts([code for code in touched if code])


def _past(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None or at > datetime.now(UTC):
        raise Malformed(
            "接报时间应带时区，且不晚于现在。",
            "The time of receipt needs an offset and lies not in the future.",
        )
    return at
