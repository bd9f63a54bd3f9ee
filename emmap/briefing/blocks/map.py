"""地图: a sight as a vector map, with its legend."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from emmap.briefing import facts, words
from emmap.briefing.answering import Answered, Asked, answered
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, width_mm
from emmap.briefing.drawing import base_map, named
from emmap.briefing.drawing.draw import draw_map
from emmap.briefing.drawing.frame import Box, Frame, aspect
from emmap.briefing.drawing.legend import drawn_of, lateness, legend_of
from emmap.briefing.figures import standing
from emmap.briefing.sight import Sight, moment_of
from emmap.layer import Title

Degrees = Annotated[float, Field(ge=-180, le=180)]
_LEAST_MM = 40.0
_ROOM, _LEAST_ROOM_DEGREES = 0.2, 0.04
"""About what a map is around, on each side: as a part of its size, and some 4 km at least."""


class MapParameters(Seen):
    """`bbox`: west, south, east, north in degrees, else about all that the layer `around` shows, else the sight's;
    `scale`: the n of 1:n, kept about the extent's middle; `fill`: as high as the page gives room, else as the extent
    wants; `points`: each as a symbol, as density, or whichever can be read."""

    bbox: tuple[Degrees, Degrees, Degrees, Degrees] | None = None
    around: Annotated[str, Field(max_length=60)] | None = None
    scale: Annotated[float, Field(ge=500, le=50_000_000)] | None = None
    fill: bool = False
    points: Literal["symbols", "density", "auto"] = "auto"
    height_mm: Annotated[float, Field(ge=_LEAST_MM, le=400)] | None = None
    caption: Annotated[str, Field(max_length=200)] = ""


class MapBlock(Block, MapParameters):
    """One map."""


def picture(asked: Asked, one: MapParameters, wide_mm: float, caption: str) -> dict[str, Any]:
    """A map `wide_mm` wide, as high as its extent wants."""
    sight = asked.sight(seen(one))
    view, found = asked.answer(sight)
    box = one.bbox or _about(found, one.around) or view.bbox or base_map.city_extent()
    most = asked.room_mm[1]
    wanted = most if one.fill else max(_LEAST_MM, min(most, wide_mm / aspect(box)))
    height = one.height_mm or round(wanted, 1)
    frame = Frame.around(box, wide_mm, height)
    if one.scale:
        frame = frame.at_scale(one.scale)
    late = [lateness(answer.layer, answer.marks.last_recorded, asked.spec, sight) for answer in found]
    drawn = [drawn_of(answer, bool(lag)) for answer, lag in zip(found, late, strict=True)]
    told = standing.worst(found)
    drawing = draw_map(
        frame,
        drawn,
        named.with_names(frame, standing.numbers(told).items(), told),
        points=one.points,
        names=named.few(asked, view, found, frame, sight),
    )
    total = sum(answer.marks.total for answer in found)
    return {
        "svg": drawing.svg,
        "width_mm": wide_mm,
        "height_mm": frame.height_mm,
        "alt": f"{caption or asked.spec.title}：{words.beijing(moment_of(sight.at))}，共 {total} 处",
        "caption": caption,
        "legend": [
            legend_of(answer, drawn_one, frame, sight, lag, key)
            for answer, drawn_one, lag, key in zip(found, drawn, late, drawing.keys, strict=True)
            if answer.marks.total or lag
        ],
        "notes": [_time(sight), facts.coordinates(frame), *drawing.notes, *_empty(total)],
    }


def _about(found: Sequence[Answered], layer: str | None) -> Box | None:
    """About all that a layer shows; None where that is nothing."""
    held = answered(found, layer or "")
    extent = held.marks.extent() if held else None
    if extent is None:
        return None
    west, south, east, north = extent
    x, y = (max(_ROOM * (b - a), _LEAST_ROOM_DEGREES) for a, b in ((west, east), (south, north)))
    return max(-180.0, west - x), max(-90.0, south - y), min(180.0, east + x), min(90.0, north + y)


def _time(sight: Sight) -> str:
    return f"画面时间 {words.beijing(moment_of(sight.at))}，{words.known(sight)}"


def _empty(total: int) -> Sequence[str]:
    return () if total else ("所选图层和筛选条件下没有要素",)


def fill(asked: Asked, block: MapBlock) -> Shape:
    """The map, and nothing else."""
    made = picture(asked, block, width_mm(asked, block), block.caption)
    return {"shape": "pictures", "columns": 1, "pictures": [made]}


KIND = Kind("map", Title("地图", "Map"), MapBlock, fill, order=20)
