"""`live_knee`: how many changes a second 500 pages on two web processes take before the 95th percentile from commit to
page passes a second, against the busiest pace that a storm is reckoned with."""

from collections.abc import Iterator
from itertools import islice

from emmap.store.database import Database
from tests.bench.city import hotspots
from tests.bench.live_crowd import crowded, latencies

NAME = "live_knee"
UNIT = "changes/s"
BUSIEST = 100.0
PACES = (50, 100, 150, 200, 300, 400, 600, 800)
LASTS_S = 5
LONGEST_MS = 1000


def run(database: Database) -> Iterator[tuple[float, float]]:
    """One pair of (ours, limit); ours is the pace itself, so a writer that cannot keep it ends the search too."""
    records = iter(hotspots(sum(PACES) * LASTS_S))
    held = 0.0
    with crowded() as found:
        for pace in PACES:
            if latencies(found, list(islice(records, pace * LASTS_S)), pace)[0] > LONGEST_MS:
                break
            held = float(pace)
    yield held, BUSIEST
