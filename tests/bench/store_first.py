"""`store_first`: a city's hotspots from validated rows to versions, all checks, the large indexes built after the load,
against a bare COPY of the same rows into a table without any."""

import time
from collections.abc import Iterator

from sqlalchemy import text

from emmap.layer import Record
from emmap.store import migrate, versions
from emmap.store.database import Database
from tests.bench import bare_copy
from tests.bench.city import HOTSPOTS, hotspots

NAME = "store_first"
UNIT = "s"
PAIRS = 5
REALM = "bench"


def run(
    database: Database, *, indexes_later: bool = True, past: bool = True
) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    records = hotspots()
    for _ in range(PAIRS):
        migrate.create_realm(database, REALM)
        ours = _ours(database, records, indexes_later, past)
        yield ours, bare_copy.seconds(database, bare_copy.lines_of(database, REALM))
        database.dispose()
        migrate.drop_realm(database, REALM)


def _ours(database: Database, records: list[Record], indexes_later: bool, past: bool) -> float:
    if not past:
        with database.engine("owner", REALM).begin() as conn:
            conn.execute(text(f"drop index version_{HOTSPOTS.id}_past"))
    begun = time.perf_counter()
    if indexes_later:
        migrate.drop_indexes(database, REALM, HOTSPOTS)
    with database.engine("app", REALM).begin() as conn:
        written = versions.write(conn, HOTSPOTS, records)
    if indexes_later:
        migrate.sync_layers(database, REALM, {HOTSPOTS.id: HOTSPOTS})
    taken = time.perf_counter() - begun
    assert len(written.added) == len(records)
    return taken
