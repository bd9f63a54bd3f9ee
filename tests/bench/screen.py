"""Chromium and the pages that the rows about the screen look at: 1600 × 900, the city in the middle."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.engine_server import LISTS, serving
from tests.city_columns import HOTSPOTS, MIDDLE, stream

SIZE = {"width": 1600, "height": 900}
UNCAPPED = ("--disable-frame-rate-limit", "--disable-gpu-vsync")
"""A frame begins when the one before is shown, not at the screen's pace: how long a frame takes can be seen."""
_START = """async ([lists, at, status, zoom]) => {
  const map = document.getElementById('map');
  map.style.width = '1600px';
  map.style.height = '900px';
  L.map('map', { zoomControl: false, attributionControl: false, fadeAnimation: false }).setView([23.2, 113.4], zoom);
  const { Engine } = await import('/static/engine/engine.js');
  const defaults = (view) => ({ ...view, at, status });
  window.engine = await Engine.start({ mapId: 'map', realm: 'exercise', lists, defaults });
  for (const answer of window.engine.answers.values()) answer.prepare();
}"""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """The system's Chromium, without a window and without a GPU."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *arguments]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()


@contextmanager
def engine_server(columns: Mapping[str, np.ndarray]) -> Iterator[str]:
    """Serves the engine on the columns alone, without page and store."""
    with serving() as server:
        server.put_stream(HOTSPOTS.id, stream(columns))
        yield server.url


def open_engine(browser: Browser, url: str, *, status: tuple[str, ...] = (), zoom: int = 10) -> Page:
    """The engine, everything loaded, at the middle of the year."""
    page = browser.new_page(viewport=SIZE)
    page.goto(url)
    page.evaluate(_START, [LISTS, MIDDLE, list(status), zoom])
    return page


def renderer_megabytes(browser: Browser) -> float:
    """Memory of its own of the largest page's process, after a garbage collection."""
    session = browser.new_browser_cdp_session()
    told: dict[str, Any] = session.send("SystemInfo.getProcessInfo")
    session.detach()
    found = [_anonymous(one["id"]) for one in told["processInfo"] if one["type"] == "renderer"]
    return max(found) / 1024


def _anonymous(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


def collect_garbage(page: Page) -> None:
    """What is not needed goes, so that only what is held is counted."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    session.detach()


class Worked:
    """How long a page's main thread has worked, by Chromium's own count of its tasks: script, layout and paint."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "timeTicks"})

    def milliseconds(self) -> float:
        """Until now."""
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration")) * 1000
