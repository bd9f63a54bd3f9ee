"""`import_1pct`: the same file with every hundredth row changed, against a bare COPY of its rows. Only what changed is
written."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import text

from emmap.layer import Record
from emmap.store import migrate
from emmap.store.database import Database
from tests.bench import bare_copy
from tests.bench.city import FEATURES, HOTSPOTS, hotspots
from tests.bench.import_first import REALM, csv_of, imported

NAME = "import_1pct"
UNIT = "s"
PAIRS = 5
CHANGED = FEATURES // 100


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    records = hotspots()
    migrate.create_realm(database, REALM)
    imported(database, csv_of(records))
    lines = bare_copy.lines_of(database, REALM)
    for turn in range(PAIRS):
        change(records, turn)
        before = _versions(database)
        ours, result = imported(database, csv_of(records))
        assert (result.changed, result.unchanged) == (CHANGED, FEATURES - CHANGED)
        assert _versions(database) - before == CHANGED
        yield ours, bare_copy.seconds(database, lines)


def change(records: list[Record], turn: int) -> None:
    """Every hundredth, another one at each turn."""
    for n in range(turn, FEATURES, 100):
        told = {**records[n].properties, "responsible_unit": f"第 {turn} 次改派的单位"}
        records[n] = replace(records[n], properties=told)


def _versions(database: Database) -> int:
    with database.engine("app", REALM).connect() as conn:
        statement = text("select count(*) from version where layer = :layer")
        return int(conn.execute(statement, {"layer": HOTSPOTS.id}).scalar_one())
