"""The base map that one chooses: tiles under the outlines, remembered, credited, and done without where they fail."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages import until
from playwright.sync_api import Page, expect
from sqlalchemy import text

from emmap.store.database import Database
from tests.tile_server import RASTER_PNG, VECTOR, TileServer, pmtiles, png, tile_server

COLOUR = (200, 30, 120)
DRAWN = """((all) => all.length > 3 && all.every((one) => one.classList.contains('leaflet-tile-loaded')))(
  [...document.querySelectorAll('.leaflet-tile-pane canvas')])"""
WATER = """
with bounds as (select st_tileenvelope(0, 0, 0) as whole)
select st_asmvt(tile, 'water', 4096, 'geom') from (
  select 'ocean' as kind, st_asmvtgeom(whole, whole::box2d, 4096, 0, true) as geom from bounds
) as tile
"""
"""A vector tile that is all water, as Protomaps' schema names it."""


@pytest.fixture(scope="module")
def outside() -> Iterator[TileServer]:
    """A tile server of somebody else."""
    with tile_server() as found:
        yield found


@pytest.fixture
def database(module_database: Database) -> Database:
    """These tests write nothing."""
    return module_database


@pytest.fixture(autouse=True)
def base_maps(
    outside: TileServer, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three base maps, as an operator sets them."""
    outside.status = 200
    with database.engine("app").connect() as conn:
        water = bytes(conn.execute(text(WATER)).scalar_one())
    (tmp_path / "pictures.pmtiles").write_bytes(pmtiles(png(*COLOUR), RASTER_PNG))
    (tmp_path / "vectors.pmtiles").write_bytes(pmtiles(water, VECTOR))
    given = [
        {"name": "政务底图", "name_en": "City map", "url": f"{outside.url}/{{z}}/{{x}}/{{y}}.png"},
        {"name": "图片文件", "url": str(tmp_path / "pictures.pmtiles")},
        {"name": "矢量文件", "url": str(tmp_path / "vectors.pmtiles")},
    ]
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv(
        "EMMAP_BASE_MAPS", json.dumps([one | {"attribution": f"© {one['name']}"} for one in given])
    )


def choose(page: Page, name: str) -> None:
    page.get_by_role("button", name="底图").click()
    page.get_by_role("radio", name=name).check()
    page.keyboard.press("Escape")


def middle(page: Page) -> list[int]:
    """The colour of the tile in the middle of the map."""
    found: list[int] = page.evaluate(
        """() => {
          const box = document.getElementById('map').getBoundingClientRect();
          const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
          const tile = [...document.querySelectorAll('.leaflet-tile-pane canvas')].find((one) => {
            const r = one.getBoundingClientRect();
            return r.left <= x && x < r.right && r.top <= y && y < r.bottom;
          });
          return [...tile.getContext('2d').getImageData(tile.width / 2, tile.height / 2, 1, 1).data.slice(0, 3)];
        }"""
    )
    return found


def test_tiles_lie_under_the_outlines_and_the_choice_is_kept(
    open_map: Callable[..., Page], outside: TileServer
) -> None:
    outside.asked.clear()
    page = open_map("?bbox=113.2,23.0,113.6,23.3")
    outline = page.locator("path.guangzhou_districts").first
    expect(outline).to_have_css("fill-opacity", "1")
    assert outside.asked == []
    choose(page, "政务底图")
    until(page, DRAWN)
    assert middle(page) == list(COLOUR)
    expect(outline).to_have_css("fill-opacity", "0")
    expect(outline).to_have_css("stroke-opacity", "0.8")
    expect(page.locator("#base-map-credit")).to_have_text("© 政务底图")
    assert outside.asked
    page.locator("#night").click()
    until(page, DRAWN)
    assert middle(page) != list(COLOUR)
    page.reload()
    expect(page.locator("#page.started")).to_be_attached()
    until(page, DRAWN)
    choose(page, "离线边界")
    expect(page.locator(".leaflet-tile-pane canvas")).to_have_count(0)
    expect(outline).to_have_css("fill-opacity", "1")
    expect(page.locator("#base-map-credit")).to_be_hidden()


def test_a_failing_server_is_told_once_and_the_boundaries_remain(
    open_map: Callable[..., Page], outside: TileServer, complaints: list[str]
) -> None:
    outside.status = 403
    page = open_map("?bbox=113.9,22.0,114.3,22.3")
    choose(page, "政务底图")
    expect(page.locator("#notes .note")).to_have_count(1)
    expect(page.locator("#notes")).to_contain_text("底图「政务底图」用不了，已改用离线边界")
    expect(page.locator("#notes")).to_contain_text("403")
    expect(page.locator(".leaflet-tile-pane canvas")).to_have_count(0)
    expect(page.locator("path.guangzhou_districts").first).to_have_css("fill-opacity", "1")
    page.get_by_role("button", name="底图").click()
    expect(page.get_by_role("radio", name="离线边界")).to_be_checked()
    complaints.clear()


def test_a_file_of_pictures_and_one_of_vectors_are_drawn(open_map: Callable[..., Page]) -> None:
    page = open_map("?bbox=113.2,23.0,113.6,23.3")
    choose(page, "图片文件")
    until(page, DRAWN)
    assert middle(page) == list(COLOUR)
    choose(page, "矢量文件")
    until(page, DRAWN)
    # The light flavour's water; dry land is grey.
    red, _, blue = middle(page)
    assert blue > red + 20


def test_the_choice_lies_in_the_map_and_covers_no_banner(open_map: Callable[..., Page]) -> None:
    page = open_map("?at=2020-03-10T08:00:00%2B08:00", size=(1920, 1080))
    page.locator("#base-map").click()
    for width, height in ((1920, 1080), (1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        if width < 760:
            page.locator("#views [data-view=frame]").click()
            page.locator("#base-map").click()
        card = page.locator("#base-map-card").bounding_box()
        area = page.locator(".map-area").bounding_box()
        banner = page.locator("#replay").bounding_box()
        assert card
        assert area
        assert banner
        assert card["x"] >= area["x"]
        assert card["y"] >= banner["y"] + banner["height"]
        assert card["y"] + card["height"] <= area["y"] + area["height"]
