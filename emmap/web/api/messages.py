"""Original messages and files, as they came."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from emmap.errors import Gone, NotFound
from emmap.permissions import needs
from emmap.store import inbox
from emmap.view import BEIJING
from emmap.web.asking import TheCaller, TheRealm, TheSite, only

router = APIRouter(prefix="/api/messages", tags=["inputs"])


@router.get("/{message_id}", dependencies=[only("first")])
@needs("read")
def message(
    site: TheSite,
    caller: TheCaller,
    realm: TheRealm,
    message_id: int,
    first: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """An original message or file, as it came; `first`: only so many bytes of it. Tables may hold phones: they need the
    permission for personal data. 410 where it is older than raw content is kept."""
    with site.database.engine("app", realm).connect() as conn:
        found = inbox.message(conn, message_id, first=first)
    if found is None:
        raise NotFound(f"没有原始消息 {message_id}。", f"There is no message {message_id}.")
    if not found.media_type.endswith("xml"):
        caller.need("personal")
    if found.content is None or found.pruned_at is not None:
        raise _gone(found)
    headers = {
        "content-disposition": f"attachment; filename=message-{message_id}{_ending(found.media_type)}",
        "cache-control": "private, no-cache",
        "x-length": str(found.size),
    }
    return Response(found.content, media_type=found.media_type, headers=headers)


def _gone(found: inbox.Message) -> Gone:
    came = f"{found.received_at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    digest = found.sha256.hex()[:16]
    return Gone(
        f"原文已按留存期限清理，只留下来历：{came} 收到，{found.size:,} 字节，指纹 {digest}…。",
        f"The original is older than it is kept; what is left: received {came} (Beijing time), {found.size:,} bytes, "
        f"hash {digest}….",
    )


def _ending(media_type: str) -> str:
    return {
        "application/xml": ".xml",
        "application/cap+xml": ".xml",
        "text/csv": ".csv",
        "application/geo+json": ".geojson",
    }.get(media_type, "")
