"""Answers: features, counts, timeline, search and history of a View."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from emmap.errors import Malformed
from emmap.layer import Act, End
from emmap.store import answers, versions
from emmap.store.database import Database
from emmap.view import View
from tests.facts import DAY, HOTSPOTS, LAYERS, hotspot, second

NOON = View(at=second(43_200))
FACTS = [
    hotspot("red", 0, severity=4, hazards=("11B03", "11A02"), districts=("440118", "440112"), name="新塘涵洞(演练)"),
    hotspot("orange", 0, 80_000, severity=3, districts=(), at=None, name="无名涵洞(演练)"),
    hotspot("blue", 100, severity=1, status="overdue", hazards=(), at=(113.3, 23.5), properties={"industry": "水务"}),
    hotspot("grey", 50_000, severity=0, status="rectified", name="石井仓库 A7(演练)"),
]  # fmt: skip


def write(conn: Connection, *acts: Act) -> None:
    versions.write(conn, HOTSPOTS, acts)


@pytest.fixture(scope="module")
def known(module_database: Database) -> Database:
    with module_database.engine("app", "exercise").begin() as conn:
        write(conn, *FACTS)
    return module_database


@pytest.fixture
def conn(known: Database) -> Any:
    with known.engine("app", "exercise").connect() as open_connection:
        yield open_connection


def ids(conn: Connection, view: View) -> list[str]:
    return [one["id"] for one in answers.features(conn, HOTSPOTS, view).features]


def test_worst_first_then_by_id(conn: Connection) -> None:
    assert ids(conn, NOON) == ["red", "orange", "blue"]
    assert ids(conn, View(at=second(60_000))) == ["red", "orange", "blue", "grey"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"hazard": ("11A02",)}, ["red"]),
        ({"severity": (1, 3)}, ["orange", "blue"]),
        ({"status": ("overdue",)}, ["blue"]),
        ({"status": ("ready",)}, ["red", "orange", "blue"]),
        ({"district": ("440112", "440103")}, ["red"]),
        ({"fields": {"industry": ("水务",)}}, ["blue"]),
        ({"fields": {"issuer": ("市气象台",)}}, ["red", "orange", "blue"]),
        ({"q": "涵洞"}, ["red", "orange"]),
        ({"q": "塘"}, ["red", "blue"]),
        ({"q": "涵洞 新塘"}, ["red"]),
        ({"q": "blue"}, ["blue"]),
        ({"q": "%"}, []),
        ({"bbox": (113.5, 23.0, 113.7, 23.2)}, ["red"]),
        ({"bbox": (113.6, 23.1, 113.7, 23.2)}, ["red"]),
        ({"bbox": (0.0, 0.0, 1.0, 1.0)}, []),
    ],
)
def test_filters(conn: Connection, filters: dict[str, Any], expected: list[str]) -> None:
    assert ids(conn, View(at=NOON.at, **filters)) == expected
    assert answers.counts(conn, HOTSPOTS, View(at=NOON.at, **filters), [])["total"] == len(expected)


def test_a_feature_has_every_declared_field_and_says_what_is_unknown(conn: Connection) -> None:
    found = answers.feature(conn, HOTSPOTS, "orange", NOON)
    assert found is not None
    properties = found["properties"]
    personal = {name for name, one in HOTSPOTS.fields.items() if one.info.personal}
    assert set(HOTSPOTS.fields) - personal <= set(properties)
    assert found["geometry"] is None
    assert properties["industry"] is None
    assert (properties["valid_from"], properties["valid_to"]) == (
        "2020-05-22T00:00:00Z",
        "2020-05-22T22:13:20Z",
    )
    assert properties["recorded_to"] is None


def test_one_in_two_districts_counts_in_each_and_once_in_all(conn: Connection) -> None:
    found = answers.counts(conn, HOTSPOTS, NOON, ["district", "severity"])
    assert (found["total"], found["unplaced"]) == (3, 1)
    assert sorted(found["counts"], key=str) == sorted(
        [
            {"district": None, "severity": 3, "count": 1},
            {"district": "440112", "severity": 4, "count": 1},
            {"district": "440118", "severity": 1, "count": 1},
            {"district": "440118", "severity": 4, "count": 1},
        ],
        key=str,
    )
    assert {one["hazard"]: one["count"] for one in answers.counts(conn, HOTSPOTS, NOON, ["hazard"])["counts"]} == {
        "11B03": 2, "11A02": 1, None: 1,
    }  # fmt: skip
    with pytest.raises(Malformed):
        answers.counts(conn, HOTSPOTS, NOON, ["phone"])


def test_the_timeline_counts_what_holds_at_each_step(conn: Connection) -> None:
    step = timedelta(seconds=20_000)
    steps = answers.timeline(conn, HOTSPOTS, View(), DAY - step, DAY + timedelta(days=1), step)
    assert len(steps) == 6
    for one in steps:
        at = datetime.fromisoformat(one["at"])
        counted = answers.counts(conn, HOTSPOTS, View(at=at), ["severity"])["counts"]
        assert one["counts"] == {str(group["severity"]): group["count"] for group in counted}, at
    assert steps[0]["counts"] == {}
    with pytest.raises(Malformed):
        answers.timeline(conn, HOTSPOTS, View(), DAY, DAY, timedelta(hours=1))


def test_the_next_change_is_the_next_bound_of_what_the_view_shows(conn: Connection) -> None:
    def after(n: int, view: View = NOON, *, forward: bool = True) -> Any:
        return answers.next_change(conn, HOTSPOTS, view, second(n), forward=forward)  # type: ignore[arg-type]

    assert after(0) == second(100)
    assert after(100) == second(50_000)
    assert after(50_000) == second(80_000)
    assert after(80_000) is None
    assert after(100, forward=False) == second(0)
    assert after(0, View(severity=(3,))) == second(80_000)


def test_search_finds_rows_of_any_time(conn: Connection) -> None:
    found = answers.rows(conn, HOTSPOTS, answers.search(conn, HOTSPOTS, "涵洞"))
    assert {one["id"] for one in found} == {"red", "orange"}
    assert answers.search(conn, HOTSPOTS, "%%") == []


def test_pages_cover_the_answer_although_others_write(database: Database) -> None:
    engine = database.engine("app", "exercise")
    with engine.begin() as conn:
        write(conn, *(hotspot(f"h{n:02}", 0, severity=n % 5) for n in range(25)))
    seen: list[str] = []
    cursor = None
    for turn in range(4):
        with engine.connect() as conn:
            page = answers.features(conn, HOTSPOTS, NOON, limit=7, after=cursor)
        assert page.number_matched == 25
        seen += [one["id"] for one in page.features]
        cursor = page.next
        with engine.begin() as conn:
            write(conn, hotspot(f"new{turn}", 0, severity=4), End(2, f"h{turn + 20}", second(0)))
    assert cursor is None
    assert sorted(seen) == [f"h{n:02}" for n in range(25)]


def test_a_writer_between_two_statements_of_an_answer_does_not_show(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = database.engine("app", "exercise")
    with engine.begin() as conn:
        write(conn, hotspot("a", 0))
    original = answers._page

    def and_someone_writes(*given: Any, **options: Any) -> Any:
        monkeypatch.setattr(answers, "_page", original)
        with engine.begin() as other:
            write(other, hotspot("b", 0))
        return original(*given, **options)

    with engine.connect() as conn:
        moment = answers.resolve(conn, HOTSPOTS, NOON)
        monkeypatch.setattr(answers, "_page", and_someone_writes)
        page = answers.features(conn, HOTSPOTS, NOON, moment=moment)
    assert ([one["id"] for one in page.features], page.number_matched) == (["a"], 1)


@pytest.mark.parametrize("cursor", ["", "x", "e30", "WzEsMiwzLDRd"])
def test_a_cursor_that_is_none_of_ours_is_refused(conn: Connection, cursor: str) -> None:
    with pytest.raises(Malformed):
        answers.features(conn, HOTSPOTS, NOON, after=cursor)


def test_history_tells_every_version_in_the_order_it_was_recorded(database: Database) -> None:
    engine = database.engine("app", "exercise")
    for severity in (1, 3):
        with engine.begin() as conn:
            write(conn, hotspot("a", 0, severity=severity))
    with engine.connect() as conn:
        found = [one["properties"] for one in answers.history(conn, HOTSPOTS, "a")]
    assert [one["severity"] for one in found] == [1, 3]
    assert found[0]["recorded_to"] == found[1]["recorded_from"]
    assert found[1]["recorded_to"] is None


def test_known_then_is_what_was_known_at_t(database: Database) -> None:
    engine = database.engine("app", "exercise")
    with engine.begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("a", 0, severity=1)], at=second(10))
    with engine.begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("a", 0, severity=4)], at=second(30))
    with engine.connect() as conn:
        then = answers.feature(conn, HOTSPOTS, "a", View(at=second(20), known_at="at"))
        now = answers.feature(conn, HOTSPOTS, "a", View(at=second(20)))
        before = answers.feature(conn, HOTSPOTS, "a", View(at=second(5), known_at="at"))
    assert then is not None
    assert now is not None
    assert (then["properties"]["severity"], now["properties"]["severity"], before) == (1, 4, None)


def test_the_summary_counts_features_and_versions(database: Database) -> None:
    engine = database.engine("app", "exercise")
    for severity in (1, 3):
        with engine.begin() as conn:
            write(conn, hotspot("a", 0, severity=severity), hotspot("b", 0))
    with engine.connect() as conn:
        found = answers.summary(conn, LAYERS.values())
        stamp = answers.resolve(conn, HOTSPOTS, View()).stamp
    assert (
        found["risk_hotspots"].features,
        found["risk_hotspots"].versions,
        found["risk_hotspots"].stamp,
    ) == (2, 3, stamp)
    assert (found["rescue_teams"].features, found["rescue_teams"].stamp) == (0, None)
