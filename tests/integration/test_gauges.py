"""Gauges in the store: conditions and warnings that follow from measurements, and an operator's own database."""

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import text

from emmap.errors import Conflict
from emmap.ingest.importer import import_file
from emmap.ingest.result import ImportResult
from emmap.ingest.withdrawing import withdraw_run
from emmap.store.cluster import SUPERUSER, Cluster
from emmap.store.database import Database
from tests.source_bench import NOW, Bench, bench, drop, source

STATION = b"STCD,STNM,RVNM,LGTD,LTTD,STTP,DTMNM\nA,LC,ZJ,113.83,23.29,ZQ,PD\n"
THRESHOLDS = b"STCD,FRZ,WRZ,GRZ\nA,11,12,13\n"
NIGHT = datetime(2020, 5, 21, 17, tzinfo=UTC)
_stations = itertools.count(1)


def stages(*readings: tuple[int, float], station: str = "A") -> bytes:
    """A river table: minutes after 01:00 Beijing time, and the stage in metres."""
    rows = [f"{station},{NIGHT + timedelta(hours=8, minutes=m):%Y-%m-%d %H:%M},{z}" for m, z in readings]
    return "\n".join(["STCD,TM,Z", *rows, ""]).encode()


def rains(*readings: tuple[int, float], station: str = "A") -> bytes:
    """A rain table: hours after 01:00 Beijing time, and the hour's rain in mm."""
    rows = [f"{station},{NIGHT + timedelta(hours=8 + h):%Y-%m-%d %H:%M},{mm},1.00" for h, mm in readings]
    return "\n".join(["STCD,TM,DRP,INTV", *rows, ""]).encode()


@pytest.fixture
def put(database: Database) -> Callable[[bytes], ImportResult]:
    return lambda content: import_file(database, "exercise", "gauge_stations", "x.csv", content)


def life(db: Database, layer: str, feature: str) -> list[tuple[str, str, str | None, int]]:
    """(from, to, status, severity) of what is known now, in minutes after 01:00 Beijing time."""
    with db.engine("app", "exercise").connect() as conn:
        rows = conn.execute(
            text(
                "select lower(valid), upper(valid), status, severity from version"
                " where layer = :layer and feature_id = :feature and upper_inf(recorded) order by lower(valid)"
            ),
            {"layer": layer, "feature": feature},
        )
        return [(_minutes(row[0]), _minutes(row[1]), row[2], row[3]) for row in rows]


def _minutes(at: datetime | None) -> str:
    return "" if at is None else f"{(at - NIGHT).total_seconds() / 60:g}"


def warned(db: Database, kind: str = "stage", station: str = "A") -> list[tuple[str, str, int]]:
    return [(a, b, severity) for a, b, _, severity in life(db, "flood_warnings", f"gauge-{kind}-{station}")]


def test_an_exceedance_opens_raises_lowers_and_ends_a_warning(
    database: Database, put: Callable[[bytes], ImportResult]
) -> None:
    put(STATION + b"")
    put(THRESHOLDS)
    put(
        stages(
            (0, 10.5), (10, 11.2), (20, 12.5), (30, 11.95), (50, 11.4), (80, 11.4), (100, 11.4), (170, 10.0)
        )
    )
    # 11.95 is within the margin of 12: the level is kept, and left when nothing within an hour has kept it.
    assert warned(database) == [("10", "20", 1), ("20", "100", 2), ("100", "170", 1)]
    conditions = [
        (start, status, severity) for start, _, status, severity in life(database, "gauge_stations", "A")
    ]
    assert conditions == [
        ("0", "below", 0),
        ("10", "above_frz", 1),
        ("20", "above_wrz", 2),
        ("100", "above_frz", 1),
        ("170", "below", 0),
        ("350", "silent", 0),
    ]


def test_a_corrected_reading_corrects_its_warning_and_k_shows_what_was_believed(
    database: Database, put: Callable[[bytes], ImportResult]
) -> None:
    for content in (STATION, THRESHOLDS, stages((0, 10.0), (10, 13.4), (20, 10.0))):
        put(content)
    with database.engine("app", "exercise").connect() as conn:
        before = conn.execute(text("select clock_timestamp()")).scalar_one()
    assert warned(database)[0] == ("10", "200", 3)
    result = put(stages((10, 10.34)))
    assert (result.changed, result.added) == (1, 0)
    assert warned(database) == []
    with database.engine("app", "exercise").connect() as conn:
        then = conn.execute(
            text("select max(severity) from version where layer = 'flood_warnings' and recorded @> :before"),
            {"before": before},
        ).scalar_one()
    assert then == 3


