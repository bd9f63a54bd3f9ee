"""`drag_slowed`: frames a second while T is dragged through the year on the real page with the whole exercise, the
browser's processor slowed four times, against the same page with its canvas only cleared and blitted every frame.

The goal is half: where the bare page keeps 60 frames a second, the drag has 30, at which a moving map still looks smooth.
"""

from collections.abc import Iterator

from playwright.sync_api import Page

from emmap.store.database import Database
from tests.bench.city_page import STANDING, city_page, open_city, visitor
from tests.bench.screen import chromium

NAME = "drag_slowed"
UNIT = "frames/s"
PAIRS = 5
FRAMES = 60
SLOWED = 4
_DRAG = f"""async (drag) => {{
  const slider = document.querySelector('#time-slider');
  const map = await window.emmapMaps.when('map');
  let points = null;
  map.eachLayer((one) => (points = one.answers ? one : points));
  const pixels = new Uint32Array(points.image.data.buffer);
  const from = Number(slider.min);
  const step = (Number(slider.max) - from) / {FRAMES};
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  const begun = performance.now();
  for (let k = 0; k < {FRAMES}; k++) {{
    if (drag) {{
      slider.value = String(Math.round(from + k * step));
      slider.dispatchEvent(new Event('input', {{ bubbles: true }}));
    }} else {{
      pixels.fill(0);
      points.g.putImageData(points.image, 0, 0);
    }}
    await frame();
  }}
  return {FRAMES} / ((performance.now() - begun) / 1000);
}}"""


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in frames a second, interleaved; the first pair warms up and is left out."""
    with city_page(database) as web, chromium() as browser:
        page, _ = open_city(visitor(browser, web), web, STANDING, 1000)
        page.locator('[data-window="year"]').click()
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        for turn in range(PAIRS + 1):
            pair = rate(page, drag=True), rate(page, drag=False)
            if turn:
                yield pair


def rate(page: Page, *, drag: bool) -> float:
    """Frames a second."""
    return float(page.evaluate(_DRAG, drag))
