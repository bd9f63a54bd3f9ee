"""What stands on the page: the answer, in words, numbers and drawings, as the template reads it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from emmap import __version__
from emmap.briefing import base_map, fonts, symbols, words
from emmap.briefing.draw import Drawn, Numbered, inside, map_svg
from emmap.briefing.frame import Frame, aspect
from emmap.briefing.spec import Spec, moment_of
from emmap.codes import SEVERITIES, districts
from emmap.layer import Layer, style_table
from emmap.store.answers import Moment
from emmap.store.marks import NOTHING, Headline, Marks, headlines, marks
from emmap.view import View, parse_view

MAP_WIDTH_MM = 182.0
LEAST_MAP_MM, MOST_MAP_MM = 96.0, 190.0
BODY_MM = 263.0
"""Height of the page between its margins."""
_LINE_MM = 4.5
LONGEST_HEADLINE = 60
LATE_COLOUR = "#8b96a3"
MOST_HEADLINES = 6
_DRAWINGS = ("map", "picture")
"""Keys of the content that hold SVG, not words."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One layer of the page, answered. `headlines` only of layers whose features come and go, such as warnings."""

    layer: Layer
    marks: Marks
    headlines: tuple[Headline, ...]


def answered(conn: Connection, spec: Spec, layers: Mapping[str, Layer]) -> tuple[View, list[Answered]]:
    """The spec's View, and what each of its layers answers at T and the layer's K, whatever the extent."""
    view, _ = parse_view(spec.view, layers, strict=True)
    everywhere = replace(view, bbox=None)
    found = []
    for name in view.layers or ():
        layer, stamp = layers[name], spec.known_at.get(name)
        if stamp is None:
            found.append(Answered(layer, NOTHING, ()))
            continue
        # Pinned: the open versions of today are not asked, whatever was written since.
        moment = Moment(moment_of(spec.at), moment_of(stamp), moment_of(stamp), pinned=True)
        told = headlines(conn, layer, everywhere, moment, MOST_HEADLINES) if layer.comes_and_goes else []
        found.append(Answered(layer, marks(conn, layer, everywhere, moment), tuple(told)))
    return view, found


def digest(found: Iterable[Answered]) -> str:
    """SHA-256 of the answers: the same versions give the same digest, whatever drew them."""
    total = hashlib.sha256()
    for one in found:
        held = one.marks
        total.update(f"{one.layer.id} {held.unplaced} {held.last_recorded} {one.headlines}".encode())
        for counts in (held.counts, held.districts):
            total.update(
                repr(sorted((str(value), level, n) for (value, level), n in counts.items())).encode()
            )
        for value in sorted(held.places, key=str):
            places = held.places[value]
            total.update(str(value).encode() + places[np.lexsort(places.T)].tobytes())
        for outlined in held.outlined:
            total.update(str(outlined.value).encode() + outlined.geometry)
    return total.hexdigest()


