"""Refused rows go back as the kind of file that came, and, mended, come in again."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas
import pytest
import xlsxwriter
from ingest_reading import LAYERS, LIMIT, understood
from shapely import Point

from emmap.ingest import cap
from emmap.ingest.headers import REASON, Names, match
from emmap.ingest.reading import read
from emmap.ingest.returned import Returned, returned
from emmap.ingest.rows import understand
from emmap.store.inbox import RejectedRow

ROWS = [("T1", "演练一队", "12"), ("T2", "演练二队", "很多"), ("T3", '=HYPERLINK("x")', "无数")]
TITLES = ("编号", "队伍名称", "人数")


def given_back(content: bytes, name: str = "队伍.csv") -> Returned:
    """The refused rows of a file of teams."""
    refused = [
        RejectedRow(i + 1, one.code, one.zh, one.en) for i, one in sorted(understood(content).refused.items())
    ]
    assert len(refused) == 2
    return returned(LAYERS["rescue_teams"], name, content, {}, refused, LIMIT)


def as_csv(encoding: str, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([TITLES, *ROWS])
    return text.getvalue().encode(encoding)


def as_xlsx() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("队伍")
        for line, cells in enumerate([TITLES, *ROWS]):
            sheet.write_row(line, 0, cells)
    return made.getvalue()


def as_geojson() -> bytes:
    place = {"type": "Point", "coordinates": [113.4, 23.2]}
    features = [
        {"type": "Feature", "geometry": place, "properties": dict(zip(TITLES, row, strict=True))}
        for row in ROWS
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def frame() -> geopandas.GeoDataFrame:
    columns = {title: [row[i] for row in ROWS] for i, title in enumerate(("id", "name", "people"))}
    return geopandas.GeoDataFrame(columns, geometry=[Point(113.4, 23.2)] * 3, crs=4326)


def as_geopackage(folder: Path) -> bytes:
    frame().to_file(folder / "t.gpkg", layer="teams")
    return (folder / "t.gpkg").read_bytes()


def as_shapefile(folder: Path) -> bytes:
    frame().to_file(folder / "t.shp", encoding="GBK")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for part in folder.glob("t.*"):
            archive.write(part, part.name)
    return made.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_csv_goes_back_in_its_encoding_and_with_its_delimiter(encoding: str) -> None:
    found = given_back(as_csv(encoding, ";"))
    assert found.name == "队伍-拒收.csv"
    lines = found.content.decode(encoding).splitlines()
    assert lines[0] == "编号;队伍名称;人数;拒收原因"
    assert lines[1].startswith("T2;演练二队;很多;")
    assert '''"'=HYPERLINK(""x"")"''' in lines[2]


@pytest.mark.parametrize(
    ("made", "format"),
    [
        (lambda folder: as_csv("gb18030"), "CSV, GB18030, comma"),
        (lambda folder: as_xlsx(), "XLSX, 队伍"),
        (lambda folder: as_geojson(), "GeoJSON, UTF-8"),
        (as_geopackage, "GeoPackage, teams"),
        (as_shapefile, "Shapefile, GB18030"),
    ],
)
def test_what_was_refused_comes_in_again_when_it_is_mended(
    tmp_path: Path, made: Callable[[Path], bytes], format: str
) -> None:
    content = given_back(made(tmp_path)).content
    sheet = read(content, Names(LAYERS["rescue_teams"]), LIMIT)
    assert sheet is not None
    assert sheet.format == format
    assert len(sheet.header) == 4
    people = [title in ("people", "人数") for title in sheet.header].index(True)
    again = understood(content)
    assert sorted(again.refused) == [0, 1]
    whys = [row[-1] for row in sheet.rows]
    assert all("不是数字" in why for why in whys)
    mended = [[7 if i == people else cell for i, cell in enumerate(row)] for row in sheet.rows]
    names = Names(LAYERS["rescue_teams"])
    found = understand(names.layer, replace(sheet, rows=mended), match(names, sheet.header), "wgs84")
    assert found.refused == {}
    assert [(one.feature_id, one.properties["name"]) for one in found.records] == [
        ("T2", "演练二队"),
        ("T3", '=HYPERLINK("x")'),
    ]


def test_refused_messages_go_back_as_a_feed_with_their_reasons(samples: Path) -> None:
    content = (samples / "cap" / "google-invalid.cap").read_bytes()
    refused = [RejectedRow(one.position, one.code, one.zh, one.en) for one in cap.parse(content).rejected]
    found = returned(LAYERS["general_alerts"], "坏.xml", content, {}, refused, LIMIT)
    assert found.name == "坏-拒收.xml"
    again = cap.parse(found.content)
    assert [one.code for one in again.rejected] == [one.code for one in refused]
    assert REASON.zh in found.content.decode()
