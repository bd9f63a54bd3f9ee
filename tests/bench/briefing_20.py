"""`briefing_20`: twenty people export a map at once: from the first request to the last answer, against twenty times what
one takes alone. Each freezes a view of 5,000 features of its own extent and sets it as PDF."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from statistics import median

import httpx

from emmap.store import versions
from emmap.store.database import Database
from tests.bench.application import application
from tests.bench.city import HOTSPOTS, hotspots

NAME = "briefing_20"
UNIT = "s"
PAIRS = 5
AT_ONCE = 20
ALONE = 5
FEATURES = 5_000


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds; the first pair warms up and is left out."""
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, hotspots(FEATURES))
    numbers = count()
    with application(database) as web, ThreadPoolExecutor(AT_ONCE) as people:
        client = web.client("briefing_writer")
        client.timeout = httpx.Timeout(300)

        def export(number: int) -> float:
            begun = time.perf_counter()
            answer = client.post(
                "/api/briefings",
                json={
                    "title": f"第 {number} 幅（演练）",
                    "view": {
                        "realm": "exercise",
                        "layers": HOTSPOTS.id,
                        "at": "2021-01-01T00:00:00+08:00",
                        # The typesetter remembers what it drew.
                        "bbox": f"{112.9 + number / 10_000},22.5,114.1,24",
                    },
                },
            )
            assert answer.status_code == 201, answer.text
            return time.perf_counter() - begun

        for turn in range(PAIRS + 1):
            alone = median(export(next(numbers)) for _ in range(ALONE))
            begun = time.perf_counter()
            list(people.map(export, [next(numbers) for _ in range(AT_ONCE)]))
            if turn:
                yield time.perf_counter() - begun, AT_ONCE * alone