def content(spec: Spec, briefing_id: str, view: View, found: Sequence[Answered]) -> dict[str, Any]:
    """All that the template needs, as plain values. Words hold only what the font can print."""
    at, created_at = moment_of(spec.at), moment_of(spec.created_at)
    box = view.bbox or base_map.city_extent()
    table, told = _table(found, view.district), _headlines(found)
    filters = [
        {"name": name, "wanted": wanted, "free": free}
        for name, wanted, free in words.filters(view, [one.layer for one in found])
    ]
    frame = Frame.around(box, MAP_WIDTH_MM, _map_height(box, spec.title, filters, table, found, told))
    late = {one.layer.id: _late(one, spec) for one in found}
    drawn = [Drawn(_style(one.layer, bool(late[one.layer.id])), one.marks) for one in found]
    total = sum(one.marks.total for one in found)
    numbers = _numbers(frame, [one for _, one in told])
    legend = [
        _legend(one, drawn_one, frame, spec, late[one.layer.id])
        for one, drawn_one in zip(found, drawn, strict=True)
    ]
    sheet = {
        "title": spec.title,
        "exercise": spec.realm != "real",
        "realm": spec.realm,
        "producing_unit": spec.producing_unit,
        "mode": "实时画面" if spec.live else "历史画面",
        "at": f"{words.beijing(at)}（北京时间）",
        "known": words.known(spec),
        "filters": filters,
        "map": map_svg(frame, drawn, list(numbers.values())),
        "map_height_mm": frame.height_mm,
        "alt": f"{spec.title}：{words.beijing(at)}，共 {total} 处",
        "total": total,
        "unplaced": sum(one.marks.unplaced for one in found),
        "late": "、".join(one.layer.title.zh for one in found if late[one.layer.id]),
        "empty": "" if total else "所选图层和筛选条件下没有要素",
        "legend": legend,
        "table": table,
        "headlines": [
            {
                "number": str(numbers[place].number) if place in numbers else "",
                "level": SEVERITIES[one.severity].zh if one.severity else "",
                "title": _short(one.title),
                "span": words.span(one.valid_from, one.valid_to, at),
            }
            for place, (_, one) in enumerate(told)
        ],
        "headlines_left": sum(one.marks.total for one in found if one.headlines) - len(told),
        "coordinates": "坐标系 WGS 84，网络墨卡托投影（EPSG:3857），"
        f"比例尺约 {words.scale(frame.denominator)}（图幅中央）",
        "base_map": f"底图：广东省市界、广州市区界，{base_map.SOURCE}",
        "approval": f"审图号 {spec.map_approval_number}" if spec.map_approval_number else "内部用图",
        "sources": [
            f"{one.layer.title.zh}：{one.layer.attribution}" for one in found if one.layer.attribution
        ],
        "created": words.beijing(created_at.replace(microsecond=0)),
        "id": briefing_id,
        "mark": f"{spec.sha256[:8]}…{spec.sha256[-4:]}",
        "sha256": spec.sha256,
        "stamps": [f"{name} {stamp or '-'}" for name, stamp in spec.known_at.items()],
        "software": f"emmap {__version__} · Typst {version('typst')}",
    }
    return {key: value if key in _DRAWINGS else _printable(value) for key, value in sheet.items()}


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return fonts.printable(value)
    if isinstance(value, list):
        return [_printable(one) for one in value]
    if isinstance(value, dict):
        return {key: one if key in _DRAWINGS else _printable(one) for key, one in value.items()}
    return value


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_HEADLINE else f"{title[: LONGEST_HEADLINE - 1]}…"


def _headlines(found: Sequence[Answered]) -> list[tuple[Layer, Headline]]:
    """The worst of all layers, the newest first among equals."""
    every = [(one.layer, headline) for one in found for headline in one.headlines]
    every.sort(key=lambda pair: pair[1].valid_from.timestamp() if pair[1].valid_from else 0.0, reverse=True)
    return sorted(every, key=lambda pair: -pair[1].severity)[:MOST_HEADLINES]


def _numbers(frame: Frame, told: Sequence[Headline]) -> dict[int, Numbered]:
    """Numbers of the headlines that the sheet shows, by their place in the list."""
    west, south, east, north = frame.box
    found: dict[int, Numbered] = {}
    for place, one in enumerate(told):
        if one.lon is None or one.lat is None:
            continue
        if west < one.lon < east and south < one.lat < north:
            found[place] = Numbered(len(found) + 1, one.lon, one.lat)
    return found


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


def _late(one: Answered, spec: Spec) -> str:
    """How late a layer is in the picture, in words. What an exercise was loaded with is history and no news; a source
    vouches by its own success: what others brought in says nothing of it."""
    name = one.layer.id
    news = [moment_of(spec.heard[name])] if name in spec.heard else []
    if spec.realm == "real" and name not in spec.expected_s and one.marks.last_recorded:
        news.append(one.marks.last_recorded)
    expected = timedelta(seconds=spec.expected_s[name]) if name in spec.expected_s else one.layer.fresh_for
    return words.late(max(news, default=None), moment_of(spec.at), moment_of(spec.created_at), expected)


