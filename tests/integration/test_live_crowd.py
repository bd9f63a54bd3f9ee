"""Five hundred pages on two web processes, while the database and one of them are killed: nothing missed, nothing twice."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from crowd import Crowd
from facts import HOTSPOTS, hotspot
from sqlalchemy.exc import DBAPIError
from supervised import Run, eventually

from emmap.store import answers, points, tokens, versions
from emmap.store.cluster import Cluster
from emmap.store.database import DATABASE, Database
from tests.databases import database_named

PAGES = 500
A_SECOND = 20
"""At most: the pace of a storm."""
CHANGES = 600
"""Half a minute of them."""


@pytest.fixture
def served(serve: Callable[..., Run], own: Cluster) -> Iterator[tuple[Run, Database]]:
    run = serve("--no-exercise", "--workers", "2").ready()
    database = database_named(own, DATABASE)
    yield run, database
    database.dispose()


def change(database: Database, number: int) -> None:
    """Makes or changes one hotspot; while the database is away it tries again."""
    while True:
        with suppress(DBAPIError), database.engine("app", "real").begin() as conn:
            versions.write(conn, HOTSPOTS, [hotspot(f"h{number % 100}", 0, severity=1 + number // 100 % 4)])
            return
        time.sleep(0.1)


@pytest.mark.timeout(240)
def test_nothing_is_missed_and_nothing_told_twice(served: tuple[Run, Database], own: Cluster) -> None:
    run, database = served
    with database.engine("app").begin() as conn:
        token = tokens.make_token(conn, "crowd", "viewer")
    with Crowd(run.port, token, "risk_hotspots", PAGES, "real") as crowd:
        eventually(lambda: crowd.open == PAGES)
        for number in range(CHANGES):
            if number == CHANGES // 3:
                os.kill(run.web_processes()[0], signal.SIGKILL)
            if number == 2 * CHANGES // 3:
                os.kill(int((own.pgdata / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            change(database, number)
            time.sleep(1 / A_SECOND)
        with database.engine("app", "real").connect() as conn:
            last = points.stamp_text(answers.stamps(conn)["risk_hotspots"])
            rows = set(conn.exec_driver_sql("select version_id from version").scalars())
        eventually(lambda: crowd.behind(last) == 0)
        assert crowd.faults == []
        assert crowd.losses > 0
        assert all(page.rows == rows for page in crowd.pages)
