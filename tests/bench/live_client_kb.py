"""`live_client_kb`: what a page's socket costs the web processes in memory, among 500, against a limit."""

from collections.abc import Iterator
from pathlib import Path

from emmap.store.database import Database
from tests.bench.city import hotspots
from tests.bench.live_crowd import PAGES, Stage, eventually, latencies, stage

NAME = "live_client_kb"
UNIT = "KiB"
LIMIT = 256.0


def run(database: Database) -> Iterator[tuple[float, float]]:
    """One pair of (ours, limit): after the pages have come and been told a hundred changes."""
    with stage() as found:
        before = resident(found)
        with found.crowd:
            eventually(lambda: found.crowd.open == PAGES)
            latencies(found, hotspots(100), 20)
            yield (resident(found) - before) / PAGES, LIMIT


def resident(found: Stage) -> float:
    """KiB of both web processes that nobody else shares."""
    total = 0.0
    for process in found.run.web_processes():
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        total += sum(float(line.split()[1]) for line in lines if line.startswith("Private_"))
    return total