def test_the_same_file_twice_leaves_no_version(
    database: Database, put: Callable[[bytes], ImportResult]
) -> None:
    for content in (STATION, THRESHOLDS, stages((0, 10.0), (10, 12.4)), rains((1, 30), (2, 40))):
        put(content)
        result = put(content)
        assert (result.unchanged, result.added, result.changed) == (result.read, 0, 0)


readings = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([10.0, 10.95, 11.5, 12.5, 13.5])),
    min_size=1,
    max_size=12,
    unique_by=lambda r: r[0],
)


@given(readings, st.lists(st.tuples(st.integers(1, 8), st.integers(0, 60)), max_size=4), st.randoms())
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_readings_come_the_same_warnings_stand(
    module_database: Database,
    found: list[tuple[int, float]],
    rain: list[tuple[int, float]],
    chance: random.Random,
) -> None:
    names = [f"S{next(_stations)}" for _ in range(2)]
    ends = []
    for number, name in enumerate(names):
        tables = [
            THRESHOLDS.replace(b"\nA", b"\n" + name.encode()),
            STATION.replace(b"\nA", b"\n" + name.encode()),
            *(stages(*((20 * m, z) for m, z in found[k::3]), station=name) for k in range(3)),
            rains(*dict(rain).items(), station=name),
        ]
        if number:
            chance.shuffle(tables)
        # A wrong value, put right later: what comes last of one instant counts.
        wrong = stages((20 * found[0][0], 13.9), station=name)
        right = stages((20 * found[0][0], found[0][1]), station=name)
        for content in [*tables, *((wrong, right) if number else ())]:
            import_file(module_database, "exercise", "gauge_stations", "x", content)
        ends.append({kind: warned(module_database, kind, name) for kind in ("stage", "rain")})
    assert ends[0] == ends[1]


def test_rain_sums_open_and_end_a_warning_and_a_gap_never_ends_it(
    database: Database, put: Callable[[bytes], ImportResult]
) -> None:
    put(rains((1, 20), (2, 35), (3, 50), (6, 0)))
    assert warned(database, "rain") == [("120", "180", 3), ("180", "720", 4)]  # 05:00 and 06:00 are missing
    put(rains((4, 0), (5, 0), (7, 0), (8, 0), (9, 0), (10, 0)))
    assert [severity for *_, severity in warned(database, "rain")] == [3, 4, 3, 2]
    assert warned(database, "rain")[-1][1] == "540"


def test_a_station_that_only_readings_speak_of_is_there_without_a_place(
    database: Database, put: Callable[[bytes], ImportResult]
) -> None:
    put(stages((0, 10.0)))
    with database.engine("app", "exercise").connect() as conn:
        row = conn.execute(
            text(
                "select properties ->> 'name', geom is null, status from version where feature_id = 'A' limit 1"
            )
        ).one()
    assert tuple(row) == ("A", True, "no_threshold")


def test_measurements_are_corrected_and_not_withdrawn(
    database: Database, put: Callable[[bytes], ImportResult]
) -> None:
    result = put(stages((0, 10.0)))
    assert result.run_id is not None
    with pytest.raises(Conflict):
        withdraw_run(database, "exercise", result.run_id, user="x")


def test_a_reading_from_the_future_is_refused(database: Database) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1, hours=8)
    content = f"STCD,TM,Z\nA,{ahead:%Y-%m-%d %H:%M},1\n".encode()
    result = import_file(database, "exercise", "gauge_stations", "x", content)
    assert [row.code for row in result.rejected_records] == ["in_the_future"]


