"""Photographs of briefings: uploaded once, known by their hash."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Request, Response, UploadFile

from emmap.briefing import photographs
from emmap.permissions import needs
from emmap.store import briefing_images
from emmap.web.asking import TheCaller, TheSite, only
from emmap.web.trail import add_details

router = APIRouter(prefix="/api/briefings/images", tags=["briefings"])


@router.post("", status_code=201, dependencies=[only()])
@needs("briefing")
def upload(
    request: Request, site: TheSite, caller: TheCaller, file: Annotated[UploadFile, File()]
) -> dict[str, Any]:
    """Keeps a JPEG, PNG or WebP as it prints: upright, at most 2400 pixels a side, without what the camera wrote into it.
    413 for too many bytes or pixels, 400 for what is broken or no picture."""
    one = photographs.prepared(file.file.read(photographs.LARGEST + 1))
    with site.database.engine("app").begin() as conn:
        briefing_images.keep(conn, one, caller.name)
    add_details(request, image=one.sha256)
    return {
        "sha256": one.sha256,
        "media_type": one.media_type,
        "width_px": one.width_px,
        "height_px": one.height_px,
    }


@router.get("/{sha256}", dependencies=[only()])
@needs("briefing")
def one(site: TheSite, sha256: str) -> Response:
    """A photograph."""
    with site.database.engine("app").connect() as conn:
        found = briefing_images.images(conn, [sha256])[sha256]
    headers = {"cache-control": "private, max-age=31536000, immutable"}
    return Response(found.body, media_type=found.media_type, headers=headers)
