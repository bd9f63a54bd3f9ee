"""Bringing the schema up to date: SQL files in order, once in the site schema, in the queue's and in every realm.

A schema's table `migration` says which files it has had. `sync_layers` then makes what the layers declare.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from emmap.errors import Conflict, SetupError
from emmap.layer import Field, Layer, load_layers
from emmap.settings import get_settings
from emmap.store.database import QUEUE_SCHEMA, SITE_SCHEMA, Database, Role, schema_of

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_240_118
"""Advisory lock of whoever changes the schema."""
_DROP_TRIES = 20


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file, known by its name."""

    name: str
    content: str

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.content.encode()).hexdigest()


def migrations(folder: str) -> list[Migration]:
    """The files of `site`, `queue` or `realm`, in order."""
    return [
        Migration(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted((FOLDER / folder).glob("*.sql"))
    ]


def upgrade(db: Database, layers: Mapping[str, Layer] | None = None) -> None:
    """Brings the site schema and every realm up to date, and syncs the layers. Does nothing where nothing is due.

    Raises `SetupError` where the store is newer than this program.
    """
    chosen = load_layers(get_settings().layers_dir) if layers is None else layers
    with db.engine("owner").begin() as conn:
        _lock(conn)
        _apply(conn, SITE_SCHEMA, migrations("site"))
        if due := _due(conn, QUEUE_SCHEMA, migrations("queue")):
            conn.execute(text(f"create schema if not exists {QUEUE_SCHEMA}"))
            _apply(conn, QUEUE_SCHEMA, due)
        for realm in _realms(conn):
            _apply(conn, schema_of(realm), migrations("realm"))
            _sync(conn, realm, chosen)


def pending(db: Database, as_role: Role = "owner") -> list[str]:
    """What `upgrade` would do, as `schema: file`."""
    with db.engine(as_role).connect() as conn:
        schemas = [
            (SITE_SCHEMA, "site"),
            (QUEUE_SCHEMA, "queue"),
            *((schema_of(realm), "realm") for realm in _realms(conn)),
        ]
        return [
            f"{schema}: {one.name}"
            for schema, folder in schemas
            for one in _due(conn, schema, migrations(folder))
        ]


def realms(db: Database, as_role: Role = "owner") -> list[str]:
    """The realms there are, `real` first."""
    with db.engine(as_role).connect() as conn:
        return _realms(conn)


def create_realm(db: Database, name: str, layers: Mapping[str, Layer] | None = None) -> None:
    """Makes an empty realm. `Conflict` where it is there."""
    chosen = load_layers(get_settings().layers_dir) if layers is None else layers
    schema = schema_of(name)
    with db.engine("owner").begin() as conn:
        _lock(conn)
        if name in _realms(conn):
            raise Conflict(f"库 {name} 已经存在。", f"The realm {name} exists already.")
        conn.execute(text(f"create schema {schema}"))
        conn.execute(text(f"grant usage on schema {schema} to emmap_app, emmap_reader"))
        _apply(conn, schema, migrations("realm"))
        _sync(conn, name, chosen)


def drop_realm(db: Database, name: str) -> None:
    """Drops a realm whole; never `real`. Waits for readers in short tries, so that none has to wait for it."""
    if name == "real":
        raise Conflict("真实库不能删除。", "The real realm cannot be dropped.")
    schema = schema_of(name)
    for left in reversed(range(_DROP_TRIES)):
        try:
            with db.engine("owner").begin() as conn:
                _lock(conn)
                # Longer than deadlock_timeout (1 s), after which a vacuum gives way.
                conn.execute(text("set local lock_timeout = '1500ms'"))
                conn.execute(text(f"drop schema if exists {schema} cascade"))
                return
        except OperationalError as error:
            if left == 0:
                raise Conflict(
                    f"库 {name} 一直有人在读,没有删除;请稍后再试。",
                    f"The realm {name} is in use; try again later.",
                ) from error


def sync_layers(db: Database, realm: str, layers: Mapping[str, Layer]) -> None:
    """Makes each layer's clock, partition, indexes and typed view in a realm, from its declaration."""
    with db.engine("owner").begin() as conn:
        _lock(conn)
        _sync(conn, realm, layers)


def drop_indexes(db: Database, realm: str, layer: Layer) -> None:
    """Drops the indexes that a layer's declaration asks for, before a first load of very many rows: built afterwards by
    `sync_layers` they cost a third. Answers are right all the while, and slow."""
    with db.engine("owner", realm).begin() as conn:
        _lock(conn)
        for name in _indexes(layer):
            conn.execute(text(f"drop index if exists {name}"))


def analyze(db: Database, realm: str, layer: Layer) -> None:
    """Lets the planner know what a layer holds, after a load of very many rows."""
    with db.engine("owner", realm).begin() as conn:
        conn.execute(text(f"analyze version_{layer.id}"))


def _lock(conn: Connection) -> None:
    conn.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _realms(conn: Connection) -> list[str]:
    found = conn.execute(
        text(r"select substr(nspname, 7) from pg_namespace where nspname like 'realm\_%' order by 1")
    )
    return sorted((row[0] for row in found), key=lambda name: (name != "real", name))


def _due(conn: Connection, schema: str, files: Sequence[Migration]) -> list[Migration]:
    known = conn.execute(
        text("select to_regclass(:name) is not null"), {"name": f"{schema}.migration"}
    ).scalar_one()
    if not known:
        return list(files)
    done = {row[0] for row in conn.execute(text(f"select name from {schema}.migration"))}
    if unknown := done - {one.name for one in files}:
        raise SetupError(
            f"数据库比程序新(有未知的升级 {', '.join(sorted(unknown))});请更新 emmap。",
            f"The store is newer than this program (unknown migrations: {', '.join(sorted(unknown))}); update emmap.",
        )
    return [one for one in files if one.name not in done]


def _apply(conn: Connection, schema: str, files: Sequence[Migration]) -> None:
    due = _due(conn, schema, files)
    if not due:
        return
    conn.execute(text(f"set local search_path = {schema}, {SITE_SCHEMA}, public, pg_temp"))
    conn.execute(
        text(
            "create table if not exists migration (name text primary key, sha256 text not null,"
            " applied_at timestamptz not null default clock_timestamp())"
        )
    )
    conn.execute(text("grant select on migration to emmap_app"))
    for one in due:
        conn.exec_driver_sql(one.content.replace("%", "%%"))
        conn.execute(
            text("insert into migration (name, sha256) values (:name, :sha256)"),
            {"name": one.name, "sha256": one.digest},
        )


_CASTS = {"text": "text", "integer": "bigint", "number": "double precision", "instant": "timestamptz"}


def geometry_type(layer: Layer) -> str:
    """The PostGIS type of a layer's geometry, as view, index and query all name it."""
    return "Point" if layer.geometry == "point" else "Geometry"


def _sync(conn: Connection, realm: str, layers: Mapping[str, Layer]) -> None:
    schema = schema_of(realm)
    conn.execute(text(f"set local search_path = {schema}, {SITE_SCHEMA}, public, pg_temp"))
    for layer in layers.values():
        conn.execute(
            text("insert into clock (layer) values (:layer) on conflict do nothing"), {"layer": layer.id}
        )
        partition = f"version_{layer.id}"
        if not _exists(conn, partition):
            # Made aside and attached, so that readers never wait.
            conn.execute(
                text(
                    f"create table {partition} (like version including defaults including constraints"
                    " including generated including identity)"
                )
            )
            conn.execute(
                text(f"alter table version attach partition {partition} for values in ('{layer.id}')")
            )
        for name, statement in _indexes(layer).items():
            if not _exists(conn, name):
                conn.execute(text(statement))
        _make_view(conn, layer)


def _indexes(layer: Layer) -> dict[str, str]:
    partition = f"version_{layer.id}"
    found = {
        # The layer's present by place; the expression is the view's and the queries' own.
        f"{partition}_present": f"create index {partition}_present on {partition} using gist"
        f" ((geom::geometry({geometry_type(layer)}, 4326))) where upper_inf(recorded)",
        # Chinese text search: words of two characters, which trigrams cannot serve. Compared byte by byte, as the
        # queries do: two thirds of the time.
        f"{partition}_tokens": f'create index {partition}_tokens on {partition} using gin (tokens collate "C")',
    }
    if layer.detections is not None:
        # What a new detection may hang together with: those of the same days.
        found[f"{partition}_since"] = (
            f"create index {partition}_since on {partition} (lower(valid)) where upper_inf(recorded)"
        )
    for field in layer.fields.values():
        if field.info.link:
            # The features that name one.
            found[f"{partition}_{field.name}"] = (
                f"create index {partition}_{field.name} on {partition} ((properties ->> '{field.name}'))"
                f" where upper_inf(recorded) and properties ->> '{field.name}' is not null"
            )
    if layer.much_history:
        # Any past (T, K) at the cost of the present; it triples the load, so only where the past is asked for much.
        found[f"{partition}_past"] = (
            f"create index {partition}_past on {partition} using gist (geom, recorded, valid)"
        )
    return found


def _make_view(conn: Connection, layer: Layer) -> None:
    """The typed view of the present, for QGIS and for reports. Dropped and made again when its columns changed."""
    view = f"layer_{layer.id}"
    columns = [
        "version_id", "feature_id", "lower(valid) as valid_from", "upper(valid) as valid_to",
        "lower(recorded) as recorded_from", "districts",
    ]  # fmt: skip
    columns += [_view_column(field) for field in layer.fields.values() if not field.info.personal]
    columns.append(f"geom::geometry({geometry_type(layer)}, 4326) as geom")
    definition = (
        f"create view {view} as select {', '.join(columns)} from version_{layer.id} where upper_inf(recorded)"
    )
    mark = hashlib.sha256(definition.encode()).hexdigest()[:16]
    if _exists(conn, view):
        made = conn.execute(text("select obj_description(to_regclass(:name))"), {"name": view}).scalar_one()
        if made == mark:
            return
        conn.execute(text(f"drop view {view}"))
    conn.execute(text(definition))
    conn.execute(text(f"comment on view {view} is '{mark}'"))
    conn.execute(text(f"grant select on {view} to emmap_reader, emmap_app"))


def _view_column(field: Field) -> str:
    if field.in_column:
        return field.name
    if field.kind == "list":
        return f"array(select jsonb_array_elements_text(properties -> '{field.name}')) as {field.name}"
    return f"(properties ->> '{field.name}')::{_CASTS[field.kind]} as {field.name}"


def _exists(conn: Connection, name: str) -> bool:
    return bool(conn.execute(text("select to_regclass(:name) is not null"), {"name": name}).scalar_one())
