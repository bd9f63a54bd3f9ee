"""A week of feed traffic while the network fails in every way that it can, then while workers and the database are
killed: the store ends as a perfect week would have left it, and every fault stands in its source's history."""

import asyncio
import os
import random
import signal
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from emmap.errors import EmmapError
from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.settings import ROOT
from emmap.store import source_states, sources
from emmap.store.cluster import SUPERUSER, Cluster
from emmap.store.database import Database
from tests.databases import cloned, make_template, private_cluster
from tests.faulty_server import Answering, FaultyServer, Headers, answer, eventually, good, in_a_loop
from tests.week_of_feeds import BEGIN, DOCUMENTS, FEED, FIRES, HOURS, INDEX, TEAMS, Week

SEED = 2020
EVERY_HOURS = 3
IMPATIENCE = timedelta(seconds=0.2)
"""How long a server is waited for that is known not to answer."""
State = frozenset[tuple[str, str, bytes, str]]
FAULTS: Mapping[str, Callable[[bytes], Answering]] = {
    "timeout": lambda body: lambda _: None,
    "no_connection": lambda body: lambda _: b"",
    "http_500": lambda body: lambda _: answer(body, "500 Internal Server Error"),
    "html_instead": lambda body: lambda _: answer(b"<html><title>portal</title></html>"),
    "half_a_file": lambda body: lambda _: answer(body[: len(body) // 2], length=len(body)),
    "wrong_encoding": lambda body: lambda _: answer(b"\x00\xff\xfe\x9f" * 9),
    "private_address": lambda body: lambda _: answer(b"", "302 Found", location="http://localhost/x"),
}
"""By the code that the history should tell."""
OUTDATED = "outdated"
READERS: Mapping[str, Mapping[str, str]] = {
    INDEX: {"reader": "cap", "layer": "flood_warnings"},
    FEED: {"reader": "cap", "layer": "flood_warnings"},
    TEAMS: {"reader": "table", "layer": "rescue_teams", "mode": "complete"},
    FIRES: {"reader": "firms", "layer": "forest_fire_alerts"},
}


def configured(server: FaultyServer, realm: str) -> list[SourceConfig]:
    """The week's sources."""
    shared = {"every": "5 s", "private_hosts": ("127.0.0.1",), "hosts": ("localhost",), "realm": realm}
    return [
        SourceConfig.model_validate({"name": path[1:], "url": server.url + path, **shared, **READERS[path]})
        for path in DOCUMENTS
    ]


def state(db: Database, realm: str = "exercise") -> State:
    """What the store knows: content and span of each state; of the teams, whose register tells no times, who is there."""
    with db.engine("app", realm).connect() as conn:
        rows = conn.execute(
            text(
                "select layer, feature_id, content_hash, case layer when 'rescue_teams' then '' else cast(valid as text) end"
                " from version where upper_inf(recorded) and (layer <> 'rescue_teams' or valid @> now())"
            )
        )
        return frozenset((row[0], row[1], bytes(row[2]), row[3]) for row in rows)


class Mishaps:
    """Spoils what a server serves, by chance; counts by source which faults it really served."""

    def __init__(self, chance: random.Random, share: float) -> None:
        self.chance = chance
        self.share = share
        self.served: Counter[tuple[str, str]] = Counter()

    def spoil(self, server: FaultyServer, contents: Mapping[str, bytes]) -> set[str]:
        """Mishaps at some documents, or at the newest message of the index; the sources that may wait for ever."""
        silent = set()
        for source in DOCUMENTS:
            if self.chance.random() >= self.share:
                continue
            path = [*contents][len(contents) - len(DOCUMENTS) - 1] if self._message(source) else source
            mishap = self.chance.choice([*FAULTS, OUTDATED])
            if mishap == OUTDATED:
                server.routes[path] = outdated(server.routes[path])
                continue
            server.routes[path] = self._counted(source, mishap, FAULTS[mishap](contents[path]))
            if mishap == "timeout":
                silent.add(source)
        return silent

    def _message(self, source: str) -> bool:
        return source == INDEX and self.chance.random() < 0.5

    def _counted(self, source: str, mishap: str, answering: Answering) -> Answering:
        def served(headers: Headers) -> bytes | None:
            self.served[source, mishap] += 1
            return answering(headers)

        return served


def outdated(answering: Answering) -> Answering:
    """A cache on the way that calls every ETag the newest one: no fault that anybody can see."""
    return lambda headers: (
        answer(b"", "304 Not Modified") if "if-none-match" in headers else answering(headers)
    )


def serve(server: FaultyServer, contents: Mapping[str, bytes]) -> None:
    """Everything as it should be."""
    server.routes = {path: good(body, f'"{zlib.crc32(body)}"') for path, body in contents.items()}


async def replayed(db: Database, realm: str, mishaps: Mishaps | None = None) -> None:
    """The week, every source asked at every step; in the last one the network is well again."""
    async with FaultyServer().running() as server:
        found = configured(server, realm)
        plan.configure(db, found, BEGIN)
        fetcher = Fetcher()
        for now, contents in Week(SEED).steps(EVERY_HOURS):
            serve(server, contents)
            last = now == BEGIN + timedelta(hours=HOURS - EVERY_HOURS)
            silent = mishaps.spoil(server, contents) if mishaps and not last else set()
            asked = [
                one.model_copy(update={"timeout": IMPATIENCE}) if f"/{one.name}" in silent else one
                for one in found
            ]
            means = Means(db, fetcher, clock=lambda now=now: now)  # type: ignore[misc]
            await asyncio.gather(*(run(one, means) for one in asked))
        await fetcher.close()


@pytest.fixture(scope="module")
def perfect(module_database: Database) -> State:
    """What a perfect network leaves."""
    in_a_loop(replayed(module_database, "real"))
    for path in DOCUMENTS:
        assert {row.outcome for row in history(module_database, path, "real")} <= {"taken", "unchanged"}
    return state(module_database, "real")


def history(db: Database, path: str, realm: str = "exercise") -> Sequence[sources.Run]:
    """All that a source's history tells."""
    with db.engine("app", realm).connect() as conn:
        return source_states.history(conn, path[1:], limit=10_000)


def test_a_failing_network_leaves_no_trace_but_in_the_history(
    module_database: Database, perfect: State
) -> None:
    mishaps = Mishaps(random.Random(SEED), 0.6)
    in_a_loop(replayed(module_database, "exercise", mishaps))
    assert state(module_database) == perfect
    told: Counter[tuple[str, str]] = Counter()
    for path in DOCUMENTS:
        for row in history(module_database, path):
            if row.code:
                told[path, row.code] += row.times
    assert told == mishaps.served
    assert {code for _, code in told} == {*FAULTS}


@pytest.fixture
def mortal() -> Iterator[Database]:
    """A store on a cluster of its own, which may be killed."""
    with private_cluster(passing=True) as cluster:
        make_template(cluster)
        with cloned(cluster) as found:
            yield found


class Crew:
    """Two workers, each a process of its own; who is killed is replaced."""

    def __init__(self, database: Database, file: Path) -> None:
        assert database.cluster is not None
        self.file = file
        self.environment = {
            **os.environ,
            "EMMAP_DATABASE_URL": f"postgresql://emmap_app@/{database.name}?host={database.cluster.socket_dir}",
            "EMMAP_REALM": "exercise",
            "PYTHONPATH": str(ROOT),
        }
        self.workers: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> "Crew":
        await asyncio.gather(self._recruit(), self._recruit())
        return self

    async def __aexit__(self, *error: object) -> None:
        for one in self.workers:
            one.kill()
            await one.wait()

    async def kill(self, number: int) -> None:
        """kill -9, and another one in its place."""
        victim = self.workers.pop(number)
        victim.kill()
        await victim.wait()
        await self._recruit()

    async def _recruit(self) -> None:
        self.workers.append(
            await asyncio.create_subprocess_exec(
                sys.executable, str(ROOT / "tests" / "worker_process.py"), str(self.file), cwd=ROOT,
                env=self.environment, stdout=asyncio.subprocess.DEVNULL,
            )
        )  # fmt: skip


def hastened(db: Database) -> bool:
    """Has every source run now; False where database or workers are not there yet."""
    try:
        with db.engine("app").begin() as conn:
            for path in DOCUMENTS:
                source_states.hasten(conn, path[1:], datetime.now(UTC))
    except (EmmapError, SQLAlchemyError):
        return False
    return True


def is_as(db: Database, wanted: State) -> bool:
    """Whether the store is in that state; False while it does not answer."""
    try:
        return state(db) == wanted
    except SQLAlchemyError:
        return False


def kill_database(cluster: Cluster, *, all_of_it: bool) -> None:
    """kill -9 of the server, which is started again; or of one of its processes, after which it recovers by itself."""
    if all_of_it:
        os.kill(int((cluster.pgdata / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        cluster.start()
        return
    with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
        process = connection.execute(
            "select pid from pg_stat_activity where usename = 'emmap_app' order by state = 'idle', random()"
        ).fetchone()
    assert process is not None
    os.kill(process[0], signal.SIGKILL)


def written(file: Path, server: FaultyServer) -> Path:
    """The week's sources as an operator writes them, all in a hurry."""
    file.write_text(
        "".join(
            f"[sources.{one.name}]\nreader = '{one.reader}'\nlayer = '{one.layer}'\nurl = '{one.url}'\n"
            f"mode = '{one.mode}'\nevery = '5 s'\nretry = '0.3 s'\ntimeout = '1 s'\n"
            "private_hosts = ['127.0.0.1']\nhosts = ['localhost']\n"
            for one in configured(server, "exercise")
        ),
        encoding="utf-8",
    )
    return file


def test_killed_workers_and_databases_leave_no_trace_either(
    mortal: Database, perfect: State, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    mishaps = Mishaps(chance, 0.2)
    assert mortal.cluster is not None
    cluster = mortal.cluster

    async def scene() -> None:
        async with (
            FaultyServer().running() as server,
            Crew(mortal, written(tmp_path / "s.toml", server)) as crew,
        ):
            for step, (_, contents) in enumerate(list(Week(SEED).steps(EVERY_HOURS))[1::2]):
                serve(server, contents)
                mishaps.spoil(server, contents)
                await eventually(lambda: hastened(mortal))
                goal = len(server.asked) + chance.randrange(
                    1, 4
                )  # somewhere in the middle of what that begins
                await eventually(lambda goal=goal: len(server.asked) >= goal)  # type: ignore[misc]
                if step % 7 == 2:
                    await crew.kill(chance.randrange(2))
                if step % 8 == 4:
                    await asyncio.to_thread(kill_database, cluster, all_of_it=step % 16 == 4)
            serve(server, contents)
            await eventually(lambda: hastened(mortal))
            await eventually(lambda: is_as(mortal, perfect))

    in_a_loop(scene())
    outcomes = {row.outcome for path in DOCUMENTS for row in history(mortal, path)}
    assert {"taken", "failed"} <= outcomes
