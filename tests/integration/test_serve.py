"""`emmap serve` as a person runs it: started, stopped, killed at any place, and started again."""

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from emmap.settings import ROOT
from emmap.store.cluster import Cluster

PATIENCE_S = 120


class Run:
    """One run of `emmap serve`, its lines as they come."""

    def __init__(self, data_dir: Path, port: int, *arguments: str, **settings: str) -> None:
        self.port = port
        self.lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EMMAP_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emmap.cli", "serve", "--port", str(port), *arguments],
            cwd=ROOT,
            env={
                **environment,
                "EMMAP_DATA_DIR": str(data_dir),
                "EMMAP_EXERCISE_SHARE": "0.01",
                "PYTHONUNBUFFERED": "1",
                **settings,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._new.put(line)
        self._new.put(None)

    def until(self, words: str) -> None:
        """Waits for a line with these words; fails where the run ends first."""
        end = time.monotonic() + PATIENCE_S
        while not any(words in line for line in self.lines):
            try:
                line = self._new.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no «{words}» within {PATIENCE_S} s: {self.lines}") from None
            assert line is not None, f"ended without «{words}»: {self.lines}"
            self.lines.append(line)
        self.lines = []

    def ready(self) -> "Run":
        """Waits until the address is printed."""
        self.until("/sign-in?code=")
        assert self.answers()
        return self

    def answers(self) -> bool:
        """Whether the web is ready."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def web(self) -> int:
        """The web's process number."""
        return self._child(b"uvicorn")

    def worker(self) -> int:
        """The worker's process number."""
        return self._child(b"worker\0")

    def _child(self, word: bytes) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next(int(child) for child in children if word in Path(f"/proc/{child}/cmdline").read_bytes())

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Signals the whole group, as a terminal does; the exit code and what was said since."""
        os.killpg(self.process.pid, number)
        code = self.process.wait(PATIENCE_S)
        while (line := self._new.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
        return code, "".join(self.lines)


def eventually(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds; fails when patience ends."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """The private cluster of these runs, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="emmap-test-"))
    folder.chmod(0o755)
    found = Cluster(folder)
    yield found
    found.stop()
    shutil.rmtree(found.socket_dir, ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def serve(own: Cluster, port: int) -> Iterator[Callable[..., Run]]:
    """Starts runs on one port; what still runs afterwards is stopped."""
    runs: list[Run] = []

    def start(*arguments: str, **settings: str) -> Run:
        runs.append(Run(own.data_dir, port, *(arguments or ("--no-exercise",)), **settings))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end()
        run.reader.join(PATIENCE_S)


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
        run.until("waiting for 1 other")
        _, said = run.end(signal.SIGINT)  # the second Ctrl-C does not wait
        assert "the database goes on" in said
        assert other.execute("select 1").fetchone() == (1,)


def test_a_taken_port_is_one_sentence(serve: Callable[..., Run], port: int) -> None:
    with socket.socket() as taken:
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
    assert row == (5, 0)
