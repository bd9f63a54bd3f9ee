"""`import_same`: the file that is in the store already, once more, against a bare COPY of its rows."""

from collections.abc import Iterator

from emmap.store import migrate
from emmap.store.database import Database
from tests.bench import bare_copy
from tests.bench.city import FEATURES, hotspots
from tests.bench.import_first import REALM, csv_of, imported

NAME = "import_same"
UNIT = "s"
PAIRS = 5


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    content = csv_of(hotspots())
    migrate.create_realm(database, REALM)
    imported(database, content)
    lines = bare_copy.lines_of(database, REALM)
    for _ in range(PAIRS):
        ours, result = imported(database, content)
        assert result.unchanged == FEATURES
        yield ours, bare_copy.seconds(database, lines)
