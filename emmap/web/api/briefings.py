"""Stored briefings and their renderings."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emmap.briefing import proof, render
from emmap.briefing.outputs.formats import FORMATS, MEDIA_TYPES, OF_A_PAGE
from emmap.permissions import needs
from emmap.store import briefings, migrate
from emmap.web.asking import TheCaller, TheSite

router = APIRouter(prefix="/api/briefings", tags=["briefings"])


class NewBriefing(BaseModel):
    """What a briefing is to show. `view` has the names and texts of the page's address, each optional."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "5·22 暴雨实时态势",
                    "view": {
                        "realm": "exercise",
                        "hazard": ["11B03"],
                        "severity": "3..4",
                        "at": "2020-05-22T02:00:00+08:00",
                        "known_at": "at",
                    },
                }
            ]
        },
    )

    title: Annotated[str, Field(max_length=1000)] = ""
    view: dict[str, Any]
    template: str = "map"


def described(one: briefings.Stored) -> dict[str, Any]:
    """A briefing, as lists and answers show it. What only a signed one has is null of a quick export."""
    number = render.number_as_json(one.number) or dict.fromkeys(("series", "year", "issue", "total"))
    return {
        "id": one.briefing_id,
        "title": one.title,
        "template": one.template,
        "realm": one.realm,
        "sha256": one.sha256,
        "account": one.account,
        "created_at": one.created_at.isoformat(),
        "formats": {name: f"/api/briefings/{one.briefing_id}.{name}" for name in FORMATS},
        **number,
        "corrects": one.corrects,
        "drafted_by": one.drafted_by,
        "checked_by": one.checked_by,
        "signed_by": one.signed_by,
        "draft_id": one.draft_id,
    }


@router.post("", status_code=201)
@needs("briefing")
async def create(site: TheSite, caller: TheCaller, wanted: NewBriefing) -> dict[str, Any]:
    """Freezes a view into a stored briefing: T and K become fixed, so that it is the same for ever."""
    made = await site.renderings.take(
        render.create,
        site.database,
        site.layers,
        site.settings,
        title=wanted.title,
        view=wanted.view,
        template=wanted.template,
        account=caller.name,
    )
    return described(made)


@router.get("")
@needs("read")
def latest(
    site: TheSite,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    q: Annotated[str, Query(max_length=200)] = "",
) -> list[dict[str, Any]]:
    """The newest briefings; those whose title, masthead or id has `q` in it."""
    with site.database.engine("app").connect() as conn:
        return [described(one) for one in briefings.latest(conn, limit, q.strip())]


@router.get("/{briefing_id}.{format}")
@needs("read")
async def rendered(
    request: Request, site: TheSite, briefing_id: str, format: str, dpi: int = render.PNG_DPI, page: int = 1
) -> Response:
    """The briefing as pdf, png (`dpi` 96, 150 or 300; a `page`), svg (a `page`), pptx, docx, or the data behind it as zip:
    the same bytes every time."""
    asked = (site.database, site.layers, briefing_id, format, dpi, page)
    tag = f'"{await to_thread.run_sync(render.mark, *asked)}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    body = await site.renderings.take(render.render, *asked)
    shown = "inline" if format in ("pdf", *OF_A_PAGE) else "attachment"
    headers["content-disposition"] = f'{shown}; filename="emmap-{briefing_id}.{format}"'
    return Response(body, media_type=MEDIA_TYPES[format], headers=headers)


@router.get("/{briefing_id}")
@needs("read")
def one(site: TheSite, briefing_id: str) -> dict[str, Any]:
    """A stored briefing: what it froze, the first rendering of each output, and what corrects it."""
    found = render.find(site.database, briefing_id)
    with site.database.engine("app").connect() as conn:
        outputs = briefings.outputs(conn, briefing_id)
        corrected_by = briefings.corrections(conn, briefing_id)
    return {
        **described(found),
        "corrected_by": corrected_by,
        "pages": next((int(n) for one in outputs if (n := one.manifest.get("pages"))), None),
        "data_gone": found.realm not in migrate.realms(site.database, as_role="app"),
        "spec": json.loads(found.spec),
        "outputs": [
            {
                "format": one.format,
                "sha256": one.sha256,
                "rendered_at": one.rendered_at.isoformat(),
                "manifest": dict(one.manifest),
            }
            for one in outputs
        ],
    }


@router.get("/{briefing_id}/verification")
@needs("read")
async def verification(site: TheSite, briefing_id: str) -> dict[str, Any]:
    """Whether a briefing is what it was, to the byte: its record, photographs, the versions behind it, and every output
    rendered again. `gone`: the exercise that its data were in was dropped."""
    found = await site.renderings.take(proof.verify, site.database, site.layers, briefing_id)
    return {
        "id": briefing_id,
        "same": found.same,
        "gone": found.gone,
        "differs": [asdict(one) for one in found.differs],
        "outputs": dict(found.formats),
        "verified_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
