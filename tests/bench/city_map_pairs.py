"""Our page of the city's hotspots and matplotlib's, in turns, for the rows about maps on paper."""

import time
from collections.abc import Callable, Iterator

from tests.bench import city_map, city_map_rival

PAIRS = 5


def pairs(how: str) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds, interleaved; the first pair warms up and is left out."""
    for turn in range(PAIRS + 1):
        pair = _seconds(city_map.page, how, turn), _seconds(city_map_rival.page, how, turn)
        if turn:
            yield pair


def _seconds(page: Callable[[str, int], bytes], how: str, turn: int) -> float:
    begun = time.perf_counter()
    page(how, turn)
    return time.perf_counter() - begun
