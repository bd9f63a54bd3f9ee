"""A page that is open for days holds no more than it shows."""

from collections.abc import Callable

from engine_server import EngineServer
from playwright.sync_api import Page

ROOM = """async () => {
  const { Room } = await import('/static/page/room.js');
  const room = (window.room = new Room('exercise', 'somebody'));
  room.stamp = 0;
  const closed_at = '2026-01-01T00:00:00Z';
  window.fetch = async () => {
    const stamp = room.stamp + 2;
    const entry = { stamp, body: `${stamp} `.padEnd(400, '值'), amends: null, alarm_id: stamp };
    const facts = { title: 'x'.repeat(400) };
    const alarms = [{ id: stamp, closed_at: null, facts }, { id: stamp - 2, closed_at, facts }];
    const told = { stamp, whole: true, alarms, log: [entry], on_duty: room.duty };
    return new Response(JSON.stringify(told), { headers: { 'content-type': 'application/json' } });
  };
}"""
COLUMNS = """async () => {
  const { Columns } = await import('/static/engine/columns.js');
  window.columns = new Columns();
  window.replace = (from, to) => {
    for (let row = from; row < to; row++) {
      const opened = { row: [row], x: [0], y: [0], t0: [0], t1: [1], r0: [row], r1: [2147483647] };
      const closed = { row: row ? [row - 1] : [], r1: row ? [row] : [] };
      columns.apply({ opened: { ...opened, shape: [1], severity: [1] }, closed });
    }
    const arrays = Object.values(columns).filter(ArrayBuffer.isView);
    return arrays.reduce((sum, one) => sum + one.byteLength, 0);
  };
}"""


TAKE = """async (closed) => {
  const { Data } = await import('/static/engine/data.js');
  const columns = { closed: new Array(Data.MOST_CLOSED + closed), apply: () => [], row: [] };
  const again = [];
  const page = {
    answers: new Map([['teams', { columns, foundFor: '' }]]), stamps: new Map(), remembered: new Map(), loading: new Set(),
    pieced: new Map(),
    owner: { changed: () => {} }, reload: async (layer) => again.push(layer),
  };
  Data.prototype.take.call(page, { layer: 'teams', stamp: '1', opened: {}, closed: { row: [], r1: [] } });
  return again;
}"""


def heap(page: Page, after: Callable[[], object]) -> float:
    """MiB of script objects that are left after something."""
    after()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(found["JSHeapUsedSize"]) / 2**20


def test_two_thousand_messages_of_the_duty_room_leave_nothing_behind(modules: Page) -> None:
    modules.evaluate(ROOM)
    more = "async (n) => { for (let k = 0; k < n; k++) await room.catchUp(); }"
    before = heap(modules, lambda: modules.evaluate(more, 600))
    after = heap(modules, lambda: modules.evaluate(more, 2000))
    assert modules.evaluate("[room.log.length, room.alarms.size, room.stamp]") == [500, 1, 5200]
    assert after - before < 1


def test_twenty_thousand_changes_leave_only_their_rows(modules: Page) -> None:
    """A row that closed stays, as a replay shows it again: some 30 bytes in the arrays, and next to nothing beside them."""
    modules.evaluate(COLUMNS)
    before = heap(modules, lambda: modules.evaluate("replace(0, 1000)"))
    arrays = 0

    def go_on() -> None:
        nonlocal arrays
        arrays = modules.evaluate("replace(1000, 21000)")

    after = heap(modules, go_on)
    assert arrays / 21_000 < 64
    assert after - before < 1


def test_a_layer_with_very_many_closed_rows_is_loaded_anew_without_them(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    page = open_page(engine_server.url)
    assert page.evaluate(TAKE, 0) == []
    assert page.evaluate(TAKE, 1) == ["teams"]
