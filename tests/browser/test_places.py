"""Search, coordinates and full screen, as a person at the keyboard meets them."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from pages import put
from playwright.sync_api import Page, expect

from emmap.ingest.datums import bd09_of_gcj02, gcj02_of_wgs84, to_wgs84
from emmap.store.cluster import Cluster
from emmap.store.database import Database
from tests.datum_pairs import BD09_OF_GCJ02, GCJ02_OF_WGS84

HOTSPOTS = """编号,隐患名称,经度,纬度,级别,发现时间
H1,新塘堤围渗漏,113.62,23.12,橙,2020-03-01 08:00
H2,新塘码头护栏缺失,113.61,23.11,红,2020-03-01 08:00
H3,南沙泵站,113.53,22.80,蓝,2020-03-01 08:00
"""
WRITTEN = [
    ("113.264, 23.129", "lng"),
    ("23.129 113.264", "lat"),
    ("23.129，113.264", "lat"),
    ("23°07′44.4″N, 113°15′50.4″E", "lat"),
    ("23 07 44.4 113 15 50.4", "lat"),
    ("东经113°15.84′，北纬23°7.74′", "lng"),
    ("北纬23度7分44.4秒 东经113度15分50.4秒", "lat"),
    ("E113.264 N23.129", "lng"),
    ("lat=23.129, lng=113.264", "lat"),
]
"""One place as people write it, and which coordinate comes first."""
NOT_COORDINATES = ["白云", "新塘 3", "119", "110 119", "23°61′N 113°E", "200.1 23.1", "23.1.2 113.2"]


@pytest.fixture(scope="module")
def town(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """Three hazards."""
    with clone(cluster, template) as found:
        put(found, "risk_hotspots", HOTSPOTS)
        yield found


@pytest.fixture
def database(town: Database) -> Database:
    """The store of these tests."""
    return town


def in_browser(page: Page, module: str, expression: str) -> Any:
    return page.evaluate(
        f"async () => {{ const m = await import('/static/page/{module}.js'); return {expression}; }}"
    )


def centre(page: Page) -> tuple[float, float]:
    """Longitude and latitude in the middle of the map, by the address."""
    expect(page).to_have_url(re.compile("bbox="))
    west, south, east, north = map(float, re.search(r"bbox=([^&]+)", page.url)[1].split(","))  # type: ignore[index]
    return (west + east) / 2, (south + north) / 2


def test_the_browser_shifts_coordinates_as_the_server_does(modules: Page) -> None:
    dice = np.random.default_rng(5)
    lng, lat = dice.uniform(109.6, 117.4, 200), dice.uniform(20.2, 25.6, 200)
    given = json.dumps(np.stack([lng, lat], axis=1).tolist())
    gcj = gcj02_of_wgs84(lng, lat)
    bd = bd09_of_gcj02(*gcj)
    for what, expected in {
        "fromWgs84(p, 'gcj02')": gcj,
        "fromWgs84(p, 'bd09')": bd,
        "fromWgs84(p, 'cgcs2000')": (lng, lat),
        "toWgs84(p, 'gcj02')": to_wgs84(lng, lat, "gcj02"),
        "toWgs84(p, 'bd09')": to_wgs84(lng, lat, "bd09"),
    }.items():
        found = in_browser(modules, "datums", f"{given}.map((p) => m.{what})")
        np.testing.assert_allclose(np.array(found).T, expected, rtol=0, atol=1e-10, err_msg=what)
    for wgs, shifted in GCJ02_OF_WGS84:
        found = in_browser(modules, "datums", f"m.fromWgs84([{wgs[1]}, {wgs[0]}], 'gcj02')")
        assert found == pytest.approx(shifted[::-1], abs=1e-11)
    for shifted, bd09 in BD09_OF_GCJ02:
        there = f"m.fromWgs84(m.toWgs84([{shifted[1]}, {shifted[0]}], 'gcj02'), 'bd09')"
        assert in_browser(modules, "datums", there) == pytest.approx(bd09[::-1], abs=1e-9)


def test_coordinates_are_read_however_they_are_written(modules: Page) -> None:
    for text, first in WRITTEN:
        found = in_browser(modules, "coordinates", f"m.parseCoordinates({json.dumps(text)})")
        assert (found["lng"], found["lat"]) == pytest.approx((113.264, 23.129), abs=1e-9), text
        assert found["first"] == first, text
    for text in NOT_COORDINATES:
        assert in_browser(modules, "coordinates", f"m.parseCoordinates({json.dumps(text)})") is None, text
    named = in_browser(modules, "coordinates", "m.parseCoordinates('百度 113.264,23.129').datum")
    assert named == "bd09"


def test_a_town_is_found_by_keyboard_and_marked_until_escape(open_map: Callable[..., Page]) -> None:
    page = open_map()
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name=re.compile("搜索"))
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("新塘")
    place = page.get_by_role("group", name="地名").get_by_role("option").first
    expect(place).to_contain_text("增城区")
    expect(page.locator(".found")).to_contain_text("GeoNames")
    page.keyboard.press("ArrowDown")
    expect(place).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", place.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(page.locator(".pin")).to_contain_text("新塘镇")
    expect(page).not_to_have_url(re.compile("q="))
    assert centre(page) == pytest.approx((113.608, 23.115), abs=0.01)
    field.blur()
    page.keyboard.press("Escape")
    expect(page.locator(".pin")).to_have_count(0)


def test_a_district_is_found_in_chinese_and_in_latin_letters(open_map: Callable[..., Page]) -> None:
    page = open_map()
    for typed, name in (("nansha", "南沙区"), ("白云", "白云区")):
        page.keyboard.press("/")
        page.keyboard.type(typed)
        option = page.get_by_role("group", name="区", exact=True).get_by_role("option")
        expect(option).to_have_text(re.compile(f"^{name}"))
        page.keyboard.press("Enter")
        expect(page.locator(".pin")).to_contain_text(name)
        page.locator("#search-text").blur()
    expect(page).to_have_url(re.compile(r"bbox=[^&]*,23\.4\d+(&|$)"))


def test_coordinates_lead_to_the_place_that_their_datum_means(open_map: Callable[..., Page]) -> None:
    page = open_map()
    page.keyboard.press("/")
    page.keyboard.type("23.12632308350773，113.26932932111345")
    options = page.get_by_role("group", name="坐标").get_by_role("option")
    expect(options).to_have_count(4)
    expect(options.first).to_contain_text("纬度在前")
    options.filter(has_text="GCJ-02").click()
    expect(page.locator(".pin")).to_contain_text("GCJ-02")
    assert centre(page) == pytest.approx((113.264, 23.129), abs=2e-4)
    expect(page).not_to_have_url(re.compile("q="))


def test_a_feature_that_is_found_opens(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots")
    page.keyboard.press("/")
    page.keyboard.type("新塘")
    features = page.get_by_role("group", name="要素 2")
    expect(features.get_by_role("option").locator(".name")).to_have_text(["新塘码头护栏缺失", "新塘堤围渗漏"])
    features.get_by_role("option").nth(1).click()
    expect(page.locator("#details article h3")).to_have_text("新塘堤围渗漏")
    expect(page).to_have_url(re.compile("q=%E6%96%B0%E5%A1%98"))


def test_escape_closes_the_list_then_clears_the_text(open_map: Callable[..., Page]) -> None:
    page = open_map()
    page.keyboard.press("/")
    page.keyboard.type("白云")
    expect(page.get_by_role("listbox", name="搜索结果")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="搜索结果")).to_be_hidden()
    expect(page.locator("#search-text")).to_have_value("白云")
    page.keyboard.press("Escape")
    expect(page.locator("#search-text")).to_have_value("")


def test_what_nothing_is_called_is_said(open_map: Callable[..., Page]) -> None:
    page = open_map()
    page.keyboard.press("/")
    page.keyboard.type("没有这个地方")
    expect(page.locator("#search [role=status]")).to_contain_text("没有找到「没有这个地方」")
    page.keyboard.press("Backspace")
    expect(page.locator("#search [role=status]")).to_contain_text("没有找到「没有这个地」")


def test_the_list_covers_no_banner_and_lies_in_the_window(open_map: Callable[..., Page]) -> None:
    page = open_map("?at=2020-03-10T08:00:00%2B08:00")
    for width, height in ((1920, 1080), (1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.locator("#search-text").focus()
        page.keyboard.type("新塘")
        expect(page.get_by_role("option").first).to_be_visible()
        card = page.locator(".found").bounding_box()
        banner = page.locator("#replay").bounding_box()
        assert card
        assert banner
        assert card["x"] >= 0
        assert card["x"] + card["width"] <= width
        assert card["y"] + card["height"] <= height
        beside = card["x"] + card["width"] <= banner["x"] or banner["x"] + banner["width"] <= card["x"]
        assert beside or card["y"] >= banner["y"] + banner["height"]
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")


def test_the_read_out_changes_its_datum_and_keeps_it(open_map: Callable[..., Page]) -> None:
    page = open_map("?bbox=113.2,23.1,113.3,23.2")
    shown = page.locator("#position")
    before = shown.inner_text()
    page.keyboard.press("d")
    expect(page.locator("#datum")).to_have_text("CGCS2000")
    expect(shown).to_have_text(before)
    page.locator("#datum").click()
    expect(page.locator("#datum")).to_have_text("GCJ-02")
    expect(shown).not_to_have_text(before)
    page.reload()
    expect(page.locator("#page.started")).to_be_attached()
    expect(page.locator("#datum")).to_have_text("GCJ-02")


def test_the_coordinates_of_a_clicked_point_are_copied(open_map: Callable[..., Page]) -> None:
    page = open_map("?bbox=113.2,23.1,113.3,23.2")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#map").click(button="right", position={"x": 400, "y": 300})
    row = page.get_by_role("button", name=re.compile("BD-09.*复制"))
    row.click()
    told = page.locator("#spot [role=status]")
    expect(told).to_contain_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    expect(row).to_contain_text(copied)
    assert re.fullmatch(r"23\.\d{5}°N 113\.\d{5}°E", copied)
    page.keyboard.press("Escape")
    expect(page.locator("#spot")).to_be_hidden()


def test_the_page_takes_the_whole_screen_and_gives_it_back(open_map: Callable[..., Page]) -> None:
    page = open_map()
    page.locator("#fold-left").click()
    page.keyboard.press("f")
    button = page.locator("#full-screen")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.fullscreenElement === document.documentElement")
    expect(page.locator("#search-text")).to_be_visible()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(button).to_have_attribute("aria-label", "全屏（f）")
    expect(page.locator("#page")).to_have_class(re.compile("left-folded"))
