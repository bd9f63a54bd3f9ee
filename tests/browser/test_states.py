"""What the page says when something is late, missing, forbidden, lost or half-typed."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pages import put
from playwright.sync_api import Page, Route, WebSocketRoute, expect
from served import Web
from sqlalchemy import text
from test_page_parts import HOTSPOTS, TEAMS, chip

from emmap.ingest.importer import import_file
from emmap.store import access
from emmap.store.cluster import Cluster
from emmap.store.database import Database


@pytest.fixture(scope="module")
def town(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """Five hazards and a team in the exercise, a team in the real realm."""
    with clone(cluster, template) as found:
        put(found, "risk_hotspots", HOTSPOTS)
        put(found, "rescue_teams", TEAMS)
        import_file(found, "real", "rescue_teams", "队伍.csv", TEAMS.encode())
        yield found


@pytest.fixture
def database(town: Database) -> Database:
    """The store of these tests."""
    return town


def impatient(route: Route) -> None:
    """How it stands, but the teams are expected to be heard of every second."""
    answer = route.fetch()
    status = answer.json()
    for layer in status["layers"]:
        layer["expected_s"] = 1 if layer["id"] == "rescue_teams" else None
    route.fulfill(response=answer, json=status)


GREY = """
() => {
  const canvas = document.querySelector('canvas.emmap-points');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let grey = 0;
  for (let k = 0; k < data.length; k += 4) grey += data[k] === 0x8b && data[k + 1] === 0x96 && data[k + 2] === 0xa3;
  return grey;
}
"""


def test_a_late_layer_is_grey_with_its_age_wherever_it_shows(open_map: Callable[..., Page]) -> None:
    page = open_map("?realm=real", before=lambda page: page.route("**/api/status*", impatient))
    row = page.locator('[data-layer="rescue_teams"]')
    expect(row).to_have_class(re.compile("late"), timeout=15_000)
    expect(row).to_contain_text(re.compile(r"迟 .+ · 数据 .+前"))
    expect(page.locator("#sources")).to_contain_text("应急救援队伍 迟")
    expect(page.locator("#legend .legend-layer.late")).to_contain_text("应急救援队伍")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    expect(page.locator("#in_view-list [data-late]")).to_contain_text("迟")
    expect(page.locator("#in_view-head")).to_contain_text("数据已迟：应急救援队伍")
    assert page.evaluate(GREY) > 20
    page.locator("#export-open").click()
    expect(page.locator("#export-stands")).to_contain_text(re.compile("应急救援队伍:迟"))
    page.keyboard.press("Escape")
    page.locator("#time").fill("2020-01-01 00:00")
    page.locator("#time").press("Enter")
    expect(page.locator("#replay")).to_be_visible()
    expect(row).not_to_have_class(re.compile("late"))


def test_history_that_an_exercise_was_loaded_with_is_not_late(
    town: Database, open_map: Callable[..., Page]
) -> None:
    with town.engine("owner", "exercise").begin() as conn:
        conn.execute(text("truncate ingest_write, ingest_run cascade"))
    page = open_map(before=lambda page: page.route("**/api/status*", impatient))
    expect(page.locator("#sources")).to_contain_text("来源 演练数据")
    expect(page.locator('[data-layer="rescue_teams"]')).to_contain_text("演练数据")
    expect(page.locator('[data-layer="rescue_teams"]')).not_to_have_class(re.compile("late"))


def test_a_store_that_does_not_answer_is_told(open_map: Callable[..., Page]) -> None:
    def through(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            told = json.loads(message)
            if told["type"] == "tick":
                told["database"] = f"down since {told['now']}"
            line.send(json.dumps(told))

        server.on_message(pass_on)

    page = open_map(before=lambda page: page.route_web_socket("**/api/live**", through))
    expect(page.locator("#bar")).to_contain_text(
        re.compile(r"数据库自 \d\d:\d\d:\d\d 起没有响应"), timeout=10_000
    )


def test_what_a_role_may_not_do_is_greyed_with_the_reason(web: Web, open_map: Callable[..., Page]) -> None:
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "visitor", "viewer")
    page = open_map(name="visitor")
    expect(page.locator("#export-open")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#export-open")).to_have_attribute("title", re.compile("查看者"))
    page.locator("#export-open").press("Enter")
    expect(page.locator("#notes")).to_contain_text("查看者不能制作和存档简报")
    expect(page.locator("#export-name")).to_be_hidden()


def test_nothing_found_leads_on(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots&severity=1&hazard=11B03&at=2020-03-10T08:00:00%2B08:00")
    expect(page.locator("#current-empty")).to_contain_text("没有符合筛选的预警和火情")
    page.locator("#current-empty").get_by_role("button", name="回到现在").click()
    expect(page.locator("#replay")).to_be_hidden()
    page.locator('[data-layer="risk_hotspots"]').click()
    expect(page.locator("#current-empty")).to_contain_text("没有选中任何图层")
    page.locator("#current-empty").get_by_role("button", name="显示全部图层").click()
    expect(page.locator('[data-layer="rescue_teams"]')).to_have_attribute("aria-checked", "true")


def test_the_back_button_undoes_filters_layers_time_knowledge_and_selection(
    open_map: Callable[..., Page],
) -> None:
    page = open_map("?layers=risk_hotspots&at=2020-03-10T08:00:00%2B08:00")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    page.locator("#in_view-list [role=option]").first.click()
    expect(page.locator("#details-body h3")).to_have_text("新塘堤围渗漏")
    page.locator('[data-layer="rescue_teams"]').click()
    chip(page, "severity", "4").click()
    page.locator("#time").fill("2020-03-05 08:00")
    page.locator("#time").press("Enter")
    expect(page).to_have_url(re.compile("at=2020-03-05"))
    page.locator('[data-known="at"]').click()
    expect(page).to_have_url(re.compile("known_at=at"))
    page.go_back()
    expect(page).not_to_have_url(re.compile("known_at=at"))
    page.go_back()
    expect(page.locator("#replay")).to_contain_text("2020-03-10")
    page.go_back()
    expect(chip(page, "severity", "4")).to_have_attribute("aria-pressed", "false")
    page.go_back()
    expect(page.locator('[data-layer="rescue_teams"]')).to_have_attribute("aria-checked", "false")
    expect(page.locator("#details")).to_be_visible()
    page.go_back()
    expect(page.locator("#details")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#details-body h3")).to_have_text("新塘堤围渗漏")


def test_half_typed_input_survives_a_reload_and_signing_in_again(
    web: Web, open_map: Callable[..., Page], complaints: list[str]
) -> None:
    page = open_map("?layers=risk_hotspots&severity=4&at=2020-03-10T08:00:00%2B08:00")
    page.locator("#export-open").click()
    expect(page.locator("#export-name input")).to_be_focused()  # now it knows whom to give it back to
    page.locator("#export-name input").fill("5·22 暴雨")
    page.keyboard.press("Escape")
    expect(page.locator("#export-open")).to_be_focused()  # the closed window gives it back, in its own time
    page.locator("#time").fill("2020-05-2")
    page.reload()
    expect(page.locator("#page.started")).to_be_attached()
    expect(page.locator("#time")).to_be_focused()
    expect(page.locator("#time")).to_have_value("2020-05-2")
    with web.database.engine("owner").begin() as conn:
        conn.execute(text("update session set closed_at = clock_timestamp()"))
    expect(page.locator("#bar")).to_contain_text("登录已失效", timeout=15_000)
    page.locator("#bar a").click()
    page.wait_for_url("**/sign-in?**")
    target = page.locator("input[name=next]").get_attribute("value")
    page.goto(web.sign_in_link().replace("next=%2F", f"next={target}".replace("&", "%26")))
    page.get_by_role("button").click()
    expect(page.locator("#page.started")).to_be_attached()
    expect(page).to_have_url(re.compile("severity=4.*at=2020-03-10"))
    expect(page.locator("#time")).to_have_value("2020-05-2")
    page.locator("#export-open").click()
    expect(page.locator("#export-name input")).to_have_value("5·22 暴雨")
    page.keyboard.press("Escape")
    page.locator("#sign-out").click()
    page.wait_for_url("**/sign-in**")
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('emmap-draft'))") == []
    complaints.clear()
