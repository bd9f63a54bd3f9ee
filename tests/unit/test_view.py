"""The View and its text form."""

from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emmap.area import MOST_CORNERS, parse_area, size_km2
from emmap.codes import districts, hazards
from emmap.errors import Malformed
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.view import View, parse_instant, parse_view, view_of

LAYERS = load_layers(ROOT / "layers")
T = datetime(2020, 5, 21, 17, 12, tzinfo=UTC)

instants = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0)
)
AREAS = [
    "box:113.1,22.9,113.7,23.4",
    "circle:113.32,23.12,5000",
    "circle:-0.000001,-89.9,500000",
    "polygon:113.1,22.9,113.7,22.9,113.4,23.4",
    "district:440118",
]
degrees = st.integers(-80_000_000, 80_000_000).map(lambda n: n / 1e6)
views = st.builds(
    View,
    realm=st.none() | st.sampled_from(["real", "exercise", "storm_2020"]),
    layers=st.none() | st.lists(st.sampled_from(list(LAYERS)), unique=True, min_size=1).map(tuple),
    bbox=st.none()
    | st.tuples(degrees, degrees, degrees, degrees).map(
        lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
    ),
    area=st.none() | st.sampled_from(AREAS).map(parse_area),
    hazard=st.lists(st.sampled_from(list(hazards())), unique=True).map(tuple),
    severity=st.lists(st.integers(0, 4), unique=True).map(lambda found: tuple(sorted(found))),
    status=st.lists(st.sampled_from(["ready", "open", "hotspot"]), unique=True).map(tuple),
    district=st.lists(st.sampled_from(list(districts())), unique=True).map(tuple),
    q=st.text(max_size=30).map(str.strip),
    at=st.none() | instants,
    known_at=st.none() | st.just("at") | instants,
    fields=st.sampled_from(
        [
            MappingProxyType({}),
            MappingProxyType({"team_class": ("social", "industry")}),
            MappingProxyType({"industry": ("危化品", "a, b & c=d")}),
        ]
    ),
)


@settings(deadline=None)
@given(views)
def test_the_text_form_gives_the_view_back(view: View) -> None:
    assert parse_view(view.to_query(), LAYERS, strict=True) == (view, [])


def test_severity_takes_a_range_and_lists_may_repeat() -> None:
    view, _ = parse_view("severity=3..4&severity=1&hazard=11B03&hazard=11B01", LAYERS, strict=True)
    assert (view.severity, view.hazard) == ((1, 3, 4), ("11B03", "11B01"))


@pytest.mark.parametrize(
    "query",
    [
        "at=yesterday", "at=2020-05-22T01:12:00", "bbox=1,2,3", "bbox=3,2,1,4", "bbox=a,b,c,d", "severity=5",
        "severity=4..3", "hazard=99X", "district=000000", "status=happy", "layers=nowhere", "realm=A%27;--",
        "colour_of_my_hat=red", "team_class=royal", "q=" + "x" * 201, "known_at=later", "bbox=nan,1,2,3",
        "area=", "area=box:1,2,3", "area=box:3,1,1,4", "area=circle:113,23", "area=circle:113,23,0",
        "area=circle:113,23,500001", "area=polygon:1,1,2,2", "area=polygon:1,1,2,2,3", "area=polygon:0,0,2,2,2,0,0,2",
        "area=polygon:0,0,1,0,2,0", "area=circle:113,23,1_0", "area=district:000000", "area=blob:1,2",
    ],
)  # fmt: skip
def test_a_malformed_parameter_is_refused_by_the_api_and_dropped_with_a_note_by_the_page(query: str) -> None:
    with pytest.raises(Malformed):
        parse_view(query, LAYERS, strict=True)
    view, notes = parse_view(f"{query}&sensor=MODIS", LAYERS, strict=False)
    assert view == View(fields={"sensor": ("MODIS",)})
    assert [query.partition("=")[0] in note.en for note in notes] == [True]


def test_a_plus_that_a_form_decoded_to_a_space_is_still_an_offset() -> None:
    assert parse_instant("2020-05-22T01:12:00 08:00") == T


def test_a_filter_binds_the_layers_that_declare_the_field() -> None:
    view, _ = parse_view(
        "hazard=11B03&severity=3..4&status=ready&district=440118&team_class=social", LAYERS, strict=True
    )
    assert view.bound(LAYERS["rescue_teams"]) == {
        "hazards": ("11B03",),
        "districts": ("440118",),
        "status": ("ready",),
        "team_class": ("social",),
    }
    assert view.bound(LAYERS["flood_warnings"]) == {
        "hazards": ("11B03",),
        "severity": (3, 4),
        "districts": ("440118",),
    }


def test_a_briefings_view_is_the_same_question() -> None:
    spec = {
        "layers": ["flood_warnings"],
        "bbox": [113, 22.5, 114, 24],
        "severity": [3, 4],
        "hazard": [],
        "at": None,
    }
    text = "layers=flood_warnings&bbox=113,22.5,114,24&severity=3,4"
    assert view_of(spec, LAYERS) == parse_view(text, LAYERS, strict=True)[0]


def test_live_is_the_view_whose_t_and_k_are_now() -> None:
    assert View().live
    assert View(known_at="at").live
    assert not View(at=T).live
    assert not View(known_at=T).live


def test_an_area_gives_its_text_form_back_and_knows_its_size() -> None:
    assert [str(parse_area(text)) for text in AREAS] == AREAS
    assert str(parse_area("polygon:0,0,1,0,1,0,1,1,0,0")) == "polygon:0,0,1,0,1,1"
    assert str(parse_area("circle:113.3200004,23.12,4999.6")) == "circle:113.32,23.12,5000"
    assert size_km2(parse_area("circle:113.32,23.12,5000")) == pytest.approx(78.5, abs=0.1)
    assert size_km2(parse_area("district:440118")) == districts()["440118"].area_km2
    corners = ",".join(f"{n / 1000:.3f},{n * n / 1e6:.6f}" for n in range(MOST_CORNERS + 1))
    with pytest.raises(ValueError):
        parse_area(f"polygon:{corners}")
