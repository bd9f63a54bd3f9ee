"""The sheet shows its extent whole and measures true."""

import math

import numpy as np
import pytest
from pyproj import Geod, Transformer

from emmap.briefing.drawing.frame import Frame, aspect
from emmap.briefing.words import scale

CITY = (112.93, 22.47, 114.09, 23.97)


@pytest.mark.parametrize(
    "box",
    [
        CITY,
        (113.2, 23.1, 113.21, 23.2),
        (70, -10, 140, 55),
        (113.5, 23.1, 113.5, 23.1),
        (-180, -90, 180, 90),
        (0, 0, 1e-7, 80),
    ],
)
def test_the_extent_is_on_the_sheet_whole_and_in_the_middle(box: tuple[float, float, float, float]) -> None:
    frame = Frame.around(box, 182, 150)
    x, y = frame.place(np.array([box[0], box[2]]), np.array([box[3], box[1]]))
    assert x[0] >= -1e-6
    assert y[0] >= -1e-6
    assert x[1] <= frame.width + 1e-6
    assert y[1] <= frame.height + 1e-6
    assert x[0] + x[1] == pytest.approx(frame.width)


def test_places_are_those_of_the_screens_projection() -> None:
    frame = Frame.around(CITY, 182, 150)
    to_metres = Transformer.from_crs(4326, 3857, always_xy=True)
    lon, lat = np.array([113.1, 113.9]), np.array([22.9, 23.8])
    x, y = frame.place(lon, lat)
    east, north = to_metres.transform(lon, lat)
    unit = frame.metres_per_mm / 100
    assert (x[1] - x[0]) * unit == pytest.approx(east[1] - east[0])
    assert (y[0] - y[1]) * unit == pytest.approx(north[1] - north[0])


@pytest.mark.parametrize("box", [CITY, (113.2, 66.1, 113.9, 66.4), (113.2, 23.1, 113.22, 23.11)])
def test_the_scale_bar_is_as_long_as_the_ground(box: tuple[float, float, float, float]) -> None:
    frame = Frame.around(box, 182, 150)
    bar = frame.scale_bar()
    west, _, east, _ = frame.box
    lat = frame.central_latitude
    _, _, ground_m = Geod(ellps="WGS84").inv(west, lat, east, lat)
    assert bar.length_m / bar.length_mm == pytest.approx(ground_m / frame.width_mm, rel=0.005)
    assert 18 <= bar.length_mm <= 45


def test_the_scale_in_words_is_that_of_the_bar() -> None:
    frame = Frame.around(CITY, 182, 150)
    bar = frame.scale_bar()
    assert frame.denominator == pytest.approx(bar.length_m * 1000 / bar.length_mm)
    assert scale(1_163_400) == "1:116 万"
    assert scale(8_480) == "1:8500"


def test_ticks_stand_at_round_degrees_inside_of_the_sheet() -> None:
    frame = Frame.around(CITY, 182, 150)
    ticks = list(frame.ticks())
    for axis, at, label in ticks:
        degrees = float(label[:-2])
        x, y = frame.place(np.array([degrees]), np.array([degrees]))
        assert at == pytest.approx(x[0] if axis == "lon" else y[0])
        assert 0 <= at <= (frame.width if axis == "lon" else frame.height)
    assert [label for axis, _, label in ticks if axis == "lon"] == [
        "113.0°E",
        "113.5°E",
        "114.0°E",
        "114.5°E",
    ]


def test_southern_and_western_degrees_say_so() -> None:
    labels = [label for _, _, label in Frame.around((-70, -35, -50, -20), 182, 150).ticks()]
    assert "60°W" in labels
    assert "30°S" in labels


def test_the_aspect_is_that_of_the_mercator_plane() -> None:
    assert aspect((0, 0, 10, 10 / math.pi * 3.1)) == pytest.approx(1.01, rel=0.01)
    assert aspect((113, 60, 114, 60.5)) == pytest.approx(1, rel=0.02)