@pytest.fixture
def hydrology(cluster: Cluster, database: Database) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """An operator's database with the tables of SL 323 in a schema of its own, half of them spelled in capitals; its
    address, and a connection to write with."""
    name = f"{database.name}_hydro"
    with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        info = cluster.conninfo(SUPERUSER, name)
        parts = psycopg.conninfo.conninfo_to_dict(info)
        with psycopg.connect(info, autocommit=True) as connection:
            connection.execute(
                'create schema rw; create table rw."ST_RIVER_R" ("STCD" char(8), "TM" timestamp, "Z" numeric(7,3),'
                ' "Q" numeric(9,3)); create table rw.st_pptn_r (stcd text, tm timestamp, drp numeric(5,1),'
                ' intv numeric(5,2), dyp numeric(5,1)); create table rw."ST_STBPRP_B" ("STCD" text, "STNM" text,'
                ' "LGTD" numeric, "LTTD" numeric, "STTP" text); create table rw."ST_RVFCCH_B" ("STCD" text,'
                ' "WRZ" numeric(7,3));'
            )
            connection.execute(
                "insert into rw.\"ST_STBPRP_B\" values ('A', '荔城', 113.83, 23.29, 'ZQ');"
                "insert into rw.\"ST_RVFCCH_B\" values ('A', 12)"
            )
            yield (
                f"postgresql://{parts['user']}@/{name}?host={parts['host']}&port={parts['port']}",
                connection,
            )
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_an_operators_database_is_read_incrementally_and_corrections_are_found(
    database: Database, hydrology: tuple[str, psycopg.Connection[Any]]
) -> None:
    address, tables = hydrology

    def measure(minutes_before: int, z: float) -> None:
        at = NOW + timedelta(hours=8) - timedelta(minutes=minutes_before)
        tables.execute('delete from rw."ST_RIVER_R" where "TM" = %s', (at.replace(tzinfo=None),))
        tables.execute(
            'insert into rw."ST_RIVER_R" values (%s, %s, %s, null)', ("A", at.replace(tzinfo=None), z)
        )

    async def scene(found: Bench) -> None:
        one = source(
            found.server, name="hydro", reader="gauges", layer="gauge_stations", url="", database=address,
            interval="20 min",
        )  # fmt: skip
        measure(60 * 24 * 40, 99.0)  # older than what a first run reads
        measure(20, 11.5)
        measure(15, 12.5)
        (told,) = await found.go(one)
        assert (told.outcome, told.counts and told.counts["added"]) == ("taken", 4)
        assert [status for *_, status, _ in life(database, "gauge_stations", "A")] == ["below", "above_wrz"]
        assert await found.outcome(one) == "unchanged"
        measure(15, 11.6)  # put right on the other side
        measure(10, 12.2)  # and a new one
        tables.execute(
            "insert into rw.st_pptn_r values ('B', %s, 10, null, null)", (NOW.replace(tzinfo=None),)
        )
        (told,) = await found.go(one)
        assert told.counts is not None
        assert (told.counts["added"], told.counts["changed"], told.counts["rejected"]) == (1, 1, 1)
        assert await found.outcome(one) == "unchanged"  # what was refused is told once
        assert len(warned(database)) == 1
        assert one.interval is not None
        found.means.clock.at += timedelta(minutes=70)  # type: ignore[attr-defined]
        tables.execute('drop table rw."ST_RIVER_R"; drop table rw.st_pptn_r')
        assert await found.outcome(one) == "no_tables"
        # The source failed, and the station's silence is told all the same; the warning goes on.
        assert life(database, "gauge_stations", "A")[-1][2:] == ("silent", 2)
        assert warned(database)[-1][1:] == ("", 2)

    bench(database, scene)


def test_a_database_may_be_read_and_never_written(
    database: Database, hydrology: tuple[str, psycopg.Connection[Any]]
) -> None:
    address, tables = hydrology
    tables.execute(
        "create function rw.trap() returns text language plpgsql as $$ begin delete from rw.st_pptn_r; return 'A'; end $$;"
        'drop table rw."ST_STBPRP_B"; create view rw."ST_STBPRP_B" as select rw.trap() as "STCD", \'x\' as "STNM"'
    )

    async def scene(found: Bench) -> None:
        one = source(
            found.server, name="hydro", reader="gauges", layer="gauge_stations", url="", database=address
        )
        assert await found.outcome(one) == "database_refused"

    bench(database, scene)


def test_a_drop_folder_takes_measurements_and_a_warning_outlasts_its_gauge_by_a_day(
    database: Database, tmp_path: Any
) -> None:
    async def scene(found: Bench) -> None:
        one = source(
            found.server, name="drop", reader="gauges", layer="gauge_stations", url="", folder=str(tmp_path)
        )
        drop(tmp_path, "a.csv", THRESHOLDS, 90)
        at = NOW + timedelta(hours=8) - timedelta(minutes=5)
        drop(tmp_path, "b.csv", f"STCD,TM,Z\nA,{at:%Y-%m-%d %H:%M},12.5\n".encode())
        assert {told.outcome for told in await found.go(one)} == {"taken"}
        drop(tmp_path, "c.csv", f"STCD,TM,DRP,INTV\nR,{at:%Y-%m-%d %H:%M},60,1.00\n".encode())
        await found.go(one)
        assert warned(database)[-1][1:] == ("", 2)
        assert warned(database, "rain", "R")[-1][1:] == ("", 3)
        found.means.clock.at += timedelta(hours=4)  # type: ignore[attr-defined]
        await found.go(one)
        assert [severity for *_, severity in warned(database)] == [2, 2]
        found.means.clock.at += timedelta(hours=3)  # type: ignore[attr-defined]
        await found.go(one)
        assert (
            warned(database, "rain", "R")[-1][1] != ""
        )  # no row may mean no rain: it is given up after six hours
        found.means.clock.at += timedelta(hours=18)  # type: ignore[attr-defined]
        await found.go(one)
        assert warned(database)[-1][1] != ""
        assert life(database, "gauge_stations", "A")[-1][2:] == ("silent", 0)

    bench(database, scene)
