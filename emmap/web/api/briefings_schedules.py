"""Schedules that leave drafts of briefings."""

from datetime import time
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emmap.briefing.desk import schedule
from emmap.permissions import needs
from emmap.store import briefing_schedules as schedules
from emmap.store.briefing_schedules import Schedule
from emmap.web.asking import TheCaller, TheSite, only
from emmap.web.trail import add_details

router = APIRouter(prefix="/api/briefings/schedules", tags=["briefings"])


class NewSchedule(BaseModel):
    """What is to be drafted, and when: every day at `daily_at` (`08:00`, Beijing time), or when a response is raised to
    severity `response_level` (1 to 4) or above; one of the two."""

    model_config = ConfigDict(extra="forbid")

    template: str
    view: dict[str, Any]
    title: Annotated[str, Field(max_length=1000)] = ""
    daily_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    response_level: Annotated[int, Field(ge=1, le=4)] | None = None


@router.get("", dependencies=[only()])
@needs("briefing")
def running(site: TheSite) -> list[dict[str, Any]]:
    """The schedules that run, each with the draft that it last left and why the next could not be made, if so."""
    with site.database.engine("app").connect() as conn:
        return [_told(one) for one in schedules.schedules(conn)]


@router.post("", status_code=201, dependencies=[only()])
@needs("briefing")
def add(request: Request, site: TheSite, caller: TheCaller, new: NewSchedule) -> dict[str, Any]:
    """Has a worker leave drafts from now on. Nothing is ever sent."""
    schedule_id = schedule.add(
        site.database,
        site.layers,
        title=new.title,
        named=new.template,
        view=new.view,
        daily_at=time.fromisoformat(new.daily_at) if new.daily_at else None,
        response_level=new.response_level,
        account=caller.name,
    )
    add_details(request, schedule=schedule_id)
    with site.database.engine("app").connect() as conn:
        return next(_told(one) for one in schedules.schedules(conn) if one.schedule_id == schedule_id)


@router.delete("/{schedule_id}", status_code=204, dependencies=[only()])
@needs("briefing")
def end(site: TheSite, caller: TheCaller, schedule_id: int) -> Response:
    """Ends a schedule; the drafts that it left stay."""
    with site.database.engine("app").begin() as conn:
        schedules.end(conn, schedule_id, caller.name)
    return Response(status_code=204)


def _told(one: Schedule) -> dict[str, Any]:
    return {
        "id": one.schedule_id,
        "title": one.title,
        "template": one.template,
        "realm": one.realm,
        "view": dict(one.view),
        "daily_at": one.daily_at.strftime("%H:%M") if one.daily_at else None,
        "response_level": one.response_level,
        "created_by": one.created_by,
        "created_at": one.created_at.isoformat(),
        "fault": one.fault,
        "last_at": one.last_at.isoformat() if one.last_at else None,
        "last_draft": one.last_draft,
    }
