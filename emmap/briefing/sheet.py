"""The map sheet of a quick export: one page of a View, as the template `map` reads it."""

from collections.abc import Mapping, Sequence
from typing import Any

from emmap.briefing import facts, words
from emmap.briefing.answering import Answered, Asked
from emmap.briefing.drawing import base_map, named
from emmap.briefing.drawing.draw import draw_map
from emmap.briefing.drawing.frame import Frame, aspect
from emmap.briefing.drawing.legend import drawn_of, lateness, legend_of
from emmap.briefing.figures import standing
from emmap.codes import SEVERITIES

MAP_WIDTH_MM = 182.0
LEAST_MAP_MM, MOST_MAP_MM = 96.0, 190.0
BODY_MM = 263.0
"""Height of the page between its margins."""
_LINE_MM = 4.5


def sheet(asked: Asked) -> dict[str, Any]:
    """All that the template needs, as plain values."""
    spec, at = asked.spec, asked.at
    view, found = asked.answer()
    box = view.bbox or base_map.city_extent()
    table, told = standing.by_district(found, view.district), standing.worst(found)
    filters = facts.filters(view, [one.layer for one in found])
    frame = Frame.around(box, MAP_WIDTH_MM, _map_height(box, spec.title, filters, table, found, told))
    late = {one.layer.id: lateness(one.layer, one.marks.last_recorded, spec, spec.sight) for one in found}
    drawn = [drawn_of(one, bool(late[one.layer.id])) for one in found]
    total = sum(one.marks.total for one in found)
    numbers = standing.numbered(frame, [one for _, one in told])
    drawing = draw_map(
        frame,
        drawn,
        named.with_names(frame, numbers.items(), told),
        points="auto",
        names=named.few(asked, view, found, frame, spec.sight),
    )
    return {
        **facts.facts(asked, [one.layer for one in found]),
        "filters": filters,
        "map": drawing.svg,
        "map_height_mm": frame.height_mm,
        "alt": f"{spec.title}：{words.beijing(at)}，共 {total} 处",
        "total": total,
        "unplaced": sum(one.marks.unplaced for one in found),
        "empty": "" if total else "所选图层和筛选条件下没有要素",
        "legend": [
            legend_of(one, drawn_one, frame, spec.sight, late[one.layer.id], key)
            for one, drawn_one, key in zip(found, drawn, drawing.keys, strict=True)
        ],
        "table": table,
        "headlines": [
            {
                "number": str(numbers[place].number) if place in numbers else "",
                "level": SEVERITIES[one.severity].zh if one.severity else "",
                "title": standing.short(one.title),
                "span": words.span(one.valid_from, one.valid_to, at),
            }
            for place, (_, one) in enumerate(told)
        ],
        "headlines_left": sum(one.marks.total for one in found if one.headlines) - len(told),
        "coordinates": " · ".join((facts.coordinates(frame), *drawing.notes)),
    }


def _map_height(
    box: tuple[float, float, float, float],
    title: str,
    filters: Sequence[Mapping[str, str]],
    table: Mapping[str, Any] | None,
    found: Sequence[Answered],
    told: Sequence[Any],
) -> float:
    """As high as the extent's shape wants and the rest of the page leaves: the numbers are estimates, and the
    template shrinks what stands below the map where they were too low."""
    head = (
        17 + 6 * (len(title) > 28) + _LINE_MM * -(-(1 + sum(2 if one["free"] else 1 for one in filters)) // 4)
    )
    legend = 5 + sum(5 + 5 * -(-len(one.marks.counts) // 4) for one in found)
    below = max(legend, 16 + 3.75 * (len(table["rows"]) + 1) if table else 0)
    listed = 8 + 5 * len(told) if told else 0
    free = BODY_MM - head - below - listed - 6
    return round(max(LEAST_MAP_MM, min(MOST_MAP_MM, free, MAP_WIDTH_MM / aspect(box))), 1)
