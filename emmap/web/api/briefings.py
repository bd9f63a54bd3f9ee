"""Stored briefings and their renderings."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from emmap.briefing import render
from emmap.store import briefings
from emmap.web.asking import TheCaller, TheSite

router = APIRouter(prefix="/api/briefings", tags=["briefings"])


class NewBriefing(BaseModel):
    """What a briefing is to show: `view` has the names and text of the page's address."""

    title: str = Field(max_length=1000)
    view: dict[str, Any]
    template: str = "map"


def described(one: briefings.Stored) -> dict[str, Any]:
    """A briefing, as lists and answers show it."""
    return {
        "id": one.briefing_id,
        "title": one.title,
        "template": one.template,
        "realm": one.realm,
        "sha256": one.sha256,
        "account": one.account,
        "created_at": one.created_at.isoformat(),
        "formats": {name: f"/api/briefings/{one.briefing_id}.{name}" for name in render.FORMATS},
    }


@router.post("", status_code=201)
def create(site: TheSite, caller: TheCaller, wanted: NewBriefing) -> dict[str, Any]:
    """Freezes a view into a stored briefing."""
    caller.need("briefing")
    site.realm(wanted.view.get("realm"))
    return described(
        render.create(
            site.database,
            site.layers,
            site.settings,
            title=wanted.title,
            view=wanted.view,
            template=wanted.template,
            account=caller.name,
        )
    )


@router.get("")
def latest(site: TheSite) -> list[dict[str, Any]]:
    """The newest briefings."""
    with site.database.engine("app").connect() as conn:
        return [described(one) for one in briefings.latest(conn)]


@router.get("/{briefing_id}.{format}")
def rendered(
    site: TheSite,
    briefing_id: str,
    format: str,
    dpi: Annotated[int, Query(ge=72, le=300)] = render.PNG_DPI,
) -> Response:
    """The briefing as pdf, png or svg: the same bytes every time."""
    body = render.render(site.database, site.layers, briefing_id, format, dpi)
    return Response(
        body,
        media_type=render.MEDIA_TYPES[format],
        headers={
            "content-disposition": f'inline; filename="emmap-{briefing_id}.{format}"',
            "cache-control": "private, no-cache",
        },
    )
