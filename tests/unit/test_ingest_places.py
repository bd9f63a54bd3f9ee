"""Which districts a place lies in."""

import numpy as np
import pytest
import shapely

from emmap.codes import districts
from emmap.ingest.places import boundary_of, districts_of, in_guangdong, points_wkb

INSIDE = {
    "440103": (113.2225, 23.0907), "440106": (113.3704, 23.1624), "440113": (113.4014, 22.9762),
    "440117": (113.6753, 23.6800), "440118": (113.7589, 23.3435),
}  # fmt: skip


@pytest.mark.parametrize("code", INSIDE)
def test_a_point_lies_in_its_district(code: str) -> None:
    lon, lat = INSIDE[code]
    assert districts_of(points_wkb(np.array([lon]), np.array([lat]))) == [(code,)]


def test_a_district_touches_no_neighbour() -> None:
    shapes = [shapely.to_wkb(boundary_of(code)) for code in districts()]
    assert districts_of(shapes) == [(code,) for code in districts()]


def test_an_area_over_two_districts_lies_in_both() -> None:
    both = shapely.box(113.35, 23.10, 113.55, 23.25)
    assert {"440106", "440112"} <= set(districts_of([shapely.to_wkb(both)])[0])


def test_nothing_lies_nowhere() -> None:
    assert districts_of([None, shapely.to_wkb(shapely.Point(2.35, 48.85))]) == [(), ()]


def test_town_codes_give_their_district_and_the_city_code_the_city() -> None:
    assert boundary_of("440118001000") is boundary_of("440118")
    assert len(districts_of([shapely.to_wkb(boundary_of("440100"))])[0]) == 11
    assert boundary_of("310000") is None


def test_the_province_is_told_from_abroad() -> None:
    places = [shapely.Point(113.264, 23.129), shapely.Point(116.4, 39.9), shapely.box(113, 22.9, 120, 24)]
    wkbs = [None, *(shapely.to_wkb(place) for place in places)]
    assert in_guangdong(wkbs).tolist() == [False, True, False, True]
