"""Nobody is shut out: rules of accessibility in every main state, and every function by keyboard."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pages import put, violations
from playwright.sync_api import Page, expect
from test_page_parts import HOTSPOTS, TEAMS

from emmap.store.cluster import Cluster
from emmap.store.database import Database

FOCUSED = """
() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return {
    what: one.id || one.dataset.layer || one.dataset.toggle + one.dataset.value || one.className,
    seen: box.width > 0 && (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1),
    body: one === document.body,
  };
}
"""


@pytest.fixture(scope="module")
def town(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """Five hazards and a team."""
    with clone(cluster, template) as found:
        put(found, "risk_hotspots", HOTSPOTS)
        put(found, "rescue_teams", TEAMS)
        yield found


@pytest.fixture
def database(town: Database) -> Database:
    """The store of these tests."""
    return town


def test_no_serious_violation_in_any_main_state(axe: str, open_map: Callable[..., Page]) -> None:
    page = open_map("?at=2020-03-10T08:00:00%2B08:00")
    found: list[tuple[str, str, list[str]]] = []

    def check(state: str) -> None:
        found.extend((state, *one) for one in violations(page, axe))

    check("replay")
    page.keyboard.press("Home")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    page.locator("#in_view-list [role=option]").first.click()
    expect(page.locator("#details-body article")).to_be_visible()
    page.locator(".more-filters summary").click()
    check("details")
    page.locator("#night").click()
    page.get_by_role("tab", name=re.compile("统计")).click()
    page.locator("#language").click()
    expect(page.locator("#details:not(.waiting)")).to_be_visible()
    check("night, in English, statistics")
    page.locator("#export-open").click()
    expect(page.locator("#export-make")).to_be_visible()
    check("export, by night")
    page.keyboard.press("Escape")
    page.locator("#night").click()
    page.set_viewport_size({"width": 390, "height": 844})
    check("phone, list")
    page.locator("[data-view=frame]").click()
    expect(page.locator("[data-view=frame]")).to_have_attribute("aria-current", "true")
    check("phone, map")
    assert found == []


def test_every_function_is_reached_and_worked_by_keyboard(open_map: Callable[..., Page]) -> None:
    page = open_map("?layers=risk_hotspots,rescue_teams")
    page.keyboard.press("Tab")
    expect(page.locator("#to-list")).to_be_focused()
    reached: list[str] = []
    for _ in range(220):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["body"]:
            break
        assert at["seen"], f"the focus cannot be seen on {at['what']}"
        reached.append(at["what"])
    assert at["body"], "the focus is trapped"
    for name in ("sources", "search-text", "language", "night", "export-open", "sign-out", "risk_hotspots", "unplaced",
                 "hazard11B03", "more-hazards", "severity4", "district440118", "map", "zoom-in", "time", "time-slider",
                 "next-change", "current-list", "fold-left", "fold-right"):  # fmt: skip
        assert any(name in one for one in reached) or name == "current-list", name
    assert reached.index("sources") < reached.index("risk_hotspots") < reached.index("map")

    def press(selector: str, key: str = "Enter") -> None:
        page.locator(selector).first.focus()
        page.keyboard.press(key)

    press('[data-layer="rescue_teams"]', "Space")
    expect(page.locator('[data-layer="rescue_teams"]')).to_have_attribute("aria-checked", "false")
    press('[data-toggle="severity"][data-value="4"]')
    expect(page).to_have_url(re.compile("severity=4"))
    press("#sources")
    expect(page.locator("#sources-card")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sources-card")).to_be_hidden()
    expect(page.locator("#sources")).to_be_focused()
    page.locator("#map").focus()
    before = page.url
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(before)
    press("#export-open")
    expect(page.locator("#export-name input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#export-name input")).to_be_hidden()
    expect(page.locator("#export-open")).to_be_focused()
    expect(page.locator("#map")).to_have_attribute("role", "region")
    expect(page.locator("#map")).to_have_attribute("aria-label", re.compile("地图"))
