"""`memory_361k`: what a page's process holds with a map of 361,500 hotspots, against the `dl.GeoJSON` page of them.

Like for like: both are a bare map, have the history of the year on board, so that a step in time needs no server (a
million spans), and show the 361,500 that hold at the year's end. The application's page holds some 50 MB more for
everything around the map. A browser of its own for each measurement; memory of the renderer alone, garbage collected.
Few pairs: the rival takes long.
"""

from collections.abc import Iterator

from tests.bench.rival_page import rival
from tests.bench.screen import SIZE, chromium, collect_garbage, engine_server, open_engine, renderer_megabytes
from tests.city_columns import FEATURES, YEAR_ENDS, city

NAME = "memory_361k"
UNIT = "MB"
PAIRS = 3


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in megabytes."""
    columns = city()
    with engine_server(columns) as url, rival(columns, at=YEAR_ENDS) as rival_url:
        for _pair in range(PAIRS):
            yield our_megabytes(url), rival_megabytes(rival_url)


def our_megabytes(url: str) -> float:
    """The engine's, all indexes made, after a step in time."""
    with chromium() as browser:
        page = open_engine(browser, url)
        page.evaluate(
            "(at) => { for (const by of [-86400, 0]) engine.view.set({ at: at + by }); }", YEAR_ENDS
        )
        page.wait_for_function(f"engine.answers.get('risk_hotspots').total() >= {FEATURES}")
        collect_garbage(page)
        return renderer_megabytes(browser)


def rival_megabytes(url: str) -> float:
    """The rival's."""
    with chromium() as browser:
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(300_000)
        page.goto(url)
        page.wait_for_function(f"window.rival?.drawn >= {FEATURES}")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        collect_garbage(page)
        return renderer_megabytes(browser)
