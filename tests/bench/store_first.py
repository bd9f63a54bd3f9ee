"""`store_first`: a city's hotspots from validated rows to versions, all checks, the large indexes built after the load,
against a bare COPY of the same rows into a table without any."""

import time
from collections.abc import Iterator

from sqlalchemy import text

from emmap.layer import Record
from emmap.store import migrate, versions
from emmap.store.database import Database
from tests.bench.city import HOTSPOTS, hotspots

NAME = "store_first"
UNIT = "s"
PAIRS = 5
REALM = "bench"
_COLUMNS = (
    "feature_id text, valid_from timestamptz, valid_to timestamptz, geom geometry, hazards text[], severity smallint,"
    " status text, districts text[], form text, properties jsonb, content_hash bytea, tokens text[]"
)


def run(
    database: Database, *, indexes_later: bool = True, past: bool = True
) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    records = hotspots()
    payload = _payload(records)
    with database.engine("owner", "exercise").begin() as conn:
        conn.execute(text(f"create table bare ({_COLUMNS})"))
    for _ in range(PAIRS):
        yield _ours(database, records, indexes_later, past), _rival(database, payload)


def _ours(database: Database, records: list[Record], indexes_later: bool, past: bool) -> float:
    migrate.create_realm(database, REALM)
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
    database.dispose()
    migrate.drop_realm(database, REALM)
    return taken


def _payload(records: list[Record]) -> bytes:
    """The same rows as lines of COPY."""
    kept = (2, 3, 4, *range(7, 16))
    lines = []
    for line in versions.lines(HOTSPOTS, records, None):
        cells = line.split("\t")
        lines.append("\t".join(cells[i] for i in kept))
    return ("\n".join(lines) + "\n").encode()


def _rival(database: Database, payload: bytes) -> float:
    with database.engine("owner", "exercise").begin() as conn:
        conn.execute(text("truncate bare"))
    begun = time.perf_counter()
    with database.engine("owner", "exercise").begin() as conn:
        cursor = conn.connection.cursor()
        with cursor.copy("copy bare from stdin") as copy:  # type: ignore[attr-defined]
            for start in range(0, len(payload), 1 << 20):
                copy.write(payload[start : start + (1 << 20)])
    return time.perf_counter() - begun
