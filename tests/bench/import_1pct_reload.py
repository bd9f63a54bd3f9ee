"""`import_1pct_reload`: the city's file with every hundredth row changed, against a full reload of it into an empty layer."""

from collections.abc import Iterator

from emmap.store import migrate
from emmap.store.database import Database
from tests.bench.city import hotspots
from tests.bench.import_1pct import change
from tests.bench.import_first import REALM, csv_of, imported

NAME = "import_1pct_reload"
UNIT = "s"
PAIRS = 5
FRESH = "bench_reload"


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    records = hotspots()
    migrate.create_realm(database, REALM)
    imported(database, csv_of(records))
    for turn in range(PAIRS):
        change(records, turn)
        content = csv_of(records)
        ours, _ = imported(database, content)
        migrate.create_realm(database, FRESH)
        reload, _ = imported(database, content, FRESH)
        yield ours, reload
        database.dispose()
        migrate.drop_realm(database, FRESH)
