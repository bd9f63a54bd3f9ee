"""What the CAP reader makes of real and broken messages."""

from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from emmap.codes import hazards
from emmap.errors import EmmapError
from emmap.ingest.cap import CapEvent, CapMessage, parse
from emmap.settings import ROOT

SAMPLES = ROOT / "tests" / "samples" / "cap"
INFO = (
    "<category>Met</category><event>{event}</event><urgency>Expected</urgency><severity>{severity}</severity>"
    "<certainty>Likely</certainty>"
)


def alert(
    info: str = "", *, head: str = "", namespace: str = ' xmlns="urn:oasis:names:tc:emergency:cap:1.2"'
) -> bytes:
    return (
        f"{head}<alert{namespace}><identifier>1</identifier><sender>a@b.cn</sender>"
        "<sent>2026-05-22T01:12:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
        f"<info>{info or INFO.format(event='暴雨', severity='Severe')}</info></alert>"
    ).encode()


def message(content: bytes) -> CapMessage:
    parsed = parse(content)
    assert [r.en for r in parsed.rejected] == []
    (found,) = parsed.messages
    return found


def event(info: str) -> CapEvent:
    (found,) = message(alert(info)).events
    return found


def area(inner: str, name: str = "增城区") -> CapEvent:
    return event(
        INFO.format(event="暴雨", severity="Severe") + f"<area><areaDesc>{name}</areaDesc>{inner}</area>"
    )


def shape(inner: str) -> shapely.Geometry:
    found = area(inner).geometry
    assert found is not None
    return shapely.from_wkb(found)


def refusals(content: bytes) -> list[tuple[str, str, str]]:
    """(code, Chinese, English) with which a document, or its messages, are refused."""
    try:
        parsed = parse(content)
    except EmmapError as error:
        return [(error.code, error.zh, error.en)]
    return [(one.code, one.zh, one.en) for one in parsed.rejected]


@pytest.mark.parametrize(
    "path", sorted(p for p in SAMPLES.iterdir() if p.suffix != ".md"), ids=lambda p: p.name
)
def test_every_real_file_is_read_or_refused_with_a_sentence(path: Path) -> None:
    parsed = parse(path.read_bytes())
    positions = sorted([m.position for m in parsed.messages] + [r.position for r in parsed.rejected])
    assert positions == list(range(1, len(positions) + 1))
    assert all(refused.zh and refused.en for refused in parsed.rejected)


def test_a_bilingual_message_is_one_event() -> None:
    (found,) = message((SAMPLES / "google-canada.cap").read_bytes()).events
    assert found.headline == "severe thunderstorm watch"


def test_a_spanish_text_of_the_same_alert_is_no_second_event() -> None:
    (found,) = message((SAMPLES / "oasiscap-v1dot2_appendix_adot4.xml").read_bytes()).events
    assert found.event == "Child Abduction"


def test_latin_letters_in_their_old_encoding_are_read() -> None:
    (found,) = message((SAMPLES / "google-earthquake-iso8859-1.cap").read_bytes()).events
    assert "Usulután" in found.headline


def test_an_embedded_alert_is_found_in_a_feed() -> None:
    assert message((SAMPLES / "google-amber.atom").read_bytes()).identifier == "http://doj.dc.gov/amber12345"


def test_an_index_is_refused_entry_by_entry() -> None:
    parsed = parse((SAMPLES / "bmkg_rss_active.xml").read_bytes())
    assert [r.code for r in parsed.rejected] == ["index_only"] * 3


def test_an_empty_index_holds_nothing() -> None:
    assert parse((SAMPLES / "google-empty_weather_index.atom").read_bytes()).messages == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_told_apart(encoding: str) -> None:
    declared = "" if encoding == "utf-8-sig" else f'<?xml version="1.0" encoding="{encoding}"?>'
    content = alert(head=declared).decode().encode(encoding)
    assert message(content).events[0].event == "暴雨"


def test_a_message_without_a_namespace_is_read() -> None:
    assert message(alert(namespace="")).events[0].hazards == ("11B03",)


