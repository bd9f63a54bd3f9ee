"""A private cluster for tests and measurements, and fresh databases on it in milliseconds."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from emmap.store import migrate
from emmap.store.cluster import SUPERUSER, Cluster
from emmap.store.database import Database

TEMPLATE = "emmap_template"
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 6 << 30
"""With less free memory than this, in bytes, a passing cluster lies on the disk: the largest test writes 2 GB."""
PASSING = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}
"""Settings of a cluster of which nothing needs to outlive the machine."""
_numbers = itertools.count(1)


@contextmanager
def private_cluster(*, passing: bool = False) -> Iterator[Cluster]:
    """A cluster in a folder of its own, gone afterwards. `passing`: in memory where there is enough, and nothing waits
    for a disk: a database is made in a tenth of the time. Not for measurements."""
    folder = Path(tempfile.mkdtemp(prefix="emmap-test-", dir=_memory() if passing else None))
    folder.chmod(0o755)
    found = Cluster(folder)
    found.start()
    if passing:
        with psycopg.connect(found.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
            for name, value in PASSING.items():
                connection.execute(
                    sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value))
                )
            connection.execute("select pg_reload_conf()")
    try:
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder)
        shutil.rmtree(found.socket_dir, ignore_errors=True)


def _memory() -> Path | None:
    """The folder that lies in memory, where there is one with room that the machine really has."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    told = Path("/proc/meminfo").read_text()
    available = next(
        int(line.split()[1]) << 10 for line in told.splitlines() if line.startswith("MemAvailable")
    )
    return MEMORY if min(available, shutil.disk_usage(MEMORY).free) >= ENOUGH_MEMORY else None


def database_named(cluster: Cluster, name: str) -> Database:
    """A database of the cluster, with `exercise` as default realm."""
    return Database(default_realm="exercise", data_dir=cluster.data_dir, cluster=cluster, name=name)


def make_template(cluster: Cluster) -> str:
    """The name of a database with every migration and the realms real and exercise, to be cloned."""
    database = database_named(cluster, TEMPLATE)
    database.ensure_running()
    migrate.upgrade(database)
    for realm in ("real", "exercise"):
        if realm not in migrate.realms(database):
            migrate.create_realm(database, realm)
    database.dispose()
    return TEMPLATE


@contextmanager
def cloned(cluster: Cluster, template: str = TEMPLATE) -> Iterator[Database]:
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
