"""What the canvas shows: the symbol, its colour and place, the order, the counting cells, and what lies under a click."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from engine_server import LAYERS, LISTS, EngineServer, row
from pages import until
from playwright.sync_api import Page

from emmap.layer import style_table

CENTRE = (113.26, 23.13)
ZOOM = 12
DRAW = """async ([lists, centre, zoom, night]) => {
  const [{ Answer }, { Columns }, { PointsLayer }, { emptyView }] = await Promise.all(
    ['answer', 'columns', 'points', 'view'].map((name) => import(`/static/engine/${name}.js`)));
  window.map = L.map('map', { zoomControl: false, attributionControl: false, zoomAnimation: false, inertia: false })
    .setView([centre[1], centre[0]], zoom);
  const layers = await (await fetch('/api/layers?realm=exercise')).json();
  window.answers = await Promise.all(layers.map(async (layer) => {
    const columns = Columns.of(layer, lists);
    if (layer.points) columns.load(await (await fetch(layer.points)).arrayBuffer());
    const answer = new Answer(layer, columns);
    answer.ask(emptyView(), 800000000);
    return answer;
  }));
  window.points = new PointsLayer({ night }).addTo(window.map);
  window.points.setAnswers(window.answers);
}"""


def draw(page: Page, zoom: int = ZOOM, night: bool = False) -> None:
    """Draws what the server holds."""
    page.evaluate(DRAW, [LISTS, CENTRE, zoom, night])


def place(lon: float, lat: float, zoom: int = ZOOM, *, exact: bool = False) -> tuple[float, float]:
    """Where a place lies in the 800 × 600 viewport (Web Mercator, EPSG:3857), in CSS pixels; whole ones unless exact.
    Leaflet keeps the viewport's corner on a whole pixel of the world."""

    def world(lon: float, lat: float) -> tuple[float, float]:
        scale = 256 * 2**zoom
        y = math.asinh(math.tan(math.radians(lat)))
        return (lon / 360 + 0.5) * scale, (0.5 - y / (2 * math.pi)) * scale

    (x, y), (cx, cy) = world(lon, lat), world(*CENTRE)
    if exact:
        return x - round(cx - 400), y - round(cy - 300)
    return round(x - cx + 400), round(y - cy + 300)


def pixel(page: Page, x: float, y: float) -> list[int]:
    """Red, green, blue, alpha of a canvas pixel."""
    found: list[int] = page.evaluate(f"[...points.g.getImageData({x}, {y}, 1, 1).data]")
    return found


def colour(layer: str, value: str | None, night: bool = False) -> list[int]:
    """The colour of a value in the layer's style, opaque."""
    symbol = next(one for one in style_table(LAYERS[layer]) if one["value"] == value)
    text = symbol["night" if night else "colour"]
    return [*bytes.fromhex(text[1:]), 255]


