"""The canvas equals a slow reference drawing that knows nothing of stamps, grids and pixels in bulk."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from engine_server import LAYERS, EngineServer, Row, row
from playwright.sync_api import Page
from reference_picture import Drawn, picture
from test_engine_points import CENTRE, draw, place

from emmap.layer import style_table

WIDTH, HEIGHT = 800, 600
AT = 800_000_000
DRAWN_LAYERS = ("risk_hotspots", "forest_fire_alerts", "rescue_teams")
"""In drawing order, as /api/layers lists them."""


def city(chance: random.Random, n: int) -> dict[str, list[Row]]:
    """Points of every symbol, close enough to overlap, some on the border, some not holding."""
    made: dict[str, list[Row]] = {}
    for name in DRAWN_LAYERS:
        by = LAYERS[name].style.by
        values = [one["value"] for one in style_table(LAYERS[name])]
        made[name] = []
        for number in range(1, n + 1):
            value = chance.choice(values)
            style = {"severity": int(value or 0)} if by == "severity" else {by: value}
            # 800 CSS pixels at zoom 12 are 0.275 degrees.
            lon, lat = CENTRE[0] + chance.uniform(-0.14, 0.14), CENTRE[1] + chance.uniform(-0.096, 0.096)
            made[name].append(row(number, lon, lat, t1=chance.choice([AT, AT + 1, AT + 1]), **style))
    return made


def reference(rows: dict[str, list[Row]], ratio: int) -> np.ndarray:
    """What should be on the canvas at AT."""
    drawn = []
    for rank, (name, ones) in enumerate(rows.items()):
        by = LAYERS[name].style.by
        table = style_table(LAYERS[name])
        for one in sorted(ones, key=lambda one: (-one["severity"], one["row"])):
            value = str(one["severity"]) if by == "severity" else one.get(by)
            style = next((each for each in table if each["value"] == value), table[-1])
            x, y = place(one["x"] / 1e7, one["y"] / 1e7, exact=True)
            if one["t1"] > AT:
                symbol = Drawn(
                    int(np.floor(x * ratio + 0.5)),
                    int(np.floor(y * ratio + 0.5)),
                    style["shape"],
                    style["size"],
                    style["colour"],
                )
                drawn.append(((style["z"], rank), symbol))
    return picture(
        (symbol for _, symbol in sorted(drawn, key=lambda one: one[0])), WIDTH * ratio, HEIGHT * ratio, ratio
    )


def canvas(page: Page) -> np.ndarray:
    """What is on it, laid on white."""
    code = "btoa(Array.from(points.image.data, (one) => String.fromCharCode(one)).join(''))"
    import base64

    pixels = np.frombuffer(base64.b64decode(page.evaluate(code)), np.uint8)
    side = page.evaluate("[points.canvas.height, points.canvas.width, 4]")
    pixels = pixels.reshape(side).astype(float)
    alpha = pixels[..., 3:] / 255
    return alpha * pixels[..., :3] + (1 - alpha) * 255


@pytest.mark.parametrize("ratio", [1, 2])
def test_the_canvas_equals_a_slow_reference_drawing(
    engine_server: EngineServer, open_page: Callable[..., Page], ratio: int
) -> None:
    rows = city(random.Random(ratio), 250)
    for name, ones in rows.items():
        engine_server.put(name, *ones)
    page = open_page(engine_server.url, device_scale_factor=ratio)
    draw(page)
    found, wanted = canvas(page), reference(rows, ratio)
    painted = (wanted < 250).any(axis=2)
    assert painted.sum() > 20_000 * ratio**2
    off = np.abs(found - wanted).max(axis=2)
    # Soft edges may differ by the way of sampling them, at the tips of a star even much; a symbol has many pixels.
    assert (off > 100).sum() < 10, np.argwhere(off > 100)[:20]
    assert np.quantile(off[painted], 0.99) < 40
    assert off[painted].mean() < 4
    # A symbol more, less, elsewhere or in another order would show.
    del rows["rescue_teams"][-10:]
    assert (np.abs(found - reference(rows, ratio)).max(axis=2) > 100).sum() > 30 * ratio**2
