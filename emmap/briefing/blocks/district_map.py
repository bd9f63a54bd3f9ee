"""分区图: districts filled by how many features lie in them, by number, by area or by population."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from emmap.briefing import facts, words
from emmap.briefing.answering import Answered, Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, width_mm
from emmap.briefing.drawing import base_map
from emmap.briefing.drawing.draw import Shading, draw_map
from emmap.briefing.drawing.frame import Frame, aspect
from emmap.briefing.drawing.legend import lateness, line
from emmap.briefing.sight import moment_of
from emmap.codes import District, districts
from emmap.layer import Title

Measure = Literal["count", "per_km2", "per_10k_people"]
_UNITS: Mapping[Measure, str] = {"count": "处", "per_km2": "处/平方千米", "per_10k_people": "处/万人"}
_SHARES: Mapping[Measure, Callable[[District], float]] = {
    "count": lambda _: 1.0,
    "per_km2": lambda district: district.area_km2,
    "per_10k_people": lambda district: district.population / 10_000,
}
_LEAST_MM = 40.0


class DistrictMapBlock(Block, Seen):
    """`measure`: the number itself, by square kilometre, or by ten thousand people of the 2020 census."""

    measure: Measure = "count"
    height_mm: Annotated[float, Field(ge=_LEAST_MM, le=400)] | None = None
    caption: Annotated[str, Field(max_length=200)] = ""


def shading_of(found: Sequence[Answered], wanted: Sequence[str], measure: Measure) -> Shading:
    """Districts (`wanted`, or all) by how many features touch each. One that touches two counts in each."""
    held: Counter[str | None] = Counter()
    for one in found:
        for (code, _), n in one.marks.districts.items():
            held[code] += n
    what = "、".join(one.layer.title.zh for one in found)
    values = {
        code: held[code] / _SHARES[measure](district)
        for code, district in districts().items()
        if not wanted or code in wanted
    }
    return Shading(
        what if measure == "count" else f"{what}密度", _UNITS[measure], values, 0 if measure == "count" else 2
    )


def fill(asked: Asked, block: DistrictMapBlock) -> Shape:
    """The map of the city; its legend tells the classes, and how many features there are."""
    sight = asked.sight(seen(block))
    view, found = asked.answer(sight)
    wide = width_mm(asked, block)
    box = base_map.city_extent()
    height = block.height_mm or round(max(_LEAST_MM, min(asked.room_mm[1], wide / aspect(box))), 1)
    frame = Frame.around(box, wide, height)
    shading = shading_of(found, view.district, block.measure)
    drawing = draw_map(frame, [], shaded=shading)
    total = sum(one.marks.total for one in found)
    outside = sum(n for one in found for (code, _), n in one.marks.districts.items() if code is None)
    key = drawing.shades
    notes = [
        f"画面时间 {words.beijing(moment_of(sight.at))}，{words.known(sight)}",
        facts.coordinates(frame),
        "跨区的在各区分别计数",
        *(["面积为公布数，人口为 2020 年普查数"] if block.measure != "count" else []),
        *([f"另有 {outside} 处在区外或不明"] if outside else []),
        *drawing.notes,
    ]
    made = {
        "svg": drawing.svg,
        "width_mm": wide,
        "height_mm": frame.height_mm,
        "alt": f"{block.caption or asked.spec.title}：各区{shading.title}（{shading.unit}），共 {total} 处",
        "caption": block.caption,
        "legend": [
            {
                "title": key.title if key else "",
                "count": f"共 {total} 处",
                "notes": key.note if key else "",
                "last": "",
                "late": "、".join(
                    filter(
                        None,
                        (lateness(one.layer, one.marks.last_recorded, asked.spec, sight) for one in found),
                    )
                ),
                "entries": [
                    line([one.picture], one.label, one.count) for one in (key.entries if key else ())
                ],
            }
        ],
        "notes": notes,
    }
    return {"shape": "pictures", "columns": 1, "pictures": [made]}


KIND = Kind("district_map", Title("分区图", "Districts by number"), DistrictMapBlock, fill, order=25)
