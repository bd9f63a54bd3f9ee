"""`points_build`: the columnar download of a city's hotspots, nothing cached, against a bare binary COPY of its columns."""

import time
from collections.abc import Iterator

from sqlalchemy import text

from emmap.store import points, versions
from emmap.store.database import Database
from tests.bench.city import HOTSPOTS, hotspots

NAME = "points_build"
UNIT = "s"
PAIRS = 7
_BARE = (
    "copy (select version_id, x, y, t0, t1, r0, shape, severity, districts, hazards, status, properties ->> 'industry'"
    f" from version where layer = '{HOTSPOTS.id}' and upper_inf(recorded)) to stdout (format binary)"
)


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds; the first pair warms up and is left out."""
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, hotspots())
        stamp = points.checkpoint(conn, HOTSPOTS)
        assert stamp is not None
    with database.engine("owner", "exercise").connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").execute(
            text(f"vacuum analyze version_{HOTSPOTS.id}")
        )
    for turn in range(PAIRS + 1):
        begun = time.perf_counter()
        with database.engine("app", "exercise").connect() as conn:
            points.columns(conn, HOTSPOTS, "exercise", stamp)
        ours = time.perf_counter() - begun
        begun = time.perf_counter()
        with database.engine("app", "exercise").connect() as conn:
            cursor = conn.connection.cursor()
            with cursor.copy(_BARE) as copy:  # type: ignore[attr-defined]
                b"".join(copy)
        if turn:
            yield ours, time.perf_counter() - begun
