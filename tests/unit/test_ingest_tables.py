"""CSV and spreadsheets: encodings, delimiters, headers, damage."""

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter
from ingest_reading import LAYERS, codes, sheet_of, understood

from emmap.errors import EmmapError, Malformed, TooLarge, Unreadable
from emmap.ingest.headers import Names
from emmap.ingest.tables import read_csv

HEADER = "编号,队伍名称,人数,经度,纬度\n"
ROW = "T1,演练一队,12,113.4,23.2\n"


def workbook(*rows: list[Any], merge: tuple[int, int, int, int, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("演练")
    for i, row in enumerate(rows):
        sheet.write_row(i, 0, row)
    if merge:
        sheet.merge_range(*merge)
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("codec", "said"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 BOM"), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
def test_encodings(codec: str, said: str) -> None:
    content = (HEADER + ROW).encode(codec)
    assert sheet_of(content).format == f"CSV, {said}, comma"
    assert understood(content).records[0].properties["name"] == "演练一队"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, newline: str) -> None:
    content = (HEADER + ROW).replace(",", delimiter).replace("\n", newline)
    assert understood(content).records[0].properties["people"] == 12


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\x89PNG\r\n\x1a\n", "unknown_format"),
        (b"%PDF-1.7", "unknown_format"),
        (b"<html><table>", "unknown_format"),
        (bytes(range(32)) * 40, "unknown_format"),
        ("id,name\n1,a".encode("utf-16-le"), "unknown_format"),
        (b"id,name\n1,caf\xe9\n", "wrong_encoding"),
        (b"1,2\n3,4\n", "no_header"),
        ("队伍名称,人数\na,1\n".encode(), "missing_columns"),
        ("编号,人数\na,1\n".encode(), "missing_columns"),
        ("编号,队伍名称,名称,队伍\na,1,2,3\n".encode(), None),
        ("编号,队伍名称,队伍名称\na,1,2\n".encode(), "duplicate_column"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken", "damaged_file"),
        (b"PK\x03\x04 broken", "damaged_file"),
        (b"SQLite format 3\x00 broken", "damaged_file"),
        (b'{"type": ', "damaged_file"),
        (b"[" * 100_000, "damaged_file"),
        (b'{"type": "Topology"}', "not_geojson"),
    ],
)
def test_files_that_cannot_be_read_say_why(content: bytes, code: str | None) -> None:
    if code is None:
        assert len(understood(content).records) == 1
        return
    with pytest.raises(EmmapError) as refused:
        understood(content)
    assert (refused.value.code, refused.value.status < 500) == (code, True)


def test_missing_columns_are_named() -> None:
    with pytest.raises(Malformed, match=r"编号 \(id\)、队伍名称 \(name\)"):
        understood("人数,负责人\n1,a\n")


@pytest.mark.parametrize(
    "header",
    [
        "ID,队伍名称*,人数(人)", "编号,队伍 名称,人数（人）", "id,NAME,People [人]", "feature-id,Name,people",
        "队伍编号,队伍,队员人数",
    ],
)  # fmt: skip
def test_headers_in_every_spelling(header: str) -> None:
    record = understood(f"{header}\nT1,演练一队,12\n").records[0]
    said = record.properties["name"], record.properties["people"]
    assert (record.feature_id, *said) == ("T1", "演练一队", 12)


def test_the_unit_tells_two_columns_of_one_name_apart() -> None:
    found = understood(
        "编号,发现时间,可信度,可信度(%)\nF1,2022-02-26 10:45,高,93\n", "forest_fire_alerts"
    ).records[0]
    assert (found.properties["confidence"], found.properties["confidence_percent"]) == ("high", 93)


def test_a_mapping_goes_before_every_header() -> None:
    content = "甲,乙,名称\nT1,一队,别名\n"
    record = understood(content, mapping={"甲": "id", "乙": "name"}).records[0]
    assert (record.feature_id, record.properties["name"]) == ("T1", "一队")


@pytest.mark.parametrize(
    ("mapping", "code"), [({"丙": "name"}, "unknown_column"), ({"甲": "rank"}, "unknown_field")]
)
def test_a_mapping_to_nothing_is_refused(mapping: dict[str, str], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        understood("甲,编号,名称\n1,2,3\n", mapping=mapping)
    assert refused.value.code == code


def test_titles_above_the_header_and_blank_rows_are_passed_over() -> None:
    content = "演练队伍一览表,,,,\n制表:演练,,,,\n,,,,\n" + HEADER + ",,,,\n" + ROW
    sheet = sheet_of(content)
    assert (len(sheet.rows), list(sheet.lines)) == (1, [6])


def test_an_unclosed_quote_refuses_its_row_only() -> None:
    found = understood(HEADER + ROW + 'T2,"演练二队,3,113.4,23.2\nT3,演练三队,4,113.4,23.2\n')
    assert (codes(found), len(found.records)) == ({2: "unclosed_quote"}, 1)


def test_quoted_cells_keep_delimiters_and_lines() -> None:
    sheet = sheet_of(HEADER + 'T1,"演练,一队\n(备)",12,113.4,23.2\n' + ROW.replace("T1", "T2"))
    assert (sheet.rows[0][1], list(sheet.lines)) == ("演练,一队\n(备)", [2, 4])


def test_rows_longer_than_the_header_are_refused_and_shorter_ones_taken() -> None:
    found = understood(HEADER + "T1,演练一队,1,200,113.4,23.2\nT2,演练二队\n" + ROW.replace("T1", "T3"))
    assert (codes(found), [r.feature_id for r in found.records]) == ({1: "too_many_cells"}, ["T2", "T3"])


@pytest.mark.parametrize("column", ["队伍名称", "没有人认识的列"])
def test_a_cell_of_ten_million_characters_refuses_its_row_only(column: str) -> None:
    content = f"编号,{column},名称\n1,{'长' * 10_000_000},a\n2,b,b\n"
    found = understood(content)
    assert (codes(found), [r.feature_id for r in found.records]) == ({1: "field_too_long"}, ["2"])


def test_a_workbook_with_title_merged_header_dates_and_numbers_as_text() -> None:
    content = workbook(
        ["演练隐患台账"],
        ["编号", "隐患名称", "发现时间", "整改期限", "位置", ""],
        ["", "", "", "", "经度", "纬度"],
        [1001, "堵塞", datetime(2026, 3, 1, 9, 30), 46112, "113.40", 23.2],  # noqa: DTZ001 as in Excel
    )
    record = understood(content, "risk_hotspots").records[0]
    assert record.feature_id == "1001"
    assert record.properties["found_at"] == "2026-03-01T01:30:00Z"
    assert record.properties["due_at"] == "2026-03-30T16:00:00Z"
    assert record.districts == ("440106",)


def test_merged_cells_hold_their_value_throughout() -> None:
    content = workbook(
        ["编号", "队伍名称", "行政区"], ["T1", "一队", ""], ["T2", "二队", ""], merge=(1, 2, 2, 2, "增城区")
    )
    assert [r.districts for r in understood(content).records] == [("440118",), ("440118",)]


def test_the_worksheet_with_the_header_is_found() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("说明").write(0, 0, "请填写第二张表")
    book.add_worksheet("空")
    sheet = book.add_worksheet("队伍")
    sheet.write_row(0, 0, ["编号", "队伍名称"])
    sheet.write_row(1, 0, ["T1", "一队"])
    book.close()
    assert sheet_of(buffer.getvalue()).format == "XLSX, 队伍"


def test_a_refused_row_is_found_by_its_line_in_the_spreadsheet() -> None:
    sheet = sheet_of(workbook(["台账"], [], ["编号", "队伍名称"], ["", "一队"]))
    assert sheet.where(0)[0] == "表格第 4 行"


def test_one_far_cell_is_refused_before_it_takes_the_memory() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["编号", "队伍名称"])
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(TooLarge) as refused:
        understood(buffer.getvalue())
    assert refused.value.code == "sheet_too_large"


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "points.shp"])
def test_an_archive_that_unpacks_to_too_much_is_refused(name: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "")
        archive.writestr(name, b"0" * 2**25)
    with pytest.raises(TooLarge) as refused:
        understood(buffer.getvalue())
    assert refused.value.code == "archive_too_large"


@pytest.mark.parametrize("name", ["../../etc/x.shp", "/etc/x.shp", "..\\x.shp"])
def test_a_path_that_leads_out_of_an_archive_is_refused(name: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"0")
    with pytest.raises(Unreadable) as refused:
        understood(buffer.getvalue())
    assert refused.value.code == "unsafe_path"


def test_a_header_alone_is_a_file_without_rows() -> None:
    assert read_csv(HEADER.encode(), Names(LAYERS["rescue_teams"])).rows == []
