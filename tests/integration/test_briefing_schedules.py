"""A schedule leaves one draft for each due time, whoever looks and however long nobody did; it sends nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from served import Web
from sqlalchemy import text

from emmap.briefing.desk import schedule
from emmap.errors import Malformed, NotFound
from emmap.layer import Record
from emmap.settings import Settings
from emmap.store import briefing_drafts, briefing_schedules, versions
from emmap.store.briefing_drafts import Listed
from emmap.store.database import Database
from tests.facts import LAYERS, point

SETTINGS = Settings()
WARNINGS = LAYERS["flood_warnings"]
EXERCISE = {"realm": "exercise"}


def add(database: Database, **more: Any) -> int:
    given: dict[str, Any] = {"title": "", "named": "flood_report", "view": EXERCISE, "account": "信息员"}
    times = {"daily_at": None, "response_level": None}
    return schedule.add(database, LAYERS, **{**given, **times, **more})


def look(database: Database, now: datetime | None = None) -> list[str]:
    return schedule.look(database, LAYERS, SETTINGS, now)


def drafts(database: Database) -> list[Listed]:
    with database.engine("app").connect() as conn:
        return briefing_drafts.latest(conn)


def running(database: Database) -> list[briefing_schedules.Schedule]:
    with database.engine("app").connect() as conn:
        return briefing_schedules.schedules(conn)


def respond(database: Database, name: str, severity: int, **more: Any) -> None:
    """A response is raised to (or lowered to, or begun at) a level."""
    given: dict[str, Any] = {"hazards": ("11B03",), "districts": ("440118",), **more}
    record = Record(
        position=1, feature_id=name, valid_from=None, valid_to=None, geometry=point(113.6, 23.1), status=None,
        severity=severity, form="response", properties={"headline": f"响应{severity}"}, **given,
    )  # fmt: skip
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, WARNINGS, [record])


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-25T00:00:00Z", "2026-11-25T00:00:00Z"),
        ("2026-11-24T23:59:59Z", "2026-11-24T00:00:00Z"),
        ("2026-11-25T16:30:00Z", "2026-11-25T00:00:00Z"),
    ],
)
def test_it_is_due_at_a_beijing_time(now: str, due: str) -> None:
    assert schedule.last_due(time(8), datetime.fromisoformat(now)) == datetime.fromisoformat(due)


def test_each_day_leaves_one_draft_whoever_looks(database: Database) -> None:
    number = add(database, daily_at=time(8), title="每日快报")
    now = datetime.now(UTC) + timedelta(days=1)
    with ThreadPoolExecutor(4) as workers:
        made = [one for found in workers.map(lambda _: look(database, now), range(4)) for one in found]
    assert len(made) == 1
    assert look(database, now + timedelta(minutes=5)) == []
    (one,) = drafts(database)
    assert (one.title, one.drafted_by, one.stage) == ("每日快报", "", "drafting")
    assert one.came_from["schedule"] == number
    assert len(look(database, now + timedelta(days=1))) == 1


def test_a_week_without_a_worker_leaves_one_draft(database: Database) -> None:
    add(database, daily_at=time(8))
    assert len(look(database, datetime.now(UTC) + timedelta(days=7))) == 1
    assert len(drafts(database)) == 1


def test_what_was_due_before_it_was_made_is_not(database: Database) -> None:
    add(database, daily_at=(datetime.now(UTC) + timedelta(hours=7, minutes=55)).time())
    assert look(database) == []


def test_a_response_raised_to_a_level_leaves_a_draft_and_only_then(database: Database) -> None:
    respond(database, "before", 3)
    add(database, response_level=3, view={**EXERCISE, "hazard": ["11B03"]})
    assert look(database) == []
    respond(database, "r1", 2)
    respond(database, "elsewhere", 4, hazards=("11B01",))
    assert look(database) == []
    respond(database, "r1", 3)
    assert len(look(database)) == 1
    assert look(database) == []
    respond(database, "r1", 4)
    assert len(look(database)) == 1


def test_what_cannot_be_made_is_noted_and_made_later(database: Database) -> None:
    add(database, daily_at=time(8))
    now = datetime.now(UTC) + timedelta(days=1)
    with database.engine("owner").begin() as conn:
        conn.execute(text("alter schema realm_exercise rename to realm_away"))
    assert look(database, now) == []
    assert "没有库 exercise" in running(database)[0].fault
    with database.engine("owner").begin() as conn:
        conn.execute(text("alter schema realm_away rename to realm_exercise"))
    made = look(database, now)
    assert (len(made), running(database)[0].fault, running(database)[0].last_draft) == (1, "", made[0])


def test_a_fault_in_one_stops_neither_the_others_nor_the_worker(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed = schedule.writing.composed

    def faulty(*given: Any, **named: Any) -> Any:
        if named["title"] == "坏的":
            raise KeyError("no such thing")
        return composed(*given, **named)

    monkeypatch.setattr(schedule.writing, "composed", faulty)
    for title in ("坏的", "好的"):
        add(database, daily_at=time(8), title=title)
    assert len(look(database, datetime.now(UTC) + timedelta(days=1))) == 1
    assert [one.title for one in drafts(database)] == ["好的"]
    assert "KeyError" in running(database)[0].fault


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({}, Malformed),
        ({"daily_at": time(8), "response_level": 3}, Malformed),
        ({"daily_at": time(8), "named": "none"}, Malformed),
        ({"daily_at": time(8), "view": {"layers": ["gone"]}}, Malformed),
        ({"daily_at": time(8), "view": {"realm": "nowhere"}}, NotFound),
    ],
)
def test_what_could_never_be_made_is_refused(
    module_database: Database, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        add(module_database, **more)


def test_it_is_made_and_ended_over_http(web: Web) -> None:
    writer, address = web.client("briefing_writer"), "/api/briefings/schedules"
    given = {"template": "flood_report", "view": {**EXERCISE, "at": "2020-05-22T20:00:00+08:00"}}
    made = writer.post(address, json={**given, "daily_at": "08:00"}).json()
    assert (made["daily_at"], made["view"]) == ("08:00", EXERCISE)
    assert writer.get(address).json() == [made]
    for wrong in ({"daily_at": "8:00"}, {"daily_at": "24:00"}, {"response_level": 5}, {}):
        assert writer.post(address, json={**given, **wrong}).status_code == 422
    assert web.client("viewer").post(address, json={**given, "daily_at": "08:00"}).status_code == 403
    assert writer.delete(f"{address}/{made['id']}").status_code == 204
    assert writer.get(address).json() == []
    assert look(web.database, datetime.now(UTC) + timedelta(days=2)) == []
