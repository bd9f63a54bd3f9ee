"""No file, however broken, makes a reader fail in another way than it declares."""

import io
import json
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_reading import LAYERS, understood

from emmap.errors import Malformed, TooLarge, Unreadable
from emmap.ingest.formats import beginning

HEADER = "编号,名称,人数,经度,纬度,行政区,有效期起,灾种,状态"
HEADERS = {
    "rescue_teams": HEADER,
    "risk_hotspots": "编号,名称,发现时间,整改期限,整改完成时间,级别,经度,纬度,几何",
    "forest_fire_alerts": "latitude,longitude,acq_date,acq_time,satellite,confidence,frp,type",
}
CELLS = st.one_of(
    st.text(max_size=20),
    st.floats().map(str),
    st.integers().map(str),
    st.datetimes().map(str),
    st.sampled_from(
        ["", "红", "暴雨;内涝", "2020-02-30", "POINT(1 2)", "POINT(1 nan)", "1e999", "增城区", "0001-01-01"]
    ),
)
PATIENT = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def survive(content: bytes, layer: str, datum: str = "wgs84") -> None:
    """The file is understood, or refused in one of the declared ways; every sentence can be stored."""
    try:
        found = understood(content, layer, datum=datum)
    except (Unreadable, TooLarge, Malformed) as refused:
        str(refused).encode()
        return
    for rejected in found.refused.values():
        rejected.zh.encode()
        rejected.en.encode()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A good file of each binary format, to be damaged."""
    folder: Path = tmp_path_factory.mktemp("files")
    frame = geopandas.GeoDataFrame(
        {"id": ["T1", "T2"], "name": ["一队", "二队"]}, geometry=[shapely.Point(113.4, 23.2), None], crs=4326
    )
    frame.to_file(folder / "a.gpkg", layer="a")
    (folder / "shape").mkdir()
    frame.to_file(folder / "shape" / "a.shp", encoding="UTF-8")
    shape = io.BytesIO()
    with zipfile.ZipFile(shape, "w") as archive:
        for path in (folder / "shape").iterdir():
            archive.write(path, path.name)
    book_bytes = io.BytesIO()
    book = xlsxwriter.Workbook(book_bytes)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", "name"])
    sheet.write_row(1, 0, ["T1", "一队"])
    book.close()
    return {
        "gpkg": (folder / "a.gpkg").read_bytes(),
        "shp": shape.getvalue(),
        "xlsx": book_bytes.getvalue(),
        "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048),
    }


@PATIENT
@given(st.binary(max_size=2000), st.sampled_from(sorted(LAYERS)))
def test_any_bytes(content: bytes, layer: str) -> None:
    if not beginning(content).startswith("<"):
        survive(content, layer)


@PATIENT
@given(
    st.sampled_from(sorted(HEADERS)),
    st.lists(st.lists(CELLS, max_size=10), max_size=6),
    st.sampled_from(["wgs84", "gcj02", "bd09"]),
)
def test_any_table(layer: str, rows: list[list[str]], datum: str) -> None:
    content = "\n".join([HEADERS[layer], *(",".join(row) for row in rows)])
    survive(content.encode("utf-8", "replace"), layer, datum)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
GEOMETRY = JSON | st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Point", "Polygon", "LineString", "MultiPoint", "GeometryCollection"]),
        "coordinates": JSON | st.lists(st.lists(st.lists(st.floats(), max_size=3), max_size=5), max_size=2),
    }
)


@PATIENT
@given(
    st.lists(JSON | st.fixed_dictionaries({"geometry": GEOMETRY, "id": JSON, "properties": st.fixed_dictionaries(
        {"name": JSON, "people": JSON, "hazards": JSON, "valid_from": JSON, "headline": JSON})}), max_size=4),
    JSON,
    st.sampled_from(["rescue_teams", "flood_warnings"]),
)  # fmt: skip
def test_any_geojson(features: list[object], crs: object, layer: str) -> None:
    document = {"type": "FeatureCollection", "features": features, "crs": crs}
    survive(json.dumps(document).encode("utf-8", "replace"), layer)


@PATIENT
@given(st.fixed_dictionaries(dict.fromkeys(HEADERS["forest_fire_alerts"].split(","), JSON)))
def test_any_detection(properties: dict[str, object]) -> None:
    feature = {"type": "Feature", "geometry": None, "properties": properties}
    survive(json.dumps(feature).encode("utf-8", "replace"), "forest_fire_alerts")


@PATIENT
@given(st.data(), st.sampled_from(["gpkg", "shp", "xlsx", "xls"]))
def test_damaged_files(files: dict[str, bytes], data: st.DataObject, kind: str) -> None:
    whole = files[kind]
    at = data.draw(st.integers(0, len(whole)))
    match data.draw(st.sampled_from(["cut", "flip", "fill"])):
        case "cut":
            damaged = whole[:at]
        case "flip":
            damaged = whole[:at] + data.draw(st.binary(min_size=1, max_size=8)) + whole[at + 8 :]
        case _:
            damaged = whole[:at] + bytes(64) + whole[at + 64 :]
    if not beginning(damaged).startswith("<"):
        survive(damaged, "rescue_teams")
