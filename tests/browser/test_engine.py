"""The engine as a whole: it loads, draws, counts, lists, follows the address and stays live."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from engine_server import ALWAYS, EPOCH, EngineServer, row, seconds
from pages import until
from playwright.sync_api import Page

NOW = seconds(datetime.now(UTC))
LATER = NOW + 3600
"""Recorded after any page of these tests was opened."""
START = """async (lists) => {
  window.told = [];
  L.map('map', { zoomControl: false, attributionControl: false, fadeAnimation: false }).setView([23.13, 113.26], 10);
  const { Engine } = await import('/static/engine/engine.js');
  const ready = (engine) => {
    window.engine = engine;
    for (const event of ['answer', 'progress', 'picked', 'live', 'opened', 'moved', 'selected', 'error', 'shapes', 'hover']) {
      engine.on(event, (what) => window.told.push([event, what]));
    }
  };
  await Engine.start({ mapId: 'map', realm: 'exercise', lists, ready });
}"""


@pytest.fixture
def start(engine_server: EngineServer, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the engine on what the server holds, with this address."""
    from engine_server import LISTS

    def make(query: str = "", **options: object) -> Page:
        page = open_page(f"{engine_server.url}/?{query}", **options)
        page.evaluate(START, LISTS)
        until(page, "engine.live?.state.kind === 'live'")
        return page

    return make


def total(page: Page) -> int:
    """How many the view counts."""
    found: int = page.evaluate("engine.counts().total")
    return found


def test_it_counts_and_lists_what_holds(engine_server: EngineServer, start: Callable[..., Page]) -> None:
    engine_server.put(
        "risk_hotspots",
        row(1, severity=2, status="open", t0=NOW - 500, districts=["440118"], hazards=["11B03"]),
        row(2, severity=4, status="open", t0=NOW - 900),
        row(3, None, severity=3, status="overdue", districts=["440118", "440106"]),
        row(4, severity=4, status="rectified", t1=NOW - 10),
        row(5, 20.0, 40.0, severity=2, status="open", t0=NOW - 400),
    )
    engine_server.put("rescue_teams", row(1, status="ready"), row(2, status="off", team_class="social"))
    page = start()
    counts = page.evaluate("engine.counts()")
    assert (counts["total"], counts["unplaced"]) == (6, 1)
    assert counts["severity"] == {"0": 2, "1": 0, "2": 2, "3": 1, "4": 1}
    assert counts["layers"]["risk_hotspots"]["groups"]["districts"]["440118"] == 2
    assert counts["groups"]["status"]["open"] == 3
    listed = page.evaluate("engine.list({ what: 'inside' })")
    assert listed["total"] == 4
    assert [(one["severity"], one["row"]) for one in listed["rows"]][:2] == [(4, 2), (2, 1)]
    assert page.evaluate("engine.list({ what: 'unplaced' }).rows.map((r) => r.row)") == [3]
    assert page.evaluate("engine.list({ what: 'inside', limit: 1, offset: 1 }).rows.map((r) => r.row)") == [1]


