"""`first_map_10m`: from the address to everything drawn, ten million versions in one layer, an empty cache, against the same
rows as vector tiles from tipg drawn by MapLibre GL JS.

Ours is the whole page, from the store, with everything that a step in time needs; its parts are built before, as after a
first visit. The rival's is a map and nothing else; tipg makes its tiles at each request, as it does.
"""

from collections.abc import Iterator

from emmap.store.database import Database
from tests.bench.city_page import visitor
from tests.bench.screen import SIZE, chromium
from tests.bench.ten_million import CENTRE, MIDDLE, ZOOM, build, open_ours, ten_million_page
from tests.bench.tiles_rival import WEBGL, shown, tiles_page

NAME = "first_map_10m"
UNIT = "ms"
PAIRS = 1
"""The rival takes minutes, and two orders of magnitude need no median."""


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in milliseconds, interleaved; ours once more before, so that its parts are built."""
    build(database)
    with (
        ten_million_page(database) as web,
        tiles_page(database, at=MIDDLE, centre=CENTRE, zoom=ZOOM) as url,
        chromium(*WEBGL) as browser,
    ):
        for turn in range(PAIRS + 1):
            context = visitor(browser, web)
            _, first = open_ours(context, web)
            context.close()
            if turn:
                other = browser.new_context(viewport=SIZE)
                yield first, shown(other.new_page(), url)
                other.close()
