"""Fixtures that need the database or the web: one private cluster for the whole run, one cloned database a test."""

import itertools
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn
from psycopg import sql
from served import Web

from emmap.settings import ROOT, Settings
from emmap.store import migrate
from emmap.store.cluster import SUPERUSER, Cluster
from emmap.store.database import Database

TEMPLATE = "emmap_template"
_numbers = itertools.count(1)


def database_named(cluster: Cluster, name: str) -> Database:
    """A database of the test cluster, with `exercise` as default realm."""
    return Database(default_realm="exercise", data_dir=cluster.data_dir, cluster=cluster, name=name)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private cluster of this run, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="emmap-test-"))
    folder.chmod(0o755)
    found = Cluster(folder)
    found.start()
    yield found
    found.stop()
    shutil.rmtree(folder)
    shutil.rmtree(found.socket_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A database with every migration and the realms real and exercise, to be cloned."""
    database = database_named(cluster, TEMPLATE)
    database.ensure_running()
    migrate.upgrade(database)
    for realm in ("real", "exercise"):
        if realm not in migrate.realms(database):
            migrate.create_realm(database, realm)
    database.dispose()
    return TEMPLATE


@contextmanager
def cloned(cluster: Cluster, template: str) -> Iterator[Database]:
    """A fresh database, empty, with the realms real and exercise."""
    name = f"emmap_test_{next(_numbers)}"
    with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {} owner emmap_owner").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        connection.execute(
            sql.SQL("grant create, temporary on database {} to emmap_owner").format(sql.Identifier(name))
        )
    found = database_named(cluster, name)
    yield found
    found.dispose()
    with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def clone() -> Callable[[Cluster, str], AbstractContextManager[Database]]:
    """Makes further fresh databases, for fixtures of other scopes."""
    return cloned


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[Database]:
    """A database of this test alone."""
    with cloned(cluster, template) as found:
        yield found


@pytest.fixture(scope="module")
def module_database(cluster: Cluster, template: str) -> Iterator[Database]:
    """A database of this module's tests, for those that only read or are refused."""
    with cloned(cluster, template) as found:
        yield found


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real messages and files, see tests/samples/README.md."""
    return ROOT / "tests" / "samples"


@pytest.fixture
def web(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The application, served as it is in earnest, in a thread."""
    from emmap.web.app import create_app  # only here: tests of the store run without the web

    monkeypatch.setattr(Database, "from_settings", lambda settings: database)
    app = create_app(Settings(data_dir=database.data_dir, realm="exercise"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, ws="websockets-sansio", access_log=False, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=50)) as probe:
            assert probe.get(f"{url}/healthz").status_code == 200
        found = Web(url, database)
        yield found
        found.close()
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()
