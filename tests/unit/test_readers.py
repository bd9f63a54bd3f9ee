"""The readers of particular services: every real sample is read in full or refused for a reason, and no content, however
broken, makes one fail in another way than it declares."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_reading import LAYERS, codes, sheet_of, understood

from emmap.errors import Malformed, TooLarge, Unreadable
from emmap.ingest.readers import names, reader_named
from emmap.settings import ROOT

SAMPLES = ROOT / "tests" / "samples"


def sample(path: str) -> bytes:
    return (SAMPLES / path).read_bytes()


@pytest.mark.parametrize(
    ("path", "layer", "read", "features"),
    [
        ("gdacs/gdacs-rss.xml", "gdacs_events", 16, 16),
        ("usgs/all_week_2018-02-07.geojson", "earthquakes", 1707, 1707),
        ("usgs/earthquakes-1.json", "earthquakes", 3, 3),
    ],
)
def test_every_row_of_a_sample_is_read(path: str, layer: str, read: int, features: int) -> None:
    found = understood(sample(path), layer)
    assert found.refused == {}
    assert sheet_of(sample(path), layer).read == read
    assert len({record.feature_id for record in found.records}) == features


def test_each_reader_is_named_by_a_layer() -> None:
    declared = {source.reader for layer in LAYERS.values() for source in layer.sources}
    assert set(names()) <= declared


def test_an_item_of_gdacs_that_names_no_event_is_refused() -> None:
    assert codes(understood(sample("gdacs/gdacs-2.xml"), "gdacs_events")) == {1: "missing_id"}


def test_a_storm_of_gdacs_is_where_its_episode_says_and_only_from_then_on() -> None:
    by_id = {
        record.feature_id: record
        for record in understood(sample("gdacs/gdacs-rss.xml"), "gdacs_events").records
    }
    sarai = by_id["TC1000642"]
    assert (sarai.valid_from, sarai.valid_to) == (
        datetime(2019, 12, 29, 18, tzinfo=UTC),
        datetime(2019, 12, 30, 18, tzinfo=UTC),
    )
    assert by_id["DR1013682"].valid_from == datetime(2019, 10, 21, tzinfo=UTC)


def test_blasts_are_told_from_earthquakes() -> None:
    found = understood(sample("usgs/all_week_2018-02-07.geojson"), "earthquakes").records
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


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
PATIENT = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
LAYER_OF = {source.reader: layer.id for layer in LAYERS.values() for source in layer.sources}


def survive(reader: str, content: bytes) -> None:
    """The content is understood, or refused in one of the declared ways; every sentence can be stored."""
    service = reader_named(reader)
    service.recognises(content)
    try:
        service.read(content, "x")
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
