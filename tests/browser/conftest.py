"""Chromium for the tests of page and engine. A console error or a failed script fails the test."""

import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from engine_server import EngineServer, serving
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from served import Web

from emmap.settings import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
)
expect.set_options(timeout=15_000)
"""Patient: other tests run on the other processors. It only costs time where a test fails."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is missing: run `apt-get install chromium`, or let script/test do it.")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield found
        found.close()


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts (a person each), in Chinese and Beijing time unless told otherwise."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        wanted = {
            "viewport": {"width": 1200, "height": 800},
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
        }
        context = browser.new_context(**(wanted | options))  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the pages of a test complained about; a test that provokes a complaint clears it."""
    return []


@pytest.fixture
def open_page(
    open_context: Callable[..., BrowserContext], complaints: list[str]
) -> Iterator[Callable[..., Page]]:
    """Opens an address in a context of its own and watches for errors."""

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text}")

    def make(address: str, context: BrowserContext | None = None, **options: object) -> Page:
        page = (context or open_context(**options)).new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(f"page: {error}"))
        page.goto(address)
        return page

    yield make
    assert complaints == []


@pytest.fixture
def signed_in(web: Web, open_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Makes a browser context of somebody who has signed in."""

    def make(name: str, size: tuple[int, int]) -> BrowserContext:
        context = open_context(viewport={"width": size[0], "height": size[1]})
        first = context.new_page()
        first.goto(web.sign_in_link(name))
        first.get_by_role("button").click()
        first.wait_for_url(f"{web.url}/**")
        first.close()
        return context

    return make


@pytest.fixture
def open_map(
    web: Web, signed_in: Callable[..., BrowserContext], open_page: Callable[..., Page]
) -> Callable[..., Page]:
    """Opens the map at an address, signed in, and waits for its answer."""

    def open_at(
        query: str = "",
        *,
        size: tuple[int, int] = (1920, 1080),
        name: str = "administrator",
        before: Callable[[Page], None] = lambda page: None,
    ) -> Page:
        page = open_page("about:blank", signed_in(name, size))
        before(page)
        page.goto(f"{web.url}/{query}")
        expect(page.locator("#page.started")).to_be_attached()
        return page

    return open_at


@pytest.fixture
def open_desk(
    web: Web, signed_in: Callable[..., BrowserContext], open_page: Callable[..., Page]
) -> Callable[..., Page]:
    """Opens a desk by its path, signed in, and waits until its module has filled it."""

    def open_at(path: str, *, size: tuple[int, int] = (1366, 768), name: str = "administrator") -> Page:
        page = open_page(f"{web.url}{path}", signed_in(name, size))
        expect(page.locator("body.started")).to_be_attached()
        return page

    return open_at


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker of accessibility; brought like the type checker, where it is not there yet."""
    if not AXE.exists():
        subprocess.run(["bash", str(ROOT / "script" / "check-js"), "--version"], check=True)
    return AXE.read_text()


@pytest.fixture
def engine_server() -> Iterator[EngineServer]:
    """What the engine talks to, in memory."""
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def _bare_server() -> Iterator[EngineServer]:
    with serving() as found:
        yield found


@pytest.fixture
def modules(_bare_server: EngineServer, open_page: Callable[..., Page]) -> Page:
    """A page with Leaflet and the engine's modules under /static, and nothing running."""
    return open_page(_bare_server.url)
