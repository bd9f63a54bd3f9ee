"""Drafts that begin by themselves: every day at a Beijing time, or when a response is raised. They wait for a person;
nothing is ever sent."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from emmap.briefing.desk import writing
from emmap.briefing.freeze import checked_title
from emmap.briefing.sight import there
from emmap.briefing.template import template
from emmap.errors import EmmapError, Malformed
from emmap.layer import Layer
from emmap.settings import Settings
from emmap.store import audit
from emmap.store import briefing_schedules as schedules
from emmap.store.briefing_schedules import Schedule
from emmap.store.database import Database
from emmap.view import BEIJING, view_of

log = structlog.get_logger()


def add(
    db: Database,
    layers: Mapping[str, Layer],
    *,
    title: str,
    named: str,
    view: Mapping[str, Any],
    daily_at: time | None,
    response_level: int | None,
    account: str,
) -> int:
    """A new schedule's number. The view's time is left out: a draft is of the moment when it is made. A response that
    holds already raises nothing.

    Raises `Malformed` for a template, view or title that cannot be used, or unless exactly one of the two is given;
    `NotFound` for an unknown realm.
    """
    if (daily_at is None) == (response_level is None):
        raise Malformed(
            "请给出每天的时间或响应级别，二者之一。",
            "Give a time of day or a level of response, one of the two.",
        )
    template(named)
    timeless = {name: value for name, value in view.items() if name not in ("at", "known_at")}
    realm = there(db, view_of(timeless, layers).realm)
    title = checked_title(title) if title.strip() else ""
    with db.engine("app", realm).begin() as conn:
        schedule_id = schedules.add(
            conn,
            title=title,
            template=named,
            realm=realm,
            view=timeless,
            daily_at=daily_at,
            response_level=response_level,
            account=account,
        )
        if response_level is not None:
            for due in _raised(conn, layers, timeless, response_level):
                schedules.claim(conn, schedule_id, due)
    return schedule_id


def look(
    db: Database, layers: Mapping[str, Layer], settings: Settings, now: datetime | None = None
) -> list[str]:
    """Leaves a draft for everything that is due, once whoever looks; answers the drafts' ids. However long nobody looked,
    a daily schedule leaves one. What cannot be made is noted with the schedule, and tried again."""
    made = []
    with db.engine("app").connect() as conn:
        running = schedules.schedules(conn)
    for one in running:
        try:
            for due in _due(db, layers, one, now or datetime.now(UTC)):
                if draft_id := _leave(db, layers, settings, one, due):
                    made.append(draft_id)
                _note(db, one, "")
        except OperationalError:
            raise  # the database is away: whoever looks waits for it
        except Exception as error:  # what is wrong with one stops neither the others nor the worker
            _note(
                db,
                one,
                error.zh if isinstance(error, EmmapError) else f"内部错误 {type(error).__name__}。",
                error,
            )
    return made


def last_due(daily_at: time, now: datetime) -> datetime:
    """The last instant, not after `now`, at which it was this time of day in Beijing; aware UTC."""
    today = datetime.combine(now.astimezone(BEIJING).date(), daily_at, BEIJING)
    return (today if today <= now else today - timedelta(days=1)).astimezone(UTC)


def _due(db: Database, layers: Mapping[str, Layer], one: Schedule, now: datetime) -> list[str]:
    """What is due and was not taken."""
    if one.daily_at is not None:
        at = last_due(one.daily_at, now)
        dues = [at.astimezone(BEIJING).date().isoformat()] if at > one.created_at else []
    else:
        with db.engine("app", there(db, one.realm)).connect() as conn:
            dues = _raised(conn, layers, one.view, one.response_level or 0)
    with db.engine("app").connect() as conn:
        before = schedules.taken(conn, one.schedule_id, dues)
    return [due for due in dues if due not in before]


def _leave(
    db: Database, layers: Mapping[str, Layer], settings: Settings, one: Schedule, due: str
) -> str | None:
    """The draft for what is due; None where another took it first."""
    with db.engine("app").begin() as conn:
        if not schedules.claim(conn, one.schedule_id, due):
            return None
        view = {**one.view, "realm": one.realm}
        body, data = writing.composed(db, layers, settings, template=one.template, view=view, title=one.title)
        came_from = {"schedule": one.schedule_id, "due": due}
        draft_id = writing.keep(conn, body, data, account="", came_from=came_from)
        schedules.left(conn, one.schedule_id, due, draft_id)
        told = {"schedule": one.schedule_id, "due": due, "draft": draft_id}
        audit.note(conn, [audit.Entry("change", "emmap worker", "command", "leave a draft", details=told)])
    log.info("draft_left", **told)
    return draft_id


def _note(db: Database, one: Schedule, fault: str, error: Exception | None = None) -> None:
    with db.engine("app").begin() as conn:
        if schedules.note_fault(conn, one.schedule_id, fault) and error:
            unforeseen = None if isinstance(error, EmmapError) else error
            log.warning("draft_not_left", schedule=one.schedule_id, fault=fault, exc_info=unforeseen)


def _raised(conn: Connection, layers: Mapping[str, Layer], view: Mapping[str, Any], level: int) -> list[str]:
    """The responses of this level or above that hold now, of the hazards and districts that a view names."""
    asked = view_of(view, layers)
    telling = [one.id for one in layers.values() if "response" in one.forms]
    return schedules.responses(conn, telling, level, asked.hazard, asked.district)
