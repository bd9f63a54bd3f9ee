"""A briefing from the night's picture to its signature, and its correction the morning after, each in a few actions."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from served import Web, application

from emmap import exercise
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import access
from emmap.store.cluster import Cluster

LONG_MS = 60_000
WRITER, COMMANDER = "演练信息员", "演练指挥员"
STORM = "/?realm=exercise&at=2020-05-22T02:00:00%2B08:00"


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
    return page.url.removeprefix(page.url.split("/briefings")[0])


def signed(open_desk: Callable[..., Page], path: str) -> Page:
    """A commander signs; the record."""
    page = open_desk(path, name=COMMANDER)
    page.get_by_role("button", name="签发").click()
    page.get_by_role("dialog").get_by_role("button", name="签发").click()
    expect(page.locator(".record-title")).to_contain_text("年第 1 期", timeout=LONG_MS)
    return page


def test_from_the_storm_to_a_signed_report_and_slides(
    web: Web, open_map: Callable[..., Page], open_desk: Callable[..., Page]
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
