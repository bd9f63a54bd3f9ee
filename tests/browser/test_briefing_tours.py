"""A briefing from the night's picture to its signature, and its correction the morning after, each in a few actions."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pages import violations
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from served import Web, application
from sqlalchemy import text

from emmap import exercise
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import access, observations
from emmap.store.cluster import Cluster
from emmap.store.observations import Observation

LONG_MS = 60_000
WRITER, COMMANDER = "演练信息员", "演练指挥员"
STORM = "/?realm=exercise&at=2020-05-22T02:00:00%2B08:00"

GAUGED = "select series, at from observation where value = 167.8 and series like 'gauge:%' limit 1"
"""The wettest hour of the storm."""


@pytest.fixture(scope="module")
def web(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Web]:
    """The exercise city, and two people of its desk."""
    with clone(cluster, template) as found:
        exercise.load(found, "city-2020", load_layers(ROOT / "layers"), share=0.002)
        with application(found) as (served, _):
            with found.engine("app").begin() as conn:
                access.add_account(conn, WRITER, "briefing_writer")
                access.add_account(conn, COMMANDER, "commander")
            yield served


def words(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def ink(picture: bytes) -> float:
    """How much of a page is not white, from 0 to 1."""
    grey = Image.open(io.BytesIO(picture)).convert("L")
    return sum(grey.histogram()[:200]) / (grey.width * grey.height)


def fetched(web: Web, address: str) -> bytes:
    answer = web.client("viewer").get(address, timeout=LONG_MS / 1000)
    assert answer.status_code == 200, answer.text
    return answer.content


def path_of(page: Page) -> str:
    return page.url[page.url.index("/briefings") :]


def opened(open_map: Callable[..., Page], template: str, title: str) -> str:
    """From the map as it is, to a draft; its path."""
    page = open_map(STORM.removeprefix("/"), name=WRITER)
    page.get_by_role("button", name="制作简报").click()
    page.get_by_label(template).check()
    page.get_by_label("标题").fill(title)
    page.get_by_role("button", name="开始编写").click()
    expect(page.locator(".sheets img").first).to_be_visible(timeout=LONG_MS)
    page.get_by_role("textbox", name="建议", exact=True).fill("封控隧道与下沉路段。")
    page.get_by_role("button", name="送核稿").click()
    expect(page.locator(".stage")).to_have_text("待核", timeout=LONG_MS)
    return path_of(page)


def signed(open_desk: Callable[..., Page], path: str) -> Page:
    """A commander signs; the record."""
    page = open_desk(path, name=COMMANDER)
    page.get_by_role("button", name="签发").click()
    window = page.get_by_role("dialog", name="签发")
    expect(window.locator(".number")).to_contain_text(re.compile("三防专报.*年第 [0-9]+ 期"))
    expect(window.locator(".doubts")).to_contain_text("报头空着：编发单位")
    window.get_by_role("button", name="签发").click()
    expect(page.locator(".record-title")).to_contain_text(re.compile("年第 [0-9]+ 期"), timeout=LONG_MS)
    return page


def test_from_the_storm_to_a_signed_report_and_slides(
    web: Web, open_map: Callable[..., Page], open_desk: Callable[..., Page], axe: str
) -> None:
    record = signed(open_desk, opened(open_map, "三防专报", "5·22 特大暴雨实时态势"))
    pdf, slides, sheet = (
        fetched(web, str(record.get_by_role("link", name=name, exact=True).get_attribute("href")))
        for name in ("PDF", "PPTX", "PNG")
    )
    told = words(pdf)
    for part in (
        "三防专报",
        "5·22特大暴雨实时态势",
        "封控隧道与下沉路段",
        "演练",
        WRITER,
        COMMANDER,
        "2020-05-2202:00",
    ):
        assert part in told
    assert slides.startswith(b"PK")
    assert 0.02 < ink(sheet) < 0.7
    record.get_by_role("button", name="生成链接").click()
    assert httpx.get(record.locator(".once code").inner_text(), timeout=60).content == pdf
    assert violations(record, axe) == []
    record.goto(f"{web.url}/briefings?tab=signed&realm=exercise")
    record.get_by_label("按标题、期号、编号查找").fill("5·22")
    expect(record.locator("tbody tr")).to_contain_text(["5·22 特大暴雨实时态势"])


def test_the_morning_after_a_correction_shows_the_late_rain_and_what_changed(
    web: Web, open_desk: Callable[..., Page]
) -> None:
    drafts, commander = "/api/briefings/drafts", web.client("commander")
    view = {"realm": "exercise", "at": "2020-05-22T02:00:00+08:00"}
    draft = (
        web.client("briefing_writer")
        .post(drafts, json={"template": "flood_report", "view": view, "title": "昨夜雨情"}, timeout=60)
        .json()
    )
    for to in ("checking", "signed"):
        client = commander if to == "signed" else web.client("briefing_writer")
        step = {"revision": client.get(f"{drafts}/{draft['id']}").json()["revision"], "to": to}
        told = client.post(f"{drafts}/{draft['id']}/stage", json=step, timeout=60).json()
    old = told["briefing_id"]
    before = fetched(web, f"/api/briefings/{old}.pdf")
    assert "167.8" in words(before)

    with web.database.engine("app", "exercise").begin() as conn:
        name, at = conn.execute(text(GAUGED)).one()
        observations.add(conn, [Observation(name, at, 171.3, datetime.now(UTC))])
    page = open_desk(f"/briefings/{old}", name=WRITER)
    page.get_by_role("button", name="更正").click()
    page.get_by_role("dialog").get_by_role("button", name="更正").click()
    expect(page.locator(".sheets img").first).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("textbox", name="更正说明", exact=True)).to_have_value(re.compile("171.3"))
    page.get_by_role("button", name="送核稿").click()
    expect(page.locator(".stage")).to_have_text("待核", timeout=LONG_MS)
    record = signed(open_desk, path_of(page))

    pdf = str(record.get_by_role("link", name="PDF", exact=True).get_attribute("href"))
    told = words(fetched(web, pdf))
    assert "171.3" in told
    assert f"编号{old}" in told
    assert fetched(web, f"/api/briefings/{old}.pdf") == before
    page.goto(f"{web.url}/briefings/{old}")
    expect(page.locator(".corrected")).to_contain_text("已有更正")
    page.get_by_role("button", name="核验").click()
    expect(page.locator(".verdict")).to_contain_text("核验通过", timeout=LONG_MS)
