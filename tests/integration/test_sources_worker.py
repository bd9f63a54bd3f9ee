"""Workers: each source on its own, one effect however many work, nothing lost when one is killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from emmap.ingest.sources.worker import Worker
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import source_states, sources
from emmap.store.cluster import SUPERUSER, Cluster
from emmap.store.database import Database
from tests.faulty_server import FaultyServer, eventually, good, in_a_loop
from tests.worker_process import QUICK

TEAMS = "编号,队伍名称,经度,纬度\nT{0},【演练】一队{0},113.3,23.1\n"


def configuration(folder: Path, server: FaultyServer, names: Sequence[str], every: str = "1 h") -> Path:
    """A file of sources, each of its own path."""
    file = folder / "sources.toml"
    file.write_text(
        "".join(
            f'[sources.{name}]\nreader = "table"\nlayer = "rescue_teams"\nurl = "{server.url}/{name}"\nevery = "{every}"\n'
            f'private_hosts = ["127.0.0.1"]\n'
            for name in names
        ),
        encoding="utf-8",
    )
    return file


@asynccontextmanager
async def working(database: Database, file: Path, count: int = 1) -> AsyncIterator[list[str]]:
    """Workers in this process; what they say."""
    said: list[str] = []
    workers = [Worker(database, load_layers(ROOT / "layers"), file, said.append, QUICK) for _ in range(count)]
    tasks = [asyncio.create_task(one.work()) for one in workers]
    try:
        yield said
    finally:
        for one in workers:
            one.stopping.set()
        await asyncio.gather(*tasks)


def history(database: Database, name: str) -> list[sources.Run]:
    """A source's history, the newest first."""
    with database.engine("app").connect() as conn:
        return source_states.history(conn, name)


def runs(database: Database) -> int:
    """How many imports there were."""
    with database.engine("app").connect() as conn:
        return int(conn.execute(text("select count(*) from ingest_run")).scalar_one())


def versions(database: Database) -> int:
    """How many versions there are."""
    with database.engine("app").connect() as conn:
        return int(conn.execute(text("select count(*) from version")).scalar_one())


def test_two_workers_have_one_effect_and_a_slow_source_delays_none(
    database: Database, tmp_path: Path
) -> None:
    async def scene() -> None:
        names = [f"s{n}" for n in range(5)]
        async with FaultyServer(
            {f"/{n}": good(TEAMS.format(n).encode()) for n in names[1:]}
        ).running() as server:
            server.routes["/s0"] = lambda _: None  # never answers
            async with working(database, configuration(tmp_path, server, names), 2):
                await eventually(lambda: all(history(database, name) for name in names[1:]))
                assert history(database, "s0") == []
                assert sorted(path for path, _ in server.asked) == [f"/{name}" for name in names]
                server.routes["/s0"] = good(TEAMS.format("s0").encode())
        assert runs(database) == versions(database) == 4
        assert {row.outcome for name in names[1:] for row in history(database, name)} == {"taken"}

    in_a_loop(scene())


async def killed_once(cluster: Cluster, database: Database, file: Path, middle: Callable[[], Any]) -> None:
    """A worker in a process of its own, killed as soon as `middle` says that it is in the middle."""
    url = f"postgresql://emmap_app@/{database.name}?host={cluster.socket_dir}"
    environment = {
        **os.environ,
        "EMMAP_DATABASE_URL": url,
        "EMMAP_REALM": "exercise",
        "PYTHONPATH": str(ROOT),
    }
    victim = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "tests" / "worker_process.py"), str(file), cwd=ROOT, env=environment
    )
    await eventually(middle)
    victim.kill()
    await victim.wait()


def test_the_job_of_a_worker_killed_while_it_fetches_is_taken_over(
    cluster: Cluster, database: Database, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with FaultyServer({"/s": lambda _: None}).running() as server:
            file = configuration(tmp_path, server, ["s"])
            await killed_once(cluster, database, file, lambda: server.asked)
            server.routes["/s"] = good(TEAMS.format(1).encode())
            async with working(database, file):
                await eventually(lambda: len(history(database, "s")) == 2)
        assert [row.outcome for row in history(database, "s")] == ["taken", "lost"]
        assert runs(database) == versions(database) == 1

    in_a_loop(scene())


def test_a_worker_killed_while_it_writes_has_written_nothing(
    cluster: Cluster, database: Database, tmp_path: Path
) -> None:
    def waits(connection: psycopg.Connection[Any]) -> bool:
        found = connection.execute(
            "select 1 from pg_stat_activity where datname = %s and wait_event_type = 'Lock'", (database.name,)
        )
        return found.fetchone() is not None

    async def scene() -> None:
        info = cluster.conninfo(SUPERUSER, database.name)
        async with FaultyServer({"/s": good(TEAMS.format(1).encode())}).running() as server:
            file = configuration(tmp_path, server, ["s"])
            with psycopg.connect(info) as writer, psycopg.connect(info, autocommit=True) as watching:
                writer.execute("select from realm_exercise.clock where layer = 'rescue_teams' for update")
                await killed_once(cluster, database, file, lambda: waits(watching))
                assert versions(database) == 0
            async with working(database, file):
                await eventually(lambda: len(history(database, "s")) == 2)
        assert [row.outcome for row in history(database, "s")] == ["taken", "lost"]
        assert runs(database) == versions(database) == 1

    in_a_loop(scene())


def test_a_worker_outlives_the_database(cluster: Cluster, database: Database, tmp_path: Path) -> None:
    def cut() -> None:
        with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database.name,)
            )

    async def scene() -> None:
        async with FaultyServer({"/s": good(TEAMS.format(1).encode())}).running() as server:
            file = configuration(tmp_path, server, ["s"])
            async with working(database, file) as said:
                await eventually(lambda: history(database, "s"))
                await asyncio.to_thread(cut)
                await eventually(lambda: any("恢复，继续" in line for line in said))
                server.routes["/s"] = good(TEAMS.format(2).encode())
                with database.engine("app").begin() as conn:
                    source_states.hasten(conn, "s", history(database, "s")[0].finished_at)
                await eventually(lambda: len(history(database, "s")) == 2)
        assert any("没有应答" in line for line in said)

    in_a_loop(scene())


def test_a_changed_file_is_taken_as_it_is_and_one_with_mistakes_is_not(
    database: Database, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with FaultyServer({f"/{n}": good(TEAMS.format(n).encode()) for n in "ab"}).running() as server:
            file = configuration(tmp_path, server, ["a"])
            async with working(database, file) as said:
                await eventually(lambda: history(database, "a"))
                file.write_text("[sources.a]\nreader = 'csv'\n", encoding="utf-8")
                await eventually(lambda: any("reader" in line for line in said))
                configuration(tmp_path, server, ["b"])
                await eventually(lambda: history(database, "b"))
        with database.engine("app").connect() as conn:
            assert [(one.name, one.configured) for one in source_states.standings(conn)] == [
                ("b", True),
                ("a", False),
            ]

    in_a_loop(scene())
