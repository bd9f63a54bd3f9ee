"""What stands in a briefing's tables, charts and first wordings, against what the store holds: a small year of the city."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from emmap import exercise
from emmap.briefing import proof, render
from emmap.briefing.sight import moment_of, take
from emmap.briefing.template import templates
from emmap.errors import Malformed
from emmap.layer import Row
from emmap.settings import Settings
from emmap.store import answers, observations, stations, versions
from emmap.store.database import Database
from emmap.view import View, parse_instant
from tests.blocks_filled import by_first, filled, worded
from tests.facts import LAYERS

WARNINGS = LAYERS["flood_warnings"]
NIGHT = "2020-05-22T01:12:00+08:00"
THEN = {"at": NIGHT, "known_at": "at"}
NEW_YEAR = {"at": "2021-01-01T00:00:00+08:00"}
YONGHE = "【演练】永和"


@pytest.fixture(scope="module")
def city(module_database: Database) -> Database:
    """The year's storm, fires, teams and rain in full, and one hazard in two hundred."""
    exercise.load(module_database, "city-2020", LAYERS, share=0.005)
    return module_database


@pytest.fixture
def ask(city: Database) -> Callable[[str], Any]:
    def asked(sql: str) -> Any:
        with city.engine("app", "exercise").connect() as conn:
            return conn.execute(text(sql)).scalar_one()

    return asked


def test_a_response_tells_how_it_came_to_its_level_as_far_as_known_then(city: Database) -> None:
    rows = filled(city, {"at": "2020-05-22T02:00:00+08:00", "known_at": "at"}, "responses")["rows"]
    assert rows[0][0] == "Ⅱ级"
    assert rows[0][3] == "05-21 20:57 启动Ⅳ级，22:40 升至Ⅲ级，05-22 01:50 升至Ⅱ级"
    before = filled(city, {"at": "2020-05-22T01:50:30+08:00", "known_at": "at"}, "responses")["rows"]
    assert before[0][0] == "Ⅲ级"
    after = filled(city, {"at": "2020-05-22T18:30:00+08:00"}, "responses")["rows"]
    assert [row[0] for row in after] == ["Ⅳ级", "终止"]
    assert after[1][3].endswith("18:00 终止")


def test_rain_is_what_was_known_of_it(city: Database) -> None:
    then = by_first(filled(city, THEN, "rain_table"))
    assert then["黄埔区"][0] == f"67.8（{YONGHE}，01:00）"
    now = by_first(filled(city, {"at": NIGHT}, "rain_table"))
    assert now["黄埔区"][0] == f"167.8（{YONGHE}，01:00）"
    morning = by_first(filled(city, {"at": "2020-05-22T08:10:00+08:00"}, "rain_table"))
    assert [cell.split("（")[0] for cell in morning["黄埔区"]] == ["167.8", "288.5", "378.6"]
    assert morning["增城区"][1].startswith("297.0")
    chart = filled(city, {"at": "2020-05-22T09:00:00+08:00"}, "rain")["pictures"][0]
    assert "167.8" in chart["svg"]
    assert any("全市 101.0、黄埔区 176.2" in note for note in chart["notes"])


def test_what_changed_is_told_of_the_same_time(city: Database) -> None:
    told = by_first(filled(city, {"at": NIGHT}, "changes", since=NIGHT))
    assert told[f"{YONGHE}最大 1 小时雨量（mm）"] == ["67.8", "167.8", "+100.0"]
    assert told["三防预警（红）"] == ["2", "4", "+2"]
    named = filled(city, {"at": NIGHT}, "changes")
    assert named["rows"] == []
    with pytest.raises(Malformed, match="不能用"):
        filled(city, {"at": NIGHT}, "changes", since="gestern")


