"""Blocks with maps: what they are about, and districts filled by the numbers of the districts' table."""

import pytest
import shapely

from emmap.briefing.answering import Answered
from emmap.briefing.blocks import filled
from emmap.briefing.blocks.district_map import Measure, shading_of
from emmap.briefing.figures import standing
from emmap.codes import districts
from emmap.store.marks import Marks
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
    table = standing.by_district(FOUND, ())
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


def test_a_map_is_about_what_a_layer_shows_or_else_the_briefings_own_extent() -> None:
    fires = marks(
        {"4": [(113.70, 23.60), (113.74, 23.66)]}, {"3": [shapely.box(113.71, 23.61, 113.72, 23.62)]}
    )

    def notes(held: Marks) -> str:
        found = {
            name: Answered(layer, held if name == "forest_fire_alerts" else marks(), ())
            for name, layer in LAYERS.items()
        }
        shape = filled(MadeUp(spec_of(), found), {"key": "b1", "kind": "map", "around": "forest_fire_alerts"})
        return "".join(shape["pictures"][0]["notes"])

    assert "比例尺约 1:8.2 万" in notes(fires)
    assert "比例尺约 1:86.6 万" in notes(marks())


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
