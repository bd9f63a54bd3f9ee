"""`live_1`: from a commit to the message on one page's socket, the 95th percentile, against a bare LISTEN that hears of
the very same commits."""

import json
import time
from collections.abc import Iterator
from statistics import quantiles

import psycopg
from websockets.sync.client import ClientConnection, connect

from emmap.layer import Record
from emmap.store import points, versions
from emmap.store.database import Database
from tests.bench.application import application
from tests.bench.city import HOTSPOTS, hotspots

NAME = "live_1"
UNIT = "ms"
PAIRS = 5
COMMITS = 40
LONGEST_S = 10


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival), the 95th percentiles in milliseconds of the same commits; the first warms up and is left
    out."""
    records = hotspots(COMMITS * (PAIRS + 1))
    with (
        application(database) as web,
        connect(
            web.socket_url(), additional_headers={"authorization": f"Bearer {web.token('viewer')}"}
        ) as socket,
        psycopg.connect(database.conninfo("app", "exercise"), autocommit=True) as listener,
    ):
        listener.execute("listen emmap")
        socket.recv(timeout=LONGEST_S)  # its greeting: it watches from here on
        for turn in range(PAIRS + 1):
            heard = [
                _heard(database, socket, listener, record)
                for record in records[turn * COMMITS : (turn + 1) * COMMITS]
            ]
            if turn:
                ours, rival = zip(*heard, strict=True)
                yield quantiles(ours, n=20)[-1], quantiles(rival, n=20)[-1]


def _heard(
    database: Database, socket: ClientConnection, listener: psycopg.Connection, record: Record
) -> tuple[float, float]:
    """Milliseconds from the commit to the socket's message and to the listener's. The listener is read first, so what
    the reading itself takes counts as ours."""
    with database.engine("app", "exercise").connect() as conn:
        stamp = points.stamp_text(versions.write(conn, HOTSPOTS, [record]).stamp)
        begun = time.perf_counter()
        conn.commit()
    for notice in listener.notifies(timeout=LONGEST_S, stop_after=1):
        assert json.loads(notice.payload)["stamp"] == stamp
    rival = time.perf_counter() - begun
    while True:
        message = socket.recv(timeout=LONGEST_S)
        ours = time.perf_counter() - begun
        if json.loads(message).get("stamp") == stamp:
            return ours * 1000, rival * 1000
