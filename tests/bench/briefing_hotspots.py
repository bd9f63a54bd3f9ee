"""`briefing_hotspots`: a page with a map of all 361,500 hotspots, each a symbol of its level and none
left out, from places in memory to PDF, against matplotlib's page of the same places."""

import time
from collections.abc import Callable, Iterator

from tests.bench import city_map, city_map_rival

NAME = "briefing_hotspots"
UNIT = "s"
PAIRS = 5


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds, interleaved; the first pair warms up and is left out."""
    for turn in range(PAIRS + 1):
        pair = _seconds(city_map.page, turn), _seconds(city_map_rival.page, turn)
        if turn:
            yield pair


def _seconds(page: Callable[[str, int], bytes], turn: int) -> float:
    begun = time.perf_counter()
    page("points", turn)
    return time.perf_counter() - begun
