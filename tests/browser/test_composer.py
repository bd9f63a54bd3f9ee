"""The composer: what is typed is set and saved, two writers lose nothing, a block is where it was put."""

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pages import LONGEST_MS, violations
from PIL import Image
from playwright.sync_api import Page, Route, expect
from served import Web, application

from emmap.store import versions
from emmap.store.database import Database
from tests.facts import HOTSPOTS, hotspot

VIEW = {"realm": "exercise", "layers": ["risk_hotspots"], "at": "2020-05-22T20:00:00+08:00"}
DRAFTS = "/api/briefings/drafts"


@pytest.fixture(scope="module")
def web(module_database: Database) -> Iterator[Web]:
    """Two red hazards."""
    with application(module_database) as (served, _):
        with module_database.engine("app", "exercise").begin() as conn:
            acts = (hotspot("one", 0, severity=4), hotspot("two", 0, severity=4, at=(113.3, 23.5)))
            versions.write(conn, HOTSPOTS, acts)
        yield served


@pytest.fixture
def writer(web: Web) -> httpx.Client:
    return web.client()


@pytest.fixture
def draft(writer: httpx.Client) -> dict[str, Any]:
    answer = writer.post(DRAFTS, json={"template": "flood_report", "view": VIEW, "title": "5·22 态势"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def compose(open_desk: Callable[..., Page], draft: dict[str, Any]) -> Callable[..., Page]:
    """Opens the draft, and waits for its first page."""

    def opened(**more: Any) -> Page:
        page = open_desk(f"/briefings/drafts/{draft['id']}?realm=exercise", **more)
        expect(page.locator(".sheets img").first).to_be_visible(timeout=LONGEST_MS)
        return page

    return opened


def stored(writer: httpx.Client, draft: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = writer.get(f"{DRAFTS}/{draft['id']}").json()["body"]
    return found


def saved(page: Page) -> None:
    expect(page.locator(".save-state[data-state=saved]")).to_be_visible(timeout=LONGEST_MS)


def advice(page: Page) -> Any:
    return page.get_by_role("textbox", name="建议", exact=True)


def test_what_is_typed_is_set_saved_and_returned_with_a_comment_and_blocks_stay_where_they_were_put(
    compose: Callable[..., Page], draft: dict[str, Any], writer: httpx.Client, axe: str
) -> None:
    page = compose()
    first = page.locator(".sheets img").first.get_attribute("src")
    advice(page).fill("加密巡查 #panic()")
    expect(page.locator(".sheets img").first).not_to_have_attribute("src", str(first), timeout=LONGEST_MS)
    saved(page)
    body = stored(writer, draft)
    assert body["blocks"][-1]["text"] == "加密巡查 #panic()"
    assert violations(page, axe) == []

    page.get_by_role("button", name="自填表格").click()
    page.get_by_label("第 1 列 1").fill("道路")
    page.keyboard.press("Alt+ArrowUp")
    saved(page)
    kinds = [one["kind"] for one in stored(writer, draft)["blocks"]]
    assert kinds[-2:] == ["table", "text"]
    page.get_by_role("button", name="移去自填表格").click()
    page.get_by_role("button", name="放回").click()
    saved(page)
    assert [one["kind"] for one in stored(writer, draft)["blocks"]] == kinds

    page.get_by_role("button", name="送核稿").click()
    page.get_by_role("button", name="退回修改").click()
    page.get_by_label("退回意见").fill("补上建议")
    page.get_by_role("dialog").get_by_role("button", name="退回修改").click()
    expect(page.locator(".returned")).to_have_text("退回意见：补上建议")


def test_two_writers_at_different_places_are_merged_and_at_one_place_are_asked(
    compose: Callable[..., Page], draft: dict[str, Any], writer: httpx.Client, complaints: list[str]
) -> None:
    page = compose()
    body = draft["body"]
    body["title"] = "另一位改的标题"
    assert writer.put(f"{DRAFTS}/{draft['id']}", json={"revision": 1, "body": body}).status_code == 200
    advice(page).fill("我的建议")
    expect(page.get_by_label("标题", exact=True)).to_have_value("另一位改的标题")
    saved(page)
    merged = stored(writer, draft)
    assert (merged["title"], merged["blocks"][-1]["text"]) == ("另一位改的标题", "我的建议")

    revision = writer.get(f"{DRAFTS}/{draft['id']}").json()["revision"]
    merged["blocks"][-1]["text"] = "对方的建议"
    assert (
        writer.put(f"{DRAFTS}/{draft['id']}", json={"revision": revision, "body": merged}).status_code == 200
    )
    advice(page).fill("我的新建议")
    window = page.get_by_role("dialog", name="别人也改了同一处")
    expect(window).to_contain_text("对方的建议")
    expect(window).to_contain_text("我的新建议")
    assert stored(writer, draft)["blocks"][-1]["text"] == "对方的建议"
    window.get_by_role("button", name="按所选保存").click()
    saved(page)
    assert stored(writer, draft)["blocks"][-1]["text"] == "我的新建议"
    complaints.clear()  # the refusals of both conflicts


def test_what_was_typed_without_a_line_is_saved_when_the_page_is_opened_again(
    compose: Callable[..., Page], draft: dict[str, Any], writer: httpx.Client, complaints: list[str]
) -> None:
    page = compose()

    def lost(route: Route) -> None:
        if route.request.method == "PUT":
            route.abort()
        else:
            route.continue_()

    page.context.route(f"**{DRAFTS}/*", lost)
    advice(page).fill("断网时写的")
    expect(page.locator(".save-state")).to_contain_text("未保存：与服务器的连接中断")
    address, context = page.url, page.context
    page.close()
    assert stored(writer, draft)["blocks"][-1]["text"] == ""
    context.unroute(f"**{DRAFTS}/*", lost)
    page = context.new_page()
    page.goto(address)
    expect(advice(page)).to_have_value("断网时写的")
    saved(page)
    assert stored(writer, draft)["blocks"][-1]["text"] == "断网时写的"
    complaints.clear()  # the requests that were cut off


def test_an_extent_is_chosen_by_its_frame_at_a_scale(
    compose: Callable[..., Page], draft: dict[str, Any], writer: httpx.Client
) -> None:
    page = compose()
    page.get_by_role("button", name="展开或收起地图").click()
    page.get_by_role("button", name="选范围").click()
    window = page.get_by_role("dialog", name="选择地图范围")
    expect(window.frame_locator("iframe").locator("#page.started")).to_be_attached(timeout=4 * LONGEST_MS)
    window.get_by_label("比例尺").select_option("250000")
    expect(window.locator(".extent-told")).to_contain_text("1:25 万 · 44.5 ×")
    window.get_by_role("button", name="用这个范围").click()
    expect(page.locator(".extent-words")).to_contain_text("1:25 万")
    saved(page)
    block = next(one for one in stored(writer, draft)["blocks"] if one["kind"] == "map")
    west, south, east, north = block["bbox"]
    assert block["scale"] == 250_000
    assert 0.42 < east - west < 0.45  # 44.5 km at 23.2° N
    assert south < north


def test_a_photograph_is_pasted_and_a_broken_one_is_refused_in_words(
    compose: Callable[..., Page], draft: dict[str, Any], writer: httpx.Client, complaints: list[str]
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "#c33").save(picture, "JPEG")
    page = compose()
    page.get_by_role("button", name="照片", exact=True).click()
    block = page.locator("[data-block]", has=page.locator(".zone"))
    for content in (picture.getvalue(), b"no picture"):
        held = page.evaluate_handle(
            """(content) => {
              const held = new DataTransfer();
              const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
              held.items.add(new File([bytes], '现场.jpg', { type: 'image/jpeg' }));
              return held;
            }""",
            base64.b64encode(content).decode(),
        )
        block.locator(".block-body").dispatch_event("drop", {"dataTransfer": held})
        if content != b"no picture":
            expect(block.locator("img")).to_have_js_property("naturalWidth", 80)
            block.get_by_label("图注 1").fill("塌方点")
    expect(block.locator(".failed")).to_contain_text("现场.jpg 没有上传")
    saved(page)
    photos = stored(writer, draft)["blocks"][-1]["photos"]
    assert [one["caption"] for one in photos] == ["塌方点"]
    complaints.clear()  # the refusal
