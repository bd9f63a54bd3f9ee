"""The real page on the whole exercise `city-2020`, and how the rows about it open it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page

from emmap import exercise
from emmap.layer import load_layers
from emmap.settings import ROOT, Settings
from emmap.store.database import Database
from tests.bench.screen import SIZE
from tests.served import Web, listening

HOTSPOTS = 361_500
ADDRESS = "/?layers=risk_hotspots&at=2021-01-01T00:00:00%2B08:00&status=open,rectifying,overdue,rectified"
"""Every hotspot of the year, each in the state that it had at its end."""
STANDING = "/?at=2020-07-01T00:00:00%2B08:00&status=open,rectifying,overdue,ready,standby,deployed,hotspot,verifying,confirmed"
"""All layers in the middle of the year, as the page opens them: what is not over."""
_DRAWN = """async (least) => {
  const layer = (map) => {
    let found = null;
    map.eachLayer((one) => (found = one.answers ? one : found));
    return found;
  };
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  while (!window.emmapMaps) await frame();
  const map = await window.emmapMaps.when('map');
  for (;;) {
    const points = layer(map);
    const answer = points?.answers.find((one) => one.layer.id === 'risk_hotspots');
    if (answer && answer.total() >= least && points.drawn > 0) break;
    await frame();
  }
  await frame();
  await frame();
  return performance.now();
}"""


@contextmanager
def city_page(database: Database) -> Iterator[Web]:
    """The application with the exercise, the columns kept as after a first visit."""
    from emmap.web.app import create_app

    layers = load_layers(ROOT / "layers")
    exercise.load(database, "city-2020", layers)
    before = Database.from_settings
    Database.from_settings = staticmethod(lambda settings: database)  # type: ignore[method-assign]
    try:
        app = create_app(Settings(data_dir=database.data_dir, realm="exercise"))
        with listening(app) as url:
            web = Web(url, database)
            yield web
            web.close()
    finally:
        Database.from_settings = before  # type: ignore[method-assign]


def visitor(browser: Browser, web: Web) -> BrowserContext:
    """Somebody who is signed in and has never seen the page: nothing is in the browser's cache."""
    context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")
    signed_in = web.browser()
    context.add_cookies(
        [{"name": name, "value": value, "url": web.url} for name, value in signed_in.cookies.items()]
    )
    return context


def open_city(
    context: BrowserContext, web: Web, address: str = ADDRESS, least: int = HOTSPOTS
) -> tuple[Page, float]:
    """The page, and milliseconds from the address until at least so many hotspots hold and are drawn."""
    page = context.new_page()
    page.goto(f"{web.url}{address}", wait_until="commit")
    return page, float(page.evaluate(_DRAWN, least))
