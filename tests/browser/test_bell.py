"""The bell as officers hear it: in one tab, in a tab that slept, over a replay, and not where it is muted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from served import Web

from emmap.layer import load_layers
from emmap.settings import ROOT, Settings
from emmap.store import access
from emmap.watch import ringing
from tests.red_warning import warning

FIRST, SECOND = "演练甲", "演练乙"
LISTENING = """
window.sounding = 0;
for (const [name, by] of [['start', 1], ['stop', -1]]) {
  const done = OscillatorNode.prototype[name];
  OscillatorNode.prototype[name] = function (...given) {
    window.sounding += by;
    document.documentElement.dataset.sounding = window.sounding > 0;
    return done.apply(this, given);
  };
}
window.notices = [];
window.Notification = class {
  static permission = 'granted';
  constructor(title, { tag }) { this.tag = tag; window.notices.push(tag); }
  close() { window.notices.splice(window.notices.indexOf(this.tag), 1); }
};
"""
"""Counts the oscillators that sound, and keeps the notifications that are shown."""


@pytest.fixture
def officer(web: Web, open_context: Callable[..., BrowserContext]) -> Callable[[str], BrowserContext]:
    """An officer's browser, signed in; every page of it is listened to."""

    def sign_in(name: str) -> BrowserContext:
        with web.database.engine("app").begin() as conn:
            access.add_account(conn, name, "duty_officer")
        context = open_context()
        context.add_init_script(LISTENING)
        context.route("**/?*embed=1*", lambda route: route.fulfill(body="", content_type="text/html"))
        page = context.new_page()
        page.goto(web.sign_in_link(name))
        page.get_by_role("button").click()
        page.wait_for_url(f"{web.url}/**")
        page.close()
        return context

    return sign_in


def desk(web: Web, context: BrowserContext, path: str = "/watch") -> Page:
    """A tab that its user has touched, as browsers want it before they let it sound."""
    page = context.new_page()
    page.goto(f"{web.url}{path}")
    expect(page.locator("#page.started, body.started")).to_be_attached()
    page.locator("body").press("Shift")
    return page


def sounds(*pages: Page) -> list[bool]:
    return [page.evaluate("window.sounding > 0") for page in pages]


def hears(page: Page, wanted: bool = True) -> None:
    expect(page.locator("html")).to_have_attribute("data-sounding", str(wanted).lower())


BOTH_ASKED = """async () => {
  for (let n = 0; n < 500; n++) {
    const { held, pending } = await navigator.locks.query();
    if (held.length && pending.length) return true;
    await new Promise((next) => setTimeout(next, 20));
  }
  return false;
}"""


def test_a_tab_that_slept_rings_when_it_wakes(web: Web, officer: Callable[[str], BrowserContext]) -> None:
    context = officer(FIRST)
    page = desk(web, context)
    chromium = context.new_cdp_session(page)
    chromium.send("Page.setWebLifecycleState", {"state": "frozen"})
    assert web.client().post("/api/alerts", content=warning("红")).status_code < 300
    with web.database.engine("app", "exercise").begin() as conn:
        ringing.look(conn, load_layers(ROOT / "layers"), Settings(), datetime.now(UTC))
    assert len(web.client("duty_officer").get("/api/watch").json()["queue"]) == 1
    chromium.send("Page.setWebLifecycleState", {"state": "active"})
    hears(page)
    expect(page.locator(".alarm-bar")).to_contain_text("1 条警情待接")
    expect(page).to_have_title(re.compile("^【1 条警情待接】"))
    assert page.evaluate("window.notices.length") == 1
    page.locator(".alarm-bar [data-take]").click()
    hears(page, False)
    expect(page).not_to_have_title(re.compile("^【"))
    assert page.evaluate("window.notices") == []


def test_a_map_in_replay_rings(web: Web, officer: Callable[[str], BrowserContext]) -> None:
    page = desk(web, officer(FIRST), "/?at=2026-01-01T08:00:00%2B08:00")
    web.client().post("/api/alerts", content=warning("橙"))
    hears(page)
    expect(page.locator(".alarm-bar")).to_contain_text("暴雨橙色")


def test_one_of_several_tabs_sounds_until_it_is_closed(
    web: Web, officer: Callable[[str], BrowserContext]
) -> None:
    mine, others = officer(FIRST), officer(SECOND)
    one, two, other = desk(web, mine), desk(web, mine), desk(web, others)
    web.client().post("/api/alerts", content=warning("红"))
    for page in (one, two, other):
        expect(page.locator(".alarm-bar")).to_be_visible()
    one.wait_for_function(
        "navigator.locks.query().then(({ held, pending }) => held.length && pending.length)"
    )
    assert sorted(sounds(one, two)) == [False, True]
    first, second = (one, two) if sounds(one) == [True] else (two, one)
    first.close()
    hears(second)
    hears(other)

    # Muted by one, for that one alone.
    second.locator(".watch-strip [data-open='mute']").click()
    hears(second, False)
    assert second.evaluate("window.notices") == []
    assert sounds(other) == [True]
