"""Rows: what is taken, what is refused and why."""

from dataclasses import replace
from typing import Annotated

import pytest
import shapely
from ingest_reading import LAYERS, codes, understood
from pydantic import Field

from emmap.layer import Info, Properties

HEADER = "编号,名称,人数,经度,纬度,行政区,有效期起,有效期止\n"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",一队,1,113.4,23.2,,,", "missing_id"),
        ("T1,,1,113.4,23.2,,,", "missing_value"),
        ("T1,一队,很多,113.4,23.2,,,", "not_a_number"),
        ("T1,一队,1.5,113.4,23.2,,,", "not_a_whole_number"),
        ("T1,一队,NaN,113.4,23.2,,,", "not_finite"),
        ("T1,一队,1,23.2,113.4,,,", "swapped_coordinates"),
        ("T1,一队,1,1134,23.2,,,", "coordinates_out_of_range"),
        ("T1,一队,1,113.4,inf,,,", "not_finite"),
        ("T1,一队,1,113.4,,,,", "half_a_place"),
        ("T1,一队,1,113.4,23.2,火星区,,", "unknown_code"),
        ("T1,一队,1,113.4,23.2,,2026-03-02,2026-03-01", "end_before_start"),
        ("T1,一队,1,113.4,23.2,,2026-02-30,", "impossible_instant"),
        ("T1,一队,1,113.4,23.2,,03/04/2026,", "ambiguous_instant"),
        ("T1,一队,1,113.4,23.2,,soon,", "bad_instant"),
        (f"{'T' * 201},一队,1,113.4,23.2,,,", "field_too_long"),
        ("T1,一\x00队,1,113.4,23.2,,,", "bad_character"),
    ],
)
def test_a_bad_row_is_refused_and_the_good_one_taken(row: str, code: str) -> None:
    found = understood(f"{HEADER}{row}\nT9,好队,1,113.4,23.2,,,\n")
    assert (codes(found), [r.feature_id for r in found.records]) == ({1: code}, ["T9"])


def test_a_missing_place_is_none_and_counts_nowhere() -> None:
    found = understood(f"{HEADER}T1,一队,1,,,,,\n")
    assert (found.records[0].geometry, found.abroad) == (None, 0)


def test_a_place_abroad_is_taken_and_counted() -> None:
    found = understood(f"{HEADER}T1,一队,1,2.35,48.85,,,\nT2,二队,1,113.4,23.2,,,\n")
    assert (len(found.records), found.abroad) == (2, 1)


def test_a_longitude_over_ninety_in_the_west_is_no_swap() -> None:
    assert understood(f"{HEADER}T1,一队,1,-120.5,45.2,,,\n").abroad == 1


@pytest.mark.parametrize("name", ["增城区", "增城", "440118", "广州市增城区", "Zengcheng"])
def test_declared_districts_add_to_those_touched(name: str) -> None:
    found = understood(f"{HEADER}T1,一队,1,113.4,23.2,{name},,\n")
    assert found.records[0].districts == ("440106", "440118")


def test_the_whole_city_is_all_its_districts() -> None:
    assert len(understood(f"{HEADER}T1,一队,1,,,广州市,,\n").records[0].districts) == 11


def test_a_repeated_row_is_unchanged_and_a_contradiction_refused() -> None:
    row = "T1,一队,1,113.4,23.2,,,\n"
    found = understood(HEADER + row + row + row.replace("一队", "另一队"))
    assert (len(found.records), found.repeated, codes(found)) == (1, 1, {3: "duplicate_id"})


def test_one_id_may_bring_several_spans() -> None:
    found = understood(f"{HEADER}T1,一队,1,,,,2026-03-01,2026-03-02\nT1,一队,2,,,,2026-03-02,2026-03-03\n")
    assert [r.properties["people"] for r in found.records] == [1, 2]


def test_refused_rows_still_mention_their_feature() -> None:
    found = understood(f"{HEADER}T1,一队,很多,,,,,\nT2,,1,,,,,\n,三队,1,,,,,\n")
    assert found.mentioned == {"T1", "T2"}


def test_gcj02_of_a_table_is_shifted_back() -> None:
    content = f"{HEADER}T1,一队,1,113.26932932111345,23.12632308350773,,,\n"
    place = shapely.from_wkb(understood(content, datum="gcj02").records[0].geometry)
    assert (place.x, place.y) == pytest.approx((113.264, 23.129), abs=1e-8)


def test_what_the_layer_s_model_refuses_is_said_with_the_field() -> None:
    class Shelter(Properties):
        name: Annotated[str, Info("名称", "Name")]
        beds: Annotated[int | None, Info("床位", "Beds"), Field(ge=0)] = None

    shelters = replace(LAYERS["rescue_teams"], id="shelters", properties=Shelter)
    found = understood("编号,名称,床位\nS1,a,-3\n", shelters)
    assert codes(found) == {1: "invalid_value"}
    assert "床位" in found.refused[0].zh
