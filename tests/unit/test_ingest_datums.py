"""Datums against published pairs, and there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emmap.errors import Malformed
from emmap.ingest.datums import Datum, bd09_of_gcj02, datum_of, gcj02_of_wgs84, to_wgs84
from tests.datum_pairs import BD09_OF_GCJ02, GCJ02_OF_WGS84

METRE = 1e-5
"""About a metre, in degrees."""


def one(*numbers: float) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return [np.array([number]) for number in numbers]


@pytest.mark.parametrize(("wgs", "gcj"), GCJ02_OF_WGS84)
def test_gcj02_agrees_with_the_published_pairs(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    lon, lat = gcj02_of_wgs84(*one(wgs[1], wgs[0]))
    assert (lat[0], lon[0]) == pytest.approx(gcj, abs=1e-11)


@pytest.mark.parametrize(("gcj", "bd"), BD09_OF_GCJ02)
def test_bd09_agrees_with_the_published_pairs(gcj: tuple[float, float], bd: tuple[float, float]) -> None:
    lon, lat = bd09_of_gcj02(*one(gcj[1], gcj[0]))
    assert (lat[0], lon[0]) == pytest.approx(bd, abs=1e-11)


@given(st.floats(109.6, 117.4), st.floats(20.2, 25.6), st.sampled_from(["gcj02", "bd09"]))
def test_what_is_shifted_comes_back(lon: float, lat: float, datum: Datum) -> None:
    x, y = gcj02_of_wgs84(*one(lon, lat))
    if datum == "bd09":
        x, y = bd09_of_gcj02(x, y)
    back_lon, back_lat = to_wgs84(x, y, datum)
    assert back_lon[0] == pytest.approx(lon, abs=METRE / 5)
    assert back_lat[0] == pytest.approx(lat, abs=METRE / 5)


def test_places_abroad_are_not_shifted() -> None:
    assert to_wgs84(*one(2.35, 48.85), "gcj02") == (pytest.approx([2.35]), pytest.approx([48.85]))


def test_cgcs2000_is_taken_as_it_is() -> None:
    lon, lat = to_wgs84(*one(113.264, 23.129), "cgcs2000")
    assert (lon[0], lat[0]) == (113.264, 23.129)


def test_an_unknown_datum_is_named() -> None:
    with pytest.raises(Malformed, match="beijing54"):
        datum_of("beijing54")
