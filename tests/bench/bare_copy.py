"""The store's rival: a bare COPY of the same rows into a table without index, trigger or check."""

import time
from collections.abc import Iterable

from sqlalchemy import text

from emmap.store.database import Database
from tests.bench.city import HOTSPOTS

_COLUMNS = {
    "feature_id": "text",
    "valid": "tstzrange",
    "geom": "geometry",
    "hazards": "text[]",
    "severity": "smallint",
    "status": "text",
    "districts": "text[]",
    "form": "text",
    "properties": "jsonb",
    "content_hash": "bytea",
    "tokens": "text[]",
}
_NAMES = ", ".join(_COLUMNS)


def lines_of(database: Database, realm: str) -> list[bytes]:
    """What a realm knows of the hotspots now, as COPY text."""
    query = (
        f"copy (select {_NAMES} from version where layer = '{HOTSPOTS.id}' and upper_inf(recorded)) to stdout"
    )
    with database.engine("app", realm).connect() as conn:
        cursor = conn.connection.cursor()
        with cursor.copy(query) as copy:  # type: ignore[attr-defined]
            return [bytes(part) for part in copy]


def seconds(database: Database, lines: Iterable[bytes]) -> float:
    """How long the rows take into an empty bare table."""
    payload = b"".join(lines)
    with database.engine("owner", "exercise").begin() as conn:
        conn.execute(text("drop table if exists bare"))
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        conn.execute(text(f"create table bare ({columns})"))
    begun = time.perf_counter()
    with database.engine("owner", "exercise").begin() as conn:
        cursor = conn.connection.cursor()
        with cursor.copy(f"copy bare ({_NAMES}) from stdin") as copy:  # type: ignore[attr-defined]
            for start in range(0, len(payload), 1 << 20):
                copy.write(payload[start : start + (1 << 20)])
    return time.perf_counter() - begun
