"""`live_500_100`: from a commit to each of 500 pages on two web processes, 100 changes a second, the 95th percentile,
against a bare LISTEN that hears of the same commits."""

from collections.abc import Iterator

from emmap.store.database import Database
from tests.bench.live_crowd import paced

NAME = "live_500_100"
UNIT = "ms"


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) over ten seconds each."""
    yield from paced(100, 10, 5)
