"""Selecting and measuring on the map, as a person does it; the numbers are PostGIS's and pyproj's."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from pages import put
from playwright.sync_api import Page, expect
from pyproj import Geod
from python_calamine import CalamineWorkbook

from emmap.store.cluster import Cluster
from emmap.store.database import Database
from tests.selection_town import AREAS, AT, RADIUS, ask, fill

LOOK = "(at) => window.emmapMaps.when('map').then((map) => { map.setView(at, 16, { animate: false }); })"
GO = "(to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }"
VIEW = f"?at={AT}&bbox=113.0,22.8,113.8,23.6"
CIRCLE = f"circle:113.4,23.2,{RADIUS}"
MORE = """编号,隐患名称,经度,纬度,级别,发现时间
{id},圈内新隐患,113.4,23.2,红,2020-03-06 08:00
"""


@pytest.fixture(scope="module")
def town(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """Hotspots, teams and warnings."""
    with clone(cluster, template) as found:
        fill(found)
        yield found


@pytest.fixture
def database(town: Database) -> Database:
    """The store of these tests."""
    return town


def inside(db: Database, where: str) -> str:
    """How many lie in an area, as the card writes it."""
    return f"{ask(db, 'count(*)', where)[0][0]:,}"


def at_pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    """Page pixels of a place on the map, by shares of its width and height."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def click(page: Page, x: float, y: float) -> None:
    page.mouse.click(*at_pixel(page, x, y))


def places(page: Page, *shares: tuple[float, float]) -> list[tuple[float, float]]:
    """Longitude and latitude under shares of the map's width and height."""
    found = page.evaluate(
        """async (shares) => {
          const map = await window.emmapMaps.when('map');
          const { width, height } = map.getContainer().getBoundingClientRect();
          return shares.map(([x, y]) => map.containerPointToLatLng([x * width, y * height])).map(({ lng, lat }) => [lng, lat]);
        }""",
        [list(one) for one in shares],
    )
    return [(lng, lat) for lng, lat in found]


def number(page: Page) -> Any:
    return page.locator("#selection-n")


def area_of(page: Page) -> str:
    """The area that the address names."""
    return parse_qs(urlsplit(page.url).query)["area"][0]


def test_an_area_in_the_address_counts_as_postgis_does(town: Database, open_map: Callable[..., Page]) -> None:
    page = open_map(VIEW)
    for area, where in AREAS.items():
        page.evaluate(GO, f"/{VIEW}&area={area}")
        expect(number(page)).to_have_text(inside(town, where))
        row = page.locator("#selection-body table", has_text="按图层和级别").locator(
            "tr", has_text="风险隐患点"
        )
        levels = dict(ask(town, "severity, count(*)", f"layer = 'risk_hotspots' and {where} group by 1"))
        total = sum(levels.values())
        expect(row.locator("td")).to_have_text(
            [str(levels.get(n) or "–") for n in (4, 3, 2, 1, 0)] + [str(total)]
        )


def test_a_polygon_drawn_by_clicks_selects_and_opens_nothing(
    town: Database, open_map: Callable[..., Page]
) -> None:
    page = open_map(VIEW)
    page.locator("#tool-polygon").click()
    for x, y in ((0.4, 0.3), (0.6, 0.35), (0.75, 0.9), (0.6, 0.6)):
        click(page, x, y)
    page.keyboard.press("Backspace")
    page.mouse.dblclick(*at_pixel(page, 0.45, 0.7))
    expect(page).to_have_url(re.compile("area=polygon"))
    numbers = [float(one) for one in area_of(page).removeprefix("polygon:").split(",")]
    assert len(numbers) == 8
    ring = shapely.Polygon(list(zip(numbers[::2], numbers[1::2], strict=True)))
    n = inside(town, f"st_intersects(geom, st_geomfromtext('{ring.wkt}', 4326))")
    expect(number(page)).to_have_text(n)
    assert int(n) > 0
    expect(page.locator("#details")).to_be_hidden()
    expect(page.locator("#picked")).to_be_hidden()
    page.reload()
    expect(number(page)).to_have_text(n)
    page.locator("#selection-clear").click()
    expect(page.locator("#selection-words")).to_have_text(re.compile("还没有区域"))
    page.go_back()
    expect(number(page)).to_have_text(n)
    # The map is its own again: a click on a point opens it.
    page.locator("#selection-close").click()
    lon, lat = ask(town, "x / 1e7, y / 1e7", "feature_id = 'H001'")[0]
    page.evaluate(LOOK, [float(lat), float(lon)])
    click(page, 0.5, 0.5)
    expect(page.locator("#details:visible, #picked:visible")).to_have_count(1)


def test_an_outline_that_crosses_itself_is_refused_until_mended(open_map: Callable[..., Page]) -> None:
    page = open_map(VIEW)
    page.keyboard.press("g")
    for x, y in ((0.4, 0.3), (0.6, 0.6), (0.6, 0.3), (0.4, 0.6)):
        click(page, x, y)
    page.keyboard.press("Enter")
    expect(page.locator("#tool-hint")).to_contain_text("边线相交了")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("area=polygon"))
    page.keyboard.press("g")
    click(page, 0.5, 0.5)
    page.keyboard.press("Escape")
    expect(page.locator("#tool-hint")).to_be_hidden()
    expect(page.locator("#tool-polygon")).to_have_attribute("aria-pressed", "false")


