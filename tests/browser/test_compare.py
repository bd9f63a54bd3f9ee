"""Two views compared: the table is the store's, both maps move together, the address restores it all."""

import re
from collections.abc import Callable
from urllib.parse import quote

from pages import LONGEST_MS, put, violations
from playwright.sync_api import Page, expect
from sqlalchemy import text

from emmap.store.database import Database

HOTSPOTS = """编号,隐患名称,经度,纬度,级别,灾种,发现时间,整改时限,整改完成时间
C1,【演练】新塘堤围渗漏,113.62,23.12,红,洪水,2020-03-01 08:00,2020-06-01 08:00,2020-09-01 08:00
C2,【演练】派潭边坡,113.75,23.48,橙,地质灾害,2020-03-02 08:00,2020-06-01 08:00,
C3,【演练】石滩涵洞,113.80,23.18,黄,内涝,2020-07-01 08:00,,
C5,【演练】中新山塘,113.60,23.30,红,洪水,2020-03-03 08:00,,
C4,【演练】永和边坡,113.57,23.20,黄,暴雨,2020-03-02 08:00,2020-05-10 08:00,2020-05-09 08:00
"""
AREA = """id,headline,severity,hazards,sent_at,expires_at,geometry
W1,【演练】增城暴雨,红,暴雨,2020-04-30 20:00,2020-05-02 08:00,"POLYGON((113.6 23.1,113.8 23.1,113.8 23.3,113.6 23.3,113.6 23.1))"
"""
MAY, DECEMBER = "at=2020-05-01T00:00:00+08:00", "at=2020-12-01T00:00:00+08:00"
PLACE = "bbox=113.4,23.0,114.0,23.6"


STATUS = {"open": "未整改", "rectifying": "整改中", "overdue": "逾期"}
RECTIFIED = text(
    "select b.status, count(*) from version b join version a using (layer, feature_id)"
    " where layer = 'risk_hotspots' and upper_inf(b.recorded) and upper_inf(a.recorded)"
    " and b.valid @> timestamptz '2020-05-01 00\\:00+08' and a.valid @> timestamptz '2020-12-01 00\\:00+08'"
    " and b.status <> 'rectified' and a.status = 'rectified' group by b.status"
)


def address(left: str, right: str, layer: str = "risk_hotspots") -> str:
    return f"/compare?realm=exercise&layer={layer}&left={quote(f'{PLACE}&{left}')}&right={quote(f'{PLACE}&{right}')}"


def totals(page: Page) -> list[str]:
    expect(page.locator(".totals b")).to_have_count(3, timeout=LONGEST_MS)
    return page.locator(".totals b").all_inner_texts()


def table(page: Page, caption: str) -> list[list[str]]:
    rows = page.locator("table", has_text=caption).locator("tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_what_was_rectified_between_two_days_is_a_table_and_a_link(
    database: Database, axe: str, open_desk: Callable[..., Page]
) -> None:
    put(database, "risk_hotspots", HOTSPOTS)
    page = open_desk(address(MAY, DECEMBER))
    assert totals(page) == ["1", "0", "3"]
    moves = {(before, after): n for before, after, n in table(page, "按状态")}
    with database.engine("app", "exercise").connect() as conn:
        rectified = [tuple(row) for row in conn.execute(RECTIFIED)]
    assert [(STATUS[before], int(moves[STATUS[before], "已整改"])) for before, _ in rectified] == [
        (STATUS[before], n) for before, n in rectified
    ]
    assert sum(n for _, n in rectified) == 2
    assert moves[("—", "未整改")] == "1"
    assert violations(page, axe) == []
    # Both sides' filter moves; the question, the maps and the address follow.
    page.get_by_label("级别").first.select_option("4")
    expect(page.locator(".totals b").nth(2)).to_have_text("1", timeout=LONGEST_MS)
    expect(page.get_by_label("级别").nth(1)).to_have_value("4")
    bar = page.get_by_role("separator")
    bar.focus()
    page.keyboard.press("ArrowRight")
    expect(bar).to_have_attribute("aria-valuenow", "52")
    page.get_by_label("只看差异").check()
    restored = open_desk("/" + page.url.split("/", 3)[3])
    assert totals(restored) == ["0", "0", "1"]
    expect(restored.get_by_label("级别").nth(1)).to_have_value("4")
    # Both maps show of the layer only what differs: of the two red ones that hold in December, one.
    for side in ("left", "right"):
        shown = restored.frame_locator(f"iframe.{side}").locator("#legend")
        expect(shown).to_contain_text(re.compile(r"风险隐患点\D*1\D"), timeout=LONGEST_MS)
    with restored.expect_download() as saved:
        restored.get_by_role("link", name="表格（CSV）").click()
    assert "新塘堤围渗漏" in saved.value.path().read_text(encoding="utf-8-sig")


def test_what_was_known_later_is_told_as_such_and_maps_move_together(
    database: Database, open_desk: Callable[..., Page]
) -> None:
    put(database, "risk_hotspots", HOTSPOTS)
    put(database, "flood_warnings", AREA)
    page = open_desk(address(f"{MAY}&known_at=2020-05-01T00:00:00+08:00", MAY))
    expect(page.locator(".kind.appeared")).to_contain_text("后来才知道", timeout=LONGEST_MS)
    assert totals(page) == ["4", "0", "0"]
    # An area is marked by its outline, where it is known.
    page.locator("#compare-layer").select_option("flood_warnings")
    expect(page.locator(".kind.appeared b")).to_have_text("1", timeout=LONGEST_MS)
    for side, marked in (("right", 1), ("left", 0)):
        areas = page.frame_locator(f"iframe.{side}").locator("path.compared-appeared")
        expect(areas).to_have_count(marked, timeout=LONGEST_MS)
    page.locator("#compare-layer").select_option("risk_hotspots")
    page.get_by_role("button", name="新塘堤围渗漏").click()
    for side in ("left", "right"):
        expect(page.frame_locator(f"iframe.{side}").locator("#scale-text")).to_have_text(
            re.compile(r"^[1-5]00 m$"), timeout=LONGEST_MS
        )
