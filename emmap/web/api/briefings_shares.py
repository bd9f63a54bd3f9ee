"""Links that open one briefing to whoever holds them, until they end."""

from datetime import timedelta
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from emmap.briefing import render
from emmap.errors import Gone, NotFound
from emmap.permissions import needs
from emmap.store import briefing_shares as links
from emmap.store.briefing_shares import Share
from emmap.web.asking import Site, TheCaller, TheSite, only
from emmap.web.paths import SHARED
from emmap.web.trail import add_details, entry

router = APIRouter(prefix="/api/briefings/{briefing_id}/shares", tags=["briefings"])
door = APIRouter(include_in_schema=False)


class NewShare(BaseModel):
    """For how many days the link is to open."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=90)] = 7


@router.post("", status_code=201, dependencies=[only()])
@needs("briefing")
def share(
    request: Request, site: TheSite, caller: TheCaller, briefing_id: str, new: NewShare
) -> dict[str, Any]:
    """Makes a link that opens the briefing's PDF without signing in. Its address is told this once."""
    render.find(site.database, briefing_id)
    with site.database.engine("app").begin() as conn:
        secret, made = links.add(conn, briefing_id, timedelta(days=new.days), caller.name)
    add_details(request, share=made.share_id, days=new.days)
    address = (site.settings.public_url or str(request.base_url)).rstrip("/")
    return {**told(made), "url": f"{address}{SHARED}{secret}"}


@router.get("", dependencies=[only()])
@needs("briefing")
def shares(site: TheSite, briefing_id: str) -> list[dict[str, Any]]:
    """The links of a briefing, without their addresses."""
    render.find(site.database, briefing_id)
    with site.database.engine("app").connect() as conn:
        return [told(one) for one in links.shares(conn, briefing_id)]


@router.delete("/{share_id}", status_code=204, dependencies=[only()])
@needs("briefing")
def revoke(site: TheSite, caller: TheCaller, briefing_id: str, share_id: int) -> Response:
    """Ends a link at once."""
    with site.database.engine("app").begin() as conn:
        links.revoke(conn, briefing_id, share_id, caller.name)
    return Response(status_code=204)


_PAGE = """<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{zh}</title>
<link rel="stylesheet" href="/sign-in.css">
</head>
<body><main><h1>{zh}</h1><p lang="en">{en}</p></main></body>
</html>
"""


@door.get(f"{SHARED}{{secret:path}}")
@needs("public")
async def opened(request: Request, site: TheSite, secret: str) -> Response:
    """The briefing's PDF to whoever holds the link; 410 when it has ended. The audit tells each reading."""
    try:
        return await site.guests.take(_pdf, request, site, secret)
    except (Gone, NotFound) as error:
        page = _PAGE.format(zh=escape(error.zh), en=escape(error.en))
        return HTMLResponse(page, error.status, headers={"x-robots-tag": "noindex"})


def _pdf(request: Request, site: Site, secret: str) -> Response:
    with site.database.engine("app").connect() as conn:
        found = links.behind(conn, secret)
    if found is None:
        raise NotFound("没有这个分享链接。", "There is no such shared link.")
    one, is_open = found
    if not is_open:
        raise Gone(
            "这个分享链接已到期或被收回；请向给您链接的人再要一个。",
            "This shared link has ended or was revoked; ask who gave it to you for another.",
            code="share_ended",
        )
    body = render.render(site.database, site.layers, one.briefing_id, "pdf")
    told = entry("export", request.scope, briefing=one.briefing_id, share=one.share_id)
    with site.database.engine("app").begin() as conn:
        links.note_opened(conn, one.share_id)
        request.app.state.trail.note(conn, told)
    headers = {
        "content-disposition": f'inline; filename="emmap-{one.briefing_id}.pdf"',
        "x-robots-tag": "noindex",
    }
    return Response(body, media_type="application/pdf", headers=headers)


def told(one: Share) -> dict[str, Any]:
    """A link, without its secret."""
    return {
        "id": one.share_id,
        "created_by": one.created_by,
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
        "opened": one.opened,
    }
