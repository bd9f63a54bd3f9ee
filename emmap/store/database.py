"""Where the store is and who connects: the private cluster, or the operator's own server.

Three PostgreSQL roles: `emmap_owner` owns schemas and functions, `emmap_app` is what web and worker may do,
`emmap_reader` reads the typed views (QGIS). Site-wide tables live in schema `emmap`, each realm in its own.
"""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import psycopg
import sqlalchemy
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from emmap.errors import Malformed, SetupError, StoreUnavailable
from emmap.permissions import limited_to
from emmap.settings import Settings
from emmap.store.cluster import DATABASE, SUPERUSER, Cluster, choose_data_dir

Role = Literal["owner", "app", "reader"]
ROLE_NAMES: dict[Role, str] = {"owner": "emmap_owner", "app": "emmap_app", "reader": "emmap_reader"}
REALM = re.compile(r"[a-z][a-z0-9_]{0,40}")
SITE_SCHEMA = "emmap"
QUEUE_SCHEMA = "emmap_queue"
OLDEST_SERVER = 150000
"""PostgreSQL 15, as `server_version_num`."""
_LOCK = 7_240_117
"""Advisory lock of whoever makes roles, database and extension."""


def schema_of(realm: str) -> str:
    """The schema of a realm; `Malformed` where the name is none."""
    if not REALM.fullmatch(realm):
        raise Malformed(
            f"库名「{realm[:40]}」无效：小写字母开头，只含小写字母、数字和下划线。",
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
        self._making = threading.Lock()

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

    def ensure_running(self, say: Callable[[str], None] = lambda line: None) -> None:
        """Starts the private cluster where it does not answer; makes database, PostGIS and roles where missing.

        `say` gets a line for each slow step. Raises `SetupError` or `StoreUnavailable` with one sentence on what is
        missing.
        """
        if self.cluster is not None:
            self.cluster.start(say)
            self._provision_cluster(self.cluster)
        else:
            self._check_server()

    def conninfo(self, role: Role = "app", realm: str | None = None, *, queue: bool = False) -> str:
        """libpq connection string, for psycopg and (role `reader`, private cluster) for QGIS; with `queue` for the
        queue of jobs instead of a realm.

        On an operator's server the connected user puts on the role, as a member of it.
        """
        options = [f"-csearch_path={QUEUE_SCHEMA if queue else self._search_path(realm)}", "-ctimezone=UTC"]
        if self.cluster is not None:
            parts = conninfo_to_dict(self.cluster.conninfo(ROLE_NAMES[role], self.name))
            if role == "reader":
                parts["password"] = self.cluster.reader_password()
        else:
            parts = _url_parts((self._owner_url if role == "owner" else self._url) or "")
            options.append(f"-crole={ROLE_NAMES[role]}")
        given = parts.get("options")
        parts["options"] = " ".join([str(given), *options] if given else options)
        parts.setdefault("application_name", f"emmap-{role}")
        parts.setdefault("connect_timeout", "10")
        return make_conninfo("", **parts)

    def engine(self, role: Role = "app", realm: str | None = None) -> Engine:
        """A pooled SQLAlchemy engine of this role, its search path at the realm's schema (the default realm's
        where `realm` is None), in UTC, READ COMMITTED."""
        key = (role, realm)
        with self._making:  # two threads that ask at once share one pool: a second one would never be closed
            if key not in self._engines:
                info = self.conninfo(role, realm)
                made = sqlalchemy.create_engine(
                    "postgresql+psycopg://",
                    creator=lambda: psycopg.connect(info),
                    pool_pre_ping=True,
                    pool_size=10,
                    max_overflow=20,
                    isolation_level="READ COMMITTED",
                )
                sqlalchemy.event.listen(made, "begin", _keep_within)
                self._engines[key] = made
            return self._engines[key]

    def dispose(self) -> None:
        """Closes every pooled connection."""
        with self._making:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()

    def _search_path(self, realm: str | None) -> str:
        return f"{schema_of(realm or self.default_realm)},{SITE_SCHEMA},public"

    def _provision_cluster(self, cluster: Cluster) -> None:
        try:
            with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
                connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
                make_roles(connection, login=True)
                _set_reader_password(connection, cluster)
                if not connection.execute(
                    "select 1 from pg_database where datname = %s", (self.name,)
                ).fetchone():
                    connection.execute(
                        sql.SQL("create database {} owner emmap_owner").format(sql.Identifier(self.name))
                    )
                with psycopg.connect(cluster.conninfo(SUPERUSER, self.name), autocommit=True) as inside:
                    _make_postgis(inside)
                    make_site_schema(inside)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(
                f"无法进入私有数据库 {cluster.data_dir}：{_first_line(error)}。请以 {cluster.owner.name} 或 root 运行。",
                f"The private database {cluster.data_dir} cannot be entered: {_first_line(error)}. Run this as "
                f"{cluster.owner.name} or root.",
            ) from error

    def _check_server(self) -> None:
        """Says in one sentence what the operator's server lacks, and makes what it may."""
        app = self._enter(self._url, "EMMAP_DATABASE_URL")
        with app:
            _check_version(app)
            found = app.execute("select current_user, current_database()").fetchone()
            user, name = found or ("", "")
        owner_variable = "EMMAP_DATABASE_OWNER_URL" if self._owner_url != self._url else "EMMAP_DATABASE_URL"
        with self._enter(self._owner_url, owner_variable) as owner:
            same = owner.execute("select current_database()").fetchone()
            if same != (name,):
                raise SetupError(
                    "EMMAP_DATABASE_OWNER_URL 与 EMMAP_DATABASE_URL 指向不同的数据库；请改为同一个。",
                    "EMMAP_DATABASE_OWNER_URL and EMMAP_DATABASE_URL name different databases; let them name one.",
                )
            owner.execute("select pg_advisory_lock(%s)", (_LOCK,))
            _make_postgis(owner)
            try:
                make_roles(owner, login=False)
                _make_member(owner, user, "emmap_app")
                _make_member(owner, user, "emmap_reader")
                make_site_schema(owner)
            except psycopg.errors.InsufficientPrivilege as error:
                raise SetupError(
                    f"{owner_variable} 的数据库用户权限不足（{_first_line(error)}）；请管理员执行：{_grants(owner, user, name)}",
                    f"The database user of {owner_variable} lacks rights ({_first_line(error)}); have an administrator run: "
                    f"{_grants(owner, user, name)}",
                ) from error

    def _enter(self, url: str | None, variable: str) -> psycopg.Connection[Any]:
        try:
            parts = _url_parts(url or "")
            parts.setdefault("connect_timeout", "10")
            return psycopg.connect(make_conninfo("", **parts), autocommit=True)
        except psycopg.ProgrammingError as error:
            raise SetupError(
                f"{variable} 不是数据库地址；应形如 postgresql://user:password@host:5432/name。",
                f"{variable} is no database address; it looks like postgresql://user:password@host:5432/name.",
            ) from error
        except psycopg.OperationalError as error:
            raise StoreUnavailable(
                f"无法连接 {variable} 指向的数据库：{_first_line(error)}。请检查地址、口令和服务器。",
                f"The database that {variable} names cannot be reached: {_first_line(error)}. Check address, password "
                "and server.",
            ) from error


def _keep_within(connection: sqlalchemy.Connection) -> None:
    """Tells a transaction the districts of whom it acts for; triggers refuse versions outside of them."""
    own = limited_to.get()
    if own is not None:
        connection.exec_driver_sql("select set_config('emmap.districts', %s, true)", (",".join(sorted(own)),))


def refused_districts(error: DBAPIError | psycopg.Error) -> tuple[str, ...] | None:
    """The districts that a write touched outside of its caller's; None where that is not what went wrong."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error) or cause.sqlstate != "EM403":
        return None
    return tuple(code for code in (cause.diag.message_primary or "").split(",") if code)


def make_roles(connection: psycopg.Connection[Any], *, login: bool) -> None:
    """The three roles, where missing; without `login` the connected user becomes a member of them."""
    for name in ROLE_NAMES.values():
        if not connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone():
            connection.execute(
                sql.SQL("create role {} {} noinherit").format(
                    sql.Identifier(name), sql.SQL("login" if login else "nologin")
                )
            )
        if not login:
            row = connection.execute("select current_user").fetchone()
            _make_member(connection, str(row[0]) if row else "", name)


def make_site_schema(connection: psycopg.Connection[Any]) -> None:
    """Schema `emmap`, and the right of its owner to make realms."""
    row = connection.execute(
        "select has_database_privilege('emmap_owner', current_database(), 'create'), current_database()"
    ).fetchone()
    may_create, name = row or (False, "")
    if not may_create:
        connection.execute(
            sql.SQL("grant create on database {} to emmap_owner").format(sql.Identifier(str(name)))
        )
    if not connection.execute("select 1 from pg_namespace where nspname = %s", (SITE_SCHEMA,)).fetchone():
        connection.execute("set role emmap_owner")
        connection.execute("create schema emmap")
        connection.execute("grant usage on schema emmap to emmap_app")
        connection.execute("reset role")


def _make_member(connection: psycopg.Connection[Any], user: str, role: str) -> None:
    known = connection.execute("select pg_has_role(%s, %s, 'member')", (user, role)).fetchone()
    if known != (True,):
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(user)))


def _set_reader_password(connection: psycopg.Connection[Any], cluster: Cluster) -> None:
    known = connection.execute(
        "select rolpassword is not null from pg_authid where rolname = 'emmap_reader'"
    ).fetchone()
    if known != (True,) or not cluster.reader_password_file.exists():
        connection.execute(
            sql.SQL("alter role emmap_reader password {}").format(sql.Literal(cluster.new_reader_password()))
        )


def _check_version(connection: psycopg.Connection[Any]) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise SetupError(
            f"数据库服务器是 PostgreSQL {version // 10000}，太旧；需要 15 或更新。",
            f"The server is PostgreSQL {version // 10000}, too old; 15 or newer is needed.",
        )


def _make_postgis(connection: psycopg.Connection[Any]) -> None:
    if connection.execute("select 1 from pg_extension where extname = 'postgis'").fetchone():
        return
    if not connection.execute("select 1 from pg_available_extensions where name = 'postgis'").fetchone():
        raise SetupError(
            "数据库服务器没有安装 PostGIS；请在服务器上安装 PostGIS 3.3 或更新（Debian：postgresql-15-postgis-3）。",
            "The server has no PostGIS; install PostGIS 3.3 or newer on it (Debian: postgresql-15-postgis-3).",
        )
    try:
        connection.execute("create extension postgis schema public")
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupError(
            "数据库里没有 PostGIS 扩展，当前用户也无权建立；请管理员在该库执行：create extension postgis",
            "The database lacks the extension postgis and this user may not create it; have an administrator run in "
            "it: create extension postgis",
        ) from error


def _grants(owner: psycopg.Connection[Any], user: str, name: str) -> str:
    """What an administrator has to run for this owner and this user of the application."""
    roles = ", ".join(ROLE_NAMES.values())
    missing = [
        role
        for role in ROLE_NAMES.values()
        if not owner.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone()
    ]
    text = "".join(f"create role {role} nologin noinherit; " for role in missing)
    text += f'grant {roles} to "{owner.info.user}"; '
    if user != owner.info.user:
        text += f'grant emmap_app, emmap_reader to "{user}"; '
    return text + f'grant create on database "{name}" to emmap_owner;'


def _url_parts(url: str) -> dict[str, Any]:
    """The parts of a PostgreSQL address, which may name SQLAlchemy's driver."""
    return conninfo_to_dict(re.sub(r"^postgres(ql)?\+\w+://", "postgresql://", url))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
