"""What an index points to; and CAP in other clothes, read as the messages that it stands for."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emmap.errors import Unreadable
from emmap.ingest import cap
from emmap.ingest.sources.feeds import pointers

BASE = "https://alerts.example/feeds/index.xml"


def test_the_link_that_is_marked_as_cap_is_followed() -> None:
    feed = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><updated>2020-05-22T01:00:00Z</updated>
    <link rel="alternate" type="text/html" href="/page.html"/><link rel="related" type="application/cap+xml" href="1.xml"/>
    </entry><entry><id>2</id><link href="../2.xml"/></entry><entry><id>3</id><title>no link</title></entry></feed>"""
    found = pointers(feed, BASE, follow=False)
    assert found is not None
    assert [(one.address, one.mark) for one in found] == [
        ("https://alerts.example/feeds/1.xml", "2020-05-22T01:00:00Z"),
        ("https://alerts.example/2.xml", "2"),
    ]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("google-earthquake_index.atom", 1), ("google-ny_index.rss", 2), ("google-weather_index.atom", 2),
        ("bmkg_rss_active.xml", 3), ("google-empty_weather_index.atom", 0), ("google-weather.atom", None),
        ("google-amber.atom", None), ("google-australia.cap", None), ("ibm-nws_atom_feed.xml", None),
    ],
)  # fmt: skip
def test_real_indices_are_followed_and_what_holds_its_messages_is_not(
    samples: Path, name: str, count: int | None
) -> None:
    found = pointers((samples / "cap" / name).read_bytes(), BASE, follow=False)
    assert (None if found is None else len(found)) == count


def test_entries_that_carry_the_fields_are_followed_where_that_is_wanted(samples: Path) -> None:
    found = pointers((samples / "cap" / "ibm-nws_atom_feed.xml").read_bytes(), BASE, follow=True)
    assert found is not None
    assert len(found) == 163


def test_a_real_feed_of_entries_with_cap_fields_is_read(samples: Path) -> None:
    parsed = cap.parse((samples / "cap" / "ibm-nws_atom_feed.xml").read_bytes())
    assert (len(parsed.messages), len(parsed.rejected)) == (163, 0)
    first = parsed.messages[0]
    assert first.sender == "w-nws.webmaster@noaa.gov"
    assert first.sent_at == datetime(2018, 8, 15, 22, 52, tzinfo=UTC)
    (event,) = first.events
    assert (event.event, event.severity, event.geocodes) == (
        "High Wind Warning",
        3,
        ("FIPS6=002185", "UGC=AKZ204"),
    )
    assert event.expires_at == datetime(2018, 8, 16, 15, 0, tzinfo=UTC)
    assert sum(one.events[0].geometry is not None for one in parsed.messages) == 99


def test_what_is_kept_of_an_entry_gives_the_same_message_again(samples: Path) -> None:
    for one in cap.parse((samples / "cap" / "ibm-nws_atom_feed.xml").read_bytes()).messages[:20]:
        (again,) = cap.parse(one.raw).messages
        assert (again.key, again.events) == (one.key, one.events)


def feature(**changed: object) -> dict[str, object]:
    """A feature as api.weather.gov serves it."""
    properties = {
        "id": "urn:oid:2.49.0.1.840.0.1", "areaDesc": "Somewhere", "geocode": {"SAME": ["012345"], "UGC": ["AAZ001"]},
        "references": [{"@id": "x", "identifier": "urn:oid:2.49.0.1.840.0.0", "sender": "w@noaa.gov",
                        "sent": "2020-05-22T00:00:00-05:00"}],
        "sent": "2020-05-22T01:00:00-05:00", "effective": "2020-05-22T01:00:00-05:00", "onset": None,
        "expires": "2020-05-22T09:00:00-05:00", "ends": None, "status": "Actual", "messageType": "Update",
        "category": "Met", "severity": "Severe", "certainty": "Likely", "urgency": "Expected", "event": "Flood Warning",
        "sender": "w@noaa.gov", "senderName": "NWS", "headline": "Flood Warning", "description": "Rain.\x0b",
        "instruction": None, "response": "Avoid", "parameters": {"AWIPSidentifier": ["FLW"]}, "scope": "Public",
        "language": "en-US",
    } | changed  # fmt: skip
    ring = [[-95.0, 30.0], [-94.0, 30.0], [-94.0, 31.0], [-95.0, 30.0]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": properties,
    }


def test_geojson_alerts_are_read_with_place_and_references() -> None:
    content = json.dumps({"type": "FeatureCollection", "features": [feature(), feature(status="?")]}).encode()
    parsed = cap.parse(content)
    assert [one.code for one in parsed.rejected] == ["unknown_code"]
    (one,) = parsed.messages
    assert one.references == (
        ("w@noaa.gov", "urn:oid:2.49.0.1.840.0.0", datetime(2020, 5, 22, 5, tzinfo=UTC)),
    )
    (event,) = one.events
    assert event.geometry is not None
    assert (event.severity, event.description, event.geocodes) == (3, "Rain.", ("SAME=012345", "UGC=AAZ001"))
    (again,) = cap.parse(one.raw).messages
    assert (again.key, again.events) == (one.key, one.events)


@pytest.mark.parametrize(
    "content", [b"{", b'{"features": 3}', b'{"features": [{"properties": {}}]}', b'{"a": ' * 5000]
)
def test_other_json_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        cap.parse(content)


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(feature()["properties"])), ANY, ANY)  # type: ignore[call-overload]
@settings(max_examples=60, deadline=None)
def test_any_value_in_any_place_is_read_or_refused(name: str, value: object, geometry: object) -> None:
    content = json.dumps({"features": [{**feature(**{name: value}), "geometry": geometry}]}).encode()
    try:
        parsed = cap.parse(content)
    except Unreadable:
        return
    assert len(parsed.messages) + len(parsed.rejected) == 1
