"""Where the store is and who connects: the private cluster, or the operator's own server.

Three PostgreSQL roles: `emmap_owner` owns schemas and functions, `emmap_app` is what web and worker may do,
`emmap_reader` reads the typed views (QGIS). Site-wide tables live in schema `emmap`, each realm in its own.
"""

import re
from pathlib import Path
from typing import Any, Literal

import psycopg
import sqlalchemy
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import Engine

from emmap.errors import Malformed, SetupError, StoreUnavailable
from emmap.settings import Settings
from emmap.store.cluster import DATABASE, SUPERUSER, Cluster, choose_data_dir

Role = Literal["owner", "app", "reader"]
ROLE_NAMES: dict[Role, str] = {"owner": "emmap_owner", "app": "emmap_app", "reader": "emmap_reader"}
REALM = re.compile(r"[a-z][a-z0-9_]{0,40}")
SITE_SCHEMA = "emmap"
OLDEST_SERVER = 150000
"""PostgreSQL 15, as `server_version_num`."""


def schema_of(realm: str) -> str:
    """The schema of a realm; `Malformed` where the name is none."""
    if not REALM.fullmatch(realm):
        raise Malformed(
            f"库名「{realm[:40]}」无效:小写字母开头,只含小写字母、数字和下划线。",
            f"“{realm[:40]}” is no realm: lower-case letters, digits and underscores, a letter first.",
            code="malformed_realm",
        )
    return f"realm_{realm}"


