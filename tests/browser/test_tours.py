"""Three people's ways through the product, from sign-in to result, in Chinese."""

import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pypdf import PdfReader
from served import Web
from sqlalchemy import text

from emmap import exercise
from emmap.codes import districts
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store.answers import EPOCH
from emmap.store.cluster import Cluster
from emmap.store.database import Database
from emmap.view import BEIJING

SIZE = {"width": 1920, "height": 1080}
RED_WARNING = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>44011841600000_{mark}_1</identifier><sender>zengcheng@example.org</sender>
  <sent>{sent}</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
  <info>
    <language>zh-CN</language><category>Met</category><event>暴雨</event><responseType>Shelter</responseType>
    <urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
    <eventCode><valueName>GB/T 35561</valueName><value>11B03</value></eventCode>
    <effective>{sent}</effective><onset>{sent}</onset><expires>{expires}</expires>
    <senderName>增城区气象台</senderName><headline>增城区发布暴雨红色预警信号</headline>
    <description>过去三小时雨量已超过一百毫米，且仍将持续。</description>
    <area><areaDesc>增城区</areaDesc><geocode><valueName>GB/T 2260</valueName><value>440118</value></geocode></area>
  </info>
</alert>
"""
POST = """
import sys
import httpx
headers = {"authorization": f"Bearer {sys.argv[2]}"}
print(httpx.post(sys.argv[1], content=sys.stdin.buffer.read(), headers=headers).status_code)
"""


STEPS = 120
"""Places at which the hand is looked at on its way."""
SHOWN = """async (wanted) => {
  const element = (key) => document.querySelector(key === 'total' ? '[data-count-words="total"]' : `[data-count="${key}"]`);
  const shown = () => Object.fromEntries(
    Object.keys(wanted).map((key) => [key, Number(element(key)?.textContent.replace(/[^0-9]/g, '') || NaN)]));
  const end = performance.now() + 15000;
  // What the hand moved is on screen a frame or two later.
  while (JSON.stringify(shown()) !== JSON.stringify(wanted) && performance.now() < end) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return shown();
}"""


@pytest.fixture(scope="module")
def city(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """The exercise city, loaded once for these tours."""
    with clone(cluster, template) as found:
        exercise.load(found, "city-2020", load_layers(ROOT / "layers"), share=0.01)
        yield found


@pytest.fixture
def database(city: Database) -> Database:
    """The tours' store is the exercise city."""
    return city


@pytest.fixture
def person(web: Web, open_context: Callable[..., BrowserContext]) -> Callable[[], BrowserContext]:
    """A person who has signed in by a one-time link, in a browser context of their own."""

    def arrive() -> BrowserContext:
        context = open_context(viewport=SIZE)
        page = context.new_page()
        page.goto(web.sign_in_link())
        page.get_by_role("button", name="进入").click()
        page.wait_for_url(f"{web.url}/**")
        page.close()
        return context

    return arrive


def post_red_warning(web: Web) -> str:
    """Another process posts a CAP message; its status code as text."""
    now = datetime.now(UTC).replace(microsecond=0)
    body = RED_WARNING.format(
        mark=f"{now:%Y%m%d%H%M%S}", sent=now.isoformat(), expires=(now + timedelta(hours=6)).isoformat()
    )
    run = subprocess.run(
        [sys.executable, "-c", POST, f"{web.url}/api/alerts", web.token("duty_officer")],
        input=body.encode(),
        capture_output=True,
        check=True,
    )
    return run.stdout.decode().strip()


def ready(page: Page) -> Page:
    """Waits until the map has its answer."""
    expect(page.locator("#page.started")).to_be_attached()
    expect(page.locator("#live[data-state=live]")).to_be_visible()
    return page


def number(page: Page, count: str) -> int:
    """A count on the page."""
    return int(page.locator(f'[data-count="{count}"]').first.inner_text().replace(",", ""))


