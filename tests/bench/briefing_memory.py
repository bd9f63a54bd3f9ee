"""`briefing_memory`: the most memory that a process takes which makes one page with all 361,500 hotspots as symbols, the
process itself included, against one in which matplotlib does."""

from collections.abc import Iterator

from tests.bench.peak import peak_of

NAME = "briefing_memory"
UNIT = "MB"
PAIRS = 5


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in megabytes."""
    for _pair in range(PAIRS):
        yield peak_of("tests.bench.city_map", "points"), peak_of("tests.bench.city_map_rival", "points")
