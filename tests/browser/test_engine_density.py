"""Density: the hexagons' numbers and the legend's sum to what holds, whatever is filtered."""

from collections.abc import Callable
from itertools import pairwise

from engine_server import LISTS, EngineServer, row
from playwright.sync_api import Page

START = """async ([lists, form]) => {
  const map = document.getElementById('map');
  L.map('map', { zoomControl: false, fadeAnimation: false }).setView([23.2, 113.4], 10);
  const [{ Engine }, { DensityLayer }] = await Promise.all(
    ['engine', 'density_layer'].map((name) => import(`/static/engine/${name}.js`)));
  window.engine = await Engine.start({ mapId: 'map', realm: 'exercise', lists });
  engine.points.density = new DensityLayer('risk_hotspots', form);
  engine.draw();
}"""
TOLD = """() => {
  const { classes, made, n } = engine.points.density;
  const sum = (all) => all.reduce((total, one) => total + one.n, 0);
  const coloured = new Uint32Array(engine.points.image.data.buffer).reduce((some, one) => some + (one ? 1 : 0), 0);
  const answer = engine.answers.get('risk_hotspots');
  return {
    hexagons: sum(made.hexagons), classes: sum(classes), n, coloured,
    bounds: classes.map(({ from, to }) => [from, to]), total: engine.counts().layers.risk_hotspots.total,
  };
}"""


def test_hexagons_and_their_legend_sum_to_what_holds(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    engine_server.put(
        "risk_hotspots",
        *(
            row(n, 113.4 + 0.002 * (n % 37) ** 1.2, 23.2 + 0.003 * (n % 23), severity=1 + n % 4)
            for n in range(900)
        ),
    )
    page = open_page(engine_server.url)
    page.evaluate(START, [LISTS, "hexagons"])
    told = page.evaluate(TOLD)
    assert told["hexagons"] == told["classes"] == told["n"] == told["total"] == 900
    edges = told["bounds"]
    assert len(edges) > 1
    assert edges[0][0] == 1
    assert all(before[1] + 1 == after[0] for before, after in pairwise(edges))
    assert told["coloured"] > 1000
    page.evaluate("engine.view.set({ severity: [4] })")
    page.wait_for_function("engine.points.density.n === 225")
    told = page.evaluate(TOLD)
    assert told["hexagons"] == told["classes"] == told["total"] == 225
