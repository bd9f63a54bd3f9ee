"""The columnar download: what it holds, that it never changes, and what brings it up to date."""

import json
import threading
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Connection, text

from emmap.codes import districts, hazards
from emmap.layer import Act, End
from emmap.store import points, versions
from emmap.store.database import Database
from tests.facts import HOTSPOTS, LAYERS, hotspot, second


def write(database: Database, *acts: Act) -> None:
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, acts)


def table(conn: Connection, stamp: Any, rows: str = "open") -> pa.Table:
    return pa.ipc.open_stream(points.columns(conn, HOTSPOTS, "exercise", stamp, rows=rows)).read_all()


def test_the_columns_hold_what_is_known(database: Database) -> None:
    write(
        database,
        hotspot(
            "a",
            0,
            10,
            severity=2,
            status="overdue",
            at=(113.1234567, 23.7654321),
            properties={"industry": "水务"},
        ),
        hotspot("b", 5, severity=4, status=None, at=None, hazards=(), districts=()),
        hotspot("c", 5, severity=1, properties={"industry": "林业"}, hazards=("11B03", "11A02")),
    )
    with database.engine("app", "exercise").connect() as conn:
        stamp = points.checkpoint(conn, HOTSPOTS)
        found = table(conn, stamp)
        epoch = int((second(0) - points.datetime(2000, 1, 1, tzinfo=points.UTC)).total_seconds())  # type: ignore[operator]
        ids = dict(conn.execute(text("select version_id, feature_id from version")).all())
    rows = found.to_pylist()
    assert [ids[row["row"]] for row in rows] == ["b", "a", "c"], "worst first"
    a, b = rows[1], rows[0]
    assert (a["x"], a["y"], a["shape"]) == (1131234567, 237654321, 1)
    assert (b["x"], b["y"], b["shape"]) == (-(2**31), -(2**31), 0)
    assert (a["t0"], a["t1"], b["t1"]) == (epoch, epoch + 10, 2**31 - 1)
    assert (a["status"], b["status"], a["industry"], b["industry"]) == ("overdue", "", "水务", "")
    told = json.loads(found.schema.metadata[b"emmap"])
    assert told["dictionaries"]["status"] == [
        "",
        *(one.code for one in HOTSPOTS.fields["status"].info.choices),
    ]
    assert told["dictionaries"]["industry"] == ["", "林业", "水务"]
    assert (told["masks"]["hazards"], told["masks"]["districts"]) == (list(hazards()), list(districts()))
    for name, codes, row in (("hazards", ("11B03", "11A02"), rows[2]), ("districts", ("440118",), a)):
        bits = {told["masks"][name].index(code) for code in codes}
        words = -(-len(told["masks"][name]) // 32)
        assert {32 * w + i for w in range(words) for i in range(32) if row[f"{name}_{w}"] >> i & 1} == bits


@pytest.mark.parametrize("industry", ["a\nb", "a\r\nb", 'say "x", y', "\\N", "{林业,水务}", " 林业 "])
def test_any_text_may_stand_in_a_filtered_field(database: Database, industry: str) -> None:
    write(
        database, hotspot("a", 0, severity=4, properties={"industry": industry}), hotspot("b", 0, severity=1)
    )
    with database.engine("app", "exercise").connect() as conn:
        stamp = points.checkpoint(conn, HOTSPOTS)
        assert table(conn, stamp)["industry"].to_pylist() == [industry, ""]


def test_every_column_is_a_view_on_the_bytes(database: Database) -> None:
    """One batch, no validity bitmaps, codes of one byte, masks of four."""
    write(database, *(hotspot(str(n), n, at=None if n % 3 else (113.0, 23.0)) for n in range(50)))
    with database.engine("app", "exercise").connect() as conn:
        stamp = points.checkpoint(conn, HOTSPOTS)
        batches = list(pa.ipc.open_stream(points.columns(conn, HOTSPOTS, "exercise", stamp)))
    assert len(batches) == 1
    for name, column in zip(batches[0].schema.names, batches[0].columns, strict=True):
        assert column.null_count == 0
        assert column.buffers()[0] is None, name
    types = {field.name: field.type for field in batches[0].schema}
    assert (types["row"], types["x"], types["severity"]) == (pa.uint32(), pa.int32(), pa.uint8())
    assert types["status"] == pa.dictionary(pa.uint8(), pa.string())
    assert types["hazards_0"] == pa.uint32()


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_every_layer_has_columns_even_when_empty(database: Database, layer: Any) -> None:
    with database.engine("app", "exercise").begin() as conn:
        assert points.checkpoint(conn, layer) is None
        stamp = versions.tick(conn, layer.id)
        empty = pa.ipc.open_stream(points.columns(conn, layer, "exercise", stamp)).read_all()
    assert empty.num_rows == 0
    declared = {field.name for field in layer.fields.values() if field.info.filtered and field.kind != "list"}
    assert declared | {"row", "x", "t0", "r1", "districts_0"} <= set(empty.schema.names)


def test_a_checkpoint_never_changes_and_changes_bring_it_up_to_date(database: Database) -> None:
    write(database, hotspot("a", 0, severity=1), hotspot("b", 0, severity=2), hotspot("c", 0))
    engine = database.engine("app", "exercise")
    with engine.begin() as conn:
        stamp = points.checkpoint(conn, HOTSPOTS)
        assert stamp is not None
        before = points.columns(conn, HOTSPOTS, "exercise", stamp)
    write(database, hotspot("a", 0, severity=4), End(2, "b", second(9)), hotspot("d", 0))
    write(database, hotspot("d", 0, severity=3))
    with engine.connect() as conn:
        assert points.columns(conn, HOTSPOTS, "exercise", stamp) == before
        told = points.changes(conn, HOTSPOTS, stamp)
        assert isinstance(told, points.Changes)
        now = conn.execute(
            text("select version_id, r1, hazards, status from version where upper_inf(recorded) order by 1")
        ).all()
    held = {row["row"]: row["r1"] for row in pa.ipc.open_stream(before).read_all().to_pylist()}
    held |= dict(zip(told.opened["row"], told.opened["r1"], strict=True))
    held |= dict(zip(told.closed["row"], told.closed["r1"], strict=True))
    assert {row for row, r1 in held.items() if r1 == 2**31 - 1} == {one.version_id for one in now}
    assert told.opened["hazards"][0] == ["11B03"]
    assert told.opened["status"][0] == "open"
    assert set(told.closed["row"]) <= {
        row["row"] for row in pa.ipc.open_stream(before).read_all().to_pylist()
    }


def test_more_changes_than_are_worth_telling_ask_for_a_reload(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(database, hotspot("a", 0))
    with database.engine("app", "exercise").begin() as conn:
        stamp = points.checkpoint(conn, HOTSPOTS)
    write(database, *(hotspot(str(n), 0) for n in range(30)))
    monkeypatch.setattr(points, "MOST_CHANGES", 20)
    with database.engine("app", "exercise").connect() as conn:
        told = points.changes(conn, HOTSPOTS, stamp)
        assert isinstance(told, points.TooMany)
        assert points.message_of(told, "exercise")["type"] == "reload"


def test_a_new_checkpoint_is_made_when_enough_has_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "CHECKPOINT_AFTER", 10)
    engine = database.engine("app", "exercise")

    def checkpoint() -> Any:
        with engine.begin() as conn:
            return points.checkpoint(conn, HOTSPOTS)

    write(database, hotspot("a", 0))
    first = checkpoint()
    write(database, hotspot("b", 0))
    assert checkpoint() == first
    write(database, *(hotspot(str(n), 0) for n in range(30)))
    assert checkpoint() > first


def test_who_follows_the_changes_misses_nothing_and_hears_nothing_twice(database: Database) -> None:
    """A reader polls while several writers write."""
    engine = database.engine("app", "exercise")
    write(database, hotspot("start", 0))
    done = threading.Event()

    def keep_writing(number: int) -> None:
        for turn in range(15):
            write(
                database,
                hotspot("shared", turn * 10 + number, severity=number),
                hotspot(f"{number}-{turn}", 0),
            )

    heard: list[int] = []
    closed: set[int] = set()

    def follow() -> None:
        after = None
        while True:
            last = done.is_set()
            with engine.connect() as conn:
                told = points.changes(conn, HOTSPOTS, after)
            assert isinstance(told, points.Changes)
            heard.extend(told.opened.get("row", []))
            closed.update(told.closed["row"])
            closed.update(
                row
                for row, r1 in zip(told.opened.get("row", []), told.opened.get("r1", []), strict=True)
                if r1 < 2**31 - 1
            )
            after = told.stamp
            if last:
                return

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=keep_writing, args=(number,)) for number in range(3)]
    for one in (follower, *writers):
        one.start()
    for one in writers:
        one.join()
    done.set()
    follower.join()
    with engine.connect() as conn:
        known = dict(conn.execute(text("select version_id, upper_inf(recorded) from version")).all())
    assert sorted(heard) == sorted(known)
    assert closed == {row for row, is_open in known.items() if not is_open}


def test_a_layer_that_declares_other_columns_has_another_address(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.engine("app", "exercise").connect() as conn:
        before = points.edition(conn, HOTSPOTS)
        assert points.edition(conn, HOTSPOTS) == before
        declared = points.filtered_scalars(HOTSPOTS)
        monkeypatch.setattr(points, "filtered_scalars", lambda layer: declared[1:])
        assert points.edition(conn, HOTSPOTS) != before
