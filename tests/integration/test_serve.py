"""`emmap serve` as a person runs it: started, stopped, killed at any place, and started again."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from supervised import PATIENCE_S, Run, eventually, is_free

from emmap.store.cluster import Cluster


def realms(cluster: Cluster) -> set[str]:
    """The realms in the store."""
    with psycopg.connect(cluster.conninfo("emmap_owner")) as connection:
        rows = connection.execute("select nspname from pg_namespace where nspname like 'realm_%'")
        return {row[0] for row in rows}


def test_without_the_exercise_there_is_the_real_realm_alone(serve: Callable[..., Run], own: Cluster) -> None:
    serve("--no-exercise").ready()
    assert realms(own) == {"realm_real"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_web_and_database(
    serve: Callable[..., Run], own: Cluster, port: int, number: int
) -> None:
    run = serve().ready()
    web = run.web()
    code, said = run.end(number)
    assert code == 0
    assert "已停止" in said
    assert "Traceback" not in said
    assert is_free(port)
    assert not own.answers()
    assert not Path(f"/proc/{web}").exists()


def test_a_killed_supervisor_leaves_nothing_in_the_way(serve: Callable[..., Run], own: Cluster) -> None:
    first = serve("--no-exercise", "--workers", "2").ready()
    first.process.kill()
    assert own.answers()
    serve().ready()


def test_what_is_killed_beneath_it_comes_back(serve: Callable[..., Run], own: Cluster) -> None:
    run = serve().ready()
    os.kill(run.web(), signal.SIGKILL)
    run.until("starting it again")
    eventually(run.answers)
    os.kill(int((own.pgdata / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    run.until("the database is back")
    eventually(run.answers)


def test_the_worker_alone_has_credentials_and_comes_back(
    serve: Callable[..., Run], own: Cluster, tmp_path: Path
) -> None:
    own.data_dir.mkdir(exist_ok=True)
    file = own.data_dir / "sources.toml"
    file.write_text(
        f"[sources.a]\nreader = 'table'\nlayer = 'rescue_teams'\nfolder = '{tmp_path}'\nevery = '1 h'\n"
    )
    file.chmod(0o644)
    run = serve(EMMAP_SOURCES_FILE=str(file), EMMAP_SECRET_KEY="k3y").ready()
    run.until("1 sources")
    assert b"k3y" in Path(f"/proc/{run.worker()}/environ").read_bytes()
    assert b"k3y" not in Path(f"/proc/{run.web()}/environ").read_bytes()
    os.kill(run.worker(), signal.SIGKILL)
    run.until("the worker ended")
    run.until("1 sources")


def test_a_database_in_use_by_others_goes_on(serve: Callable[..., Run], own: Cluster) -> None:
    run = serve().ready()
    with psycopg.connect(own.conninfo("emmap_app")) as other:
        os.killpg(run.process.pid, signal.SIGINT)
        run.until("waiting for ")
        _, said = run.end(signal.SIGINT)  # the second Ctrl-C does not wait
        assert "the database goes on" in said
        assert other.execute("select 1").fetchone() == (1,)


def test_a_taken_port_is_one_sentence(serve: Callable[..., Run], port: int) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        run = serve()
        run.until("is taken, waiting")
        run.until(f"Cannot listen on port {port}")
        assert run.process.wait(PATIENCE_S) == 1


def test_the_first_start_loads_the_exercise_and_says_when_it_is_complete(
    serve: Callable[..., Run], own: Cluster
) -> None:
    run = serve("--exercise")
    run.until("&next=%2Fexercise%2Fcity-2020")
    run.until("loaded,")
    assert realms(own) == {"realm_real", "realm_exercise"}
    with psycopg.connect(own.conninfo("emmap_owner")) as connection:
        row = connection.execute(
            "select count(distinct layer), (select count(*) from realm_real.version) from realm_exercise.version"
        ).fetchone()
    assert row == (6, 0)
