"""`asof_present`: what held in a place at a past (T, K) among ten million versions, against the same in the present."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from emmap.store import answers, migrate
from emmap.store.answers import Moment
from emmap.store.database import Database
from emmap.store.history import HistoryRow, load_history
from emmap.view import View
from tests.bench.city import HOTSPOTS, YEAR, each_hotspot

NAME = "asof_present"
UNIT = "s"
PAIRS = 7
VERSIONS = 10_000_000
TIMES = 4
"""Ways in which each feature was known, one after the other."""
PLACES = 30


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds for some thirty places."""
    engine = database.engine("app", "exercise")
    migrate.drop_indexes(database, "exercise", HOTSPOTS)
    with engine.begin() as conn:
        load_history(conn, HOTSPOTS, _history(), personal=())
    migrate.sync_layers(database, "exercise", {HOTSPOTS.id: HOTSPOTS})
    with database.engine("owner", "exercise").connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").execute(
            text(f"vacuum analyze version_{HOTSPOTS.id}")
        )
    west, south = np.random.default_rng(1).normal((113.4, 23.2), 0.1, (PLACES, 2)).T
    views = [
        View(bbox=(w, s, w + 0.02, s + 0.02)) for w, s in zip(west.tolist(), south.tolist(), strict=True)
    ]
    with engine.connect() as conn:
        stamp = answers.resolve(conn, HOTSPOTS, View()).stamp
        assert stamp is not None
        past = stamp - timedelta(days=500)
        for turn in range(PAIRS + 1):
            pair = _asked(conn, views, past, stamp), _asked(conn, views, stamp, stamp)
            if turn:
                yield pair


def _history() -> Iterator[HistoryRow]:
    for n, record in enumerate(each_hotspot(VERSIONS // TIMES)):
        known = [YEAR + timedelta(days=365 * turn, seconds=n) for turn in range(TIMES)]
        standing = replace(record, valid_from=YEAR, properties={"name": record.properties["name"]})
        for turn, (start, end) in enumerate(zip(known, [*known[1:], None], strict=True)):
            yield HistoryRow(replace(standing, severity=turn), start, end)


def _asked(conn: Connection, views: list[View], known_at: datetime, stamp: datetime) -> float:
    begun = time.perf_counter()
    found = 0
    for view in views:
        where, given = answers.conditions(HOTSPOTS, view, Moment(known_at, known_at, stamp))
        statement = f"select v.version_id, v.feature_id, v.severity, v.x, v.y from version v where {where}"
        found += len(conn.execute(text(statement), given).all())
    assert found > PLACES
    return time.perf_counter() - begun
