"""A layer in pieces: what is loaded for the view, and what is let go. That the numbers are right shows test_engine_property."""

from typing import Any

from playwright.sync_api import Page

LOOK = """async (places) => {
  const { Pieces } = await import('/static/engine/pieces.js');
  const asked = [];
  window.fetch = async (address) => {
    asked.push(/pieces.(.*)[?]/.exec(address)[1]);
    return new Response('');
  };
  // Sixteen neighbours around Guangzhou, a hundred rows each.
  const told = [...Array(16).keys()].map((k) => ({ name: `10-${830 + (k % 4)}-${440 + (k >> 2)}`, open: 80, closed: 20 }));
  const pieces = new Pieces({ cells: '/cells?edition=1' }, told, () => ({ load: () => {} }), { mostInView: 400, mostKept: 600 });
  const degrees = (x, y) => {
    const n = Math.PI * (1 - (2 * y) / 1024);
    return [(x / 1024) * 360 - 180, (Math.atan(Math.sinh(n)) * 180) / Math.PI];
  };
  const seen = [];
  for (const [x, y, w] of places) {
    const [west, north] = degrees(x + 0.1, y + 0.1);
    const [east, south] = degrees(x + w - 0.1, y + w - 0.1);
    const wanted = pieces.wanted([west, south, east, north]);
    if (wanted) await pieces.load(wanted);
    seen.push({ wanted: wanted?.map(({ name }) => name) ?? null, held: [...pieces.held.keys()], asked: asked.splice(0).length });
  }
  return seen;
}"""


def test_pieces_come_with_the_view_and_go_when_too_many_are_held(modules: Page) -> None:
    seen: list[dict[str, Any]] = modules.evaluate(
        LOOK, [[830, 440, 2], [832, 440, 2], [832, 442, 2], [832, 442, 2], [830, 440, 2], [830, 440, 3]]
    )
    assert [len(one["wanted"] or []) for one in seen] == [4, 4, 4, 4, 4, 0]
    assert seen[5]["wanted"] is None, "nine hundred rows are too many: cells count instead"
    assert [one["asked"] for one in seen] == [4, 4, 4, 0, 4, 0], "what is held is not asked again"
    for one in seen[:5]:
        assert len(one["held"]) <= 6
        assert set(one["wanted"]) <= set(one["held"])