def test_misspelt_codes_are_understood_and_noted() -> None:
    content = alert().replace(b">Alert<", b">Cancle<").replace(b">Severe<", b">severe<")
    found = message(content)
    assert (found.msg_type, found.events[0].severity) == ("Cancel", 3)
    assert any("Cancle" in en for _, en in found.notes)


@pytest.mark.parametrize("level", [("红", 4), ("橙", 3), ("黄", 2), ("蓝", 1), ("白", 1)])
def test_a_chinese_headline_states_the_colour(level: tuple[str, int]) -> None:
    colour, severity = level
    info = (
        INFO.format(event="台风", severity="Unknown")
        + f"<headline>广州市发布台风{colour}色预警信号</headline>"
    )
    assert (event(info).colour, event(info).severity) == (colour, severity)


def test_a_colour_in_place_of_the_severity_is_understood() -> None:
    found = event(INFO.format(event="暴雨", severity="Red"))
    assert (found.severity, found.colour, found.cap_severity) == (4, "红", "Unknown")


def test_a_response_is_levelled_by_its_numeral() -> None:
    found = event(
        INFO.format(event="防汛应急响应", severity="Minor")
        + "<headline>市三防办启动防汛Ⅲ级应急响应</headline>"
    )
    assert (found.severity, found.response, found.hazards) == (2, True, ("11A01",))


def test_a_magnitude_is_no_level() -> None:
    found = event(INFO.format(event="地震", severity="Moderate") + "<headline>附近发生四级地震</headline>")
    assert (found.severity, found.colour) == (2, None)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("雷雨大风", ("11B06", "11B14")),
        ("森林火灾", ("11G",)),
        ("暴雨内涝", ("11A02", "11B03")),
        ("Flash Flood Watch", ("11A06",)),
        ("Severe Thunderstorm Warning", ("11B14",)),
        ("Something else", ("EM99",)),
    ],
)
def test_words_name_the_hazard(words: str, expected: tuple[str, ...]) -> None:
    assert event(INFO.format(event=words, severity="Minor")).hazards == expected


def test_an_event_code_goes_before_words() -> None:
    info = INFO.format(event="预警", severity="Minor")
    coded = "<eventCode><valueName>NCPCEventCode</valueName><value>11B01</value></eventCode>"
    assert event(info + coded).hazards == ("11B01",)


def test_every_hazard_of_the_word_list_exists() -> None:
    lines = (ROOT / "data" / "cap_events.csv").read_text(encoding="utf-8").splitlines()[1:]
    named = {one for line in lines for one in line.rsplit(",", 1)[1].split(";")}
    assert named <= set(hazards())


def test_an_open_ring_is_closed() -> None:
    square = shape("<polygon>23.1,113.6 23.2,113.6 23.2,113.7 23.1,113.7</polygon>")
    assert square.bounds == (113.6, 23.1, 113.7, 23.2)
    assert square.is_valid


def test_swapped_coordinates_are_put_right_and_noted() -> None:
    inner = "<polygon>113.6,23.1 113.6,23.2 113.7,23.2 113.6,23.1</polygon>"
    assert shape(inner).bounds == (113.6, 23.1, 113.7, 23.2)
    info = INFO.format(event="暴雨", severity="Severe") + f"<area><areaDesc>x</areaDesc>{inner}</area>"
    assert any("swapped" in en for _, en in message(alert(info)).notes)


def test_several_polygons_and_circles_are_one_area() -> None:
    both = shape(
        "<polygon>23.1,113.6 23.2,113.6 23.2,113.7 23.1,113.6</polygon>"
        "<polygon>22.1,113.6 22.2,113.6 22.2,113.7 22.1,113.6</polygon><circle>22.6,113.6 5</circle>"
    )
    assert len(shapely.get_parts(both)) == 3


def test_a_crossed_ring_is_repaired() -> None:
    bow = shape("<polygon>23.0,113.0 23.1,113.1 23.1,113.0 23.0,113.1 23.0,113.0</polygon>")
    assert bow.is_valid
    assert bow.area > 0


def test_a_circle_is_as_wide_as_it_says() -> None:
    west, south, east, north = shape("<circle>23.0,113.5 10</circle>").bounds
    assert (north - south) * 110.76 == pytest.approx(20, abs=0.1)
    assert (east - west) * 102.5 == pytest.approx(20, abs=0.1)


