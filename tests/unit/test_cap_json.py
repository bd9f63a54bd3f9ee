"""Warnings in the JSON of their services: each is the same alert that CAP would have told."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emmap.codes import districts, hazards
from emmap.errors import EmmapError
from emmap.ingest.cap import CapMessage, parse
from emmap.ingest.cap_json import warning_types
from emmap.settings import ROOT

SAMPLES = ROOT / "tests" / "samples" / "warnings"
WARNING = {
    "id": "10128010120240416110000123456789", "sender": "广州市增城区气象台", "pubTime": "2024-04-16T11:00+08:00",
    "title": "增城区气象台发布暴雨橙色预警", "startTime": "2024-04-16T11:10+08:00", "endTime": "2024-04-17T11:00+08:00",
    "status": "active", "severity": "Severe", "severityColor": "Orange", "type": "1003", "typeName": "暴雨",
    "urgency": "", "certainty": "", "text": "演练", "related": "",
}  # fmt: skip


def messages(told: dict[str, Any]) -> list[CapMessage]:
    parsed = parse(json.dumps(told).encode())
    assert parsed.rejected == ()
    return list(parsed.messages)


def warning(**told: str) -> CapMessage:
    [found] = messages({"code": "200", "warning": [{**WARNING, **told}]})
    return found


@pytest.mark.parametrize(("name", "count"), [("qweather_v7_zh", 1), ("qweather_v7_en", 1), ("hko_zhHK_1", 4)])
def test_every_warning_of_a_sample_is_read(name: str, count: int) -> None:
    parsed = parse((SAMPLES / f"warn_{name}.json").read_bytes())
    assert (len(parsed.messages), parsed.rejected) == (count, ())


def test_a_warning_is_one_in_both_of_its_languages() -> None:
    zh, en = (
        parse((SAMPLES / f"warn_qweather_v7_{lang}.json").read_bytes()).messages[0] for lang in ("zh", "en")
    )
    assert zh.key == en.key
    assert zh.events[0].hazards == en.events[0].hazards == ("11B06",)
    assert (zh.events[0].severity, zh.events[0].colour, en.events[0].severity) == (1, "蓝", 1)


def test_a_warning_of_a_districts_station_lies_in_that_district() -> None:
    [event] = warning().events
    assert (event.hazards, event.severity, event.districts) == (("11B03",), 3, ("440118",))
    assert set(warning(sender="广州市气象台").events[0].districts) == set(districts())
    assert warning(sender="上海中心气象台").events[0].geometry is None


def test_updates_and_cancels_name_what_they_speak_of() -> None:
    for status, kind in (("update", "Update"), ("cancel", "Cancel")):
        found = warning(id="B", status=status, related="A")
        assert (found.msg_type, [ref[:2] for ref in found.references]) == (kind, [("qweather.com", "A")])


def test_the_newer_interface_tells_the_same() -> None:
    told = {
        "id": "B", "senderName": WARNING["sender"], "issuedTime": WARNING["pubTime"], "headline": WARNING["title"],
        "messageType": {"code": "update", "supersedes": ["A"]}, "eventType": {"code": "1003", "name": "暴雨"},
        "color": {"code": "orange"}, "severity": "severe", "onsetTime": WARNING["startTime"],
        "expireTime": WARNING["endTime"],
    }  # fmt: skip
    [found] = messages({"metadata": {}, "alerts": [told]})
    old = warning(id="B", status="update", related="A")
    told_alike = (
        "hazards",
        "severity",
        "colour",
        "onset_at",
        "expires_at",
        "districts",
        "headline",
        "issuer",
    )
    assert (found.key, found.references) == (old.key, old.references)
    assert [getattr(found.events[0], n) for n in told_alike] == [
        getattr(old.events[0], n) for n in told_alike
    ]


def test_an_identifier_of_the_national_form_stands_under_its_issuer() -> None:
    found = warning(id="44011841600000_20240416110000_1")
    assert (found.sender, found.identifier) == (WARNING["sender"], "44011841600000_20240416110000_1")


def test_a_warning_of_hong_kong_keeps_its_identity_when_it_is_extended() -> None:
    def thunder(minute: str, until: str) -> CapMessage:
        text = f"天文台在9月24日上午11時40分發出之雷暴警告，有效時間延長至今日下午{until}。"
        told = {
            "warningStatementCode": "WTS",
            "updateTime": f"2020-09-24T{minute}:00+08:00",
            "contents": ["雷暴警告", text],
        }
        [found] = messages({"details": [told]})
        return found

    first, later = thunder("11:40", "1時30分"), thunder("13:20", "7時30分")
    assert first.identifier == later.identifier
    assert [f"{m.events[0].expires_at:%H:%M}" for m in (first, later)] == ["05:30", "11:30"]


def test_none_in_force_is_no_fault_and_a_refusal_is_one() -> None:
    assert messages({"code": "200", "warning": []}) == []
    assert messages({"details": []}) == []
    with pytest.raises(EmmapError, match="401"):
        parse(b'{"code": "401"}')


def test_the_services_codes_name_hazards_of_the_list() -> None:
    types = warning_types()
    assert sum(service == "qweather" for service, _ in types) == 461
    assert {hazard for one in types.values() for hazard in one.hazards} <= set(hazards())
    assert types["qweather", "1003"].hazards == ("11B03",)
    assert types["qweather", "1028"].hazards == ()  # space weather is none of them


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [*WARNING, "warningStatementCode", "updateTime", "contents", "subtype", "messageType", "eventType"]
)
TIMES = st.sampled_from(["2024-04-16T11:00+08:00", "在2月30日下午25時99分發出", "延長至13月1日1時00分"])


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["warning", "details", "alerts", "code"]),
    st.lists(JSON | st.dictionaries(KEYS, JSON | TIMES | st.lists(TIMES), max_size=6), max_size=3) | JSON,
)
def test_any_document(kind: str, entries: Any) -> None:
    try:
        parsed = parse(json.dumps({kind: entries, "metadata": {}}).encode("utf-8", "replace"))
    except EmmapError as refused:
        str(refused).encode()
        return
    for rejected in parsed.rejected:
        (rejected.zh + rejected.en).encode()
