"""GeoJSON, GeoPackage and Shapefile, in the systems and encodings met in China."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from ingest_reading import codes, understood

from emmap.errors import Malformed, Unreadable

PLACE = shapely.Point(113.4, 23.2)
TEAMS = {"编号": ["T1", "T2"], "队伍名称": ["演练一队", "演练二队"], "人数": [12, 7]}


def frame(crs: int = 4326, **more: Any) -> geopandas.GeoDataFrame:
    made = geopandas.GeoDataFrame({**TEAMS, **more}, geometry=[PLACE, None], crs=4326)
    return made.to_crs(crs)


def zipped(folder: Path, *, leave_out: tuple[str, ...] = (), under: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in folder.iterdir():
            if path.suffix not in leave_out:
                archive.write(path, f"{under}{path.name}")
    return buffer.getvalue()


def geojson(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"id": "F1", "name": "a", **properties}}


def point(*coordinates: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": coordinates}


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def the_place(wkb: bytes | None) -> tuple[float, float]:
    shape = shapely.from_wkb(wkb)
    return round(shape.x, 7), round(shape.y, 7)


@pytest.mark.parametrize("crs", [4326, 4490, 4547, 3857])
def test_a_geopackage_in_any_system_comes_to_wgs84(tmp_path: Path, crs: int) -> None:
    frame(crs).to_file(tmp_path / "teams.gpkg", layer="队伍")
    found = understood((tmp_path / "teams.gpkg").read_bytes())
    assert [r.feature_id for r in found.records] == ["T1", "T2"]
    assert the_place(found.records[0].geometry) == pytest.approx((113.4, 23.2), abs=1e-6)
    assert found.records[1].geometry is None


@pytest.mark.parametrize(("encoding", "leave_out"), [("UTF-8", ()), ("GBK", ()), ("GBK", (".cpg",))])
def test_a_shapefile_says_its_encoding_or_it_is_found_out(
    tmp_path: Path, encoding: str, leave_out: tuple[str, ...]
) -> None:
    named = frame(4547).rename(columns={"队伍名称": "名称"})
    named.to_file(tmp_path / "teams.shp", encoding=encoding)
    found = understood(zipped(tmp_path, leave_out=leave_out, under="演练/"))
    assert [r.properties["name"] for r in found.records] == ["演练一队", "演练二队"]
    assert the_place(found.records[0].geometry) == pytest.approx((113.4, 23.2), abs=1e-6)


def test_headers_cut_by_the_shapefile_are_known_by_their_beginning(tmp_path: Path) -> None:
    rows = {"id": ["H1"], "name": ["a"], "rectified_": ["2026-03-01"], "发现时": ["2026-02-01"]}
    geopandas.GeoDataFrame(rows, geometry=[PLACE], crs=4326).to_file(tmp_path / "h.shp", encoding="UTF-8")
    assert [r.status for r in understood(zipped(tmp_path), "risk_hotspots").records] == ["open", "rectified"]


def test_a_shapefile_without_its_table_is_refused(tmp_path: Path) -> None:
    frame().rename(columns={"队伍名称": "名称"}).to_file(tmp_path / "teams.shp", encoding="UTF-8")
    with pytest.raises(Unreadable, match=r"\.dbf"):
        understood(zipped(tmp_path, leave_out=(".dbf",)))


def test_a_geopackage_of_many_layers_needs_the_layers_name(tmp_path: Path) -> None:
    path = tmp_path / "teams.gpkg"
    frame().to_file(path, layer="甲")
    frame().to_file(path, layer="乙")
    with pytest.raises(Malformed, match="甲"):
        understood(path.read_bytes())
    frame().to_file(path, layer="rescue_teams")
    assert len(understood(path.read_bytes()).records) == 2


def test_gcj02_in_a_gis_file_is_shifted_back() -> None:
    gcj = point(113.26932932111345, 23.12632308350773)
    record = understood(geojson(feature(gcj)), datum="gcj02").records[0]
    assert the_place(record.geometry) == pytest.approx((113.264, 23.129), abs=1e-7)


def test_gcj02_areas_are_shifted_back() -> None:
    gcj = polygon((113.4, 23.1), (113.5, 23.1), (113.5, 23.2), (113.4, 23.1))
    content = geojson(feature(gcj, headline="演练"))
    plain, moved = (
        understood(content, "flood_warnings", datum=datum).records[0] for datum in ("wgs84", "gcj02")
    )
    shift = shapely.from_wkb(plain.geometry).centroid.distance(shapely.from_wkb(moved.geometry).centroid)
    assert shift == pytest.approx(0.0059, abs=0.0005)


def test_an_older_crs_member_counts() -> None:
    mercator = point(12623630.7, 2655917.6)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    record = understood(geojson(feature(mercator), crs=crs)).records[0]
    assert the_place(record.geometry) == pytest.approx((113.4, 23.2), abs=1e-2)


def test_an_unknown_crs_is_refused() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::999999"}}
    with pytest.raises(Malformed) as refused:
        understood(geojson(feature(point(1, 2)), crs=crs))
    assert refused.value.code == "unknown_crs"


def test_a_feature_s_own_id_is_its_id() -> None:
    own = {"type": "Feature", "id": 7, "geometry": None, "properties": {"name": "a"}}
    assert understood(geojson(own)).records[0].feature_id == "7"


def test_lists_depth_and_nulls_of_geojson() -> None:
    record = understood(
        geojson(feature(point(113.4, 23.2, 9.5), hazards=["暴雨", "11A02"], people=None))
    ).records[0]
    assert record.hazards == ("11B03", "11A02")
    assert the_place(record.geometry) == (113.4, 23.2)


@pytest.mark.parametrize(
    "geometry", [None, {"type": "Point", "coordinates": []}, {"type": "Polygon", "coordinates": []}]
)
def test_an_empty_geometry_is_no_place(geometry: Any) -> None:
    assert understood(geojson(feature(geometry))).records[0].geometry is None


def test_a_multi_point_of_one_is_a_point() -> None:
    record = understood(geojson(feature({"type": "MultiPoint", "coordinates": [[113.4, 23.2]]}))).records[0]
    assert the_place(record.geometry) == (113.4, 23.2)


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (point(23.2, 113.4), "swapped_coordinates"),
        (point(1134000, 232000), "coordinates_out_of_range"),
        (point(float("nan"), 23.2), None),
        (point(float("inf"), 23.2), "coordinates_out_of_range"),
        (point("x", 1), "broken_geometry"),
        (point(113.4), "broken_geometry"),
        ({"type": "Kreis"}, "broken_geometry"),
        ([1, 2], "broken_geometry"),
        ({"type": "MultiPoint", "coordinates": [[113.4, 23.2], [113.5, 23.2]]}, "wrong_geometry_type"),
        (polygon((113, 23), (114, 23), (114, 24), (113, 23)), "wrong_geometry_type"),
    ],
)
def test_places_that_cannot_be(geometry: Any, code: str | None) -> None:
    assert codes(understood(geojson(feature(geometry)))) == ({1: code} if code else {})


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (polygon((113, 23), (114, 24), (114, 23), (113, 24), (113, 23)), "broken_geometry"),
        (polygon((113, 23), (114, 23), (114, 24)), "broken_geometry"),
        (polygon((23, 113), (24, 113), (24, 114), (23, 113)), "swapped_coordinates"),
        (polygon((113, 23), (114, 23), (114, float("nan")), (113, 23)), "broken_geometry"),
        ({"type": "LineString", "coordinates": [[113, 23], [113, 23]]}, "broken_geometry"),
    ],
)
def test_areas_that_cannot_be(geometry: Any, code: str) -> None:
    assert codes(understood(geojson(feature(geometry, headline="演练")), "flood_warnings")) == {1: code}


def test_an_area_that_loses_nothing_is_mended() -> None:
    spike = polygon((113, 23), (114, 23), (114, 24), (114, 24.5), (114, 24), (113, 24), (113, 23))
    found = understood(geojson(feature(spike, headline="演练")), "flood_warnings")
    mended = shapely.from_wkb(found.records[0].geometry)
    assert (found.repaired, mended.is_valid, mended.area) == (1, True, 1.0)


def test_what_is_no_feature_is_refused_alone() -> None:
    found = understood(geojson(5, {"type": "Feature", "properties": 3}, feature(None)))
    assert (codes(found), len(found.records)) == ({1: "bad_feature", 2: "bad_feature"}, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "POINT (113.4 23.2)", "SRID=4326;POINT(113.4 23.2)", '{"type":"Point","coordinates":[113.4,23.2]}',
        "0101000000" + shapely.to_wkb(PLACE, hex=True)[10:],
    ],
)  # fmt: skip
def test_geometry_in_a_table(cell: str) -> None:
    quoted = cell.replace('"', '""')
    record = understood(f'编号,名称,几何\nT1,a,"{quoted}"\n').records[0]
    assert the_place(record.geometry) == (113.4, 23.2)


def test_broken_geometry_in_a_table_refuses_its_row_only() -> None:
    found = understood("编号,名称,wkt\nT1,a,POINT (113.4)\nT2,b,\nT3,c,here\n")
    assert (codes(found), [r.feature_id for r in found.records]) == (
        {1: "broken_geometry", 3: "broken_geometry"},
        ["T2"],
    )
