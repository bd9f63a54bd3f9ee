"""照片: photographs that were uploaded, each with its caption."""

from base64 import b64encode
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Shape
from emmap.layer import Title
from emmap.store.briefing_images import Image, images


class Photo(BaseModel):
    """`image`: SHA-256 (hex) of the uploaded photograph."""

    model_config = ConfigDict(extra="forbid")

    image: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    caption: Annotated[str, Field(max_length=200)] = ""


class PhotosBlock(Block):
    """Two beside each other."""

    photos: Annotated[list[Photo], Field(max_length=24, default_factory=list)]


def fill(asked: Asked, block: PhotosBlock) -> Shape:
    """Each with its size and, for typesetting, the SVG that holds it."""
    wanted = tuple(dict.fromkeys(one.image for one in block.photos))
    found = images(asked.conn, wanted) if wanted else {}
    asked.remember(f"photos {wanted}", sorted(found))
    return {
        "shape": "photos",
        "photos": [
            {
                "image": one.image,
                "type": found[one.image].media_type,
                "width_px": found[one.image].width_px,
                "height_px": found[one.image].height_px,
                "caption": one.caption,
                "svg": _wrapped(found[one.image]),
            }
            for one in block.photos
        ],
    }


def _wrapped(one: Image) -> str:
    data = b64encode(one.body).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {one.width_px} {one.height_px}">'
        f'<image width="{one.width_px}" height="{one.height_px}" href="data:{one.media_type};base64,{data}"/></svg>'
    )


KIND = Kind("photos", Title("照片", "Photographs"), PhotosBlock, fill, order=45)
