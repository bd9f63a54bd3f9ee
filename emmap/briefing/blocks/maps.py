"""多幅地图: a before and after, or a series over time, beside each other."""

from typing import Annotated

from pydantic import Field

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Shape, seen
from emmap.briefing.blocks.map import MapParameters, picture
from emmap.briefing.sight import moment_of
from emmap.briefing.words import beijing
from emmap.layer import Title

_GUTTER_MM = 4.0


class MapsBlock(Block):
    """Two stand side by side, more in rows of three. A map without a caption is called by its time."""

    maps: Annotated[list[MapParameters], Field(min_length=1, max_length=12)]


def fill(asked: Asked, block: MapsBlock) -> Shape:
    """Each map in its place."""
    columns = min(len(block.maps), 2 if len(block.maps) in (2, 4) else 3)
    width = round((asked.room_mm[0] - _GUTTER_MM * (columns - 1)) / columns, 1)
    made = [
        picture(asked, one, width, one.caption or beijing(moment_of(asked.sight(seen(one)).at)))
        for one in block.maps
    ]
    return {"shape": "pictures", "columns": columns, "pictures": made}


KIND = Kind("maps", Title("多幅地图", "Several maps"), MapsBlock, fill, order=30)