def test_duty_officer(web: Web, person: Callable[[], BrowserContext], open_page: Callable[..., Page]) -> None:
    page = ready(open_page(web.url, person()))
    alarms = page.locator("#current-list [role=option]")
    expect(alarms.first).to_be_visible()
    before = number(page, "layer:flood_warnings")

    assert post_red_warning(web) == "201"

    top = alarms.first
    expect(top).to_contain_text("增城区发布暴雨红色预警信号")
    expect(top).to_contain_text("新")
    expect(page.locator('[data-count="layer:flood_warnings"]').first).to_have_text(str(before + 1))

    top.click()
    details = page.locator("#details")
    expect(details).to_contain_text("增城区气象台")
    expect(details).to_contain_text("过去三小时雨量")
    details.get_by_role("button", name=re.compile("原文|原始")).click()
    expect(page.locator("#original-text")).to_contain_text("<identifier>44011841600000_")
    page.keyboard.press("Escape")

    page.keyboard.press("/")
    page.keyboard.type("新塘")
    expect(page).to_have_url(re.compile("q=%E6%96%B0%E5%A1%98"))
    expect(page.locator("[data-count-words=in-view]")).to_be_attached()
    matching = sum(_matching(web.database, layer, "新塘") for layer in load_layers(ROOT / "layers"))
    expect(page.locator("[data-count-words=total]")).to_contain_text(f"{matching:,}")
    assert matching > 0

    row = page.locator('[data-layer="risk_hotspots"]')
    row.click()
    expect(row).to_have_attribute("aria-checked", "false")
    expect(page).to_have_url(re.compile("layers="))
    row.click()
    expect(row).to_have_attribute("aria-checked", "true")


def test_commander(web: Web, person: Callable[[], BrowserContext], open_page: Callable[..., Page]) -> None:
    at = "2020-05-22T01:12:00+08:00"
    page = ready(open_page(f"{web.url}/?at={at.replace('+', '%2B')}&bbox=112.9,22.4,114.2,24.0", person()))
    expect(page.locator("#frame")).to_contain_text("历史回放")

    page.locator('[data-toggle="hazard"][data-value="11B03"]').click()
    page.locator('[data-toggle="severity"][data-value="4"]').click()
    page.locator('[data-toggle="severity"][data-value="3"]').click()
    page.locator('[data-toggle="district"][data-value="440118"]').click()

    expected = {layer: _holding(web.database, layer, at) for layer in load_layers(ROOT / "layers")}
    assert expected["flood_warnings"] > 0
    for layer, n in expected.items():
        expect(page.locator(f'[data-count="layer:{layer}"]').first).to_have_text(f"{n:,}")
    total = sum(expected.values())
    expect(page.locator("[data-count-words=total]")).to_contain_text(f"{total:,}")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    expect(page.locator("[data-count-words=in-view]")).to_contain_text(f"{total:,}")
    warnings = page.locator('#in_view-list [data-of="flood_warnings"]')
    expect(warnings).to_have_count(expected["flood_warnings"])

    address = page.url
    other = ready(open_page(address, person()))
    for layer, n in expected.items():
        expect(other.locator(f'[data-count="layer:{layer}"]').first).to_have_text(f"{n:,}")
    assert parse_qs(urlsplit(other.url).query) == parse_qs(urlsplit(address).query)
    assert _picture(other) == _picture(page)

    # Back before the warnings began.
    page.locator("#time").fill("2020-05-20 12:00")
    page.locator("#time").press("Enter")
    earlier = _holding(web.database, "flood_warnings", "2020-05-20T12:00:00+08:00")
    assert earlier < expected["flood_warnings"]
    expect(page.locator('[data-count="layer:flood_warnings"]').first).to_have_text(str(earlier))
    expect(warnings).to_have_count(earlier)


def test_briefing_writer(
    web: Web, person: Callable[[], BrowserContext], open_page: Callable[..., Page]
) -> None:
    at = "2020-05-22T01:12:00+08:00"
    view = f"at={at.replace('+', '%2B')}&layers=flood_warnings,risk_hotspots&severity=3..4&bbox=112.9,22.4,114.2,24.0"
    page = ready(open_page(f"{web.url}/?{view}", person()))
    page.locator("#export-open").click()
    page.locator("#export-name input").fill("5·22 暴雨态势")
    page.locator("#export-make").click()
    link = page.locator("#export-state a")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    body = download.value.path().read_bytes()

    told = "".join(PdfReader(io.BytesIO(body)).pages[0].extract_text().split())
    warnings = _severe(web.database, "flood_warnings", at)
    assert "5·22暴雨态势" in told
    assert "2020-05-2201:12" in told
    assert "演练" in told
    assert "三防预警" in told
    assert "风险隐患点" in told
    assert str(warnings) in told

    address = link.get_attribute("data-address")
    assert address is not None
    again = web.client("briefing_writer").get(address)
    assert again.content == body


