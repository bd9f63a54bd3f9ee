"""No SQL that the application's role may run breaks what the store knows."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from emmap.store import versions
from emmap.store.database import Database
from tests.facts import HOTSPOTS, hotspot

INSERT = (
    "insert into version (layer, feature_id, valid, recorded, content_hash) values"
    " ('risk_hotspots', '{feature}', {valid}, {recorded}, '\\x00')"
)
NOW = "tstzrange((select stamp from clock where layer = 'risk_hotspots'), null)"
VALID = "tstzrange('2020-05-22T00:00:00Z', null)"


def insert(feature: str = "x", valid: str = VALID, recorded: str = NOW) -> str:
    return INSERT.format(feature=feature, valid=valid, recorded=recorded)


REFUSED = {
    "a row without a tick": (insert(),),
    "a row that was recorded earlier": ("select tick('risk_hotspots')", insert(recorded="tstzrange('2020-01-01Z', null)")),
    "a row that will be recorded later": ("select tick('risk_hotspots')", insert(recorded="tstzrange('2999-01-01Z', null)")),
    "a row that is closed at once": (
        "select tick('risk_hotspots')",
        insert(recorded=f"tstzrange(lower({NOW}), lower({NOW}) + interval '1 s')"),
    ),
    "a row by another layer's clock": (
        "select tick('rescue_teams')",
        insert(recorded="tstzrange((select stamp from clock where layer = 'rescue_teams'), null)"),
    ),
    "two states at once": ("select tick('risk_hotspots')", insert(), insert(valid="tstzrange('2020-06-01Z', null)")),
    "a state over one that holds": ("select tick('risk_hotspots')", insert("a", "tstzrange('2020-05-22T00:00:05Z', null)")),
    "an infinite start": ("select tick('risk_hotspots')", insert(valid="tstzrange('-infinity', '2020-05-22Z')")),
    "an infinite end": ("select tick('risk_hotspots')", insert(valid="tstzrange('2020-05-22Z', 'infinity')")),
    "an infinite record": ("select tick('risk_hotspots')", insert(recorded="tstzrange('-infinity', null)")),
    "an empty span": ("select tick('risk_hotspots')", insert(valid="'empty'")),
    "a closed end": ("select tick('risk_hotspots')", insert(valid="tstzrange('2020-05-22Z', '2020-05-23Z', '[]')")),
    "part of a second": ("select tick('risk_hotspots')", insert(valid="tstzrange('2020-05-22T00:00:00.5Z', null)")),
    "a row of no layer": ("select tick('risk_hotspots')", insert().replace("'risk_hotspots', 'x'", "'none', 'x'")),
    "a number of its own": (
        "select tick('risk_hotspots')",
        insert().replace("(layer", "(version_id, layer").replace("values (", "overriding system value values (1, "),
    ),
    "a row past the parent": ("select tick('risk_hotspots')", insert().replace("into version", "into version_risk_hotspots")),
    "closing past the parent": (
        "select tick('risk_hotspots')",
        f"update version_risk_hotspots set recorded = tstzrange(lower(recorded), lower({NOW}))",
    ),
    "closing without a tick": (f"update version set recorded = tstzrange(lower(recorded), lower({NOW}) + interval '1 s')",),
    "closing at another time": (
        "select tick('risk_hotspots')",
        "update version set recorded = tstzrange(lower(recorded), clock_timestamp() + interval '1 h')",
    ),
    "moving what was recorded": ("select tick('risk_hotspots')", f"update version set recorded = {NOW}"),
    "opening what was closed": (
        "select tick('risk_hotspots')",
        f"update version set recorded = tstzrange(lower(recorded), lower({NOW})) where feature_id = 'a'",
        "update version set recorded = tstzrange(lower(recorded), null) where feature_id = 'a'",
    ),
    "another state": ("update version set severity = 4",),
    "another span": ("update version set valid = tstzrange(null, null)",),
    "other properties": ("update version set properties = '{}'",),
    "another place": ("update version set geom = null",),
    "deleting": ("delete from version",),
    "truncating": ("truncate version",),
    "truncating a partition": ("truncate version_risk_hotspots",),
    "disabling a trigger": ("alter table version disable trigger all",),
    "triggers off for the session": ("set session_replication_role = replica",),
    "dropping": ("drop table version cascade",),
    "another trigger function": ("create or replace function version_written() returns trigger language sql as ''",),
    "setting the clock": ("update clock set stamp = '2999-01-01Z'",),
    "a clock of one's own": ("insert into clock (layer) values ('mine')",),
    "a far future by the clock": ("select tick('risk_hotspots', '9999-01-01Z')",),
    "an infinite future by the clock": ("select tick('risk_hotspots', 'infinity')",),
    "history over what is known": ("select begin_history('risk_hotspots')",),
    "a false announcement": ("select announce('risk_hotspots', now())",),
    "becoming the owner": ("set role emmap_owner",),
    "the owner's session": ("set session authorization emmap_owner",),
    "changing personal data": ("update personal set properties = '{}'",),
    "forging a raw message": ("update source_message set content = ''",),
    "deleting a raw message": ("delete from source_message",),
    "pruning what is new": ("select prune_messages(interval '1 hour', 10)",),
    "changing a measurement": ("update observation set value = 0",),
    "deleting a refused row": ("delete from rejected_record",),
    "a table among the realm's": ("create table intruder ()",),
    "a temporary clock": (
        "create temporary table clock as select * from clock",
        "update pg_temp.clock set stamp = '2020-01-01Z', writer = pg_current_xact_id()",
        insert(recorded="tstzrange('2020-01-01Z', null)"),
    ),
    "a temporary version table that hides the overlap": (
        "create temporary table version (like version)",
        "select tick('risk_hotspots')",
        insert("a", "tstzrange('2020-05-22T00:00:05Z', null)").replace("into version", "into realm_exercise.version"),
    ),
    "temporary functions": (
        "create function pg_temp.clock_timestamp() returns timestamptz language sql as $$ select '2999-01-01Z'::timestamptz $$",
        "create function pg_temp.upper_inf(tstzrange) returns boolean language sql as $$ select false $$",
        "set search_path = pg_temp, realm_exercise, public",
        "select tick('risk_hotspots')",
        insert("a", "tstzrange('2020-05-22T00:00:05Z', null)"),
    ),
}  # fmt: skip


def run(database: Database, said: tuple[str, ...]) -> None:
    with database.engine("app", "exercise").begin() as conn:
        for statement in said:
            conn.exec_driver_sql(statement)


def state(conn: Connection) -> list[object]:
    return [
        conn.execute(text("select version::text from realm_exercise.version order by version_id"))
        .scalars()
        .all(),
        conn.execute(text("select layer, stamp::text from realm_exercise.clock order by 1")).all(),
    ]


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
def test_it_is_refused_and_nothing_is_changed(guarded: Database, said: tuple[str, ...]) -> None:
    engine = guarded.engine("app", "exercise")
    with engine.connect() as conn:
        before = state(conn)
    with pytest.raises(DBAPIError):
        run(guarded, said)
    with engine.connect() as conn:
        assert state(conn) == before


@pytest.fixture(scope="module")
def guarded(module_database: Database) -> Database:
    with module_database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("a", 0), hotspot("b", 0)])
    return module_database


def test_the_real_clock_is_the_wall_clock(database: Database) -> None:
    with pytest.raises(DBAPIError, match="wall clock"), database.engine("app", "real").begin() as conn:
        conn.exec_driver_sql("select tick('risk_hotspots', '2020-01-01Z')")
    with (
        pytest.raises(DBAPIError, match="no place in the real realm"),
        database.engine("app", "real").begin() as conn,
    ):
        conn.exec_driver_sql("select begin_history('risk_hotspots')")


def test_the_reader_sees_the_typed_views_and_nothing_else(guarded: Database) -> None:
    with guarded.engine("reader", "exercise").connect() as conn:
        columns = list(conn.execute(text("select * from layer_risk_hotspots")).keys())
        kind = conn.execute(text("select distinct geometrytype(geom) from layer_risk_hotspots")).scalar_one()
    assert {"feature_id", "name", "severity", "due_at", "geom"} <= set(columns)
    assert "phone" not in columns
    assert kind == "POINT"
    for statement in (
        "select * from version", "select * from personal", "select * from source_message",
        "select tick('risk_hotspots')", "create table intruder ()", "update layer_risk_hotspots set severity = 0",
    ):  # fmt: skip
        with pytest.raises(DBAPIError), guarded.engine("reader", "exercise").begin() as conn:
            conn.exec_driver_sql(statement)