def _style(layer: Layer, late: bool) -> list[dict[str, Any]]:
    """The layer's style; grey where its data are late: the shapes stay."""
    return [{**row, "colour": LATE_COLOUR} if late else row for row in style_table(layer)]


def _legend(one: Answered, drawn: Drawn, frame: Frame, spec: Spec, late: str) -> dict[str, Any]:
    """A layer of the legend: every value that is there, with its count, its symbol and, where it has areas, its
    hatching. Counts are of all that the view holds; what the sheet does not show is said."""
    held = one.marks
    by_value: Counter[str | None] = Counter()
    for (value, _), n in held.counts.items():
        by_value[drawn.style(value)["value"]] += n
    shown = inside(frame, held)
    notes = []
    if shown + held.unplaced < held.total:
        notes.append(f"图内 {shown}")
    if held.unplaced:
        notes.append(f"未上图 {held.unplaced}")
    stamp = spec.known_at.get(one.layer.id)
    moment = min(moment_of(spec.at), moment_of(stamp)) if stamp else moment_of(spec.at)
    return {
        "title": one.layer.title.zh,
        "count": str(held.total),
        "notes": "，".join(notes),
        "last": f"{words.near(held.last_recorded, moment)} 入库" if held.last_recorded else "无数据",
        "late": late,
        "entries": [
            {
                "pictures": [{"picture": picture} for picture in _pictures(row, drawn)],
                "label": row["label"]["zh"],
                "count": str(by_value[row["value"]]),
            }
            for row in drawn.table
            if by_value[row["value"]]
        ],
    }


def _pictures(row: Mapping[str, Any], drawn: Drawn) -> list[str]:
    """A symbol where a style has points or nothing on the map, hatching where it has areas, a stroke for lines."""
    value = row["value"]
    dimensions = {
        int(shapely.get_dimensions(shapely.from_wkb(one.geometry)))
        for one in drawn.marks.outlined
        if drawn.style(one.value)["value"] == value
    }
    found = []
    if not dimensions or any(drawn.style(v)["value"] == value for v in drawn.marks.places):
        found.append(symbols.point_icon(row))
    if 1 in dimensions:
        found.append(symbols.line_icon(row))
    if 2 in dimensions:
        found.append(symbols.area_icon(row))
    return found


def _table(found: Sequence[Answered], wanted: Sequence[str]) -> dict[str, Any] | None:
    """Districts (`wanted`, or all) by level and by layer, the worst first. One that touches two districts counts in
    each; the total counts it once. None where nothing holds."""
    levels_known = [one for one in found if "severity" in one.layer.fields]
    there = [one for one in found if one.marks.total]
    if not there:
        return None
    total: Counter[int] = Counter()
    for one in levels_known:
        for (_, level), n in one.marks.counts.items():
            total[level] += n
    levels = [level for level in (4, 3, 2, 1) if total[level]]
    rows = []
    codes: Sequence[str | None] = tuple(wanted) or (*districts(), None)
    for code in codes:
        by_level: Counter[int] = Counter()
        for one in levels_known:
            for level in levels:
                by_level[level] += one.marks.districts.get((code, level), 0)
        by_layer = [sum(n for (at, _), n in one.marks.districts.items() if at == code) for one in there]
        if any(by_layer):
            numbers = [*(by_level[level] for level in levels), *by_layer]
            rows.append(
                (code is None, [-n for n in numbers], districts()[code].zh if code else "区外或不明", numbers)
            )
    rows.sort(key=lambda row: row[:2])
    return {
        "levels": [SEVERITIES[level].zh for level in levels],
        "layers": [one.layer.title.zh for one in there],
        "rows": [[name, *(str(n) if n else "–" for n in numbers)] for _, _, name, numbers in rows],
        "total": ["合计", *(str(total[level]) for level in levels), *(str(one.marks.total) for one in there)],
    }