def test_a_drag_through_the_night_of_the_storm(
    web: Web, person: Callable[[], BrowserContext], open_page: Callable[..., Page]
) -> None:
    begin, end = datetime(2020, 5, 21, 12, tzinfo=UTC), datetime(2020, 5, 22, tzinfo=UTC)  # 20:00 to 08:00
    page = ready(open_page(f"{web.url}/?at=2020-05-22T02:00:00%2B08:00", person()))
    page.locator("#time-zoom-out").click()
    slider = page.locator("#time-slider")
    box = slider.bounding_box()
    assert box
    first, last = (int(str(slider.get_attribute(edge))) for edge in ("min", "max"))
    y = box["y"] + box["height"] / 2

    def x_of(at: datetime) -> float:
        return box["x"] + box["width"] * ((at - EPOCH).total_seconds() - first) / (last - first)

    # Sets T where the hand then takes it up.
    page.mouse.click(x_of(begin), y)
    page.mouse.down()
    seen: list[datetime] = []
    told: list[dict[str, int]] = []
    for step in range(STEPS + 1):
        page.mouse.move(x_of(begin + (end - begin) * step / STEPS), y)
        if step % 10 == 0:
            at = EPOCH + timedelta(seconds=int(slider.input_value()))
            expect(page.locator("#time")).to_have_value(
                re.compile(f"^{at.astimezone(BEIJING):%Y-%m-%d %H:%M}")
            )
            expected = _numbers(web.database, at)
            assert (at, page.evaluate(SHOWN, expected)) == (at, expected)
            seen.append(at)
            told.append(expected)
    page.mouse.up()
    assert abs(seen[0] - begin) < timedelta(minutes=10) > abs(seen[-1] - end)
    assert seen == sorted(set(seen))
    assert (
        len({tuple(numbers.items()) for numbers in told}) > len(told) // 2
    )  # the night is not a still picture


def _picture(page: Page) -> bytes:
    """The map's canvas as pixels."""
    page.mouse.move(2, 2)
    found = page.evaluate("document.querySelector('canvas.emmap-points').toDataURL()")
    return str(found).encode()


def _matching(db: Database, layer: str, q: str) -> int:
    """How many hold now and whose searched texts hold `q`, by a plain SQL of this test's own."""
    found = load_layers(ROOT / "layers")[layer]
    searched = [name for name, field in found.fields.items() if field.info.searched]
    told = " or ".join(f"properties ->> '{name}' like '%{q}%'" for name in searched)
    status = "and status <> 'rectified'" if found.default_status else ""
    return _count(
        db, f"layer = '{layer}' and valid @> now() and ({told} or feature_id like '%{q}%') {status}", {}
    )


def _holding(db: Database, layer: str, at: str) -> int:
    """How many hold at T under the commander's filters: 暴雨, ≥ 橙 where the layer has levels, 增城."""
    levels = "severity" in load_layers(ROOT / "layers")[layer].fields
    where = "layer = :layer and valid @> cast(:at as timestamptz) and '11B03' = any(hazards) and '440118' = any(districts)"
    return _count(db, where + (" and severity >= 3" if levels else ""), {"layer": layer, "at": at})


def _severe(db: Database, layer: str, at: str) -> int:
    where = "layer = :layer and valid @> cast(:at as timestamptz) and severity >= 3"
    return _count(db, where, {"layer": layer, "at": at})


def _numbers(db: Database, at: datetime) -> dict[str, int]:
    """What the page should say at T, by the names of its counts, by a plain SQL of this test's own."""
    holding = "from version v where upper_inf(recorded) and valid @> cast(:at as timestamptz)"
    groups = {
        "layer": f"select layer, count(*) {holding} group by 1",
        "severity": f"select cast(severity as text), count(*) {holding} group by 1",
        "district": f"select d, count(*) from (select unnest(districts) as d {holding}) as each group by 1",
        "total": f"select '', count(*) {holding}",
        "unplaced": f"select '', count(*) {holding} and geom is null",
    }
    numbers = dict.fromkeys([f"layer:{layer}" for layer in load_layers(ROOT / "layers")], 0)
    numbers |= {f"severity:{level}": 0 for level in range(1, 5)} | {
        f"district:{code}": 0 for code in districts()
    }
    with db.engine("app", "exercise").connect() as conn:
        for name, statement in groups.items():
            for value, count in conn.execute(text(statement), {"at": at}):
                numbers[f"{name}:{value}" if value else name] = count
    numbers.pop("severity:0", None)  # has no button
    return numbers


def _count(db: Database, where: str, given: dict[str, Any]) -> int:
    with db.engine("app", "exercise").connect() as conn:
        return int(
            conn.execute(
                text(f"select count(*) from version where upper_inf(recorded) and {where}"), given
            ).scalar_one()
        )
