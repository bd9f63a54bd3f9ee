"""The whole exercise `city-2020`, loaded once: the figures of the bureau's year, by SQL over what the store holds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import text

from emmap import exercise
from emmap.briefing import render
from emmap.layer import load_layers
from emmap.settings import ROOT, Settings
from emmap.store.cluster import Cluster
from emmap.store.database import Database
from tests.blocks_filled import by_first, filled
from tests.paper import words_of

pytestmark = pytest.mark.timeout(900)
"""The load is the longest single step of all tests."""
LAYERS = load_layers(ROOT / "layers")
NOW_KNOWN = "upper_inf(recorded)"
THE_YEAR = "valid && tstzrange('2020-01-01 00:00+08', '2021-01-01 00:00+08')"


@pytest.fixture(scope="module")
def city(
    cluster: Cluster, template: str, clone: Callable[[Cluster, str], AbstractContextManager[Database]]
) -> Iterator[tuple[Database, list[exercise.Progress]]]:
    """The city at full size, and what was told on the way."""
    with clone(cluster, template) as found:
        told: list[exercise.Progress] = []
        exercise.load(found, "city-2020", LAYERS, tell=told.append)
        yield found, told


@pytest.fixture
def ask(city: tuple[Database, list[exercise.Progress]]) -> Callable[[str], Any]:
    """Answers one row of SQL over the exercise, a single value bare."""

    def asked(sql: str) -> Any:
        with city[0].engine("app", "exercise").connect() as conn:
            row = tuple(conn.execute(text(sql)).one())
        return row if len(row) > 1 else row[0]

    return asked


def test_the_teams_and_their_people_are_the_bureaus(city: Any, ask: Callable[[str], Any]) -> None:
    with city[0].engine("app", "exercise").connect() as conn:
        rows = conn.execute(
            text(
                "select team_class, count(*), sum(people) from"
                " (select distinct feature_id, properties ->> 'team_class' as team_class,"
                " (properties ->> 'people')::int as people from version where layer = 'rescue_teams') one group by 1"
            )
        )
        found = {row[0]: (row[1], row[2]) for row in rows}
    assert found == {"industry": (251, 14_627), "district": (133, 5_524), "social": (21, 1_618)}
    assert sum(people for _, people in found.values()) == 21_769


def test_every_hazard_found_is_there_with_its_life(ask: Callable[[str], Any]) -> None:
    hotspots = "from version where layer = 'risk_hotspots'"
    assert ask(f"select count(distinct feature_id) {hotspots}") == 361_500
    assert ask(f"select count(distinct properties ->> 'industry') {hotspots}") == 41
    assert (
        ask("select count(distinct d) from version, unnest(districts) d where layer = 'risk_hotspots'") == 11
    )
    assert 0.95e6 < ask("select count(*) from version") < 1.15e6
    begun = f"select count(distinct feature_id) {hotspots} and status = 'open' and {NOW_KNOWN}"
    assert ask(f"{begun} and {THE_YEAR}") == 361_500
    # One state follows the other without a gap, and only the last has no end.
    gaps = (
        "select count(*) from (select upper(valid) as ends, lead(lower(valid)) over"
        f" (partition by feature_id order by lower(valid)) as follows {hotspots} and {NOW_KNOWN}) one"
    )
    assert ask(f"{gaps} where ends is distinct from follows") == 0
    left = ask(f"select count(*) {hotspots} and {NOW_KNOWN} and valid @> now() and status <> 'rectified'")
    assert 5_000 < left < 15_000


def test_hazards_lie_in_the_district_that_they_name(ask: Callable[[str], Any]) -> None:
    placed, unplaced = ask(
        "select count(geom), count(*) - count(geom) from version where layer = 'risk_hotspots'"
        f" and status = 'open' and {NOW_KNOWN}"
    )
    assert 1_000 < unplaced < 2_000
    # As a city is: a tenth of its square kilometres holds more than half of its hazards.
    densest = ask(
        "select sum(n) from (select count(*) as n from version where layer = 'risk_hotspots' and status = 'open'"
        f" and {NOW_KNOWN} and geom is not null group by st_snaptogrid(geom, 0.01) order by n desc limit 740) one"
    )
    assert densest > placed / 2


def test_fires_responses_and_earthquakes_are_the_years(ask: Callable[[str], Any]) -> None:
    fires = f"from version where layer = 'forest_fire_alerts' and form = 'report' and {NOW_KNOWN}"
    assert ask(f"select count(distinct feature_id) {fires}") == 285
    assert ask(f"select count(distinct feature_id) {fires} and status = 'confirmed'") == 31
    burnt = f"select sum((properties ->> 'burnt_area_mu')::numeric) {fires} and status = 'out'"
    assert float(ask(burnt)) == 873.21
    responses = "from version where layer = 'flood_warnings' and form = 'response'"
    assert ask(f"select count(distinct feature_id) {responses}") == 47
    quakes = "from version where layer = 'general_alerts' and '11C' = any(hazards)"
    assert ask(f"select count(distinct feature_id) {quakes}") == 6


def test_the_years_rain_is_measured_day_by_day(ask: Callable[[str], Any]) -> None:
    days = "from observation where series = 'rain_day_440100'"
    assert ask(f"select count(*), round(sum(value)::numeric, 1)::text, max(value) {days}") == (
        366,
        "1805.2",
        101.0,
    )
    assert ask(f"select value {days} and at = '2020-05-22 08:00+08'") == 101.0
    hour, three, total = ask(
        "select max(value), round(max(three)::numeric, 1)::text, round(sum(value)::numeric, 1)::text from"
        " (select value, sum(value) over (order by at rows 2 preceding) as three"
        " from observation where series = 'rain_hour_yonghe') one"
    )
    assert (hour, three, total) == (167.8, "288.5", "378.6")


def test_what_was_entered_late_or_wrong_that_night_shows_in_k(ask: Callable[[str], Any]) -> None:
    at_night = "layer in ('flood_warnings', 'general_alerts') and valid @> timestamptz '2020-05-22 01:12+08'"
    red = f"select count(*) from version where {at_night} and severity = 4"
    then = "recorded @> timestamptz '2020-05-22 01:12+08'"
    assert ask(f"{red} and {then}") < ask(f"{red} and {NOW_KNOWN}")
    incidents = f"select count(*) from version where {at_night} and feature_id like 'BY-2020-E%'"
    assert ask(f"{incidents} and {then}") == 2
    assert ask(f"{incidents} and {NOW_KNOWN}") == 3
    roads = "select count(distinct feature_id) from version where feature_id like 'BY-2020-L%' and shape = 1"
    assert ask(roads) == 47


def test_the_yearly_report_has_the_citys_published_figures(
    city: tuple[Database, list[exercise.Progress]],
) -> None:
    year = {"at": "2021-01-01T00:00:00+08:00"}
    told = by_first(filled(city[0], year, "year_figures"))
    published = {
        "森林火情接报": "285",
        "其中核实": "31",
        "过火面积": "873.21",
        "应急响应": "47",
        "应急队伍": "405",
        "队伍人数": "21,769",
        "排查发现隐患": "361,500",
        "平均降雨量": "1,805.2",
        "地震": "6",
    }
    assert {name: told[name][0] for name in published} == published
    by_class = {name: (told[name][0], told[name][2]) for name in ("行业队伍", "区级队伍", "社会力量")}
    assert by_class == {
        "行业队伍": ("251", "14,627 人"),
        "区级队伍": ("133", "5,524 人"),
        "社会力量": ("21", "1,618 人"),
    }
    assert told["隐患排查检查次数"][0] == told["应急演练"][0] == "库中没有"
    stored = render.create(
        city[0],
        LAYERS,
        Settings(),
        title="",
        view={"realm": "exercise", **year},
        template="annual_summary",
        account="x",
    )
    paper = words_of(render.render(city[0], LAYERS, stored.briefing_id, "pdf"))
    for value in published.values():
        assert value in paper
    assert "2020年：森林火情接报285起，其中核实31起，过火面积873.21亩。" in paper


def test_progress_goes_forward_to_the_end(city: tuple[Database, list[exercise.Progress]]) -> None:
    told = [one.done for one in city[1] if one.layer.id == "risk_hotspots"]
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] == 1
    assert len(told) > 100
    assert [one.layer.id for one in city[1]][-1] == "risk_hotspots"


def test_the_large_indexes_are_there_again(ask: Callable[[str], Any]) -> None:
    names = "('version_risk_hotspots_present', 'version_risk_hotspots_tokens', 'version_risk_hotspots_past')"
    assert (
        ask(f"select count(*) from pg_indexes where indexname in {names} and schemaname = 'realm_exercise'")
        == 3
    )
    assert ask("select reltuples > 900000 from pg_class where oid = 'version_risk_hotspots'::regclass")