def test_each_layer_has_its_symbols_where_its_places_are(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    places = {
        4: (113.20, 23.10),
        3: (113.25, 23.17),
        2: (113.30, 23.12),
        1: (113.33, 23.07),
        0: (113.22, 23.20),
    }
    engine_server.put(
        "risk_hotspots",
        *(row(10 + level, *at, severity=level, status="open") for level, at in places.items()),
    )
    engine_server.put("rescue_teams", row(1, 113.28, 23.16, status="ready"), row(2, 113.35, 23.13))
    engine_server.put("forest_fire_alerts", row(1, 113.19, 23.15, status="confirmed"))
    page = open_page(engine_server.url)
    draw(page)
    for level, at in places.items():
        assert (level, pixel(page, *place(*at))) == (
            level,
            colour("risk_hotspots", str(level) if level else None),
        )
    assert pixel(page, *place(113.28, 23.16)) == colour("rescue_teams", "ready")
    assert pixel(page, *place(113.35, 23.13)) == colour("rescue_teams", None)
    assert pixel(page, *place(113.19, 23.15)) == colour("forest_fire_alerts", "confirmed")
    assert page.evaluate("points.drawn") == 8
    page.evaluate("points.night = true; points.draw()")
    assert pixel(page, *place(113.28, 23.16)) == colour("rescue_teams", "ready", night=True)


def test_two_device_pixels_a_css_pixel_draw_finer_at_the_same_place(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    engine_server.put("rescue_teams", row(1, 113.28, 23.16, status="ready"))
    page = open_page(engine_server.url, device_scale_factor=2)
    draw(page)
    x, y = place(113.28, 23.16)
    assert page.evaluate("[points.canvas.width, points.canvas.style.width]") == [1600, "800px"]
    assert pixel(page, 2 * x, 2 * y) == colour("rescue_teams", "ready")
    count = "points.image.data.filter((value, k) => k % 4 === 3 && value > 128).length"
    fine = page.evaluate(count)
    coarse_page = open_page(engine_server.url)
    draw(coarse_page)
    assert 3 < fine / coarse_page.evaluate(count) < 5
    assert [
        hit["i"] for hit in page.evaluate(f"points.pick({{ x: {x}, y: {y} }}).map(({{ i }}) => ({{ i }}))")
    ] == [0]


@pytest.mark.parametrize("ratio", [1, 2])
def test_every_shape_covers_what_it_should(modules: Page, ratio: int) -> None:
    # Points of the unit circle, x to the right, y down: inside the shape, outside it.
    wanted: dict[str, tuple[list[Any], list[Any]]] = {
        "circle": ([(0.85, 0), (0.6, 0.6), (0, -0.85)], [(0.9, 0.9)]),
        "square": ([(0.65, 0.65), (-0.65, 0.65)], [(0, -0.97), (0.97, 0)]),
        "diamond": ([(0, -0.8), (0.8, 0)], [(0.7, 0.7), (-0.7, -0.7)]),
        "triangle": ([(0, -0.6), (0.7, 0.65), (-0.7, 0.65)], [(0.6, -0.4), (-0.6, -0.4)]),
        "cross": ([(0.85, 0), (0, 0.85), (-0.85, 0)], [(0.6, 0.6), (-0.6, 0.6)]),
        "pentagon": ([(0, -0.8), (0.45, 0.65), (-0.45, 0.65)], [(0.8, -0.75), (0, 0.97)]),
        "hexagon": ([(0, 0.85), (0, -0.85), (0.7, 0.3)], [(0.8, 0.75), (-0.98, 0)]),
        "star": ([(0, -0.8), (0.3, 0.3)], [(0.45, -0.7), (0, 0.75)]),
    }
    found = modules.evaluate(
        """async ([shapes, ratio]) => {
          const { stamp } = await import('/static/engine/stamps.js');
          return Object.fromEntries(shapes.map((shape) => {
            const one = stamp({ shape, size: 40 }, '#aa5500', '#ffffff', ratio);
            return [shape, [one.side, one.radius, [...one.pixels]]];
          }));
        }""",
        [list(wanted), ratio],
    )
    brown = 0xFF0055AA
    for shape, (inside, outside) in wanted.items():
        side, radius, pixels = found[shape]
        assert side == 2 * radius + 1

        def at(x: float, y: float, side: int = side, radius: int = radius, pixels: list[int] = pixels) -> int:
            return pixels[round(radius + y * 20 * ratio) * side + round(radius + x * 20 * ratio)]

        assert {point: hex(at(*point)) for point in inside} == {point: hex(brown) for point in inside}, shape
        assert brown not in [at(*point) for point in outside], shape
        # Soft edges: between nothing and everything there is something.
        assert any(0 < value >> 24 < 255 for value in pixels), shape


def test_the_worse_lies_on_top(engine_server: EngineServer, open_page: Callable[..., Page]) -> None:
    levels = [1, 4, 2, 3]
    engine_server.put(
        "risk_hotspots", *(row(number, severity=level, status="open") for number, level in enumerate(levels))
    )
    page = open_page(engine_server.url)
    draw(page)
    assert pixel(page, *place(*CENTRE)) == colour("risk_hotspots", "4")
    late = {"x": 1132600000, "y": 231300000, "shape": 1, "t0": 0, "t1": 2147483647, "r0": 0, "r1": 2147483647}
    page.evaluate(
        """([one, now]) => {
          const answer = answers.find(({ layer }) => layer.id === 'risk_hotspots');
          const opened = Object.fromEntries(Object.entries({ ...one, row: 9, severity: 2, status: 'open', industry: null,
            hazards: [], districts: [] }).map(([name, value]) => [name, [value]]));
          answer.columns.apply({ opened, closed: { row: [1], r1: [now] } });
          answer.filteredFor = '';
          answer.ask({ hazard: [], severity: [], status: [], district: [], q: '', at: null, known_at: null, fields: {} }, now);
          points.setAnswers(answers);
        }""",
        [late, 800_000_000],
    )
    assert page.evaluate("points.drawn") == 4
    assert pixel(page, *place(*CENTRE)) == colour("risk_hotspots", "3")


def test_points_stay_on_their_places_when_the_map_moves_and_zooms(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    engine_server.put("rescue_teams", row(1, 113.28, 23.16, status="ready"))
    page = open_page(engine_server.url)
    draw(page)
    x, y = place(113.28, 23.16)
    page.evaluate("map.panBy([60, -40], { animate: false })")
    assert pixel(page, x - 60, y + 40) == colour("rescue_teams", "ready")
    assert pixel(page, x, y)[3] == 0
    page.evaluate(f"map.setView([{CENTRE[1]}, {CENTRE[0]}], 13, {{ animate: false }})")
    assert pixel(page, *place(113.28, 23.16, 13)) == colour("rescue_teams", "ready")
    page.mouse.move(400, 300)
    page.mouse.down()
    page.mouse.move(450, 330, steps=3)
    page.mouse.up()
    x, y = place(113.28, 23.16, 13)
    assert pixel(page, x + 50, y + 30) == colour("rescue_teams", "ready")
    at = page.evaluate("points.canvas.getBoundingClientRect().toJSON()")
    assert (at["left"], at["top"], at["width"]) == (0, 0, 800)


def test_what_has_no_place_or_is_an_area_is_not_drawn_as_a_point(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    engine_server.put("flood_warnings", row(1, None, severity=4), row(2, *CENTRE, severity=4) | {"shape": 3})
    page = open_page(engine_server.url)
    draw(page)
    assert page.evaluate("points.drawn") == 0
    assert not any(page.evaluate("[...new Uint32Array(points.image.data.buffer)].filter(Boolean)"))


def test_where_discs_would_smear_cells_count_to_the_whole(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    side = 80
    rows = [
        row(
            n + 1,
            113.20 + 0.0015 * (n % side),
            23.07 + 0.0015 * (n // side),
            severity=1 + (n == 3 * side + 5) * 3,
        )
        for n in range(side * side)
    ]
    engine_server.put("risk_hotspots", *rows)
    engine_server.put("rescue_teams", row(1, 113.15, 23.20, status="ready"))
    page = open_page(engine_server.url)
    draw(page)
    cells = page.evaluate("points.cells.map(({ x, y, n, worst }) => ({ x, y, n, worst: worst.value }))")
    discs = page.evaluate("points.starts.at(-1)")
    assert discs < 300
    # One of the discs is the team's.
    assert sum(cell["n"] for cell in cells) + discs == side * side + 1
    assert sorted(cell["worst"] for cell in cells)[-2:] == ["1", "4"]
    assert pixel(page, *place(113.15, 23.20)) == colour("rescue_teams", "ready")
    page.evaluate("map.panBy([37, 11], { animate: false })")
    again = page.evaluate("points.cells.map(({ x, y, n, worst }) => ({ x, y, n, worst: worst.value }))")
    assert sorted(again, key=str) == sorted(cells, key=str)
    middle = page.evaluate(
        "(({ x, y }) => { const { ox, oy } = points.frame(); return { x: x - ox, y: y - oy }; })(points.cells[0])"
    )
    assert page.evaluate("(at) => [points.cellAt(at) === points.cells[0], points.pick(at)]", middle) == [
        True,
        [],
    ]
    page.evaluate(f"map.setView([{CENTRE[1]}, {CENTRE[0]}], 15, {{ animate: false }})")
    assert page.evaluate("points.cells.length") == 0
    assert 0 < page.evaluate("points.drawn") < side * side


def test_a_thousand_random_clicks_pick_what_lies_there(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    rows = [
        row(n, 113.1 + (n * 7919 % 3001) / 10_000, 23.0 + (n * 104_729 % 2503) / 10_000, severity=n % 5)
        for n in range(1, 900)
    ]
    engine_server.put("flood_warnings", *rows)
    page = open_page(engine_server.url)
    draw(page)
    clicks = [(n * 31 % 800, n * 17 % 600) for n in range(1000)]
    found = page.evaluate(
        """(clicks) => clicks.map(([x, y]) => points.pick({ x, y }, 6))
          .map((hits) => hits.map(({ answer, i }) => answer.columns.row[i]))""",
        clicks,
    )
    exact = page.evaluate(
        """(rows) => rows.map(({ x, y }) => map.latLngToContainerPoint([y / 1e7, x / 1e7]))
          .map(({ x, y }) => [x, y])""",
        rows,
    )
    sizes = {one["value"]: one["size"] for one in style_table(LAYERS["flood_warnings"])}
    some = 0
    for (x, y), hit in zip(clicks, found, strict=True):
        near = [
            one["row"]
            for one, at in zip(rows, exact, strict=True)
            # Leaflet rounds to whole pixels: leave out what lies on the very edge.
            if math.dist((x, y), at)
            <= max(6, sizes.get(str(one["severity"]) if one["severity"] else None, 6) / 2) - 1
        ]
        some += len(near)
        assert set(near) <= set(hit)
        assert len(hit) <= len(near) + 8
    assert some > 100


def test_new_rows_pulse_unless_motion_is_unwanted(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    engine_server.put("rescue_teams", row(1, *CENTRE, status="ready"))
    page = open_page(engine_server.url)
    draw(page)
    rings = "() => points.g.getImageData(370, 270, 60, 60).data.filter((v, k) => k % 4 === 3 && v > 0).length"
    still = page.evaluate(rings)
    page.evaluate("points.pulse('rescue_teams', [1])")
    until(page, f"({rings})() > {still}")
    calm = open_page(engine_server.url, reduced_motion="reduce")
    draw(calm)
    calm.evaluate("points.pulse('rescue_teams', [1])")
    assert calm.evaluate("points.pulsing") == []
    assert calm.evaluate(rings) == still
