"""An import is taken back as one act: the state before comes back, what was known stays known, later changes stay."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emmap.errors import Conflict, NotFound
from emmap.ingest.importer import import_file
from emmap.ingest.result import ImportResult
from emmap.ingest.withdrawing import Withdrawal, withdraw_run
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import answers, inbox
from emmap.store.database import Database
from emmap.view import View

TEAMS = "rescue_teams"
HEADER = "编号,队伍名称,人数,电话,经度,纬度\n"
FIRST = "T1,演练一队,12,1,113.4,23.2\nT2,演练二队,7,2,113.5,23.3\nT3,演练三队,5,3,,\n"
SECOND = "T1,演练一队,99,9,113.4,23.2\nT4,演练四队,1,4,113.6,23.1\n"


def importing(database: Database, rows: str, mode: str = "partial") -> ImportResult:
    return import_file(database, "exercise", TEAMS, "t.csv", (HEADER + rows).encode(), mode=mode, user="duty")


def withdrawing(database: Database, run: int | None) -> Withdrawal:
    assert run is not None
    return withdraw_run(database, "exercise", run, user="duty")


def state(database: Database, known_at: datetime | None = None) -> dict[str, Any]:
    """What holds now, as known at K: people by team."""
    with database.engine("app", "exercise").connect() as conn:
        layer = load_layers(ROOT / "layers")[TEAMS]
        page = answers.features(conn, layer, View(realm="exercise", known_at=known_at), limit=100)
        return {one["id"]: one["properties"]["people"] for one in page.features}


def moment(database: Database) -> datetime:
    """Now, by the clock of the database."""
    with database.engine("app", "exercise").connect() as conn:
        at: datetime = conn.exec_driver_sql("select clock_timestamp()").scalar_one()
        return at.astimezone(UTC)


def test_every_feature_goes_back_to_its_state_before_and_history_keeps_the_import(database: Database) -> None:
    importing(database, FIRST)
    before = state(database)
    run = importing(database, SECOND, "complete")
    imported, known_then = state(database), moment(database)
    assert (imported, run.ended) == ({"T1": 99, "T4": 1}, 2)
    done = withdrawing(database, run.run_id).done
    assert (done.restored, done.removed, done.left) == (3, 1, ())
    assert state(database) == before == {"T1": 12, "T2": 7, "T3": 5}
    assert state(database, known_then) == imported


def test_what_something_later_changed_stays_and_is_named(database: Database) -> None:
    importing(database, FIRST)
    run = importing(database, SECOND)
    importing(database, "T4,演练四队,8,4,113.6,23.1\n")
    found = withdrawing(database, run.run_id)
    assert state(database) == {"T1": 12, "T2": 7, "T3": 5, "T4": 8}
    assert [one.feature_id for one in found.done.left] == ["T4"]
    with database.engine("app", "exercise").connect() as conn:
        kept = inbox.rejected(conn, found.run_id)
        own, taken = inbox.run(conn, found.run_id), inbox.run(conn, run.run_id or 0)
    assert [(one.code, one.raw) for one in kept] == [("changed_later", "T4")]
    assert own is not None
    assert taken is not None
    assert own.withdraws == run.run_id
    assert own.counts == {"restored": 1, "removed": 0, "left": 1}
    assert taken.withdrawn_by == found.run_id


def test_a_withdrawal_can_be_withdrawn(database: Database) -> None:
    importing(database, FIRST)
    run = importing(database, SECOND)
    imported = state(database)
    found = withdrawing(database, run.run_id)
    withdrawing(database, found.run_id)
    assert state(database) == imported


def test_the_same_file_comes_in_again_after_it_was_withdrawn(database: Database) -> None:
    run = importing(database, FIRST)
    withdrawing(database, run.run_id)
    assert state(database) == {}
    again = importing(database, FIRST)
    assert (again.added + again.changed, again.unchanged) == (3, 0)
    assert state(database) == {"T1": 12, "T2": 7, "T3": 5}


def test_what_cannot_be_withdrawn_says_why(database: Database) -> None:
    first = importing(database, FIRST)
    same = importing(database, FIRST)
    with pytest.raises(NotFound):
        withdrawing(database, 987_654)
    with pytest.raises(Conflict, match="没有改变任何要素"):
        withdrawing(database, same.run_id)
    importing(database, FIRST.replace("演练", "演练第"))
    with pytest.raises(Conflict, match="后来都又改过"):
        withdrawing(database, first.run_id)
    second = importing(database, SECOND)
    withdrawing(database, second.run_id)
    with pytest.raises(Conflict, match="已经撤回"):
        withdrawing(database, second.run_id)


rows = st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 3), min_size=1)
modes = st.sampled_from(["partial", "complete"])


@settings(max_examples=8)
@given(st.lists(st.tuples(rows, modes), min_size=1, max_size=4))
def test_imports_withdrawn_in_turn_leave_what_each_found(
    module_database: Database, imports: list[tuple[dict[str, int], str]]
) -> None:
    runs = []
    for teams, mode in imports:
        before = state(module_database)
        run = importing(module_database, "".join(f"{t},演练{t}队,{n},,,\n" for t, n in teams.items()), mode)
        runs.append((run, before))
    for run, before in reversed(runs):
        if run.added + run.changed + run.ended:
            withdrawing(module_database, run.run_id)
        assert state(module_database) == before
