"""`step_361k`: a step in time over a city's 361,500 hotspots with their million spans, some 50,000 of them alive, at zoom
10, against clearing and blitting the same canvas.

What counts is the whole frame, from its begin until the next one can begin, in a browser that does not wait for the
screen. `step_361k_p95` and `step_361k_zoom12` hold its slowest twentieth against frames of a 60 Hz screen,
`step_361k_alive` the middle one with all 361,500 alive, one span each, against 80 ms.
"""

from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Page

from tests.bench.screen import UNCAPPED, chromium, engine_server, open_engine
from tests.city_columns import MIDDLE, city

NAME = "step_361k"
UNIT = "ms"
PAIRS = 7
STEPS = 60
STANDING = ("open", "rectifying", "overdue")
FRAME_60_HZ = 1000 / 60
_FRAMES = """async ([name, from, n]) => {
  const { points } = engine;
  const pixels = new Uint32Array(points.image.data.buffer);
  const acts = {
    step: (k) => {
      engine.view.view = { ...engine.view.view, at: from + k * 43200 };
      engine.draw();
    },
    blit: () => {
      pixels.fill(0);
      points.g.putImageData(points.image, 0, 0);
    },
  };
  const frames = [];
  await new Promise((done) => {
    let last = null;
    let k = 0;
    const frame = () => {
      const now = performance.now();
      if (last !== null) frames.push(now - last);
      last = now;
      if (k > n) return done();
      acts[name](k++);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return frames;
}"""


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival), each the middle frame of 60, in milliseconds."""
    with engine_server(city()) as url, chromium(*UNCAPPED) as browser:
        page = open_engine(browser, url, status=STANDING)
        frames(page, "step")
        frames(page, "blit")
        for _turn in range(PAIRS):
            yield median(frames(page, "step")), median(frames(page, "blit"))


def frames(page: Page, name: str) -> list[float]:
    """How long each of 60 frames took."""
    found: list[float] = page.evaluate(_FRAMES, [name, MIDDLE, STEPS])
    return found


def slow(found: list[float]) -> float:
    """What one frame in twenty takes longer than."""
    return sorted(found)[int(0.95 * (len(found) - 1))]
