"""A typhoon fed again: the storm with its wind circles, alarms in the replay's own realm, and a fixed K from the link."""

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, expect
from served import Web

from emmap.exercise import replay
from emmap.view import BEIJING
from tests.facts import LAYERS

REALM = "replay_mangkhut_2018"
START, END = (datetime(2018, 9, 16, 13, minute, tzinfo=BEIJING) for minute in (3, 10))
GUST = "南沙街阵风超限"
"""Known at 13:05 of what was so at 13:00."""


@pytest.fixture
def replayed(web: Web) -> Iterator[Web]:
    """Seven minutes before the storm's closest approach, at 60 times their pace."""
    prepared = replay.prepare(web.database, "mangkhut-2018", LAYERS, speed=60, start=START, end=END)
    over = Event()
    feeding = Thread(
        target=replay.run, args=(web.database, prepared, LAYERS), kwargs={"stopped": over.is_set}
    )
    feeding.start()
    yield web
    over.set()
    feeding.join()


def rung(web: Web, realm: str) -> list[str]:
    """What the realm's duty room has before it."""
    return [one["facts"]["title"] for one in web.client().get(f"/api/watch?realm={realm}").json()["queue"]]


def test_a_typhoon_comes_again_with_its_circles_and_alarms_and_is_read_as_it_was_known(
    replayed: Web, open_map: Callable[..., Page]
) -> None:
    page = open_map(f"?realm={REALM}&bbox=108,17,120,26&hazard=11B01,11B06")
    expect(page.locator("#realm")).to_have_text("演练回放 60×")
    expect(page.locator("#watermark")).to_be_visible()
    legend = page.locator("#legend-body")
    for circle in ("七级风圈", "十级风圈", "十二级风圈"):
        expect(legend).to_contain_text(circle)
    expect(page.locator("#map path.shape")).not_to_have_count(0)
    # What the scenario knew before the replay began does not ring; what comes does, in this realm only.
    expect(page.locator(".alarm-bar .alarm-title")).to_contain_text(GUST, timeout=30_000)
    expect(page.locator(".alarm-bar b")).to_contain_text("1")
    ringing = {realm: rung(replayed, realm) for realm in (REALM, "exercise", "real")}
    assert ringing == {REALM: [f"【演练】{GUST}"], "exercise": [], "real": []}
    # One instant under a fixed K, and under what is known now: each is its link.
    at_two, known = "&at=2018-09-16T13:02:00%2B08:00", "&known_at=2018-09-16T13:04:00%2B08:00"
    listed = page.locator("#current-list")
    for link, gusts in ((at_two + known, 0), (at_two, 1)):
        page.goto(f"{replayed.url}/?realm={REALM}&layers=flood_warnings,typhoon_tracks{link}")
        expect(page.locator(".replay")).to_contain_text("13:04" if known in link else "现在掌握")
        expect(listed.get_by_role("option", name="防风应急响应")).to_be_visible()
        expect(listed.get_by_role("option", name=GUST)).to_have_count(gusts)
