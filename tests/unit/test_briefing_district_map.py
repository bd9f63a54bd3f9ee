"""A map of districts filled by a number says the numbers of the districts' table."""

import pytest

from emmap.briefing import figures
from emmap.briefing.answering import Answered
from emmap.briefing.blocks import filled
from emmap.briefing.blocks.district_map import Measure, shading_of
from emmap.codes import districts
from tests.paper import CITY_CENTRE, LAYERS, MadeUp, marks, spec_of

HUANGPU = districts()["440112"]
FOUND = [
    Answered(
        LAYERS["risk_hotspots"],
        marks({"4": [CITY_CENTRE] * 5, "1": [CITY_CENTRE] * 30}, district=HUANGPU.code),
        (),
    )
]


def test_a_districts_number_is_that_of_the_table() -> None:
    table = figures.by_district(FOUND, ())
    assert table is not None
    assert table["rows"] == [[HUANGPU.zh, "5", "30", "35"]]
    values = shading_of(FOUND, (), "count").values
    assert values[HUANGPU.code] == 35
    assert sum(values.values()) == 35


@pytest.mark.parametrize(
    ("measure", "value"),
    [("per_km2", 35 / HUANGPU.area_km2), ("per_10k_people", 350_000 / HUANGPU.population)],
)
def test_a_share_is_by_the_published_area_or_population(measure: Measure, value: float) -> None:
    assert shading_of(FOUND, (), measure).values[HUANGPU.code] == pytest.approx(value)


def test_the_legend_counts_each_district_once_and_those_not_wanted_as_without_data() -> None:
    asked = MadeUp(
        spec_of("district=440112,440118"),
        {
            name: FOUND[0] if name == "risk_hotspots" else Answered(layer, marks(), ())
            for name, layer in LAYERS.items()
        },
    )
    shape = filled(asked, {"key": "b1", "kind": "district_map"})
    (legend,) = shape["pictures"][0]["legend"]
    assert [(one["label"], one["count"]) for one in legend["entries"]] == [
        ("0", "1"),
        ("35", "1"),
        ("无数据", "9"),
    ]