def test_a_circle_is_dragged_and_a_rectangle_drawn_by_keyboard_alone(
    town: Database, open_map: Callable[..., Page]
) -> None:
    page = open_map(VIEW)
    page.keyboard.press("c")
    page.mouse.move(*at_pixel(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at_pixel(page, 0.55, 0.55))
    page.mouse.move(*at_pixel(page, 0.6, 0.5))
    page.mouse.up()
    expect(page).to_have_url(re.compile("area=circle"))
    lon, lat, radius = (float(one) for one in area_of(page).removeprefix("circle:").split(","))
    centre, edge = places(page, (0.5, 0.5), (0.6, 0.5))
    assert Geod(ellps="WGS84").inv(*centre, *edge)[2] == pytest.approx(radius, rel=0.01)
    where = f"st_dwithin(geom::geography, st_setsrid(st_makepoint({lon}, {lat}), 4326)::geography, {radius})"
    expect(number(page)).to_have_text(inside(town, where))

    page.keyboard.press("r")
    page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowDown"):
        before = page.url
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("area=box"))
    box = ", ".join(area_of(page).removeprefix("box:").split(","))
    expect(number(page)).to_have_text(inside(town, f"st_intersects(geom, st_makeenvelope({box}, 4326))"))


def test_the_selection_follows_filters_time_and_live_changes(
    town: Database, open_map: Callable[..., Page]
) -> None:
    page = open_map(VIEW)
    page.keyboard.press("s")
    page.locator("#circle-centre input").fill("23.2 N, 113.4 E")
    page.locator("#circle-radius input").fill(str(RADIUS / 1000))
    page.keyboard.press("Enter")
    where = AREAS[CIRCLE]
    assert area_of(page) == CIRCLE
    expect(number(page)).to_have_text(inside(town, where))
    expect(page.locator("#responsible-risk_hotspots tbody tr")).to_have_count(
        len(ask(town, "1", f"layer = 'risk_hotspots' and {where} group by {RESPONSIBLE}"))
    )
    people = ask(town, "sum((properties ->> 'people')::int)", f"layer = 'rescue_teams' and {where}")[0][0]
    expect(page.locator("#selection-body .sums")).to_have_text(f"应急救援队伍 · 人数 {people} 人")

    page.locator('[data-toggle="severity"][data-value="4"]').click()
    red = f"{where} and (severity = 4 or layer = 'rescue_teams')"
    expect(number(page)).to_have_text(inside(town, red))
    with page.expect_download() as download:
        page.locator("#selection-excel").click()
        page.locator("#selection-state a").click()
    assert download.value.suggested_filename.startswith("【演练】")
    rows = (
        CalamineWorkbook.from_path(str(download.value.path()))
        .get_sheet_by_name("【演练】风险隐患点")
        .to_python()
    )
    assert f"{len(rows) - 1}" == inside(town, f"{red} and layer = 'risk_hotspots'")

    page.locator("#time").fill("2020-05-21 23:00")
    page.locator("#time").press("Enter")
    expect(number(page)).to_have_text("0")
    put(town, "risk_hotspots", MORE.format(id="N1"))
    expect(number(page)).to_have_text("1")


RESPONSIBLE = "properties ->> 'responsible_unit', properties ->> 'responsible_person'"


def test_lengths_and_surfaces_are_those_of_the_ellipsoid(open_map: Callable[..., Page]) -> None:
    page = open_map(VIEW)
    shares = ((0.45, 0.4), (0.6, 0.45), (0.55, 0.7))
    corners = places(page, *shares)
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    page.keyboard.press("l")
    for share in (*shares, (0.2, 0.2)):
        click(page, *share)
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    length = Geod(ellps="WGS84").line_length(lons, lats) / 1000
    told = page.locator("#measure .measured")
    expect(told).to_have_text(re.compile(r"2 段，共 \d+\.\d\d km"))
    assert float(re.findall(r"([\d.]+) km", told.inner_text())[0]) == pytest.approx(length, rel=0.003)
    # It stays while T moves.
    page.locator("#time").fill("2020-05-21 12:00")
    page.locator("#time").press("Enter")
    expect(page).to_have_url(re.compile("2020-05-21T12"))
    expect(told).to_be_visible()
    expect(page.locator(".drawn.measure.path")).to_have_count(1)

    page.keyboard.press("Escape")
    page.locator("#time").blur()
    page.keyboard.press("a")
    for share in shares:
        click(page, *share)
    page.mouse.dblclick(*at_pixel(page, *shares[0]))
    surface = abs(Geod(ellps="WGS84").polygon_area_perimeter(lons, lats)[0]) / 1e6
    expect(told).to_have_text(re.compile(r"[\d.,]+ km²"))
    found = float(told.inner_text().removesuffix(" km²").replace(",", ""))
    assert found == pytest.approx(surface, rel=0.005)
    page.locator("#measure-close").click()
    expect(page.locator(".drawn.measure")).to_have_count(0)
