"""The questions asked most often use the index that was made for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from emmap.store import answers
from emmap.store.answers import Moment
from emmap.store.database import Database
from emmap.store.history import HistoryRow, load_history
from emmap.view import View
from tests.facts import HOTSPOTS, hotspot, second

BASE = datetime(2015, 1, 1, tzinfo=UTC)
A_STREET = (113.30, 23.10, 113.31, 23.11)


@pytest.fixture(scope="module")
def full(module_database: Database) -> Database:
    """A layer with much history: each of 3,000 hotspots was known in four ways one after the other."""
    history = []
    for n in range(3000):
        known = [BASE + timedelta(hours=n + 2000 * k) for k in range(4)]
        for k, (start, end) in enumerate(zip(known, [*known[1:], None], strict=True)):
            place = (113.0 + (n * 37 % 1000) / 1000, 22.8 + (n * 61 % 1000) / 1000)
            history.append(HistoryRow(hotspot(f"h{n}", k, severity=k, at=place), start, end))
    with module_database.engine("app", "exercise").begin() as conn:
        load_history(conn, HOTSPOTS, history)
    with module_database.engine("owner", "exercise").begin() as conn:
        conn.execute(text("analyze version_risk_hotspots"))
    return module_database


def plan(database: Database, statement: str, given: dict[str, Any]) -> str:
    with database.engine("app", "exercise").connect() as conn:
        return "\n".join(conn.execute(text(f"explain {statement}"), given).scalars())


def asked(view: View, known_at: datetime | None = None) -> tuple[str, dict[str, Any]]:
    stamp = BASE + timedelta(days=3650)
    return answers.conditions(HOTSPOTS, view, Moment(second(0), known_at or stamp, stamp))  # type: ignore[arg-type]


def test_the_present_of_a_place_comes_from_the_present_s_index(full: Database) -> None:
    where, given = asked(View(bbox=A_STREET))
    assert "version_risk_hotspots_present" in plan(
        full, f"select version_id from version v where {where}", given
    )


def test_the_past_of_a_place_comes_from_the_index_of_place_and_both_times(full: Database) -> None:
    where, given = asked(View(bbox=A_STREET), BASE + timedelta(hours=2500))
    assert "version_risk_hotspots_past" in plan(
        full, f"select version_id from version v where {where}", given
    )


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("lower(v.recorded) > :after", "lower"),
        ("not upper_inf(v.recorded) and upper(v.recorded) > :after", "upper"),
        ("v.version_id = 17", "version_id"),
        ("v.feature_id = 'h5'", "feature_id"),
        ("v.tokens collate \"C\" @> array['h7']", "tokens"),
    ],
)
def test_what_changed_and_what_is_looked_up_has_an_index(full: Database, condition: str, index: str) -> None:
    statement = f"select version_id from version v where v.layer = 'risk_hotspots' and {condition}"
    found = plan(full, statement, {"after": BASE + timedelta(hours=2995 + 6000)})
    assert "Index" in found
    assert index in found
    assert "Seq Scan" not in found
