"""`store_first_light`: as `store_first`, with the present's indexes kept in place and none for the past."""

from collections.abc import Iterator

from emmap.store.database import Database
from tests.bench import store_first

NAME = "store_first_light"
UNIT = store_first.UNIT


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    return store_first.run(database, indexes_later=False, past=False)