def test_a_reading_that_comes_later_is_in_the_next_issue_alone(city: Database) -> None:
    one = render.create(city, LAYERS, Settings(), title="", view=THEN, template="flood_report", account="x")
    before = render.render(city, LAYERS, one.briefing_id, "pdf")
    view = {"at": "2020-05-22T06:30:00+08:00"}
    data = take(city, "exercise", LAYERS)
    old = filled(city, view, "rain_table", data=data)
    with city.engine("app", "exercise").begin() as conn:
        stations.lock(conn)
        at = datetime(2020, 5, 21, 22, tzinfo=UTC)
        observations.add_new(conn, [("gauge:YL-R02:rain:3600", at, 44.1)])
    assert filled(city, view, "rain_table", data=data) == old
    assert filled(city, view, "rain_table") != old
    assert render.render(city, LAYERS, one.briefing_id, "pdf") == before
    assert proof.verify(city, LAYERS, one.briefing_id).same


def test_a_reading_that_is_being_written_is_not_promised(city: Database) -> None:
    with city.engine("app", "exercise").begin() as conn:
        stations.lock(conn)
        written = datetime.now(UTC)
        data = take(city, "exercise", LAYERS)
    assert moment_of(data.measured_at) < written


def test_text_table_and_answer_agree_to_the_unit(city: Database) -> None:
    view = {"at": NEW_YEAR["at"], "layers": ["risk_hotspots"], "status": ["open", "rectifying", "overdue"]}
    with city.engine("app", "exercise").connect() as conn:
        asked = View(at=parse_instant(NEW_YEAR["at"]), status=("open", "rectifying", "overdue"))
        counted = answers.counts(conn, LAYERS["risk_hotspots"], asked, ["district"])
    total = counted["total"]
    assert total > 50
    table = filled(city, view, "districts")
    assert table["total"][-1] == str(total)
    assert f"风险隐患点 {total:,} 处" in worded(city, view, "situation")
    shaded = filled(city, view, "district_map")["pictures"][0]
    assert f"共 {total} 处" in shaded["alt"]
    assert filled(city, view, "trend", hours=24)["pictures"][0]["legend"][0]["count"] == f"{total:,}"
    rows = {row[0]: int(row[-1]) for row in table["rows"]}
    assert sum(rows.values()) == sum(one["count"] for one in counted["counts"])


def test_hazards_by_industry_add_up_to_the_month(city: Database, ask: Callable[[str], Any]) -> None:
    found = ask(
        "select count(distinct feature_id) from version where layer = 'risk_hotspots' and upper_inf(recorded)"
        " and (properties ->> 'found_at')::timestamptz >= '2020-05-01 00:00+08'"
        " and (properties ->> 'found_at')::timestamptz < '2020-06-01 00:00+08'"
    )
    shape = filled(city, NEW_YEAR, "industries", of="2020-05", rows=3)
    assert shape["total"][1] == str(found)
    assert sum(int(row[1]) for row in shape["rows"]) == found
    assert len(shape["rows"]) == 4
    assert "2020 年 5 月发现" in shape["note"]
    assert filled(city, NEW_YEAR, "industries", of="2019-05")["rows"] == []


def test_teams_stand_by_class_and_near_a_place(city: Database, ask: Callable[[str], Any]) -> None:
    shape = filled(city, THEN, "teams")
    assert shape["total"][:3] == ["合计", "405", "21,769"]
    assert by_first(shape)["社会力量"][:2] == ["21", "1,618"]
    near = filled(city, THEN, "teams", near=[113.56, 23.2], count=4)
    kilometres = [float(row[4].removesuffix(" km")) for row in near["rows"]]
    assert kilometres == sorted(kilometres)
    assert {row[2] for row in near["rows"]} <= {"待命", "备勤"}
    assert "直线距离" in near["note"]
    assert "已出动" in near["note"]
    closest = ask(
        "select round((min(st_distance(geom::geography, st_makepoint(113.56, 23.2)::geography)) / 1000)::numeric, 1)::text"
        " from version where layer = 'rescue_teams' and recorded @> timestamptz '2020-05-22 01:12+08'"
        " and valid @> timestamptz '2020-05-22 01:12+08' and status in ('ready', 'standby')"
    )
    assert near["rows"][0][4] == f"{closest} km"


