"""`first_map`: from the address to all 361,500 hotspots on the screen, an empty cache, against the page that `dl.GeoJSON`
alone makes of them.

Both have the history of the year on board, so that a step in time needs no server: some 900,000 spans and a million, of
which the 361,500 that hold at the year's end are drawn. Ours is the whole page, from the store, its columns built before;
the rival's is a map and nothing else, its features served packed from memory. Few pairs: the rival takes long.
"""

from collections.abc import Iterator

from playwright.sync_api import Browser

from emmap.store.database import Database
from tests.bench.city_page import city_page, open_city, visitor
from tests.bench.rival_page import rival
from tests.bench.screen import SIZE, chromium
from tests.city_columns import FEATURES, YEAR_ENDS, city

NAME = "first_map"
UNIT = "ms"
PAIRS = 3
_DRAWN = f"""async () => {{
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  while (!(window.rival?.drawn >= {FEATURES})) await frame();
  await frame();
  await frame();
  return performance.now();
}}"""


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in milliseconds, interleaved; ours once more before, so that its columns are built."""
    with city_page(database) as web, rival(city(), at=YEAR_ENDS) as url, chromium() as browser:
        for turn in range(PAIRS + 1):
            context = visitor(browser, web)
            _, ours = open_city(context, web)
            context.close()
            if turn:
                yield ours, rival_ms(browser, url)


def rival_ms(browser: Browser, url: str) -> float:
    """From the address to all drawn, milliseconds."""
    context = browser.new_context(viewport=SIZE)
    context.set_default_timeout(300_000)
    page = context.new_page()
    page.goto(url, wait_until="commit")
    found = float(page.evaluate(_DRAWN))
    context.close()
    return found
