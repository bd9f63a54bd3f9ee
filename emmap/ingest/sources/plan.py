"""The configuration into the store, and jobs for the sources whose time has come."""

from collections.abc import Sequence
from datetime import datetime

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import Connection, text

from emmap.ingest.sources.config import SourceConfig
from emmap.store import migrate, sources
from emmap.store.database import QUEUE_SCHEMA, SITE_SCHEMA, Database, schema_of
from emmap.store.sources import Declared

QUEUE = "sources"
TASK = "run_source"


def declared(one: SourceConfig) -> Declared:
    """What the store keeps of a source's configuration."""
    return Declared(
        name=one.name,
        title=one.title or one.name,
        layer=one.layer,
        reader=one.reader,
        place=one.place,
        mode=one.mode,
        every=one.every,
        expected=one.expected,
        settings_hash=one.settings_hash,
    )


def by_realm(db: Database, found: Sequence[SourceConfig]) -> dict[str, list[SourceConfig]]:
    """The sources of each realm that there is; those of a realm that is not there wait until it is made."""
    return {
        realm: [one for one in found if (one.realm or db.default_realm) == realm]
        for realm in migrate.realms(db, as_role="app")
    }


def configure(db: Database, found: Sequence[SourceConfig], now: datetime) -> None:
    """Makes each realm's list of sources the configuration's."""
    for realm, those in by_realm(db, found).items():
        with db.engine("app", realm).begin() as conn:
            sources.configure(conn, [declared(one) for one in those], now)


def defer_due(db: Database, realm: str, names: Sequence[str], now: datetime) -> datetime | None:
    """Puts a job into the queue for each source that is due, in one transaction with the note that it is planned;
    answers when the next one is due. One job a source waits at most, and one runs at most, whoever plans."""
    with db.engine("app", realm).begin() as conn:
        for name in sources.due(conn, names, now):
            _defer(conn, realm, name)
        return sources.next_due(conn)


_JOBS = App(connector=SyncPsycopgConnector())
"""Puts jobs in over a connection that is given to it; it has none of its own."""


def _defer(conn: Connection, realm: str, name: str) -> None:
    lock = f"{realm}/{name}"
    connection = conn.connection.driver_connection
    task = _JOBS.configure_task(TASK, queue=QUEUE, lock=lock, queueing_lock=lock, connection=connection)
    savepoint = conn.begin_nested()
    conn.execute(text(f"set local search_path = {QUEUE_SCHEMA}"))
    try:
        task.defer(realm=realm, name=name)
    except AlreadyEnqueued:
        savepoint.rollback()
    else:
        conn.execute(text(f"set local search_path = {schema_of(realm)}, {SITE_SCHEMA}, public"))
        savepoint.commit()
