"""EMMAP_DATABASE_URL: the operator's own server is used, and what it lacks is said in one sentence."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from emmap.errors import SetupError, StoreUnavailable
from emmap.settings import Settings
from emmap.store import database as stores
from emmap.store import migrate
from emmap.store.cluster import SUPERUSER, Cluster
from emmap.store.database import ROLE_NAMES, Database


class Server(Cluster):
    """A server as an operator may have it: roles and databases of its own, and nothing of emmap."""

    def _write_configuration(self) -> None:
        super()._write_configuration()
        (self.pgdata / "pg_hba.conf").write_text("local all all trust\n")

    def url(self, user: str, database: str = "city", password: str = "") -> str:
        """The address that the operator would set."""
        return f"postgresql://{user}:{password}@/{database}?host={self.socket_dir}"

    def administrate(self, *statements: str, database: str = "postgres") -> None:
        """Statements of the server's administrator."""
        with psycopg.connect(self.conninfo(SUPERUSER, database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))


@pytest.fixture(scope="module")
def started() -> Iterator[Server]:
    """The server, running."""
    folder = Path(tempfile.mkdtemp(prefix="emmap-test-"))
    folder.chmod(0o755)
    found = Server(folder)
    found.start()
    yield found
    found.stop()
    shutil.rmtree(found.socket_dir, ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def server(started: Server) -> Iterator[Server]:
    """The server with an empty database `city` and the ordinary users `operator` and `city_app`."""
    started.administrate(
        "create role operator login", "create role city_app login", "create database city owner operator"
    )
    yield started
    started.administrate("drop database city with (force)")
    started.administrate(
        *(f"drop role if exists {name}" for name in (*ROLE_NAMES.values(), "operator", "city_app"))
    )


def store(url: str, owner_url: str | None = None) -> Database:
    """The store as the settings would make it."""
    return Database.from_settings(
        Settings(
            data_dir=Path("/nonexistent"),
            database_url=SecretStr(url),
            database_owner_url=SecretStr(owner_url) if owner_url else None,
        )
    )


def who(database: Database) -> tuple[str, ...]:
    """Which user the application's connection came as, and which role it has on."""
    with database.engine("app").connect() as connection:
        row = connection.exec_driver_sql("select session_user, current_user").one()
    database.dispose()
    return tuple(row)


def test_one_address_serves_owner_and_application(server: Server) -> None:
    server.administrate("alter role operator createrole")
    server.administrate("create extension postgis", database="city")
    found = store(server.url("operator"))
    found.ensure_running()
    migrate.upgrade(found)
    migrate.create_realm(found, "real")
    assert found.default_realm == "real"
    assert not found.embedded
    assert migrate.pending(found, as_role="app") == []
    with found.engine("owner").connect() as connection:
        owners = connection.exec_driver_sql(
            "select distinct tableowner from pg_tables where schemaname in ('emmap', 'realm_real')"
        ).scalars()
        assert list(owners) == ["emmap_owner"]
    assert who(found) == ("operator", "emmap_app")


def test_with_two_addresses_the_application_cannot_become_the_owner(server: Server) -> None:
    server.administrate("alter role operator createrole")
    server.administrate("create extension postgis", database="city")
    found = store(server.url("city_app"), server.url("operator"))
    found.ensure_running()
    assert who(found) == ("city_app", "emmap_app")
    with (
        psycopg.connect(found.conninfo("app")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("set role emmap_owner")


def test_a_second_start_changes_nothing(server: Server) -> None:
    server.administrate("alter role operator createrole")
    server.administrate("create extension postgis", database="city")
    found = store(server.url("city_app"), server.url("operator"))
    found.ensure_running()
    server.administrate("alter role operator nocreaterole")
    found.ensure_running()
    assert who(found) == ("city_app", "emmap_app")


def test_what_a_user_without_rights_is_told_to_run_is_enough(server: Server) -> None:
    server.administrate(
        "create extension postgis", "alter database city owner to current_user", database="city"
    )
    found = store(server.url("city_app"), server.url("operator"))
    with pytest.raises(SetupError) as refused:
        found.ensure_running()
    advice = refused.value.en.rpartition("run: ")[2]
    assert advice in refused.value.zh
    server.administrate(*re.findall(r"[^;]+;", advice))
    found.ensure_running()
    migrate.upgrade(found)
    assert who(found) == ("city_app", "emmap_app")


def test_a_missing_postgis_is_said_with_the_statement_that_makes_it(server: Server) -> None:
    with pytest.raises(SetupError, match="create extension postgis"):
        store(server.url("operator")).ensure_running()


def test_a_server_too_old_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "OLDEST_SERVER", 990000)
    with pytest.raises(SetupError, match="too old"):
        store(server.url("operator")).ensure_running()


def test_a_store_newer_than_the_program_is_refused(server: Server) -> None:
    found = store(server.url(SUPERUSER))
    found.ensure_running()
    migrate.upgrade(found)
    with found.engine("owner").begin() as connection:
        connection.exec_driver_sql("insert into emmap.migration values ('9999_later', '', now())")
    with pytest.raises(SetupError, match="newer"):
        migrate.upgrade(found)
    found.dispose()


@pytest.mark.parametrize(
    "url",
    ["postgresql://operator:secret@/city?host=/nonexistent", "postgresql://operator:secret@127.0.0.1:1/city"],
)
def test_a_server_out_of_reach_is_named_by_its_setting(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="EMMAP_DATABASE_URL") as refused:
        store(url).ensure_running()
    assert "secret" not in str(refused.value)


def test_what_is_no_address_is_refused(server: Server) -> None:
    with pytest.raises(SetupError, match="postgresql://user:password@host"):
        store("localhost:5432/city").ensure_running()


def test_two_addresses_of_different_databases_are_refused(server: Server) -> None:
    with pytest.raises(SetupError, match="different databases"):
        store(server.url("operator"), server.url("operator", "postgres")).ensure_running()
