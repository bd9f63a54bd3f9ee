"""The duty room as officers work in it: a night alone, and two at one alarm."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from served import Web

from emmap.store import access
from tests.red_warning import warning

FIRST, SECOND = "演练甲", "演练乙"


@pytest.fixture
def officers(web: Web) -> None:
    """Two people who may have the watch."""
    with web.database.engine("app").begin() as conn:
        for name in (FIRST, SECOND):
            access.add_account(conn, name, "duty_officer")


@pytest.fixture
def sits_down(
    web: Web, officers: None, open_context: Callable[..., BrowserContext], open_page: Callable[..., Page]
) -> Callable[..., Page]:
    """An officer at the watch page; the map beside is there where the test is about it."""

    def open_for(name: str, *, with_map: bool = False) -> Page:
        context = open_context(viewport={"width": 1920, "height": 1080})
        if not with_map:
            context.route("**/?*embed=1*", lambda route: route.fulfill(body="", content_type="text/html"))
        page = open_page(web.sign_in_link(name), context)
        page.get_by_role("button").click()
        page.wait_for_url(f"{web.url}/**")
        page.goto(f"{web.url}/watch")
        expect(page.locator("body.started")).to_be_attached()
        expect(page.locator(".watch-strip button").first).to_be_visible()
        return page

    return open_for


def act(page: Page, what: str) -> None:
    page.locator(f"#watch-work [data-act='{what}']").click()


def phone_call(page: Page, title: str, place: str) -> None:
    """A call, taken down by keyboard alone."""
    page.keyboard.press("n")
    expect(page.locator("[name='title']")).to_be_focused()
    page.keyboard.type(title)
    page.keyboard.press("Tab")
    page.keyboard.type(place)
    expect(page.locator("#place-list [role='option']").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".place-field [role='status']")).to_contain_text("WGS 84")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#watch-work h3")).to_have_text(title)


def entries(web: Web) -> list[dict[str, Any]]:
    return [one for one in web.client().get("/api/watch/log").json() if not one["by_system"]]


def test_a_night(web: Web, sits_down: Callable[..., Page], complaints: list[str]) -> None:
    page = sits_down(FIRST, with_map=True)
    strip = page.locator(".watch-strip")
    expect(strip).to_contain_text("无人值守")
    page.keyboard.press("h")
    act(page, "begin")
    expect(strip).to_contain_text(f"{FIRST} 值守")

    # A red warning rings until it is taken.
    web.client().post("/api/alerts", content=warning("红"))
    bar = page.locator(".alarm-bar")
    expect(bar).to_contain_text("1 条警情待接")
    expect(bar).to_contain_text("黄埔区发布暴雨红色预警信号")
    expect(page).to_have_title(re.compile("^【1 条警情待接】"))
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(bar).to_be_hidden()
    expect(page.locator("#watch-work .holder")).to_have_text("由我负责")

    # A flooded underpass, reported twice: the second time by coordinates of another datum.
    phone_call(page, "开源大道隧道积水", "23.1700 113.5000")
    first = page.locator("#watch-work .alarm-head .numbers").first.text_content() or ""
    phone_call(page, "隧道里有车被淹", "高德 23.1673 113.5054")
    expect(page.frame_locator(".map-frame").locator(".alarm-mark")).to_have_count(3)
    page.locator("#watch-work [data-merge]").click()
    expect(page.locator("#watch-work .steps .here")).to_have_text("已合并")
    expect(page.locator("#watch-queue .queue-item")).to_have_count(2)

    # A click on the map gives a place as well.
    page.keyboard.press("n")
    expect(page.locator(".map-frame.picking")).to_be_attached()
    page.frame_locator(".map-frame").locator("#map").click(position={"x": 200, "y": 200})
    expect(page.locator(".place-field [role='status']")).to_contain_text("WGS 84")
    page.locator("#watch-queue .queue-item", has_text="开源大道隧道积水").click()
    expect(page.locator("#watch-work .near")).to_contain_text("隧道里有车被淹")
    page.keyboard.press("m")
    page.keyboard.type("现场已核实，水深约 40 厘米")
    act(page, "verify")
    expect(page.locator("#watch-work .steps .here")).to_have_text("核实")
    for kind in ("initial", "further"):
        page.locator(f"#watch-work [data-report='{kind}']").click()
        expect(page.locator("#watch-work textarea").first).to_be_focused()
        page.keyboard.press("Control+Enter")
        expect(page.locator("#watch-work .steps")).to_be_visible()
    expect(page.locator("#watch-work section").first).to_contain_text("续报第 1 次")

    # The line goes while entries are typed: they wait, and come in order, once.
    page.context.set_offline(True)
    typed = [f"断线时第 {n} 条" for n in (1, 2)]
    page.keyboard.press("l")
    for body in typed:
        page.keyboard.type(body)
        page.keyboard.press("Enter")
    expect(page.locator(".log-waiting")).to_contain_text("待发送 2 条")
    page.context.set_offline(False)
    expect(page.locator(".log-waiting")).to_be_empty()
    expect(page.locator(".log-entry", has_text=typed[1])).to_be_visible()
    assert [one["body"] for one in reversed(entries(web))] == typed
    assert {one["event_no"] for one in entries(web)} == {first}
    complaints[:] = [one for one in complaints if "ERR_INTERNET_DISCONNECTED" not in one]

    page.keyboard.press("Escape")
    act(page, "close")
    expect(page.locator("#watch-queue .queue-item")).to_have_count(1)

    # The warning is still open: it stands on the sheet, which both sign.
    page.keyboard.press("h")
    page.get_by_label("接班人").select_option(SECOND)
    act(page, "draw")
    expect(page.locator(".ho-item").first).to_contain_text("黄埔区发布暴雨红色预警信号")
    page.get_by_label("卫星电话").select_option("故障")
    act(page, "sign_leaving")
    expect(page.locator("#watch-work")).to_contain_text("待接班人签名")
    other = sits_down(SECOND)
    other.keyboard.press("h")
    expect(other.locator(".ho-device", has_text="卫星电话")).to_contain_text("故障")
    act(other, "sign_taking")
    expect(page.locator(".watch-strip")).to_contain_text(f"{SECOND} 值守")
    sheet = other.locator("#watch-work .earlier a").first.get_attribute("href") or ""
    assert other.request.get(f"{web.url}{sheet}").body().startswith(b"%PDF")


def test_two_officers_at_one_alarm(web: Web, sits_down: Callable[..., Page], complaints: list[str]) -> None:
    one, two = sits_down(FIRST), sits_down(SECOND)
    phone_call(one, "珠江公园树木倒伏", "23.1200 113.3400")
    two.locator("#watch-queue .queue-item").click()
    expect(two.locator("#watch-work .holder")).to_have_text(f"{FIRST} 负责")

    # The second one has not heard of what the first one does: nothing is done, and nothing typed is lost.
    two.route("**/api/watch/changes*", lambda route: route.abort())
    two.keyboard.press("m")
    two.keyboard.type("我来接手，已联系园林队")
    act(one, "verify")
    expect(one.locator("#watch-work .steps .here")).to_have_text("核实")
    act(two, "take_over")
    conflict = two.locator(".conflict")
    expect(conflict).to_contain_text("您的操作没有执行")
    expect(conflict).to_contain_text(f"{FIRST}核实")
    expect(two.locator("#alarm-note")).to_have_value("我来接手，已联系园林队")
    two.unroute("**/api/watch/changes*")
    act(two, "take_over")
    expect(two.locator("#watch-work .holder")).to_have_text("由我负责")
    expect(two.locator("#alarm-note")).to_have_value("")
    expect(one.locator("#watch-work .holder")).to_have_text(f"{SECOND} 负责")
    expect(one.locator("#watch-queue .queue-item")).to_contain_text(f"{SECOND} 负责")
    complaints[:] = [told for told in complaints if "ERR_FAILED" not in told and "409" not in told]

    # On the wall there is nothing to press, and what rings is shown at once.
    one.goto(f"{web.url}/watch?wall=1")
    expect(one.locator(".wall-view")).to_have_text("全市")
    expect(one.locator(".watch-strip button").first).to_be_hidden()
    web.client().post("/api/alerts", content=warning("橙"))
    expect(one.locator(".wall-view")).to_contain_text("黄埔区发布暴雨橙色预警信号")
