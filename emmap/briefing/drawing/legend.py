"""The legend: what is shown, how much of it, and how old it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import shapely

from emmap.briefing import words
from emmap.briefing.answering import Answered
from emmap.briefing.drawing import symbols
from emmap.briefing.drawing.draw import Drawn, inside
from emmap.briefing.drawing.frame import Frame
from emmap.briefing.drawing.keys import Key
from emmap.briefing.sight import Sight, moment_of
from emmap.briefing.spec import Spec
from emmap.layer import Layer, style_table

LATE_COLOUR = "#8b96a3"


def lateness(layer: Layer, last_recorded: datetime | None, spec: Spec, sight: Sight) -> str:
    """How late a layer is in the picture, in words. What an exercise was loaded with is history and no news; a source
    vouches by its own success: what others brought in says nothing of it."""
    name = layer.id
    news = [moment_of(spec.heard[name])] if name in spec.heard else []
    if spec.realm == "real" and name not in spec.expected_s and last_recorded:
        news.append(last_recorded)
    expected = timedelta(seconds=spec.expected_s[name]) if name in spec.expected_s else layer.fresh_for
    return words.late(
        max(news, default=None), moment_of(sight.at), moment_of(spec.taken_at or spec.created_at), expected
    )


def drawn_of(one: Answered, late: bool) -> Drawn:
    """The layer as the map draws it; grey where its data are late: the shapes stay."""
    table = [{**row, "colour": LATE_COLOUR} if late else row for row in style_table(one.layer)]
    return Drawn(table, one.marks)


def legend_of(
    one: Answered, drawn: Drawn, frame: Frame, sight: Sight, late: str, key: Key | None = None
) -> dict[str, Any]:
    """A layer of the legend: every value that is there, with its count, its symbol and, where it has areas, its
    hatching. Counts are of all that the view holds; what the sheet does not show is said. `key` explains points that
    are no symbols; where symbols of a value stand nowhere, its count is among the notes."""
    held = one.marks
    by_value: Counter[str | None] = Counter()
    for (value, _), n in held.counts.items():
        by_value[drawn.style(value)["value"]] += n
    shown = inside(frame, held)
    rows = [
        (row, _pictures(row, drawn, points=key is None or key.styled))
        for row in drawn.table
        if by_value[row["value"]]
    ]
    notes = [f"{row['label']['zh']} {by_value[row['value']]}" for row, pictures in rows if not pictures]
    if shown + held.unplaced < held.total:
        notes.append(f"图内 {shown}")
    if key and key.note:
        notes.append(key.note)
    if held.unplaced:
        notes.append(f"未上图 {held.unplaced}")
    stamp = sight.known_at.get(one.layer.id)
    moment = min(moment_of(sight.at), moment_of(stamp)) if stamp else moment_of(sight.at)
    return {
        "title": one.layer.title.zh,
        "count": f"{held.total:,}",
        "notes": "，".join(notes),
        "last": f"{words.near(held.last_recorded, moment)} 入库" if held.last_recorded else "无数据",
        "late": late,
        "entries": [
            line(pictures, row["label"]["zh"], by_value[row["value"]]) for row, pictures in rows if pictures
        ]
        + [line([one.picture], one.label, one.count) for one in (key.entries if key else ())],
    }


def line(pictures: Sequence[str], label: str, count: int) -> dict[str, Any]:
    """A line of the legend."""
    return {"pictures": [{"picture": one} for one in pictures], "label": label, "count": f"{count:,}"}


def _pictures(row: Mapping[str, Any], drawn: Drawn, *, points: bool) -> list[str]:
    """A symbol where a style has points or nothing on the map, hatching where it has areas, a stroke for lines.
    `points`: whether its points look like it."""
    value = row["value"]
    dimensions = {
        int(shapely.get_dimensions(shapely.from_wkb(one.geometry)))
        for one in drawn.marks.outlined
        if drawn.style(one.value)["value"] == value
    }
    found = []
    if points and (not dimensions or any(drawn.style(v)["value"] == value for v in drawn.marks.places)):
        found.append(symbols.point_icon(row))
    if 1 in dimensions:
        found.append(symbols.line_icon(row))
    if 2 in dimensions:
        found.append(symbols.area_icon(row))
    return found
