"""The readers of particular services: every real sample is read in full or refused for a reason, and no content, however
broken, makes one fail in another way than it declares."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_reading import LAYERS, codes, sheet_of, understood
from pyproj import Geod

from emmap.errors import Malformed, TooLarge, Unreadable
from emmap.ingest.readers import names, reader_named
from emmap.ingest.rows import Understood
from emmap.ingest.storms import grade_of
from emmap.layer import Record
from emmap.settings import ROOT

SAMPLES = ROOT / "tests" / "samples"


def sample(path: str) -> bytes:
    return (SAMPLES / path).read_bytes()


@cache
def told_of(path: str, layer: str) -> Understood:
    return understood(sample(path), layer)


def listed() -> list[tuple[str, str, int, int, int]]:
    """What the page on sources tells of each sample: file, layer, input rows, features, refused."""
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").split("<!-- samples")[1]
    rows = re.findall(r"^\| `([\w./-]+)` \| (\w+) \| (\d+) \| (\d+) \| (\d+)", page, re.M)
    return [
        (path, layer, int(read), int(features), int(refused)) for path, layer, read, features, refused in rows
    ]


@pytest.mark.parametrize(("path", "layer", "read", "features", "refused"), listed())
def test_a_sample_gives_what_the_page_says(
    path: str, layer: str, read: int, features: int, refused: int
) -> None:
    found = told_of(path, layer)
    assert sheet_of(sample(path), layer).read == read
    assert (len({record.feature_id for record in found.records}), len(found.refused)) == (features, refused)


def test_every_sample_of_a_service_is_on_the_page() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    folders = [SAMPLES / name for name in ("gdacs", "usgs", "tracks")]
    files = [
        f"{one.parent.name}/{one.name}"
        for folder in folders
        for one in folder.iterdir()
        if one.suffix != ".md"
    ]
    assert len(files) == 7
    assert [name for name in files if f"`{name}`" not in page] == []


def test_each_reader_is_named_by_a_layer() -> None:
    declared = {source.reader for layer in LAYERS.values() for source in layer.sources}
    assert set(names()) <= declared


def test_an_item_of_gdacs_that_names_no_event_is_refused() -> None:
    assert codes(understood(sample("gdacs/gdacs-2.xml"), "gdacs_events")) == {1: "missing_id"}


def test_a_storm_of_gdacs_is_where_its_episode_says_and_only_from_then_on() -> None:
    by_id = {record.feature_id: record for record in told_of("gdacs/gdacs-rss.xml", "gdacs_events").records}
    sarai = by_id["TC1000642"]
    assert (sarai.valid_from, sarai.valid_to) == (
        datetime(2019, 12, 29, 18, tzinfo=UTC),
        datetime(2019, 12, 30, 18, tzinfo=UTC),
    )
    assert by_id["DR1013682"].valid_from == datetime(2019, 10, 21, tzinfo=UTC)


def test_blasts_are_told_from_earthquakes() -> None:
    found = told_of("usgs/all_week_2018-02-07.geojson", "earthquakes").records
    kinds = Counter((record.properties["event_type"], record.hazards) for record in found)
    assert kinds == {("earthquake", ("11C",)): 1679, ("blast", ()): 28}


def quake(**told: Any) -> bytes:
    properties = {
        "mag": 5.1,
        "place": "x",
        "time": 1517966773840,
        "updated": 1517966996303,
        "type": "earthquake",
    }
    feature = {
        "type": "Feature",
        "id": "us1",
        "properties": {**properties, **told},
        "geometry": {"type": "Point", "coordinates": [113.4, 23.2, 12.5]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def test_depth_is_the_third_coordinate_and_times_are_milliseconds() -> None:
    [record] = understood(quake(), "earthquakes").records
    assert record.properties["depth_km"] == 12.5
    assert record.valid_from == datetime(2018, 2, 7, 1, 26, 13, tzinfo=UTC)


def test_a_deleted_earthquake_ends_at_its_beginning_and_so_does_an_id_that_was_replaced() -> None:
    deleted, renamed = (
        understood(quake(**told), "earthquakes") for told in ({"status": "deleted"}, {"ids": ",us1,ci2,"})
    )
    begin = datetime(2018, 2, 7, 1, 26, 13, tzinfo=UTC)
    assert (deleted.records, [(end.feature_id, end.at) for end in deleted.ends]) == ([], [("us1", begin)])
    assert ([r.feature_id for r in renamed.records], [e.feature_id for e in renamed.ends]) == (
        ["us1"],
        ["ci2"],
    )


def storm(*points: dict[str, Any], name: str = "") -> list[Record]:
    """What a storm with these points is to the layer, later things after earlier ones."""
    told = {"tfid": "202401", "name": "演练", "isactive": "1", "points": points}
    return understood(json.dumps(told).encode(), "typhoon_tracks").records


def point(hour: int, lon: float, **told: Any) -> dict[str, Any]:
    """A fix at an hour of 1 July 2024, Beijing time."""
    return {"time": f"2024-07-01 {hour:02d}:00:00", "lng": str(lon), "lat": "20.0", "speed": "35", **told}


def at(hour: int) -> datetime:
    return datetime(2024, 7, 1, tzinfo=UTC) + timedelta(hours=hour - 8)


def test_mangkhut_moves_from_fix_to_fix_and_its_path_grows() -> None:
    mine = [
        record
        for record in told_of("tracks/ibtracs_wp_2016_2023.csv", "typhoon_tracks").records
        if record.properties["storm"] == "2018250N12170"
    ]
    centre = [record for record in mine if record.feature_id == "2018250N12170"]
    assert len(centre) == 46
    assert all(a.valid_to == b.valid_from for a, b in pairwise(centre))
    worst = max(centre, key=lambda record: record.properties.get("wind_ms", 0))
    assert (worst.properties["wind_ms"], worst.properties["kind"]) == (56.6, "super_ty")
    lengths = [
        shapely.get_num_coordinates(shapely.from_wkb(record.geometry))
        for record in mine
        if record not in centre
    ]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize(
    ("wind", "grade"),
    [
        (9.0, "td"),
        (10.8, "td"),
        (17.1, "td"),
        (17.2, "ts"),
        (24.5, "sts"),
        (32.7, "ty"),
        (41.5, "sty"),
        (51.0, "super_ty"),
    ],
)
def test_a_grade_begins_with_its_threshold(wind: float, grade: str) -> None:
    assert grade_of(wind) == grade


def test_a_wind_circle_has_the_radius_of_each_quadrant() -> None:
    [circle] = [r for r in storm(point(8, 115.0, radius7="400|300|200|100")) if r.properties["kind"] == "r7"]
    geod, shape = Geod(ellps="WGS84"), shapely.from_wkb(circle.geometry)
    for bearing, radius in ((45, 400), (135, 300), (225, 200), (315, 100)):
        for share, inside in ((0.98, True), (1.02, False)):
            lon, lat, _ = geod.fwd(115.0, 20.0, bearing, radius * share * 1000)
            assert shapely.contains_xy(shape, lon, lat) == inside


def test_a_circle_that_a_fix_no_longer_tells_has_ended() -> None:
    told = [point(8, 115.0, radius7="200", radius12="50"), point(14, 114.0, radius7="200")]
    found = understood(json.dumps({"tfid": "202401", "points": told}).encode(), "typhoon_tracks")
    spans = {r.feature_id: (r.valid_from, r.valid_to) for r in found.records if r.properties["kind"] == "r12"}
    assert spans == {"202401-r12": (at(8), at(14))}
    assert ("202401-r12", at(14)) in {(end.feature_id, end.at) for end in found.ends}


def forecast(hours: Iterable[int], lon: float, agency: str = "中国") -> dict[str, Any]:
    return {"tm": agency, "forecastpoints": [point(hour, lon - hour / 10) for hour in hours]}


def test_each_forecast_holds_until_the_next_and_the_newest_is_the_centres_future() -> None:
    found = storm(
        point(8, 115.0, forecast=[forecast((14, 20), 115.0)]),
        point(11, 114.8, forecast=[forecast((17, 23), 114.8)]),
    )
    cones = [(r.valid_from, r.valid_to) for r in found if r.properties["kind"] == "cone"]
    assert cones == [(at(8), at(11)), (at(11), at(23))]
    centre = [(r.valid_from, r.form) for r in found if r.feature_id == "202401"]
    assert centre == [(at(8), "analysed"), (at(11), "analysed"), (at(17), "forecast"), (at(23), "forecast")]


def test_a_cone_widens_with_time_and_only_the_first_agency_draws_one() -> None:
    found = storm(point(0, 115.0, forecast=[forecast((12, 23), 115.0, "日本"), forecast((12, 23), 115.0)]))
    [cone] = [shapely.from_wkb(r.geometry) for r in found if r.properties["kind"] == "cone"]
    lines = {r.properties["agency"] for r in found if r.properties["kind"] == "forecast"}
    assert lines == {"日本", "中国"}
    across = {
        lon: shapely.intersection(cone, shapely.LineString([(lon, 10), (lon, 30)])).length
        for lon in (114.9, 113.9)
    }
    assert 0 < across[114.9] < across[113.9]


def test_a_list_of_storms_is_refused_with_what_to_read_instead() -> None:
    with pytest.raises(Malformed, match="storm-track") as told:
        understood(sample("tracks/qweather_getStormList-zh.json"), "typhoon_tracks")
    assert told.value.code == "only_a_list"


def test_a_path_over_the_180th_meridian_is_cut_there() -> None:
    paths = [
        r
        for r in storm(point(2, 179.5), point(8, -179.9), point(14, -179.0))
        if r.properties["kind"] == "track"
    ]
    west, _, east, _ = shapely.bounds(shapely.from_wkb(paths[-1].geometry))
    assert (west, east) == (-179.9, -179.0)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LAYER_OF = {source.reader: layer.id for layer in LAYERS.values() for source in layer.sources}


def survive(reader: str, content: bytes) -> None:
    """The content is understood, or refused in one of the declared ways; every sentence can be stored."""
    service = reader_named(reader)
    service.recognises(content)
    try:
        service.read(content, "NP_2401.json")
        found = understood(content, LAYER_OF[reader]) if service.recognises(content) else None
    except (Unreadable, Malformed, TooLarge) as refused:
        str(refused).encode()
        return
    for rejected in found.refused.values() if found else ():
        (rejected.zh + rejected.en).encode()


@PATIENT
@given(st.binary(max_size=500), st.sampled_from(names()))
def test_any_bytes(content: bytes, reader: str) -> None:
    survive(reader, content)


@PATIENT
@given(
    st.lists(
        JSON
        | st.fixed_dictionaries(
            {
                "id": JSON,
                "geometry": JSON | st.fixed_dictionaries({"coordinates": JSON}),
                "properties": st.fixed_dictionaries({"mag": JSON}, optional=dict.fromkeys(
                    ("time", "updated", "status", "type", "ids", "tsunami", "alert", "felt", "place"), JSON)),
            }
        ),
        max_size=3,
    )
)  # fmt: skip
def test_any_earthquakes(features: list[Any]) -> None:
    survive(
        "usgs", json.dumps({"url": "earthquake.usgs.gov", "features": features}).encode("utf-8", "replace")
    )


@PATIENT
@given(st.dictionaries(st.sampled_from(
    ("eventtype", "eventid", "fromdate", "todate", "point", "alertlevel", "alertscore", "iscurrent", "Point")
), st.text(st.characters(codec="ascii", exclude_categories=("Cc",), exclude_characters="<&"), max_size=30)))  # fmt: skip
def test_any_item_of_gdacs(told: dict[str, str]) -> None:
    fields = "".join(f"<g:{name}>{value}</g:{name}>" for name, value in told.items())
    feed = f'<rss xmlns:g="http://www.gdacs.org"><channel><item>{fields}</item></channel></rss>'
    survive("gdacs", feed.encode())


FIX = st.dictionaries(
    st.sampled_from(("time", "pubTime", "fxTime", "lat", "lng", "lon", "speed", "radius7", "windRadius30", "forecast",
                     "movedirection", "strong")),
    JSON | st.sampled_from(["2024-07-01 08:00:00", "20.0", "115", "400|300|200|100", {"neRadius": "120"}]),
)  # fmt: skip


@PATIENT
@given(
    st.sampled_from(["points", "track", "forecast", "storm"]),
    st.lists(JSON | FIX, max_size=3),
    st.dictionaries(
        st.sampled_from(("now", "tfid", "isActive", "updateTime", "name")), JSON | FIX, max_size=4
    ),
)
def test_any_track(kind: str, entries: list[Any], beside: dict[str, Any]) -> None:
    survive("typhoon", json.dumps({"isActive": "1", kind: entries, **beside}).encode("utf-8", "replace"))


@PATIENT
@given(
    st.lists(
        st.lists(
            st.sampled_from(["", " ", "S1", "2018-09-07 00:00:00", "12.9", "170", "x", "1e999"]), max_size=5
        )
    )
)
def test_any_best_track(rows: list[list[str]]) -> None:
    content = "\n".join(["SID,ISO_TIME,LAT,LON,WMO_WIND", *(",".join(row) for row in rows)])
    survive("typhoon", content.encode())
