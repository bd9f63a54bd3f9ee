"""The import page: a table in GCJ-02 with other people's headers, from the drop to its withdrawal."""

import base64
import csv
import io
from collections.abc import Callable
from pathlib import Path

from pages import violations
from playwright.sync_api import Page, expect

from tests.boundary_places import near_boundaries

TITLES = ("编号", "单位全称", "队伍类型", "现有人手", "X坐标", "Y坐标", "所在区")


def team_table() -> bytes:
    """132 teams in GB18030; the head counts of two are no numbers."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["【演练】各区应急队伍台账"])
    table.writerow(TITLES)
    for n, (district, lon, lat) in enumerate(near_boundaries(12, "gcj02")):
        people = "四十" if n in (7, 70) else str(20 + n % 30)
        table.writerow([f"D{n:03d}", f"【演练】{district}应急队{n}", "区级队伍", people, lon, lat, district])
    return text.getvalue().encode("gb18030")


def drop(page: Page, name: str, content: bytes) -> None:
    """Drops a file on the page, as a person's mouse does."""
    held = page.evaluate_handle(
        """({name, content}) => {
          const held = new DataTransfer();
          held.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
          return held;
        }""",
        {"name": name, "content": base64.b64encode(content).decode()},
    )
    page.locator(".import-zone").dispatch_event("drop", {"dataTransfer": held})


def counts(page: Page) -> dict[str, str]:
    """The preview's counts by outcome."""
    return {
        outcome: page.locator(f".chip.import-{outcome} .n").inner_text()
        for outcome in ("added", "changed", "ended", "unchanged", "rejected")
    }


def test_a_table_is_recognised_mapped_previewed_imported_mended_and_withdrawn(
    open_desk: Callable[..., Page], axe: str, tmp_path: Path
) -> None:
    page = open_desk("/import")
    page.get_by_label("导入到图层").select_option("rescue_teams")
    drop(page, "队伍台账.csv", team_table())
    facts = page.locator(".import-facts")
    expect(facts).to_contain_text("CSV, GB18030, comma · 132 行 · 表头在第 2 行")
    expect(page.get_by_role("radio", name="GCJ-02")).to_be_checked()
    expect(page.get_by_role("radio", name="GCJ-02")).to_have_accessible_name(
        "GCJ-02（高德、腾讯） 依据明确 132 / 132 个点落在自报的区内（100%）"
    )
    expect(page.get_by_text("还缺必需的：队伍名称")).to_be_visible()
    page.get_by_label("列「单位全称」对应的字段").select_option("name")
    page.get_by_label("列「现有人手」对应的字段").select_option("people")
    page.get_by_role("button", name="预览", exact=True).click()
    expect(page.locator(".import-map canvas")).to_have_accessible_name(
        "预览地图：新增 130，变更 0，结束 0 拖动或方向键平移，滚轮或加减键缩放"
    )
    assert counts(page) == {"added": "130", "changed": "0", "ended": "0", "unchanged": "0", "rejected": "2"}
    page.get_by_role("button", name="拒收").click()
    expect(page.locator(".import-samples")).to_contain_text("表格第 10 行")
    assert violations(page, axe) == []

    page.get_by_role("button", name="导入 130 行").click()
    expect(page.locator(".import-done")).to_contain_text("新增 130，变更 0，未变 0，结束 0，拒收 2")
    with page.expect_download() as saved:
        page.get_by_role("link", name="下载拒收的 2 行").click()
    assert saved.value.suggested_filename == "队伍台账-拒收.csv"
    saved.value.save_as(tmp_path / "mended.csv")
    mended = (tmp_path / "mended.csv").read_bytes().decode("gb18030")
    assert mended.splitlines()[0] == ",".join([*TITLES, "拒收原因"])

    drop(page, "改好.csv", mended.replace("四十", "40").encode("gb18030"))
    expect(page.locator(".import-habit")).to_contain_text("已沿用当时的列对应和选项")
    page.get_by_role("button", name="预览", exact=True).click()
    page.get_by_role("button", name="导入 2 行").click()
    expect(page.locator(".import-done")).to_contain_text("新增 2，变更 0，未变 0，结束 0，拒收 0")

    first = page.locator(".import-past tr", has_text="队伍台账.csv")
    first.get_by_role("button", name="撤回").click()
    page.get_by_role("button", name="确认撤回").click()
    expect(page.locator("#notes")).to_contain_text("恢复 0 个，移除 130 个")
    expect(page.locator(".import-past tr", has_text="撤回第")).to_contain_text("移除 130")
    expect(first.last).to_contain_text("已撤回")
