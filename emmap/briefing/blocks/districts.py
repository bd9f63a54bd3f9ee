"""分区统计: districts by level and by layer, the worst first."""

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen
from emmap.briefing.figures import standing
from emmap.layer import Title


class DistrictsBlock(Block, Seen):
    """What holds at a sight, by district."""


def fill(asked: Asked, block: DistrictsBlock) -> Shape:
    """One row a district; those without anything are left out."""
    view, found = asked.answer(asked.sight(seen(block)))
    told = standing.by_district(found, view.district)
    if told is None:
        return {
            "shape": "table",
            "columns": [],
            "rows": [],
            "total": None,
            "note": "所选图层和筛选条件下没有要素",
        }
    return {
        "shape": "table",
        "columns": [
            {"title": "区", "align": "left"},
            *({"title": name, "align": "right"} for name in [*told["levels"], *told["layers"]]),
        ],
        "rows": told["rows"],
        "total": told["total"],
        "note": "跨区的在各区分别计数，合计只计一次。",
    }


KIND = Kind("districts", Title("分区统计", "By district"), DistrictsBlock, fill, order=50)
