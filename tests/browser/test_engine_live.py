"""The live socket says honestly how it stands, and comes back by itself."""

from collections.abc import Callable
from datetime import datetime

import pytest
from engine_server import EngineServer
from pages import until
from playwright.sync_api import Page

LISTEN = """async () => {
  const { Live } = await import('/static/engine/live.js');
  window.states = [];
  window.told = [];
  window.live = new Live({
    realm: 'exercise',
    stamps: () => ({ flood_warnings: '2026-01-01T00:00:01.000000Z', rescue_teams: null }),
    onMessage: (message) => window.told.push(message.type),
    onState: (state) => window.states.push(state),
    onClock: (ahead) => (window.ahead = ahead),
  });
}"""


@pytest.fixture
def listening(engine_server: EngineServer, open_page: Callable[..., Page]) -> Page:
    """A page with a live socket and the engine's clock in the test's hand."""
    engine_server.put("flood_warnings")
    page = open_page(engine_server.url)
    page.clock.install()
    page.evaluate(LISTEN)
    until(page, "live.state.kind === 'live'")
    return page


def kind(page: Page) -> str:
    """How it stands."""
    found: str = page.evaluate("live.state.kind")
    return found


def test_it_states_what_it_has(engine_server: EngineServer, listening: Page) -> None:
    asked = [one for one in engine_server.asked if one.startswith("live")]
    assert asked == ["live since=flood_warnings:2026-01-01T00:00:01.000000Z,rescue_teams:"]
    assert listening.evaluate("told[0]") == "hello"


def test_silence_is_late_and_then_lost_and_it_comes_back(
    engine_server: EngineServer, listening: Page
) -> None:
    last_heard = listening.evaluate("Date.now()")
    listening.clock.run_for(7000)
    state = listening.evaluate("live.state")
    assert state["kind"] == "late"
    assert 6500 < state["delay"] <= 7500
    engine_server.beat()
    until(listening, "live.state.kind === 'live'")
    last_heard = listening.evaluate("Date.now()")
    listening.clock.run_for(8000)
    assert kind(listening) == "late"
    listening.clock.run_for(1000)
    until(listening, "states.some((state) => state.kind === 'down' && told.length >= 1)")
    down = listening.evaluate("states.findLast((state) => state.kind === 'down')")
    assert abs(down["since"] - last_heard) < 1500
    until(listening, "live.state.kind === 'live'")
    assert sum(one.startswith("live") for one in engine_server.asked) == 2


def test_a_server_that_refuses_is_asked_ever_more_slowly_and_found_again(
    engine_server: EngineServer, listening: Page, complaints: list[str]
) -> None:
    engine_server.refusing = True
    engine_server.drop()
    until(listening, "live.state.kind === 'down'")
    since = listening.evaluate("live.state.since")
    for _ in range(6):
        listening.clock.run_for(15_000)
        until(listening, "live.retry !== undefined")
    assert listening.evaluate("live.pause") == 8000
    assert listening.evaluate("live.state.since") == since
    engine_server.refusing = False
    listening.clock.run_for(15_000)
    until(listening, "live.state.kind === 'live'")
    assert all("WebSocket" in one for one in complaints)
    complaints.clear()


def test_signed_out_is_said_and_not_tried_again(engine_server: EngineServer, listening: Page) -> None:
    engine_server.drop(4401)
    until(listening, "live.state.kind === 'signed-out'")
    listening.clock.run_for(60_000)
    assert kind(listening) == "signed-out"
    assert sum(one.startswith("live") for one in engine_server.asked) == 1


def test_a_database_that_is_down_is_told_with_its_time(engine_server: EngineServer, listening: Page) -> None:
    engine_server.database = "down since 2026-01-01T08:30:00.000Z"
    engine_server.beat()
    until(listening, "live.state.database === false")
    since = datetime.fromisoformat("2026-01-01T08:30:00+00:00").timestamp() * 1000
    assert listening.evaluate("[live.state.kind, live.state.since]") == ["live", since]
    engine_server.database = "ok"
    engine_server.beat()
    until(listening, "live.state.database === true")


def test_messages_that_come_later_than_the_fastest_show_as_delay(
    engine_server: EngineServer, listening: Page
) -> None:
    engine_server.beat()
    until(listening, "told.includes('tick')")
    assert listening.evaluate("live.state.delay") < 1000
    engine_server.ahead_s = -2.5
    engine_server.beat()
    until(listening, "live.state.delay > 1500")


def test_a_clock_that_is_wrong_here_follows_the_servers(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    page = open_page(engine_server.url)
    ask = "import('/static/engine/time.js').then(({ now, setClock }) => { setClock(%d); return now(); })"
    right = page.evaluate(ask % 0)
    assert abs(page.evaluate(ask % 3_600_000) - right - 3600) <= 2
    assert abs(page.evaluate(ask % 900) - right) <= 2
    engine_server.ahead_s = -7200
    page.evaluate(LISTEN)
    until(page, "Math.abs((window.ahead ?? 0) + 7200000) < 5000")
