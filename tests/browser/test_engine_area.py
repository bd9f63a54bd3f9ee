"""Areas and measures in the browser: the same answer as PostGIS and pyproj give."""

import math
import random

import pytest
from playwright.sync_api import Page
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
PLACES = [(113.264, 23.129), (113.9, 23.9), (0.0, 0.0), (179.5, -45.0), (20.0, 69.9), (116.4, 39.9)]


def test_distances_equal_the_geodesics_of_pyproj(modules: Page) -> None:
    pairs = [(a, b) for a in PLACES for b in PLACES]
    found = modules.evaluate(
        """async (pairs) => {
          const { distance } = await import('/static/engine/geodesy.js');
          return pairs.map(([a, b]) => distance(a, b));
        }""",
        pairs,
    )
    assert found == pytest.approx([GEOD.inv(*a, *b)[2] for a, b in pairs], abs=0.001)


def test_surfaces_are_within_a_thousandth_of_pyproj(modules: Page) -> None:
    chance = random.Random(2)
    rings = []
    for size in (0.0001, 0.01, 0.3, 3.0):
        for lon, lat in ((113.3, 23.1), (100.0, -60.0), (0.0, 0.5), (179.9, 20.0)):
            angles = sorted(chance.uniform(0, 6.28) for _ in range(7))
            rings.append([[lon + size * math.cos(angle), lat + size * math.sin(angle)] for angle in angles])
    found = modules.evaluate(
        """async (rings) => {
          const { surface } = await import('/static/engine/geodesy.js');
          return rings.map(surface);
        }""",
        rings,
    )
    wanted = [abs(GEOD.polygon_area_perimeter(*zip(*ring, strict=True))[0]) for ring in rings]
    assert found == pytest.approx(wanted, rel=0.001)


def test_a_drawn_circle_lies_at_its_radius(modules: Page) -> None:
    for lat, radius in ((23.1, 5_000), (60.0, 300_000)):
        found = modules.evaluate(
            """async ([centre, radius]) => (await import('/static/engine/geodesy.js')).around(centre, radius)""",
            [[113.3, lat], radius],
        )
        lengths = [GEOD.inv(113.3, lat, lon, y)[2] for lon, y in found]
        assert lengths == pytest.approx([radius] * len(found), rel=1e-5)
