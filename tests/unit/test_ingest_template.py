"""The import template: its columns are the layer's, its example is no data, and what is filled in there goes in."""

import io
import zipfile
from datetime import datetime

import pytest
from ingest_reading import LAYERS, LIMIT, sheet_of, understood
from lxml import etree

from emmap.ingest.headers import Names, match, require
from emmap.ingest.reading import read
from emmap.ingest.template import columns, template
from emmap.layer import Layer

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 a serial counts local days
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def filled(layer: Layer, rows: list[dict[str, str | float | datetime]]) -> bytes:
    """The template as a spreadsheet program saves it after a person filled in rows by field: strings inline, dates as
    serial numbers in the cells that the template formatted."""
    at = {column.field: n for n, column in enumerate(columns(layer))}
    source = zipfile.ZipFile(io.BytesIO(template(layer)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = _with_rows(content, at, rows)
            target.writestr(entry, content)
    return out.getvalue()


def _with_rows(content: bytes, at: dict[str, int], rows: list[dict[str, str | float | datetime]]) -> bytes:
    sheet = etree.fromstring(content)
    example = sheet.find(f"{MAIN}sheetData")[1]
    styles = [cell.get("s") for cell in example]
    for number, values in enumerate(rows, 3):
        row = etree.SubElement(sheet.find(f"{MAIN}sheetData"), f"{MAIN}row", r=str(number))
        for field, value in sorted(values.items(), key=lambda item: at[item[0]]):
            name = f"{chr(65 + at[field])}{number}" if at[field] < 26 else f"A{chr(39 + at[field])}{number}"
            cell = etree.SubElement(row, f"{MAIN}c", r=name, s=styles[at[field]])
            if isinstance(value, str):
                cell.set("t", "inlineStr")
                etree.SubElement(etree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t").text = value
            else:
                serial = (value - EPOCH).total_seconds() / 86400 if isinstance(value, datetime) else value
                etree.SubElement(cell, f"{MAIN}v").text = repr(serial)
    return bytes(etree.tostring(sheet))


@pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.id)
def test_every_column_of_a_template_is_understood_and_its_example_is_no_data(layer: Layer) -> None:
    names = Names(layer)
    sheet = read(template(layer), names, LIMIT)
    assert sheet is not None
    found = match(names, sheet.header)
    assert list(found) == [column.field for column in columns(layer)]
    require(names, sheet.header, found, placed=False)
    assert (sheet.rows, sheet.examples) == ([], 1)
    assert set(layer.fields) <= set(found)


def test_a_filled_template_goes_in() -> None:
    layer = LAYERS["risk_hotspots"]
    row: dict[str, str | float | datetime] = {
        "id": "007",
        "name": "【演练】石牌街下穿隧道积水",
        "hazards": "内涝；暴雨",
        "severity": "红",
        "found_at": datetime(2026, 3, 1, 9, 30),  # noqa: DTZ001
        "lon": 113.345,
        "lat": 23.13,
        "district": "天河区",
        "phone": "02000000001",
    }
    content = filled(layer, [row])
    assert sheet_of(content, layer.id).examples == 1
    found = understood(content, layer)
    assert found.refused == {}
    record = found.records[0]
    assert (record.feature_id, record.severity, len(record.hazards)) == ("007", 4, 2)
    assert record.districts == ("440106",)
    assert record.properties["found_at"] == "2026-03-01T01:30:00Z"
    assert record.personal["phone"] == "02000000001"


def test_an_example_row_of_a_csv_is_passed_over_wherever_it_stands() -> None:
    sheet = sheet_of("编号,队伍名称\nT1,演练一队\n【示例】T2,演练二队\nT3,演练三队\n")
    assert ([row[0] for row in sheet.rows], sheet.lines, sheet.examples) == (["T1", "T3"], [2, 4], 1)