class Database:
    """The store's address. Making it does no I/O; `ensure_running` does."""

    def __init__(
        self,
        *,
        default_realm: str,
        data_dir: Path,
        cluster: Cluster | None = None,
        url: str | None = None,
        owner_url: str | None = None,
        name: str = DATABASE,
    ) -> None:
        self.default_realm = default_realm
        self.data_dir = data_dir
        self.cluster = cluster
        self.name = name
        self._url = url
        self._owner_url = owner_url or url
        self._engines: dict[tuple[Role, str | None], Engine] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> "Database":
        """The private cluster, or the server that EMMAP_DATABASE_URL names."""
        data_dir = choose_data_dir(settings)
        if settings.database_url is None:
            return cls(
                default_realm=settings.realm or "exercise", data_dir=data_dir, cluster=Cluster(data_dir)
            )
        owner = settings.database_owner_url
        return cls(
            default_realm=settings.realm or "real",
            data_dir=data_dir,
            url=settings.database_url.get_secret_value(),
            owner_url=owner.get_secret_value() if owner else None,
        )

    @property
    def embedded(self) -> bool:
        """Whether this is the private cluster."""
        return self.cluster is not None

    def ensure_running(self) -> None:
        """Starts the private cluster where it does not answer; makes database, PostGIS and roles where missing.

        Raises `SetupError` or `StoreUnavailable` with one sentence on what is missing.
        """
        if self.cluster is not None:
            self.cluster.start()
            self._provision_cluster(self.cluster)
        else:
            self._check_server()

    def conninfo(self, role: Role = "app", realm: str | None = None) -> str:
        """libpq connection string, for psycopg and (role `reader`) for QGIS."""
        if self.cluster is not None:
            parts = conninfo_to_dict(self.cluster.conninfo(ROLE_NAMES[role], self.name))
            if role == "reader":
                parts["password"] = self.cluster.reader_password()
        else:
            parts = conninfo_to_dict((self._owner_url if role == "owner" else self._url) or "")
        options = [f"-csearch_path={self._search_path(realm)}", "-ctimezone=UTC"]
        if self.cluster is None and role == "app" and self._url == self._owner_url:
            options.append(f"-crole={ROLE_NAMES['app']}")
        parts["options"] = " ".join([*filter(None, [parts.get("options")]), *options])  # type: ignore[list-item]
        parts.setdefault("application_name", f"emmap-{role}")
        parts.setdefault("connect_timeout", "10")
        return make_conninfo("", **parts)

    def engine(self, role: Role = "app", realm: str | None = None) -> Engine:
        """A pooled SQLAlchemy engine of this role, its search path at the realm's schema (the default realm's
        where `realm` is None), in UTC, READ COMMITTED."""
        key = (role, realm)
        if key not in self._engines:
            info = self.conninfo(role, realm)
            self._engines[key] = sqlalchemy.create_engine(
                "postgresql+psycopg://",
                creator=lambda: psycopg.connect(info),
                pool_pre_ping=True,
                pool_size=10,
                max_overflow=20,
                isolation_level="READ COMMITTED",
            )
        return self._engines[key]

    def dispose(self) -> None:
        """Closes every pooled connection."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def _search_path(self, realm: str | None) -> str:
        return f"{schema_of(realm or self.default_realm)},{SITE_SCHEMA},public"

    def _provision_cluster(self, cluster: Cluster) -> None:
        with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
            make_roles(connection, login=True)
            connection.execute(
                sql.SQL("alter role emmap_reader password {}").format(sql.Literal(cluster.reader_password()))
            )
            known = connection.execute(
                "select 1 from pg_database where datname = %s", (self.name,)
            ).fetchone()
            if not known:
                connection.execute(
                    sql.SQL("create database {} owner emmap_owner").format(sql.Identifier(self.name))
                )
        with psycopg.connect(cluster.conninfo(SUPERUSER, self.name), autocommit=True) as connection:
            connection.execute("create extension if not exists postgis")
            make_site_schema(connection)

    def _check_server(self) -> None:
        """Says in one sentence what the operator's server lacks, and makes what it may."""
        try:
            with psycopg.connect(self._owner_url or "", autocommit=True, connect_timeout=10) as connection:
                _check_version(connection)
                _check_postgis(connection)
                make_roles(connection, login=False)
                make_site_schema(connection)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(
                f"无法连接 EMMAP_DATABASE_URL 指向的数据库:{_first_line(error)}",
                f"The database that EMMAP_DATABASE_URL names cannot be reached: {_first_line(error)}",
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise SetupError(
                f"数据库用户权限不足:{_first_line(error)}。请授予建模式、建角色的权限,或用 EMMAP_DATABASE_OWNER_URL 另给所有者。",
                f"The database user lacks a right: {_first_line(error)}. Grant it the right to create schemas and "
                "roles, or give an owner with EMMAP_DATABASE_OWNER_URL.",
            ) from error


def make_roles(connection: psycopg.Connection[Any], *, login: bool) -> None:
    """The three roles, where missing; on an operator's server the connected user becomes a member of them."""
    for name in ROLE_NAMES.values():
        if not connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone():
            connection.execute(
                sql.SQL("create role {} {}").format(
                    sql.Identifier(name), sql.SQL("login" if login else "nologin")
                )
            )
        if not login:
            connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))


def make_site_schema(connection: psycopg.Connection[Any]) -> None:
    """Schema `emmap`, and the right of its owner to make realms."""
    connection.execute("create schema if not exists emmap authorization emmap_owner")
    connection.execute("grant usage on schema emmap to emmap_app")
    row = connection.execute("select current_database()").fetchone()
    if row:
        connection.execute(
            sql.SQL("grant create, connect, temporary on database {} to emmap_owner").format(
                sql.Identifier(row[0])
            )
        )


def _check_version(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise SetupError(
            "数据库版本过低:需要 PostgreSQL 15 或更新。",
            "The server is too old: PostgreSQL 15 or newer is needed.",
        )


def _check_postgis(connection: psycopg.Connection[Any]) -> None:
    if connection.execute("select 1 from pg_extension where extname = 'postgis'").fetchone():
        return
    if not connection.execute("select 1 from pg_available_extensions where name = 'postgis'").fetchone():
        raise SetupError(
            "数据库服务器没有安装 PostGIS;请在服务器上安装 PostGIS 3.3 或更新。",
            "The server has no PostGIS; install PostGIS 3.3 or newer on it.",
        )
    try:
        connection.execute("create extension postgis")
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupError(
            "数据库里没有 PostGIS 扩展,当前用户也无权建立;请由管理员执行 create extension postgis。",
            "The database lacks the extension postgis and this user may not create it; have an administrator run "
            "create extension postgis.",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
