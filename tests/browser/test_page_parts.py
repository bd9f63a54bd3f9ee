"""The page's parts, each by what a person would miss: lists, filters, time, live state, details, language, layout."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pages import put
from playwright.sync_api import Page, Route, WebSocketRoute, expect
from served import Web

from emmap.exercise.scenario import scenario_named
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import access
from emmap.store.cluster import Cluster
from emmap.store.database import Database

HOTSPOTS = """编号,隐患名称,经度,纬度,级别,灾种,行业,发现时间,责任单位,联系电话
H1,新塘堤围渗漏,113.62,23.12,红,洪水,水务,2020-03-01 08:00,增城区水务局,020-00000001
H2,永和街边坡,113.57,23.20,橙,暴雨,交通,2020-03-02 08:00,,
H3,天河立交积水点,113.36,23.13,黄,内涝,交通,2020-03-03 08:00,,
H4,南沙泵站,113.53,22.80,蓝,内涝,水务,2020-03-04 08:00,,
H5,位置不详的井盖,,,橙,内涝,市政,2020-03-05 08:00,,
"""
MILDER = "".join(HOTSPOTS.splitlines(keepends=True)[:2]).replace("红", "橙")
MORE = """编号,隐患名称,经度,纬度,级别,灾种,发现时间
{id},{name},113.60,23.15,红,暴雨,2020-03-06 08:00
"""
AT_10_MARCH = "at=2020-03-10T08:00:00%2B08:00"
TEAMS = """编号,队伍名称,经度,纬度,队伍类别,备勤状态,人数
T1,演练救援一队,113.30,23.20,行业队伍,待命,30
"""


@pytest.fixture(scope="module")
def town(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """Five hazards (one without a place) and a team."""
    with clone(cluster, template) as found:
        put(found, "risk_hotspots", HOTSPOTS)
        put(found, "rescue_teams", TEAMS)
        yield found


@pytest.fixture
def database(town: Database) -> Database:
    """The store of these tests."""
    return town


def count(page: Page, key: str) -> Any:
    return page.locator(f'[data-count="{key}"]').first


def chip(page: Page, toggle: str, value: str) -> Any:
    return page.locator(f'[data-toggle="{toggle}"][data-value="{value}"]')


def test_the_list_is_worked_by_keyboard(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    box = page.get_by_role("listbox").and_(page.locator("#in_view-list"))
    names = box.locator("[role=option] .name")
    expect(names).to_have_text(["新塘堤围渗漏", "永和街边坡", "天河立交积水点", "南沙泵站"])
    box.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    details = page.locator("#details")
    expect(details.locator("article h3")).to_have_text("永和街边坡")
    expect(box.locator("[aria-selected=true]")).to_contain_text("永和街边坡")
    page.keyboard.press("n")
    expect(details.locator("article h3")).to_have_text("天河立交积水点")
    page.keyboard.press("p")
    expect(details.locator("article h3")).to_have_text("永和街边坡")
    page.keyboard.press("Escape")
    expect(details).to_be_hidden()


def test_one_click_filters_and_the_address_says_so(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots")
    expect(count(page, "layer:risk_hotspots")).to_have_text("5")
    chip(page, "hazard", "11A02").click()
    expect(page).to_have_url(re.compile("hazard=11A02"))
    expect(count(page, "layer:risk_hotspots")).to_have_text("3")
    chip(page, "severity", "3").click()
    expect(count(page, "layer:risk_hotspots")).to_have_text("1")
    expect(count(page, "severity:3")).to_have_text("1")
    expect(count(page, "unplaced")).to_have_text("1")
    page.go_back()
    expect(chip(page, "severity", "3")).to_have_attribute("aria-pressed", "false")
    expect(count(page, "layer:risk_hotspots")).to_have_text("3")
    page.locator('[data-clear="hazard"]').click()
    expect(count(page, "layer:risk_hotspots")).to_have_text("5")
    expect(page).not_to_have_url(re.compile("hazard="))


def test_an_address_restores_layers_filters_and_time(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?layers=risk_hotspots&severity=3..4&district=440118&industry=水务&{AT_10_MARCH}")
    expect(count(page, "layer:risk_hotspots")).to_have_text("1")
    expect(chip(page, "severity", "4")).to_have_attribute("aria-pressed", "true")
    expect(chip(page, "district", "440118")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#at-least")).to_have_text("≥ 橙")
    expect(page.locator('[data-layer="rescue_teams"]')).to_have_attribute("aria-checked", "false")
    expect(page.locator("#time")).to_have_value("2020-03-10 08:00")
    page.locator(".more-filters summary").click()
    expect(chip(page, "field:industry", "水务")).to_have_attribute("aria-pressed", "true")
    chip(page, "field:industry", "水务").click()
    expect(page).not_to_have_url(re.compile("industry="))


def test_what_cannot_be_read_in_an_address_is_named_and_the_rest_stays(open_map: Callable[..., Page]) -> None:
    page = open_map("?severity=9&bbox=1,2&wrong=1&hazard=11A02")
    expect(page.locator("#notes")).to_contain_text("severity=9")
    expect(page.locator("#notes")).to_contain_text("bbox=1,2")
    expect(page.locator("#notes")).to_contain_text("wrong=1")
    expect(chip(page, "hazard", "11A02")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="知道了").click()
    expect(page.locator("#notes .note")).to_have_count(0)


def test_replay_is_framed_and_home_leads_back(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots")
    expect(page.locator("#replay")).to_be_hidden()
    page.locator("#time").fill("2020-03-02 12:00")
    page.locator("#time").press("Enter")
    expect(page.locator("#replay")).to_contain_text("历史回放")
    expect(page.locator("#replay")).to_contain_text("画面时间 2020-03-02 12:00")
    expect(page.locator("#frame")).to_have_class(re.compile("replaying"))
    expect(count(page, "layer:risk_hotspots")).to_have_text("2")
    expect(page.locator("#date")).not_to_contain_text("2020")
    page.locator("#time").blur()
    page.keyboard.press("Home")
    expect(page.locator("#replay")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("at="))
    expect(count(page, "layer:risk_hotspots")).to_have_text("5")


def test_the_filters_of_an_opening_link_go_with_its_time(web: Web, open_map: Callable[..., Page]) -> None:
    moment = scenario_named("city-2020").moment
    page = open_map(f"?{moment}")
    chosen = page.locator('[data-toggle=hazard][aria-pressed="true"]')
    expect(chosen).to_have_count(4)
    page.keyboard.press("Home")
    expect(page.locator("#replay")).to_be_hidden()
    expect(chosen).to_have_count(0)
    expect(page).not_to_have_url(re.compile("hazard|opening"))

    page.goto(f"{web.url}/?{moment}")
    expect(chosen).to_have_count(4)
    chip(page, "hazard", "11D").click()
    expect(page).not_to_have_url(re.compile("opening"))
    page.reload()
    page.locator("#to-now").click()
    expect(page.locator("#replay")).to_be_hidden()
    expect(chosen).to_have_count(3)


def test_home_leads_back_also_with_the_focus_on_a_tab(open_map: Callable[..., Page]) -> None:
    page = open_map("?at=2020-03-10T08:00:00%2B08:00")
    page.get_by_role("tab", name=re.compile("统计")).click()
    page.keyboard.press("Home")
    expect(page.locator("#replay")).to_be_hidden()


def test_on_a_phone_replay_is_told_beside_the_list_too(open_map: Callable[..., Page]) -> None:
    page = open_map("?at=2020-03-10T08:00:00%2B08:00", size=(390, 844))
    strip = page.locator("#replay-strip")
    expect(strip).to_contain_text("历史回放")
    expect(strip).to_be_in_viewport()
    strip.click()
    expect(strip).to_be_hidden()


def test_a_time_that_cannot_be_read_is_refused_in_words(open_map: Callable[..., Page]) -> None:
    page = open_map("?at=2020-03-02T12:00:00%2B08:00")
    page.locator("#time").fill("2020-02-30 12:00")
    page.locator("#time").press("Enter")
    expect(page.locator("#notes")).to_contain_text("2020-02-30 12:00")
    expect(page).to_have_url(re.compile("at=2020-03-02T12:00:00"))


def test_the_slider_steps_by_keys_and_tells_the_time(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots&at=2020-03-03T12:00:00%2B08:00")
    page.locator('[data-window="last_7d"]').click()
    slider = page.get_by_role("slider", name="画面时间")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("2020-03-03 11:00"))
    page.keyboard.press("PageDown")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("2020-03-03 01:00"))
    expect(page).to_have_url(re.compile("at=2020-03-03T01:00:00"))
    expect(count(page, "layer:risk_hotspots")).to_have_text("2")
    page.locator("#next-change").click()
    expect(slider).to_have_attribute("aria-valuetext", re.compile("2020-03-03 08:00"))
    expect(count(page, "layer:risk_hotspots")).to_have_text("3")


def test_known_then_leaves_out_what_was_recorded_later(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?layers=risk_hotspots&{AT_10_MARCH}")
    expect(count(page, "layer:risk_hotspots")).to_have_text("5")
    page.get_by_role("button", name="当时掌握").click()
    expect(page).to_have_url(re.compile("known_at=at"))
    expect(count(page, "layer:risk_hotspots")).to_have_text("0")
    expect(page.locator("#replay")).to_contain_text("K = T")


def test_a_lost_connection_is_told_and_what_came_meanwhile_arrives(
    town: Database, open_map: Callable[..., Page]
) -> None:
    lines: list[WebSocketRoute] = []
    cut = False

    def through(line: WebSocketRoute) -> None:
        if cut:
            line.close()
            return
        lines.append(line)
        line.connect_to_server()

    page = open_map(
        "?layers=risk_hotspots", before=lambda page: page.route_web_socket("**/api/live**", through)
    )
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    expect(page.locator("#live")).to_contain_text("实时")
    before = int(count(page, "layer:risk_hotspots").inner_text())
    cut = True
    lines[-1].close()
    expect(page.locator("#bar")).to_be_visible(timeout=10_000)
    expect(page.locator("#bar")).to_contain_text(re.compile(r"自 \d\d:\d\d:\d\d 起中断"))
    expect(page.locator("#live")).to_contain_text("已断开")
    put(town, "risk_hotspots", MORE.format(id="H6", name="断线时录入的隐患"))
    cut = False
    expect(page.locator("#bar")).to_be_hidden(timeout=15_000)
    expect(count(page, "layer:risk_hotspots")).to_have_text(str(before + 1))


def test_a_silent_line_counts_as_lost_within_ten_seconds(open_map: Callable[..., Page]) -> None:
    deaf = False

    def through(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        server.on_message(lambda message: None if deaf else line.send(message))

    page = open_map(before=lambda page: page.route_web_socket("**/api/live**", through))
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    deaf = True
    expect(page.locator("#bar")).to_be_visible(timeout=10_000)


def test_a_new_red_hazard_reaches_the_open_page_marked_new(
    town: Database, open_map: Callable[..., Page]
) -> None:
    page = open_map("?layers=risk_hotspots&severity=4")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    put(town, "risk_hotspots", MORE.format(id="H7", name="新来的红色隐患"))
    row = page.locator("#in_view-list [role=option]", has_text="新来的红色隐患")
    expect(row).to_contain_text("新")


def test_details_show_every_field_history_and_origin(town: Database, open_map: Callable[..., Page]) -> None:
    put(town, "risk_hotspots", MILDER)
    page = open_map("?layers=risk_hotspots&q=%E6%96%B0%E5%A1%98%E5%A0%A4%E5%9B%B4")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    page.locator("#in_view-list [role=option]").first.click()
    details = page.locator("#details-body")
    expect(details.locator("h3")).to_have_text("新塘堤围渗漏")
    shown = details.locator("[data-field]").evaluate_all("all => all.map(one => one.dataset.field)")
    assert sorted(shown) == sorted(load_layers(ROOT / "layers")["risk_hotspots"].fields)
    expect(details.locator('[data-field="severity"]')).to_have_text("橙")
    expect(details.locator('[data-field="found_at"]')).to_have_text("2020-03-01 08:00")
    expect(details.locator('[data-field="due_at"]')).to_have_text("未知")
    expect(details.locator('[data-field="phone"]')).to_have_text("020-00000001")
    expect(details.locator(".history li").first).to_contain_text("变化：级别")
    details.get_by_role("button", name="原文").click()
    expect(page.locator("#original-text")).to_contain_text("H1,新塘堤围渗漏")


def test_a_viewer_is_not_shown_phones(web: Web, open_map: Callable[..., Page]) -> None:
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "visitor", "viewer")
    page = open_map("?layers=risk_hotspots", name="visitor")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    page.locator("#in_view-list [role=option]").first.click()
    expect(page.locator('#details-body [data-field="phone"]')).to_have_text("无权查看")
    expect(page.locator("#details-body")).to_contain_text("原文可能含个人信息，无权查看")
    assert "020-0000" not in page.content()


def test_what_is_open_follows_the_time(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?layers=risk_hotspots&{AT_10_MARCH}")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    page.locator("#in_view-list [role=option]", has_text="南沙泵站").click()
    expect(page.locator("#details-body h3")).to_have_text("南沙泵站")
    page.locator("#time").fill("2020-03-01 12:00")
    page.locator("#time").press("Enter")
    expect(page.locator("#details-body")).to_contain_text("画面时间里它不存在")


def test_what_has_no_place_is_listed(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots")
    expect(count(page, "unplaced")).to_have_text("1")
    page.locator("#unplaced").click()
    expect(page.locator("#in_view-list [role=option]")).to_have_count(1)
    page.locator("#in_view-list [role=option]").click()
    expect(page.locator("#details-body h3")).to_have_text("位置不详的井盖")
    expect(page.locator("#details-body")).to_contain_text("未上图")


def test_the_list_counts_what_is_in_view_of_all(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots,rescue_teams&q=%E5%8D%97%E6%B2%99&bbox=113.0,23.0,114.0,23.5")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    expect(page.locator("[data-count-words=in-view]")).to_have_text("视野内 0 / 共 1")
    expect(page.locator("#in_view-empty")).to_contain_text("视野内没有符合筛选的对象")
    page.locator("#in_view-empty").get_by_role("button", name="清除筛选").click()
    expect(page.locator("#in_view-list [role=option]")).not_to_have_count(0)


def test_the_language_turns_and_stays(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?layers=risk_hotspots&{AT_10_MARCH}")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#replay")).to_contain_text("Replay")
    expect(page).to_have_url(re.compile("lang=en"))
    page.reload()
    expect(page.locator("#page.started")).to_be_attached()
    page.locator("#side-tabs").get_by_role("tab", name=re.compile("In view")).click()
    page.locator("#in_view-list [role=option]").first.click()
    expect(page.locator("#details-body")).to_contain_text("Responsible unit")
    left = page.locator("#page").evaluate(
        "page => [...page.querySelectorAll('button, h1, h2, h3, h4, summary, dt, caption, th')]"
        ".filter(one => one.offsetParent && !one.closest('.list, .history, .details-title, [data-values-of]'))"
        ".map(one => one.innerText).filter(text => /[\\u4e00-\\u9fff]/.test(text) && text !== '中 / EN')"
    )
    assert left == []


def test_an_exercise_is_marked_on_page_and_map(open_map: Callable[..., Page]) -> None:
    page = open_map()
    expect(page.locator("#realm")).to_have_text("演练库")
    expect(page.locator("#watermark")).to_be_visible()
    real = open_map("?realm=real")
    expect(real.locator("#realm")).to_be_hidden()
    expect(real.locator("#watermark")).to_be_hidden()
    expect(real.locator("#current-empty")).to_contain_text("库里还没有数据")


@pytest.mark.parametrize("query", ["?", "?lang=en", f"?{AT_10_MARCH}"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_nothing_overlaps_or_runs_out(
    query: str, size: tuple[int, int], open_map: Callable[..., Page]
) -> None:
    page = open_map(query, size=size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    for row in (".header > *", ".timeline-row > *", ".levels > *", ".body > *"):
        boxes = page.locator(row).evaluate_all(
            "all => all.filter(one => one.offsetParent && one.offsetWidth > 1)"
            ".map(one => one.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
        )
        for k, (left, top, right, bottom) in enumerate(boxes):
            assert left >= 0
            assert right <= size[0] + 0.5
            for other in boxes[k + 1 :]:
                apart = (
                    right <= other[0] + 0.5 or other[2] <= left + 0.5 or bottom <= other[1] or other[3] <= top
                )
                assert apart, (row, boxes)


def test_every_control_has_a_name_and_room_for_a_finger(open_map: Callable[..., Page]) -> None:
    page = open_map()
    small = page.locator("button:visible, [role=tab]:visible, input:visible, summary:visible").evaluate_all(
        "all => all.map(one => [one.id || one.className, one.offsetWidth, one.offsetHeight,"
        " (one.innerText || one.getAttribute('aria-label') || '').trim()])"
        ".filter(([, width, height, name]) => width < 24 || height < 24 || !name)"
    )
    assert small == []


def test_panels_fold_and_stay_folded(open_map: Callable[..., Page]) -> None:
    page = open_map(size=(1366, 768))
    wide = page.locator("#map").evaluate("map => map.clientWidth")
    page.locator("#fold-left").click()
    page.locator("#fold-right").click()
    expect(page.locator("#current-list")).to_be_hidden()
    assert page.locator("#map").evaluate("map => map.clientWidth") > wide + 300
    page.reload()
    expect(page.locator("#page.started")).to_be_attached()
    expect(page.locator("#hazard-chips")).to_be_hidden()
    team = page.get_by_role("checkbox", name=re.compile("应急救援队伍"))
    team.click()
    expect(team).to_have_attribute("aria-checked", "false")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    expect(page.locator("#in_view-list")).to_be_visible()


def test_a_refused_export_says_why(open_map: Callable[..., Page], complaints: list[str]) -> None:
    page = open_map()

    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"title": "x", "status": 503, "detail": "数据库不可用,请稍后再试。"})

    page.route("**/api/briefings", refuse)
    page.locator("#export-open").click()
    page.locator("#export-make").click()
    expect(page.locator("#export-state")).to_contain_text("没有做成：数据库不可用,请稍后再试。")
    expect(page.locator("#export-make")).to_be_enabled()
    complaints.clear()


def test_a_layer_that_does_not_load_says_so_and_loads_when_pressed(
    open_map: Callable[..., Page], complaints: list[str]
) -> None:
    broken = True

    def points(route: Route) -> None:
        if broken:
            route.abort()
        else:
            route.continue_()

    page = open_map(before=lambda page: page.route("**/api/layers/risk_hotspots/points**", points))
    row = page.locator('[data-layer="risk_hotspots"]')
    expect(row).to_contain_text("读取失败")
    expect(count(page, "layer:rescue_teams")).to_have_text("1")
    broken = False
    expect(count(page, "layer:risk_hotspots")).to_have_text("–")
    expect(page.locator("#current-head")).to_contain_text("未读到，不在数内：风险隐患点")
    page.locator("#export-open").click()
    expect(page.locator("#export-stands")).to_contain_text("风险隐患点")
    page.keyboard.press("Escape")
    row.click()
    expect(row).not_to_contain_text("读取失败")
    expect(count(page, "layer:risk_hotspots")).to_have_text(re.compile(r"^[1-9]"))
    complaints.clear()


def test_signing_out_ends_the_session(open_map: Callable[..., Page]) -> None:
    page = open_map()
    expect(page.locator("#sign-out")).to_have_attribute("title", re.compile("系统管理员"))
    page.locator("#sign-out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto(page.url.split("/sign-in")[0])
    expect(page).to_have_url(re.compile("/sign-in"))