def test_the_address_is_the_view_and_the_back_button_undoes(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("risk_hotspots", row(1, severity=2, status="open"), row(2, severity=4, status="open"))
    page = start("severity=4&bbox=113,23,113.5,23.3&hazard=nonsense")
    assert total(page) == 1
    assert page.evaluate("engine.notes.map((n) => n.name)") == ["hazard"]
    box = page.evaluate("engine.map.getBounds().toBBoxString().split(',').map(Number)")
    assert box[0] <= 113 <= 113.5 <= box[2]
    page.evaluate("engine.view.set({ severity: [] })")
    until(page, "engine.counts().total === 2")
    assert "severity" not in page.evaluate("location.search")
    page.go_back()
    until(page, "engine.counts().total === 1")
    assert "severity=4" in page.evaluate("location.search")


def test_moving_t_asks_the_server_for_nothing(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put(
        "forest_fire_alerts", row(1, t0=NOW - 3600, t1=NOW - 1800), row(2, t0=NOW - 60), row(3, t0=NOW - 60)
    )
    page = start()
    before = len(engine_server.asked)
    page.evaluate(f"engine.moveTime({NOW - 3000})")
    until(page, "engine.points.drawn === 1 && engine.counts().total === 1")
    assert page.evaluate("engine.list({ what: 'inside' }).rows[0].row") == 1
    assert "at=" not in page.evaluate("location.search")
    page.evaluate("engine.rest()")
    assert "at=" in page.evaluate("location.search")
    assert engine_server.asked[before:] == []


def test_a_warning_ends_by_itself_when_its_time_is_over(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    ends = seconds(datetime.now(UTC) + timedelta(seconds=4))
    engine_server.put("flood_warnings", row(1, severity=4, t0=NOW - 60, t1=ends))
    page = start()
    assert total(page) == 1
    until(page, "engine.counts().total === 0")
    assert page.evaluate("engine.now") >= ends


def test_what_was_known_then_loads_the_closed_rows_once(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    then = EPOCH + timedelta(seconds=NOW - 4000)
    at = then.strftime("%Y-%m-%dT%H:%M:%SZ")
    engine_server.put(
        "rescue_teams",
        row(1, status="ready", r0=NOW - 5000, r1=NOW - 3000),
        row(2, status="off", r0=NOW - 3000),
        row(3, None, status="standby", r0=NOW - 3000, r1=NOW - 2000),
    )
    page = start(f"at={at}")
    assert page.evaluate("engine.counts().groups.status.off") == 1
    page.evaluate("engine.view.set({ known_at: 'at' })")
    until(page, "engine.counts().groups.status.ready === 1")
    assert total(page) == 1
    page.evaluate("engine.view.set({ known_at: null })")
    until(page, "engine.counts().groups.status.off === 1")
    page.evaluate("engine.view.set({ known_at: 'at' })")
    until(page, "engine.counts().groups.status.ready === 1")
    assert sum("rows=closed" in one for one in engine_server.asked) == 1


def test_text_search_also_finds_what_comes_later(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("rescue_teams", row(1, text="新塘救援队"), row(2, text="番禺"))
    page = start("q=%E6%96%B0%E5%A1%98")
    assert total(page) == 1
    engine_server.commit("rescue_teams", [row(3, text="新塘二队"), row(4, text="花都")])
    until(page, "engine.counts().total === 2")
    page.evaluate("engine.view.set({ q: '' })")
    until(page, "engine.counts().total === 4")


def test_a_change_reaches_the_page_and_is_new(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("flood_warnings", row(1, severity=2))
    engine_server.commit("flood_warnings", [row(2, severity=1)])
    page = start()
    until(page, "engine.counts().total === 2")
    assert page.evaluate("told.filter(([event]) => event === 'opened')") == []
    news, history = row(3, 113.3, 23.2, severity=4, r0=LATER), row(4, t1=NOW - 900, r0=NOW - 1000)
    engine_server.commit("flood_warnings", [news, history], {1: NOW})
    until(page, "engine.counts().severity[4] === 1")
    assert page.evaluate("told.filter(([event]) => event === 'opened').map(([, what]) => what)") == [
        {"layer": "flood_warnings", "rows": [3]}
    ]
    assert total(page) == 2
    assert page.evaluate("engine.list({ what: 'current' }).rows[0].row") == 3


def test_a_layer_that_was_empty_fills_by_the_socket(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    page = start()
    assert total(page) == 0
    engine_server.commit("rescue_teams", [row(1, status="ready", team_class="social", hazards=["11B03"])])
    until(page, "engine.counts().groups.team_class.social === 1")
    assert page.evaluate("engine.points.drawn") == 1


def test_nothing_is_missed_over_a_cut_and_nothing_comes_twice(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("flood_warnings", row(1))
    page = start()
    engine_server.commit("flood_warnings", [row(2, r0=LATER)])
    until(page, "engine.counts().total === 2")
    engine_server.drop()
    engine_server.commit("flood_warnings", [row(3, r0=LATER)], {1: NOW})
    engine_server.commit("flood_warnings", [row(4, r0=LATER)])
    until(page, "engine.counts().total === 3")
    until(page, "engine.live.state.kind === 'live'")
    opened = page.evaluate("told.filter(([event]) => event === 'opened').flatMap(([, what]) => what.rows)")
    assert opened == [2, 3, 4]


def test_a_lost_message_is_made_good_by_the_next_heartbeat(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("flood_warnings", row(1))
    page = start()
    engine_server.deaf = True
    engine_server.commit("flood_warnings", [row(2)])
    engine_server.beat()
    until(page, "engine.counts().total === 2")


def test_a_message_that_does_not_join_on_is_caught_up(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("flood_warnings", row(1))
    page = start()
    engine_server.deaf = True
    engine_server.commit("flood_warnings", [row(2)])
    engine_server.commit("flood_warnings", [row(3)])
    engine_server.tell(engine_server.changes("flood_warnings", 2))
    until(page, "engine.counts().total === 3")


def test_too_many_changes_load_the_layer_anew(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("rescue_teams", row(1, text="新塘"), row(2))
    page = start("q=%E6%96%B0%E5%A1%98")
    engine_server.deaf = True
    engine_server.commit("rescue_teams", [row(number, text="新塘") for number in range(3, 9)], {1: NOW})
    engine_server.checkpoint["rescue_teams"] = 2
    engine_server.tell({"type": "reload", "realm": "exercise", "layer": "rescue_teams", "stamp": "x"})
    until(page, "engine.counts().total === 6")
    engine_server.deaf = False
    engine_server.commit("rescue_teams", [row(9, text="新塘")])
    until(page, "engine.counts().total === 7")


def test_a_layer_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    engine_server: EngineServer, open_page: Callable[..., Page], complaints: list[str]
) -> None:
    from engine_server import LISTS

    engine_server.put("rescue_teams", row(1))
    engine_server.put("flood_warnings", row(1))
    page = open_page(engine_server.url)
    page.route("**/rescue_teams/points*", lambda route: route.fulfill(status=503))
    page.evaluate(START, LISTS)
    assert total(page) == 1
    failed = "told.filter(([e, w]) => e === 'progress' && w.error).map(([, w]) => w.layer)"
    assert page.evaluate(failed) == ["rescue_teams"]
    assert len(complaints) == 1
    complaints.clear()
    page.unroute("**/rescue_teams/points*")
    page.evaluate("engine.reload('rescue_teams')")
    until(page, "engine.counts().total === 2")


def test_areas_are_fetched_once_and_handed_on_when_they_change(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    square = [[[113.2, 23.1], [113.4, 23.1], [113.4, 23.3], [113.2, 23.3], [113.2, 23.1]]]
    engine_server.geometries = {7: {"type": "Polygon", "coordinates": square}}
    engine_server.put("flood_warnings", row(7, 113.3, 23.2, shape=3, severity=4, t0=NOW - 3600, t1=ALWAYS))
    page = start()
    until(
        page,
        "told.some(([e, w]) => e === 'shapes' && w.layer === 'flood_warnings' && w.data.features.length === 1)",
    )
    shown = page.evaluate("told.findLast(([e]) => e === 'shapes')[1].data.features[0]")
    assert shown["properties"]["className"].split() == [
        "shape",
        "shape-flood_warnings",
        "shape-4",
        "dash-solid",
    ]
    page.evaluate(f"engine.moveTime({NOW - 7200})")
    until(page, "told.findLast(([e]) => e === 'shapes')[1].data.features.length === 0")
    page.evaluate("engine.moveTime(null)")
    until(page, "told.findLast(([e]) => e === 'shapes')[1].data.features.length === 1")
    assert sum("flood_warnings/rows" in one for one in engine_server.asked) == 1
    at = page.evaluate("engine.map.latLngToContainerPoint([23.15, 113.25])")
    page.mouse.click(at["x"], at["y"])
    picked = page.evaluate("told.findLast(([e]) => e === 'picked')[1].hits")
    assert picked == [{"layer": "flood_warnings", "row": 7}]


def test_a_click_picks_the_topmost_point_and_selecting_rings_it(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("risk_hotspots", row(1, severity=1, status="open"))
    engine_server.put("rescue_teams", row(1, status="ready"))
    page = start()
    page.mouse.move(10, 10)
    page.mouse.move(400, 300)
    assert page.evaluate("document.getElementById('map').classList.contains('over-point')")
    page.mouse.click(400, 300)
    assert page.evaluate("told.findLast(([e]) => e === 'picked')[1].hits") == [
        {"layer": "rescue_teams", "row": 1},
        {"layer": "risk_hotspots", "row": 1},
    ]
    ring = "[...engine.points.g.getImageData(400, 289, 1, 1).data]"
    assert page.evaluate(ring)[3] == 0
    page.evaluate("engine.select({ layer: 'rescue_teams', row: 1 })")
    assert page.evaluate(ring)[3] > 100


def test_the_mouse_learns_what_lies_under_it_without_asking_the_server(
    engine_server: EngineServer, start: Callable[..., Page]
) -> None:
    engine_server.put("risk_hotspots", row(1, severity=1, status="open"), row(2, severity=4, status="open"))
    page = start()
    before = len(engine_server.asked)
    hover = "told.findLast(([e]) => e === 'hover')[1]"
    page.mouse.move(400, 300)
    page.mouse.move(401, 300)
    assert page.evaluate(f"{hover}.hits.map((one) => one.row)") == [2, 1]
    page.evaluate("engine.points.fewestToCount = 0; engine.draw()")
    engine_server.commit("risk_hotspots", [row(10 + n, severity=2, status="open") for n in range(40)])
    until(page, "engine.points.cells.length === 1")
    cell = page.evaluate(
        "(({ x, y }) => { const { ox, oy } = engine.points.frame(); return [x - ox, y - oy]; })(engine.points.cells[0])"
    )
    page.mouse.move(*cell)
    assert page.evaluate(f"[{hover}.hits.length, {hover}.cell.n, {hover}.cell.worst.value]") == [0, 42, "4"]
    page.mouse.move(100, 100)
    assert page.evaluate(f"[{hover}.hits.length, {hover}.cell]") == [0, None]
    assert engine_server.asked[before:] == []


def test_an_unknown_realm_falls_back_and_says_so(start: Callable[..., Page], complaints: list[str]) -> None:
    page = start("realm=nowhere")
    assert page.evaluate("[engine.realm, engine.notes.map((n) => n.name)]") == ["exercise", ["realm"]]
    assert len(complaints) == 1
    complaints.clear()
