"""`step_361k_p95`: as `step_361k`, the slowest twentieth of the frames, against two frames of a 60 Hz screen."""

from collections.abc import Iterator

from tests.bench.screen import UNCAPPED, chromium, engine_server, open_engine
from tests.bench.step_361k import FRAME_60_HZ, PAIRS, STANDING, frames, slow
from tests.city_columns import city

NAME = "step_361k_p95"
UNIT = "ms"


def run(_: object, *, zoom: int = 10, limit: float = 2 * FRAME_60_HZ) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, limit) in milliseconds."""
    with engine_server(city()) as url, chromium(*UNCAPPED) as browser:
        page = open_engine(browser, url, status=STANDING, zoom=zoom)
        frames(page, "step")
        for _turn in range(PAIRS):
            yield slow(frames(page, "step")), limit
