"""`step_10m`: one step in time over ten million versions in one layer, the whole city in view, against the same rows as
vector tiles from tipg drawn by MapLibre GL JS with `setFilter`.

Ours is a frame of the real page, from its begin until the next one can begin, in a browser that does not wait for the
screen. The rival's is from `setFilter` until the map is idle again, all its tiles here before: MapLibre filters in workers
and shows the new picture when they are done.
"""

from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Page

from emmap.store.database import Database
from tests.bench.city_page import visitor
from tests.bench.screen import SIZE, UNCAPPED, chromium
from tests.bench.ten_million import CENTRE, MIDDLE, ZOOM, build, open_ours, ten_million_page
from tests.bench.tiles_rival import WEBGL, shown, tiles_page

NAME = "step_10m"
UNIT = "ms"
PAIRS = 5
STEPS = 60
HALF_A_DAY = 43_200
_FRAMES = """async ([from, n, by]) => {
  const { points, view, now } = window.bench;
  const [answer] = points.answers;
  const frames = [];
  await new Promise((done) => {
    let last = null;
    let k = 0;
    const frame = () => {
      const at = performance.now();
      if (last !== null) frames.push(at - last);
      last = at;
      if (k > n) return done();
      answer.ask({ ...view, at: from + k++ * by }, now);
      points.setAnswers(points.answers);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return frames;
}"""


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival): our middle frame of 60, the rival's one step; milliseconds."""
    build(database)
    with (
        ten_million_page(database) as web,
        tiles_page(database, at=MIDDLE, centre=CENTRE, zoom=ZOOM) as url,
        chromium(*UNCAPPED, *WEBGL) as browser,
    ):
        page, _ = open_ours(visitor(browser, web), web)
        rival = browser.new_page(viewport=SIZE)
        shown(rival, url)
        frames(page)
        for turn in range(PAIRS):
            at = MIDDLE + (turn + 1) * HALF_A_DAY
            yield median(frames(page)), float(rival.evaluate("(at) => window.step(at)", at))


def frames(page: Page) -> list[float]:
    """How long each of 60 frames took."""
    found: list[float] = page.evaluate(_FRAMES, [MIDDLE, STEPS, HALF_A_DAY])
    return found
