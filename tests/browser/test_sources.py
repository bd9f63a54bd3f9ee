"""The sources page: what went wrong in a sentence, acting by role, raw messages as text."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pages import violations
from playwright.sync_api import Page, expect

from emmap.ingest.sources.worker import Tempo, Worker
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import access
from emmap.store.database import Database
from tests.faulty_server import FaultyServer, good
from tests.source_bench import teams

PORTAL = b"<!doctype html><html><body><h1 id=taken>Sign in</h1><script>document.title='taken'</script></body></html>"
SOURCE = """
[sources.teams]
title = "【演练】队伍"
reader = "table"
layer = "rescue_teams"
url = "{url}/teams.csv"
private_hosts = ["127.0.0.1"]
every = "1 h"
retry = "1 h"
realm = "exercise"
"""
QUICK = Tempo(look=0.2, sign_of_life=0.2, dead=5.0, grace=0.2)


@contextmanager
def fetching(database: Database, server: FaultyServer, file: Path) -> Iterator[None]:
    """A worker and the server that it fetches teams from, in a thread of their own."""
    worker = Worker(database, load_layers(ROOT / "layers"), file, lambda line: None, QUICK)
    loop = asyncio.new_event_loop()

    async def work() -> None:
        async with server.running():
            file.write_text(SOURCE.format(url=server.url), encoding="utf-8")
            await worker.work()

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(worker.stopping.set)
        thread.join(20)
        loop.close()


def test_a_fault_is_told_a_raw_page_is_text_and_a_run_is_had_at_once(
    database: Database, tmp_path: Path, axe: str, open_desk: Callable[..., Page]
) -> None:
    server = FaultyServer({"/teams.csv": good(PORTAL)})
    with database.engine("app").begin() as conn:
        access.add_account(conn, "looker", "viewer")
    with fetching(database, server, tmp_path / "sources.toml"):
        page = open_desk("/sources")
        card = page.locator("#source-teams")
        expect(card.locator(".stands")).to_have_text("故障")
        expect(card.locator(".trouble")).to_contain_text("来的是网页，不是数据")
        card.get_by_role("button", name="运行记录").click()
        card.get_by_role("button", name="查看原文").click()
        card.get_by_role("button", name="查看", exact=True).click()
        expect(page.locator(".raw-text")).to_contain_text("<script>document.title='taken'</script>")
        assert page.locator("#taken").count() == 0
        assert violations(page, axe) == []
        page.keyboard.press("Escape")

        server.routes["/teams.csv"] = good(teams(range(3)))
        card.get_by_role("button", name="立即运行").click()
        expect(card.locator(".stands")).to_have_text("正常")
        expect(card.locator("tbody tr").first).to_contain_text("读入 3，新增 3。")
        assert violations(page, axe) == []

    looking = open_desk("/sources?lang=en", name="looker", size=(390, 844))
    card = looking.locator("#source-teams")
    expect(card.locator(".stands")).to_have_text("in time")
    assert card.get_by_role("button").all_inner_texts() == ["Runs"]
    assert violations(looking, axe) == []


def test_without_sources_the_page_says_how_to_have_some(open_desk: Callable[..., Page]) -> None:
    page = open_desk("/sources")
    expect(page.locator(".unset")).to_contain_text("EMMAP_SOURCES_FILE")
    expect(page.locator("#source-api")).to_contain_text("POST /api/alerts")
