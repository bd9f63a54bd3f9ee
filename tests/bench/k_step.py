"""`k_step`: K goes on by one report over a city's 361,500 hotspots with their million spans, at zoom 10, against a step of
T by twelve hours, each the middle one of 60 whole frames.

A report is a second in which something was recorded. T stands in the middle of the year and K a month before it; T then
steps on with K where it is, so that both draw the same crowd.
"""

from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Page

from tests.bench.screen import UNCAPPED, chromium, engine_server, open_engine
from tests.bench.step_361k import PAIRS, STANDING, STEPS, frames
from tests.city_columns import MIDDLE, city

NAME = "k_step"
UNIT = "ms"
KNOWN_UNTIL = MIDDLE - 30 * 86_400
_REPORTS = """async ([at, from, n]) => {
  const { r0 } = engine.answers.get('risk_hotspots').columns;
  const reports = [...new Set(r0.filter((one) => one >= from))].sort((a, b) => a - b).slice(0, n + 1);
  const frames = [];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let last = await frame();
  for (const known_at of reports) {
    engine.view.view = { ...engine.view.view, at, known_at };
    engine.draw();
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  // The first one brings T and K here.
  return frames.slice(1);
}"""


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival), each the middle frame of 60, in milliseconds."""
    with engine_server(city()) as url, chromium(*UNCAPPED) as browser:
        page = open_engine(browser, url, status=STANDING)
        reports(page)
        frames(page, "step")
        for _turn in range(PAIRS):
            yield median(reports(page)), median(frames(page, "step"))


def reports(page: Page) -> list[float]:
    """How long each of 60 frames took, a report further each."""
    found: list[float] = page.evaluate(_REPORTS, [MIDDLE, KNOWN_UNTIL, STEPS])
    return found
