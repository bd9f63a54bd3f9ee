"""`briefing_hotspots`: a page with a map of all 361,500 hotspots, each a symbol of its level and none
left out, from places in memory to PDF, against matplotlib's page of the same places."""

from collections.abc import Iterator

from tests.bench.city_map_pairs import pairs

NAME = "briefing_hotspots"
UNIT = "s"


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    return pairs("points")
