"""`step_361k_zoom12`: as `step_361k_p95`, at zoom 12, against one frame of a 60 Hz screen."""

from collections.abc import Iterator

from tests.bench import step_361k_p95
from tests.bench.step_361k import FRAME_60_HZ

NAME = "step_361k_zoom12"
UNIT = "ms"


def run(database: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, limit) in milliseconds."""
    yield from step_361k_p95.run(database, zoom=12, limit=FRAME_60_HZ)
