"""A layer's import template: a spreadsheet whose headers, units and drop-downs follow the layer's declaration.

What is filled in there can be imported as it is. The example row carries a mark by which readers pass over it.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter

from emmap.codes import Code
from emmap.ingest.headers import COMMON, DISTRICT, GEOMETRY, ID, LAT, LON, VALID_FROM, VALID_TO
from emmap.ingest.sheet import EXAMPLE
from emmap.layer import Kind, Layer, district_choices

ROWS = 5_000
"""Rows below the header that have drop-downs and cell formats."""
_NOTES, _CODES = "填写说明", "代码表"
_EXAMPLE_AT = datetime(2020, 5, 22, 8, 0)  # noqa: DTZ001 a spreadsheet's cells are local time
_HOW = {
    "text": "文字",
    "integer": "整数",
    "number": "数字",
    "instant": "北京时间，如 2020-05-22 08:00",
    "list": "可填多个，用分号“；”隔开",
}
_RULES = (
    "每行填一个要素。第 2 行是示例，导入时自动跳过，可以留着，也可以删去；其他行不要以“【示例】”开头。",
    "带 * 的列必填。其他列不知道就留空，不要填 0 或“无”。列的顺序可以调，列名不要改。",
    "编号用来认出同一个要素：下次导入时编号相同，就更新原来的要素，不会另加一个。",
    "经度、纬度是十进制度，两个都填或都留空。坐标系在导入时选定：WGS 84 或 CGCS2000；从高德、腾讯地图取的是 GCJ-02，"
    "从百度地图取的是 BD-09。",
    "有下拉箭头的单元格请从列表里选；可填多个的，直接输入名称，用分号隔开。全部代码见“代码表”。",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the template. `field` is what the importer knows it by."""

    field: str
    zh: str
    en: str
    kind: Kind
    required: bool = False
    unit: str = ""
    choices: Sequence[Code] = ()

    @property
    def header(self) -> str:
        """The title as it stands in the first row."""
        return f"{self.zh}{'*' if self.required else ''}{f'({self.unit})' if self.unit else ''}"


def columns(layer: Layer) -> list[Column]:
    """The template's columns: id, the layer's fields, place, district, span."""
    found = [_common(ID, "text", required=not layer.natural_key)]
    found += [
        Column(f.name, f.info.zh, f.info.en, f.kind, f.required, f.info.unit, f.info.choices)
        for f in layer.fields.values()
    ]
    if layer.geometry in ("point", "any"):
        found += [_common(LON, "number", unit="°"), _common(LAT, "number", unit="°")]
    if layer.geometry != "point":
        found.append(_common(GEOMETRY, "text"))
    district = COMMON[DISTRICT]
    found.append(Column(DISTRICT, district.zh, district.en, "list", choices=district_choices()))
    return [*found, _common(VALID_FROM, "instant"), _common(VALID_TO, "instant")]


def _common(field: str, kind: Kind, *, required: bool = False, unit: str = "") -> Column:
    return Column(field, COMMON[field].zh, COMMON[field].en, kind, required, unit)


def template(layer: Layer) -> bytes:
    """The template as an XLSX file."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": f"{layer.title.zh}导入模板", "created": _EXAMPLE_AT})
    form = book.add_worksheet(layer.title.zh)
    notes, codes = book.add_worksheet(_NOTES), book.add_worksheet(_CODES)
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E6F0FA", "text_wrap": True})
    wanted = book.add_format({"bold": True, "bottom": 1, "bg_color": "#CFE2F5", "text_wrap": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    found = columns(layer)
    lists = _write_codes(codes, found, head)
    for at, column in enumerate(found):
        look = {
            "instant": {"num_format": "yyyy-mm-dd hh:mm"},
            "text": {"num_format": "@"},
        }.get(column.kind, {})
        form.set_column(at, at, _width(column), book.add_format(look))
        form.write_string(0, at, column.header, wanted if column.required else head)
        _write_example(form, at, column, book.add_format({**look, "italic": True, "font_color": "#6B7C90"}))
        if column.field in lists:
            form.data_validation(1, at, ROWS, at, _drop_down(column, lists[column.field]))
    form.freeze_panes(1, 1)
    _write_notes(notes, layer, found, book.add_format({"bold": True, "font_size": 14}), head, wrapped)
    book.close()
    return content.getvalue()


def _width(column: Column) -> float:
    if column.kind == "instant":
        return 17
    return 12 if column.kind in ("integer", "number") else 20


def _write_example(sheet: Any, at: int, column: Column, look: Any) -> None:
    """The cell of the example row."""
    if column.field == ID:
        sheet.write_string(1, at, f"{EXAMPLE}0001", look)
    elif column.choices:
        names = [choice.zh for choice in column.choices[-2:]]
        sheet.write_string(1, at, "；".join(names) if column.kind == "list" else names[-1], look)
    elif column.field in (VALID_FROM, VALID_TO, GEOMETRY):
        sheet.write_blank(1, at, None, look)
    elif column.kind == "instant":
        sheet.write_datetime(1, at, _EXAMPLE_AT, look)
    elif column.kind in ("integer", "number"):
        sheet.write_number(1, at, {LON: 113.2644, LAT: 23.1291}.get(column.field, 12), look)
    else:
        sheet.write_string(1, at, f"示例{column.zh}", look)


def _write_codes(sheet: Any, found: Sequence[Column], head: Any) -> dict[str, str]:
    """Every code list, three columns each; the ranges of their Chinese names, by field."""
    ranges = {}
    for number, column in enumerate(one for one in found if one.choices):
        left = number * 4
        sheet.write_row(0, left, (column.zh, "代码", "English"), head)
        for line, choice in enumerate(column.choices, 1):
            sheet.write_row(line, left, (choice.zh, choice.code, choice.en))
        sheet.set_column(left, left, 18)
        name = xlsxwriter.utility.xl_col_to_name(left, col_abs=True)
        ranges[column.field] = f"='{_CODES}'!{name}$2:{name}${len(column.choices) + 1}"
    sheet.freeze_panes(1, 0)
    return ranges


def _drop_down(column: Column, source: str) -> dict[str, Any]:
    """Of a list several may be given, so that other text is taken too."""
    single = column.kind != "list"
    return {
        "validate": "list",
        "source": source,
        "error_type": "stop" if single else "information",
        "show_error": single,
        "error_title": "不在代码表中",
        "error_message": f"请从下拉列表里选，或留空。全部代码见“{_CODES}”。",
    }


def _write_notes(
    sheet: Any, layer: Layer, found: Sequence[Column], title: Any, head: Any, plain: Any
) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 2, 22)
    sheet.set_column(3, 4, 8)
    sheet.set_column(5, 5, 40)
    sheet.write_string(0, 0, f"{layer.title.zh} · 导入模板", title)
    for line, rule in enumerate(_RULES, 1):
        sheet.merge_range(line, 0, line, 5, f"{line}. {rule}", plain)
        sheet.set_row(line, 34)
    top = len(_RULES) + 2
    for line, cells in enumerate(_described(found), top):
        sheet.write_row(line, 0, cells, head if line == top else plain)


def _described(found: Sequence[Column]) -> Iterator[tuple[str, ...]]:
    """What each column takes, below a header."""
    yield "列", "English", "字段名", "必填", "单位", "怎么填"
    for column in found:
        how = "WKT 或 GeoJSON" if column.field == GEOMETRY else _HOW[column.kind]
        if column.choices:
            how = f"{how}，从代码表里选" if column.kind == "list" else "从代码表里选"
        yield column.zh, column.en, column.field, "是" if column.required else "", column.unit, how
