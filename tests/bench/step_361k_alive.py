"""`step_361k_alive`: a step with all 361,500 alive, one span each, every one drawn as a disc, against 80 ms."""

from collections.abc import Iterator
from statistics import median

from tests.bench.screen import UNCAPPED, chromium, engine_server, open_engine
from tests.bench.step_361k import PAIRS, frames
from tests.city_columns import city

NAME = "step_361k_alive"
UNIT = "ms"
LIMIT_MS = 80.0


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, limit) in milliseconds."""
    with engine_server(city(lives=False)) as url, chromium(*UNCAPPED) as browser:
        page = open_engine(browser, url)
        page.evaluate("engine.points.fewestToCount = Infinity")
        frames(page, "step")
        for _turn in range(PAIRS):
            yield median(frames(page, "step")), LIMIT_MS
