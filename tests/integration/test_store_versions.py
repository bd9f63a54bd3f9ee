"""Writing versions: what a batch does, against the model, and with several writers at once."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from emmap.errors import Conflict
from emmap.layer import Act, End
from emmap.store import answers, versions
from emmap.store.database import Database
from emmap.store.history import HistoryRow, load_history
from emmap.store.versions import Written
from emmap.view import View
from tests.facts import HOTSPOTS, hotspot, second
from tests.timeline_model import LAST, Timeline

Writer = Callable[..., Written]


@pytest.fixture
def write(database: Database) -> Writer:
    """Writes acts in a transaction of their own."""

    def written(*acts: Act, **options: Any) -> Written:
        with database.engine("app", "exercise").begin() as conn:
            return versions.write(conn, HOTSPOTS, acts, **options)

    return written


def rows(database: Database, condition: str = "true") -> list[Any]:
    with database.engine("app", "exercise").connect() as conn:
        return list(
            conn.execute(
                text(
                    "select feature_id, severity, lower(valid) as valid_from, upper(valid) as valid_to,"
                    f" upper_inf(recorded) as open from version where {condition}"
                    " order by feature_id, lower(recorded), lower(valid)"
                )
            )
        )


def spans(database: Database, feature_id: str = "a") -> list[tuple[int, Any, Any]]:
    """What is known now: severity, start and end."""
    known = rows(database, f"upper_inf(recorded) and feature_id = '{feature_id}'")
    return sorted(((row.severity, row.valid_from, row.valid_to) for row in known), key=lambda span: span[1])


numbers = count(1)
a_put = st.tuples(
    st.just("put"),
    st.none() | st.integers(0, 25),
    st.none() | st.integers(1, 5),
    st.integers(1, 2),
    st.booleans(),
)
an_end = st.tuples(st.just("end"), st.none() | st.integers(0, 25))
batches = st.lists(
    st.tuples(
        st.integers(0, 25),
        st.lists(st.tuples(st.sampled_from("ab"), a_put | an_end), min_size=1, max_size=4),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches)
def test_any_acts_at_any_time_are_known_as_the_model_says(database: Database, said: list[Any]) -> None:
    """Every (T, K), after puts and ends, late, retroactive, open-ended and rolled back."""
    number = next(numbers)
    base = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    at = lambda n: None if n is None else base + timedelta(seconds=n)  # noqa: E731
    model = {name: Timeline() for name in "ab"}
    known: list[tuple[datetime, dict[str, tuple[str | None, ...]]]] = []
    clock = 0
    with database.engine("app", "exercise").connect() as conn:
        for now, acts, committed in said:
            clock = max(clock, now)
            batch: list[Act] = []
            trial = {name: Timeline(list(one.cells), one.pieces) for name, one in model.items()}
            for position, (name, act) in enumerate(acts, 1):
                feature_id = f"{number}{name}"
                start = clock if act[1] is None else act[1]
                if act[0] == "end":
                    batch.append(End(position, feature_id, at(act[1])))
                    trial[name].end(start)
                    continue
                _, stated, length, severity, whole = act
                end = None if length is None else start + length
                whole = whole and end is not None
                record = hotspot(feature_id, at(stated), at(end), position=position, severity=severity)
                batch.append(replace(record, whole=whole))
                trial[name].put(str(severity), start, end, whole=whole, unless_so=stated is None)
            written = versions.write(conn, HOTSPOTS, batch, at=base + timedelta(seconds=clock))
            if not committed:
                conn.rollback()
                continue
            conn.commit()
            states = {name: one.states() for name, one in trial.items()}
            if written.stamp is None:
                assert states == {name: one.states() for name, one in model.items()}
            else:
                known.append((written.stamp, states))
            model = trial
        nothing = dict.fromkeys("ab", (None,) * (LAST + 1))
        for k, states in [(base - timedelta(seconds=1), nothing), *known]:
            for name in "ab":
                found = [
                    answers.feature(conn, HOTSPOTS, f"{number}{name}", View(at=at(n), known_at=k))
                    for n in range(LAST + 1)
                ]
                told = tuple(str(one["properties"]["severity"]) if one else None for one in found)
                assert told == states[name]
        conn.rollback()


def test_the_same_batch_again_writes_nothing_and_does_not_tick(database: Database, write: Writer) -> None:
    acts = [
        hotspot("a", 0, 10, position=1, personal={"phone": "演练-1"}),
        hotspot("a", 10, None, position=1, severity=3, personal={"phone": "演练-1"}),
        hotspot("b", None, None, position=2, at=None),
    ]
    assert write(*acts).added == {1, 2}
    before = rows(database)
    assert write(*acts) == Written()
    assert rows(database) == before


def test_only_what_differs_is_written(database: Database, write: Writer) -> None:
    write(hotspot("a", 0, position=1), hotspot("b", 0, position=2), hotspot("c", 0, position=3))
    second_time = write(
        hotspot("a", 0, position=1), hotspot("b", 0, severity=4, position=2), hotspot("d", 0, position=3)
    )
    assert (second_time.added, second_time.changed, second_time.ended) == ({3}, {2}, 0)
    assert [(row.feature_id, row.severity, row.open) for row in rows(database)] == [
        ("a", 2, True), ("b", 2, False), ("b", 4, True), ("c", 2, True), ("d", 2, True),
    ]  # fmt: skip


def test_a_row_repeated_in_a_file_is_unchanged(write: Writer) -> None:
    done = write(hotspot("a", 0, position=1), hotspot("a", 0, position=2))
    assert (done.added, done.changed) == ({1}, set())


def test_a_late_report_leaves_what_came_after_it(database: Database, write: Writer) -> None:
    write(hotspot("a", 20, severity=3))
    write(hotspot("a", 10, severity=1))
    assert spans(database) == [(1, second(10), second(20)), (3, second(20), None)]


def test_the_middle_of_a_state_can_be_corrected(database: Database, write: Writer) -> None:
    write(hotspot("a", 0, 30, severity=1))
    write(hotspot("a", 10, 20, severity=4))
    assert spans(database) == [
        (1, second(0), second(10)), (4, second(10), second(20)), (1, second(20), second(30)),
    ]  # fmt: skip


def test_a_whole_life_leaves_nothing_behind_it(database: Database, write: Writer) -> None:
    write(replace(hotspot("a", 0, 30), whole=True))
    write(replace(hotspot("a", 0, 10), whole=True))
    assert spans(database) == [(2, second(0), second(10))]


def test_a_report_without_a_start_holds_from_the_stamp_cut_to_the_second(
    database: Database, write: Writer
) -> None:
    stamp = write(hotspot("a")).stamp
    assert stamp is not None
    assert spans(database) == [(2, stamp.replace(microsecond=0), None)]
    assert write(hotspot("a")) == Written()


def test_a_complete_batch_ends_what_it_does_not_mention(database: Database, write: Writer) -> None:
    write(hotspot("a", 0), hotspot("b", 0), hotspot("c", 0), hotspot("past", 0, 10))
    done = write(hotspot("a", 0), mode="complete", mentioned=["c"])
    assert done.stamp is not None
    assert (done.added, done.changed, done.ended) == (set(), set(), 1)
    assert spans(database, "b") == [(2, second(0), done.stamp.replace(microsecond=0))]
    assert spans(database, "c") == [(2, second(0), None)]
    assert write(hotspot("a", 0), mode="complete", mentioned=["c"]) == Written()


def test_what_was_ended_and_is_said_again_holds_again(database: Database, write: Writer) -> None:
    write(hotspot("a", 0))
    write(End(1, "a", second(20)))
    assert write(hotspot("a", 0)).changed == {1}
    assert [(start, end) for _, start, end in spans(database)] == [
        (second(0), second(20)), (second(20), None),
    ]  # fmt: skip


def test_two_batches_of_one_transaction_both_count(database: Database) -> None:
    with database.engine("app", "exercise").begin() as conn:
        first = versions.write(conn, HOTSPOTS, [hotspot("a", 0, severity=1)])
        then = versions.write(conn, HOTSPOTS, [hotspot("a", 0, severity=3)])
    assert first.stamp is not None
    assert then.stamp is not None
    assert first.stamp < then.stamp
    assert spans(database) == [(3, second(0), None)]


def test_personal_data_stand_apart_and_are_kept_once(database: Database, write: Writer) -> None:
    write(hotspot("a", 0, personal={"phone": "演练-1"}))
    write(hotspot("a", 0, severity=4, personal={"phone": "演练-1"}))
    with database.engine("app", "exercise").connect() as conn:
        kept = conn.execute(text("select properties from personal")).scalars().all()
        told = conn.execute(text("select distinct properties::text from version")).scalars().all()
        assert (
            answers.feature(conn, HOTSPOTS, "a", View(at=second(1)), personal=True)["properties"]["phone"]
            == "演练-1"
        )  # type: ignore[index]
        assert "phone" not in answers.feature(conn, HOTSPOTS, "a", View(at=second(1)))["properties"]  # type: ignore[index]
    assert kept == [{"phone": "演练-1"}]
    assert not any("演练-1" in one for one in told)
    assert write(hotspot("a", 0, severity=4, personal={"phone": "演练-2"})).changed == {1}


@pytest.mark.parametrize(
    "texts",
    ['tab\tand \\ and "quotes", {braces}', "line\nbreak\r\n", "𠮷野家 null \\N", "'; drop table version; --"],
)
def test_text_comes_out_as_it_went_in(database: Database, write: Writer, texts: str) -> None:
    write(hotspot(texts, 0, name=texts, properties={"address": texts}, districts=(texts,)))
    with database.engine("app", "exercise").connect() as conn:
        found = answers.feature(conn, HOTSPOTS, texts, View(at=second(1)))
    assert found is not None
    assert (found["id"], found["properties"]["name"], found["properties"]["districts"]) == (
        texts,
        texts,
        [texts],
    )


def test_ready_made_history_goes_only_where_nothing_was_known(database: Database, write: Writer) -> None:
    history = [
        HistoryRow(hotspot("a", 0, 10), second(5), second(7)),
        HistoryRow(hotspot("a", 0, 9), second(7)),
    ]  # type: ignore[arg-type]
    engine = database.engine("app", "exercise")
    with engine.begin() as conn:
        assert load_history(conn, HOTSPOTS, history) == 2
        assert answers.resolve(conn, HOTSPOTS, View()).stamp == second(7)
    with pytest.raises(Conflict), engine.begin() as conn:
        load_history(conn, HOTSPOTS, history)


def test_ready_made_history_may_not_overlap(database: Database) -> None:
    history = [HistoryRow(hotspot("a", 0, 10), second(5)), HistoryRow(hotspot("a", 9, 20), second(7))]  # type: ignore[arg-type]
    with pytest.raises(Exception, match="hold during"), database.engine("app", "exercise").begin() as conn:
        load_history(conn, HOTSPOTS, history)


def test_scenario_time_is_refused_in_the_real_realm(database: Database) -> None:
    with pytest.raises(Exception, match="wall clock"), database.engine("app", "real").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("a", 0)], at=second(0))


def _writer(database: Database, number: int, kept: set[int], failures: list[BaseException]) -> None:
    """Puts single seconds into one shared feature, ends and adds others, and rolls some of it back."""
    chance = random.Random(number)
    try:
        for turn in range(12):
            n = number * 1000 + turn * 2
            commit = chance.random() < 0.7
            with database.engine("app", "exercise").connect() as conn:
                acts: list[Act] = [
                    hotspot("shared", n, n + 1, severity=number + 1),
                    hotspot(f"own{number}", turn),
                ]
                if chance.random() < 0.3:
                    acts.append(End(3, f"own{number}", second(turn + 5)))
                versions.write(conn, HOTSPOTS, acts)
                conn.commit() if commit else conn.rollback()
            if commit:
                kept.add(n)
    except BaseException as error:
        failures.append(error)


def overlaps(conn: Connection) -> int:
    return conn.execute(
        text(
            "select count(*) from version a join version b using (layer, feature_id) where a.version_id < b.version_id"
            " and a.valid && b.valid and a.recorded && b.recorded"
        )
    ).scalar_one()


def test_writers_at_once_lose_nothing_and_never_contradict(database: Database) -> None:
    kept: list[set[int]] = [set() for _ in range(4)]
    failures: list[BaseException] = []
    writers = [
        threading.Thread(target=_writer, args=(database, number, kept[number], failures))
        for number in range(4)
    ]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert failures == []
    with database.engine("app", "exercise").connect() as conn:
        assert overlaps(conn) == 0
        found = conn.execute(
            text("select t0 from version where feature_id = 'shared' and upper_inf(recorded)")
        ).scalars()
        epoch = int((second(0) - answers.EPOCH).total_seconds())  # type: ignore[operator]
        assert {t0 - epoch for t0 in found} == set().union(*kept)


def test_a_writer_that_waited_sees_what_the_other_wrote(database: Database) -> None:
    """Two writers end and extend the same state: the second decides on what the first has left."""
    engine = database.engine("app", "exercise")
    with engine.begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("a", 0, 100, severity=1)])
    first = engine.connect()
    versions.write(first, HOTSPOTS, [hotspot("a", 10, 20, severity=3)])
    done: list[Written] = []

    def wait_and_write() -> None:
        with engine.begin() as conn:
            done.append(versions.write(conn, HOTSPOTS, [hotspot("a", 15, 30, severity=4)]))

    waiting = threading.Thread(target=wait_and_write)
    waiting.start()
    with engine.connect() as conn:
        while not conn.execute(
            text(
                "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'hold')"
            )
        ).scalar_one():
            conn.rollback()
    first.commit()
    first.close()
    waiting.join()
    assert done[0].changed == {1}
    assert spans(database) == [
        (1, second(0), second(10)), (3, second(10), second(15)), (4, second(15), second(30)), (1, second(30), second(100)),
    ]  # fmt: skip