def test_gauges_over_a_level_are_told_with_their_last_stage(city: Database) -> None:
    rows = by_first(filled(city, {"at": "2020-05-22T02:00:00+08:00", "known_at": "at"}, "gauges"))
    assert rows["【演练】官湖"] == ["官湖河", "超保证", "4.70", "保证 4.40", "0.30", "01:45"]
    assert rows["【演练】派潭"][-2] == "已回落"


def test_fires_and_who_is_near_them(city: Database) -> None:
    now = {"at": datetime.now(UTC).replace(microsecond=0).isoformat()}
    fires = filled(city, now, "fires")
    assert {row[3] for row in fires["rows"]} == {"核实中"}
    assert "没有风向" in fires["note"]
    travel = filled(city, now, "travel", fires=1, count=2)
    assert len(travel["rows"]) == 2
    assert "不是行车里程" in travel["note"]
    assert "直线距离" in worded(city, now, "fire")
    year = filled(city, NEW_YEAR, "fires", by="district", period="year")
    assert year["total"] == ["合计", "285", "31", "31", "873.21"]


def test_a_year_that_the_store_does_not_hold_is_said_and_not_counted_as_none(city: Database) -> None:
    subjects = ["fires", "warnings", "rain"]
    rows = by_first(filled(city, NEW_YEAR, "year_on_year", period="year", subjects=subjects))
    assert rows["森林火情接报（起）"] == ["285", "库中没有", "", ""]
    later = by_first(
        filled(city, {"at": "2022-01-01T00:00:00+08:00"}, "year_on_year", period="year", subjects=subjects)
    )
    assert later["森林火情接报（起）"] == ["0", "285", "−285", "−100.0%"]
    assert later["平均降雨量（毫米）"] == ["库中没有", "1,805.2", "", ""]


def test_a_district_counts_alone(city: Database) -> None:
    view = {**NEW_YEAR, "district": ["440112"]}
    rows = by_first(filled(city, view, "fires", by="district", period="year"))
    assert set(rows) <= {"黄埔区"}
    figures = by_first(filled(city, view, "year_figures"))
    assert figures["平均降雨量"][2] == "黄埔区日面雨量，1 日合计"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("responses", "没有生效的应急响应"),
        ("rain", "没有"),
        ("rain_table", "没有"),
        ("gauges", "没有水文测站"),
        ("fires", "没有森林火情"),
        ("travel", "没有在处置的森林火情"),
        ("trend", "没有要素"),
    ],
)
def test_where_there_is_nothing_a_block_says_so(city: Database, kind: str, said: str) -> None:
    shape = filled(city, {"at": "2019-06-01T00:00:00+08:00"}, kind)
    assert shape["rows"] == []
    assert said in shape["note"]


def test_an_empty_store_fills_every_template(database: Database) -> None:
    for name in templates():
        stored = render.create(
            database, LAYERS, Settings(), title="空库", view={"realm": "real"}, template=name, account="x"
        )
        assert render.render(database, LAYERS, stored.briefing_id, "pdf").startswith(b"%PDF")


def test_a_test_is_no_response_in_the_real_realm(database: Database) -> None:
    start = datetime(2020, 5, 21, 12, tzinfo=UTC)
    said = {"headline": "启动防汛 III 级应急响应", "hazards": ("11A01",), "form": "response", "severity": 2}
    for feature, status in (("one", "Actual"), ("two", "Test")):
        row = Row(
            position=1,
            feature_id=feature,
            properties=WARNINGS.properties.model_validate({**said, "cap_status": status}),
            valid_from=start,
        )
        with database.engine("app", "real").begin() as conn:
            versions.write(conn, WARNINGS, WARNINGS.records(row))
    rows = filled(database, {"at": "2020-05-21T21:00:00+08:00"}, "responses", realm="real")["rows"]
    assert [row[0] for row in rows] == ["Ⅲ级"]
