"""What an area selects: equal to plain SQL over PostGIS, by whom it may be seen, and as a workbook."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from served import Web

from emmap.store.cluster import Cluster
from emmap.store.database import Database
from tests.selection_town import AREAS, AT, POLYGON, RADIUS, TRICKY, ask, fill


@pytest.fixture(scope="module")
def town(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """Hotspots, teams and warnings, written once for this module."""
    with clone(cluster, template) as found:
        fill(found)
        yield found


@pytest.fixture
def database(town: Database) -> Database:
    """The store of these tests."""
    return town


def selected(web: Web, area: str, role: str = "commander", **more: str) -> dict[str, Any]:
    answer = web.client(role).get("/api/selection", params={"at": AT, "area": area, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("area", AREAS)
def test_totals_in_an_area_equal_plain_sql(web: Web, area: str) -> None:
    inside = AREAS[area]
    told = selected(web, area)
    layers = {one["layer"]: one for one in told["layers"]}
    for name, one in layers.items():
        where = f"layer = '{name}' and {inside}"
        assert one["total"] == ask(web.database, "count(*)", where)[0][0]
        levels = ask(web.database, "severity, count(*)", f"{where} group by 1")
        assert one["severity"] == {str(level): n for level, n in sorted(levels)}
        assert one["unplaced"] == 0
    assert 0 < layers["risk_hotspots"]["total"] < 570
    hotspots_inside = f"layer = 'risk_hotspots' and {inside}"
    by_district = ask(web.database, "unnest(districts), count(*)", f"{hotspots_inside} group by 1")
    assert {d["district"]: d["count"] for d in layers["risk_hotspots"]["districts"] if d["district"]} == dict(
        by_district
    )
    people = ask(web.database, "sum((properties ->> 'people')::int)", f"layer = 'rescue_teams' and {inside}")
    assert layers["rescue_teams"]["sums"] == {"people": people[0][0]}
    answering = ask(
        web.database,
        "properties ->> 'responsible_unit', properties ->> 'responsible_person', count(*)",
        f"{hotspots_inside} group by 1, 2",
    )
    groups = layers["risk_hotspots"]["responsible"]
    assert sorted((*one["names"], one["total"]) for one in groups if one["names"][0]) == sorted(
        row for row in answering if row[0]
    )
    assert sum(one["total"] for one in groups) == layers["risk_hotspots"]["total"]
    assert [one["total"] for one in groups] == sorted((one["total"] for one in groups), reverse=True)


def test_an_area_binds_features_and_counts_too(web: Web) -> None:
    area = f"circle:113.4,23.2,{RADIUS}"
    client, where = web.client("viewer"), {"at": AT, "area": area, "severity": "3..4"}
    n = ask(web.database, "count(*)", f"layer = 'risk_hotspots' and severity >= 3 and {AREAS[area]}")[0][0]
    assert client.get("/api/layers/risk_hotspots/counts", params=where).json()["total"] == n
    features = client.get("/api/layers/risk_hotspots/features", params=where).json()
    assert features["numberMatched"] == n
    assert selected(web, area, severity="3..4", layers="risk_hotspots")["total"] == n


def workbook(web: Web, role: str = "commander", **query: str) -> CalamineWorkbook:
    answer = web.client(role).get("/api/selection.xlsx", params={"at": AT, **query}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content))


def test_the_workbook_read_back_equals_sql(web: Web) -> None:
    area = f"polygon:{POLYGON}"
    book = workbook(web, area=area)
    where = f"layer = 'risk_hotspots' and {AREAS[area]}"
    rows = book.get_sheet_by_name("【演练】风险隐患点").to_python()
    head, body = rows[0], rows[1:]
    columns = {name: k for k, name in enumerate(head)}
    known = ask(
        web.database,
        "feature_id, severity, x, y, properties ->> 'name', properties ->> 'responsible_person'",
        where,
    )
    levels = {"红": 4, "橙": 3, "黄": 2, "蓝": 1, "无级别": 0}
    assert sorted(
        (
            row[columns["编号"]],
            levels[row[columns["级别"]]],
            round(row[columns["经度"]] * 1e7),
            round(row[columns["纬度"]] * 1e7),
            row[columns["隐患名称"]],
            row[columns["责任人"]] or None,
        )
        for row in body
    ) == sorted(known)
    assert {row[columns["发现时间（北京时间）"]] for row in body} == {datetime(2020, 5, 22, 0, 30)}  # noqa: DTZ001
    assert [levels[row[columns["级别"]]] for row in body] == sorted(
        (level for _, level, *_ in known), reverse=True
    )
    assert book.sheet_names[:2] == ["【演练】汇总", "【演练】责任 风险隐患点"]
    told = {str(row[0]): row for row in book.get_sheet_by_name("【演练】汇总").to_python() if row[0]}
    assert told["画面时间 T（北京时间）"][1] == datetime(2020, 5, 22, 9)  # noqa: DTZ001
    assert told["区域"][1].startswith("多边形：5 个顶点，约 ")
    assert told["风险隐患点"][7] == len(known)
    assert any("不是真实情况" in key for key in told)
    answering = book.get_sheet_by_name("【演练】责任 风险隐患点").to_python()
    assert sum(row[-1] for row in answering[1:]) == len(known)


def test_without_an_area_the_workbook_holds_the_whole_view_unplaced_included(web: Web) -> None:
    book = workbook(web, layers="risk_hotspots", severity="0", lang="en")
    rows = book.get_sheet_by_name("EXERCISE Risk hotspots").to_python()
    held = ask(web.database, "feature_id", "layer = 'risk_hotspots' and severity = 0")
    assert sorted(row[0] for row in rows[1:]) == sorted(one for (one,) in held)
    assert {row[rows[0].index("Shape")] for row in rows[1:]} == {"point", "none"}


def test_a_text_that_looks_like_a_formula_stays_a_text(web: Web) -> None:
    rows = workbook(web, layers="risk_hotspots").get_sheet_by_name("【演练】风险隐患点").to_python()
    assert TRICKY in {row[1] for row in rows}


@pytest.mark.parametrize(
    ("role", "sees"), [("viewer", False), ("briefing_writer", False), ("commander", True)]
)
def test_personal_fields_are_for_those_who_may_see_them(web: Web, role: str, sees: bool) -> None:
    rows = workbook(web, role, layers="risk_hotspots").get_sheet_by_name("【演练】风险隐患点").to_python()
    assert ("电话" in rows[0]) == sees
    assert any("020-0000" in str(cell) for row in rows for cell in row) == sees


def test_the_real_realm_has_no_exercise_mark(web: Web) -> None:
    book = workbook(web, realm="real")
    assert book.sheet_names[0] == "汇总"
    assert not any("演练" in str(cell) for row in book.get_sheet_by_name("汇总").to_python() for cell in row)


def test_a_malformed_selection_is_refused(web: Web) -> None:
    client = web.client("viewer")
    for query in ("area=circle:113,23,0", "area=nowhere", "colour=red", "severity=9", "layers=none"):
        for route in ("/api/selection", "/api/selection.xlsx"):
            assert (query, client.get(f"{route}?{query}").status_code) == (query, 422)