def test_a_circle_over_the_date_line_is_cut_there() -> None:
    west, _, east, _ = shape("<circle>-15,179.9 100</circle>").bounds
    assert (west, east) == (-180, 180)


def test_a_district_code_is_its_boundary() -> None:
    found = area("<geocode><valueName>GB2260</valueName><value>440118</value></geocode>")
    assert found.districts == ("440118",)
    assert found.geometry is not None
    assert shapely.from_wkb(found.geometry).contains(shapely.Point(113.8290, 23.2910))


def test_a_town_code_is_its_district() -> None:
    found = area("<geocode><valueName>GB2260</valueName><value>440118102000</value></geocode>")
    assert found.districts == ("440118",)


def test_a_foreign_code_is_kept_and_gives_no_place() -> None:
    found = area("<geocode><valueName>SAME</valueName><value>006109</value></geocode>")
    assert (found.geocodes, found.geometry, found.districts) == (("SAME=006109",), None, ())


def test_a_drawn_area_touches_its_districts() -> None:
    found = area("<polygon>23.10,113.59 23.14,113.59 23.14,113.63 23.10,113.63 23.10,113.59</polygon>")
    assert "440118" in found.districts


@pytest.mark.parametrize(
    ("polygon", "noted"),
    [("1,2 3,nan 5,6 1,2", "no sense"), ("200,300 1,2 3,4 200,300", "range"), ("1,2 1,2 1,2", "corners")],
)
def test_a_hopeless_polygon_is_left_out_and_noted(polygon: str, noted: str) -> None:
    info = (
        INFO.format(event="暴雨", severity="Severe")
        + f"<area><areaDesc>x</areaDesc><polygon>{polygon}</polygon></area>"
    )
    found = message(alert(info))
    assert found.events[0].geometry is None
    assert any(noted in en for _, en in found.notes)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty_file"),
        (b"<alert", "malformed_xml"),
        (b"<html><body/></html>", "not_cap"),
        (b'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert>&x;</alert>', "dtd_refused"),
        (b"<?xml version='1.0'?><!-- a --> <!DOCTYPE alert SYSTEM 'http://x/y.dtd'><alert/>", "dtd_refused"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><alert/>'.encode("utf-16"), "dtd_refused"),
        (b"<alert/>", "missing_element"),
        (alert().replace(b"2026-05-22T01:12", b"2026-02-30T01:12"), "impossible_time"),
        (alert().replace(b">Actual<", b">Perhaps<"), "unknown_code"),
        (alert().replace(b">Alert<", b"><"), "unknown_code"),
        (alert("<category>Met</category>"), "missing_element"),
        (alert(INFO.format(event="x" * 1_000_001, severity="Minor")), "field_too_long"),
        (alert(INFO.format(event="x" * 10_500_000, severity="Minor")), "field_too_long"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(content: bytes, expected: str) -> None:
    ((code, zh, en),) = refusals(content)
    assert code == expected
    assert zh
    assert en


def test_a_time_without_an_offset_is_beijing_time() -> None:
    found = message(alert().replace(b"+08:00", b""))
    assert found.sent_at.isoformat() == "2026-05-21T17:12:00+00:00"
    assert any("offset" in en for _, en in found.notes)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert all(zh and en for _, zh, en in refusals(content))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&"), max_size=60))
def test_any_text_in_any_place_is_read_or_refused(words: str) -> None:
    inner = (
        "<polygon>1,2 3,4 5,6</polygon><circle>1,2 3</circle><geocode><valueName/><value>4</value></geocode>"
    )
    whole = alert(INFO.format(event="暴雨", severity="Minor") + f"<area>{inner}</area>").decode()
    for name in ("sent", "status", "polygon", "circle", "value", "event", "severity", "identifier"):
        start = whole.index(f"<{name}>") + len(name) + 2
        parsed = parse((whole[:start] + words + whole[whole.index("</", start) :]).encode())
        assert len(parsed.messages) + len(parsed.rejected) == 1
