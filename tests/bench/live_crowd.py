"""Pages by the hundred on two web processes, and changes at a steady pace: what the rows of live_500 share."""

import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import psycopg

from emmap.layer import Record
from emmap.store import points, tokens, versions
from emmap.store.cluster import Cluster
from emmap.store.database import DATABASE, Database
from tests.bench.city import HOTSPOTS, hotspots
from tests.crowd import Crowd
from tests.databases import database_named
from tests.supervised import Run, eventually

PAGES = 500
SETTLES_S = 30.0


@dataclass
class Stage:
    """A running `emmap serve` with two web processes, its database and a crowd of pages."""

    run: Run
    database: Database
    crowd: Crowd


@contextmanager
def stage() -> Iterator[Stage]:
    """Starts it on a private cluster of its own; the pages have not come yet."""
    folder = Path(tempfile.mkdtemp(prefix="emmap-bench-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    run = Run(folder, port, "--no-exercise", "--workers", "2")
    try:
        run.ready()
        database = database_named(cluster, DATABASE)
        with database.engine("app").begin() as conn:
            token = tokens.make_token(conn, "crowd", "viewer")
        yield Stage(run, database, Crowd(port, token, "risk_hotspots", PAGES, "real"))
        database.dispose()
    finally:
        if run.process.poll() is None:
            run.end()
        cluster.stop()
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def crowded() -> Iterator[Stage]:
    """The same with every page open."""
    with stage() as found, found.crowd:
        eventually(lambda: found.crowd.open == PAGES)
        yield found


def latencies(found: Stage, records: Sequence[Record], a_second: float) -> tuple[float, float]:
    """(pages, bare LISTEN): the 95th percentile in milliseconds from the commit on, for these changes at this pace.
    Fails where a page missed one."""
    committed: dict[str, float] = {}
    listened: dict[str, float] = {}
    ended = threading.Event()

    def listen() -> None:
        with psycopg.connect(found.database.conninfo("app", "real"), autocommit=True) as listener:
            listener.execute("listen emmap")
            ready.set()
            while not ended.is_set():
                for notice in listener.notifies(timeout=0.2):
                    listened[notice.payload] = time.perf_counter()

    ready = threading.Event()
    listening = threading.Thread(target=listen)
    listening.start()
    ready.wait()
    begun = time.perf_counter()
    for number, record in enumerate(records):
        time.sleep(max(0.0, begun + number / a_second - time.perf_counter()))
        with found.database.engine("app", "real").connect() as conn:
            stamp = points.stamp_text(versions.write(conn, HOTSPOTS, [record]).stamp)
            assert stamp is not None
            at = time.perf_counter()
            conn.commit()
        committed[stamp] = at
    last = max(committed)
    eventually(lambda: found.crowd.behind(last) == 0)
    ended.set()
    listening.join()
    assert found.crowd.faults == []
    heard = dict(found.crowd.heard_at)
    found.crowd.heard_at.clear()
    # A message may carry several changes: each was heard of when the first message with it or a later one came.
    ours: list[float] = []
    stamps = sorted(heard)
    for stamp, at in committed.items():
        with suppress(StopIteration):
            carried = next(one for one in stamps if one >= stamp)
            ours += [(moment - at) * 1000 for moment in heard[carried]]
    bare = [
        (moment - committed[stamp]) * 1000
        for payload, moment in listened.items()
        for stamp in committed
        if f'"{stamp}"' in payload
    ]
    return quantiles(ours, n=20)[-1], quantiles(bare, n=20)[-1]


def paced(a_second: float, lasts_s: float, pairs: int) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) at a pace, each over a window; the first warms up and is left out."""
    each = round(a_second * lasts_s)
    warm = round(a_second * 5)
    records = hotspots(each * pairs + warm)
    with crowded() as found:
        latencies(found, records[:warm], a_second)
        for turn in range(pairs):
            yield latencies(found, records[warm + turn * each : warm + (turn + 1) * each], a_second)
