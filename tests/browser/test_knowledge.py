"""The second clock: what was known when, on the map, by hand and by keyboard."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import shapely
from pages import violations
from playwright.sync_api import Locator, Page, Route, expect
from served import Web

from emmap.layer import End, Record
from emmap.store import versions
from emmap.store.cluster import Cluster
from emmap.store.database import Database
from tests.facts import LAYERS, point

WARNINGS = LAYERS["flood_warnings"]
DAY = datetime(2020, 5, 22, tzinfo=timezone(timedelta(hours=8)))
SIZE = (1366, 768)
AREA = bytes(shapely.to_wkb(shapely.box(113.5, 23.1, 113.7, 23.3)))


def clock(text: str) -> datetime:
    """A time of the tests' day, in Beijing."""
    hours, minutes = text.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def at(text: str) -> str:
    """The same as the address writes it."""
    return f"2020-05-22T{text}:00%2B08:00"


def warning(name: str, start: str, geometry: bytes, **given: Any) -> Record:
    """A warning from `start` to 06:00."""
    state = {"hazards": ("11B03",), "severity": 3, "form": "signal", "districts": ("440118",)} | given
    return Record(
        1, name, clock(start), clock("6:00"), geometry, properties={"headline": f"【演练】{name}"}, **state
    )


def tell(found: Database) -> None:
    """迟报 was issued at 01:10, entered at 01:25 and corrected to red at 03:00. 误报 was entered at 01:00 and taken back at
    02:00. 内涝 was known in time and stays."""
    for recorded, act in (
        ("0:30", warning("内涝", "0:20", point(113.3, 23.1), severity=2)),
        ("1:00", warning("误报", "0:50", point(113.4, 23.2))),
        ("1:25", warning("迟报", "1:10", AREA)),
        ("2:00", End(1, "误报", clock("0:50"))),
        ("3:00", warning("迟报", "1:10", AREA, severity=4)),
    ):
        with found.engine("app", "exercise").begin() as conn:
            versions.write(conn, WARNINGS, [act], at=clock(recorded))


@pytest.fixture(scope="module")
def told(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """The store of the tests that only read."""
    with clone(cluster, template) as found:
        tell(found)
        yield found


@pytest.fixture
def database(
    request: pytest.FixtureRequest,
    told: Database,
    cluster: Cluster,
    template: str,
    clone: Callable[..., Any],
) -> Iterator[Database]:
    """The store of a test: of its own where it writes."""
    if not hasattr(request, "param"):
        yield told
        return
    with clone(cluster, template) as found:
        tell(found)
        yield found


def handle(page: Page) -> Locator:
    return page.get_by_role("slider", name="掌握时间 K")


def listed(page: Page) -> Locator:
    """What the list of warnings says of the one that was reported late."""
    return page.locator("#current-list").get_by_role("option", name="迟报")


def test_one_instant_has_three_truths_by_what_was_known(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?at={at('01:15')}&known_at=at", size=SIZE)
    expect(handle(page)).to_have_text("K = T")
    expect(page.locator("#current-n")).to_have_text("2")
    expect(listed(page)).to_have_count(0)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    # The handle goes where the hand brings it, without a question to the server until it rests.
    lane = page.locator(".known-lane").bounding_box()
    slider = page.locator("#time-slider")
    start, end = (int(slider.get_attribute(name) or "") for name in ("min", "max"))
    now = int(slider.input_value())
    assert lane
    x = lane["x"] + lane["width"] * (now + 15 * 60 - start) / (end - start)
    y = lane["y"] + lane["height"] / 2
    page.mouse.move(lane["x"] + lane["width"] * (now - start) / (end - start), y)
    page.mouse.down()
    page.mouse.move(x, y, steps=4)
    expect(listed(page).locator(".tile")).to_have_text("橙")
    assert [url for url in requests if "/rows" not in url] == []
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"known_at=2020-05-22T01:3\d:"))
    expect(handle(page)).to_have_text(re.compile(r"^K 01:3\d"))
    expect(page.locator("#current-n")).to_have_text("3")
    page.get_by_role("button", name="现在掌握").click()
    expect(listed(page).locator(".tile")).to_have_text("红")
    expect(page.locator("#current-n")).to_have_text("2")
    # The back button undoes what was known, too.
    page.go_back()
    expect(listed(page).locator(".tile")).to_have_text("橙")
    page.go_back()
    expect(handle(page)).to_have_text("K = T")
    expect(listed(page)).to_have_count(0)


def test_k_is_worked_by_keyboard_report_by_report(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?at={at('01:15')}", size=SIZE)
    expect(handle(page)).to_have_attribute("aria-valuetext", re.compile("现在掌握$"))
    handle(page).focus()
    for key, told in ((",", "K 03:00"), (",", "K 02:00"), (",", "K 01:25"), (".", "K 02:00")):
        page.keyboard.press(key)
        expect(handle(page)).to_have_text(told)
    expect(page).to_have_url(re.compile("known_at=2020-05-22T02:00:00"))
    expect(page.get_by_role("button", name="固定 K")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(handle(page)).to_have_attribute("aria-valuetext", re.compile("^2020-05-22 02:[01]"))
    page.keyboard.press("End")
    expect(handle(page)).to_have_attribute("data-how", "now")
    expect(page).not_to_have_url(re.compile("known_at"))


def test_a_life_is_drawn_on_both_clocks_and_leads_to_its_moments(
    open_map: Callable[..., Page],
) -> None:
    page = open_map(f"?at={at('01:15')}&known_at=at", size=SIZE)
    page.locator("#current-list").get_by_role("option", name="误报").click()
    expect(page.locator("#details .history .late")).to_have_text(["迟录 10 分", "撤回 2020-05-22 02:00"])
    page.get_by_role("button", name="现在掌握").click()
    listed(page).click()
    blocks = page.locator(".lifetimes").get_by_role("button")
    expect(blocks).to_have_count(2)
    expect(blocks.first).to_have_attribute(
        "aria-label", re.compile("^橙.*掌握 2020-05-22 01:25 至 2020-05-22 03:00")
    )
    lines = page.locator("#details .history li")
    expect(lines.locator(".late")).to_have_text(["更正", "迟录 15 分"])
    # By keyboard to what was known first; by hand, further down in the picture, to what is known since.
    blocks.first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("at=2020-05-22T01:10:00.*known_at=2020-05-22T01:25:00"))
    expect(page.locator("#details dd", has_text="橙")).to_have_count(1)
    box = blocks.last.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile("at=2020-05-22T0[1-5]:.*known_at=202"))
    expect(page.locator("#details dd", has_text="红")).to_have_count(1)


def counts(page: Page) -> Locator:
    """Known later, corrected, withdrawn, as the card on the map counts them."""
    return page.locator("#hindsight-card b")


def test_what_was_known_later_is_marked_counted_and_listed(
    web: Web, open_map: Callable[..., Page], axe: str
) -> None:
    page = open_map(f"?at={at('01:15')}&known_at={at('01:05')}&bbox=113.2,23,113.8,23.4", size=SIZE)
    page.get_by_role("button", name="后来变化").click()
    expect(page).to_have_url(re.compile("hindsight=1"))
    card = page.locator("#hindsight-card")
    expect(counts(page)).to_have_text(["1", "0", "1"])
    left = f"at={at('01:15')}&known_at={at('01:05')}".replace("%2B", "+")
    asked = {"left": left, "right": left.split("&")[0]}
    told = web.client().get("/api/layers/flood_warnings/differences", params=asked).json()["totals"]
    assert told == {"appeared": 1, "gone": 1, "changed": 0}
    # The area that the picture does not show is outlined, with the word.
    expect(page.locator(".hindsight-word")).to_have_text("+ 后来知道")
    expect(page.locator(".leaflet-emmap-hindsight-pane path")).to_have_attribute("stroke-dasharray", "10 7")
    page.get_by_role("tab", name="后来").click()
    items = page.locator("#hindsight-list").get_by_role("button")
    expect(items.nth(0)).to_contain_text("2020-05-22 01:25 录入，迟 15 分")
    expect(items.nth(1)).to_contain_text("2020-05-22 02:00 撤回")
    # It follows K while that moves: at 01:25 the report is there, and only its level was corrected later.
    handle(page).focus()
    page.keyboard.press(".")
    expect(handle(page)).to_have_text("K 01:25")
    expect(items.nth(0)).to_contain_text("2020-05-22 03:00 更正：级别 橙 → 红")
    expect(page.locator(".hindsight-word")).to_have_text("≠ 后来更正")
    expect(page).to_have_url(re.compile("known_at=2020-05-22T01:25:00"))
    expect(counts(page)).to_have_text(["0", "1", "1"])
    items.nth(1).click()
    expect(page.locator("#details-body h3")).to_have_text("【演练】误报")
    assert violations(page, axe) == []
    page.locator("#night").click()
    expect(page.locator(".hindsight-word")).to_have_text("≠ 后来更正")
    # The address restores it; the back button takes it away.
    restored = open_map("/?" + page.url.split("?", 1)[1])
    expect(counts(restored).nth(1)).to_have_text("1")
    for _ in range(3):
        page.go_back()
    expect(card).to_be_hidden()


@pytest.mark.parametrize("database", ["its own"], indirect=True)
def test_of_what_is_known_now_it_marks_what_was_not_known_then(
    web: Web, open_map: Callable[..., Page]
) -> None:
    page = open_map(f"?at={at('01:15')}&hindsight=1&bbox=113.2,23,113.8,23.4", size=SIZE)
    expect(counts(page)).to_have_text(["1", "0", "1"])
    # What was withdrawn is no longer in the picture; its ring opens it.
    ring = page.evaluate(
        "window.emmapMaps.when('map').then((map) => map.latLngToContainerPoint([23.2, 113.4]))"
    )
    page.locator("#map").click(position=ring)
    expect(page.locator("#details-body h3")).to_have_text("【演练】误报")
    # Something that comes in while the page is open is compared at once.
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(conn, WARNINGS, [warning("新补", "0:40", point(113.35, 23.2))])
        versions.write(conn, WARNINGS, [warning("内涝", "0:20", point(113.3, 23.1), severity=3)])
    expect(counts(page)).to_have_text(["2", "1", "1"])


def test_until_closed_rows_are_here_a_past_k_is_said_to_be_loading(open_map: Callable[..., Page]) -> None:
    held: list[Route] = []
    page = open_map(f"?at={at('01:15')}&layers=flood_warnings", size=SIZE)
    page.route("**/flood_warnings/points?*rows=closed*", lambda route: held.append(route))
    page.get_by_role("button", name="当时掌握").click()
    row = page.locator('[data-layer="flood_warnings"]')
    expect(row.locator(".age")).to_have_text("读取中 50%")
    expect(row.locator(".count")).to_have_text("–")
    for one in held:
        one.continue_()
    expect(row.locator(".count")).to_have_text("2")
    expect(row.locator(".age")).not_to_contain_text("读取中")


def test_back_and_forward_restore_t_k_filters_and_a_reload_the_timeline(
    open_map: Callable[..., Page],
) -> None:
    page = open_map(f"?at={at('01:15')}", size=SIZE)
    level = page.locator('[data-toggle="severity"][data-value="3"]')
    page.locator('[data-known="at"]').click()
    expect(page.locator("#current-n")).to_have_text("2")
    level.click()
    expect(page.locator("#current-n")).to_have_text("1")
    page.get_by_role("button", name="当日").click()
    slider = page.locator("#time-slider")
    slider.focus()
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile("at=2020-05-22T02:50"))
    steps = [
        ("", "at", "true"),
        ("01:15", "at", "true"),
        ("01:15", "at", "false"),
        ("01:15", "now", "false"),
    ]
    told = page.locator("#current-n").inner_text()

    def shows(time: str, known: str, pressed: str) -> None:
        expect(page.locator("#time")).to_have_value(re.compile(f"^2020-05-22 {time}"))
        expect(page.locator(f'[data-known="{known}"]')).to_have_attribute("aria-pressed", "true")
        expect(level).to_have_attribute("aria-pressed", pressed)

    for step in steps[1:]:
        page.go_back()
        shows(*step)
    expect(page.locator("#current-n")).to_have_text("2")
    expect(listed(page)).to_have_count(1)
    for step in steps[-2::-1]:
        page.go_forward()
        shows(*step)
    expect(page.locator("#current-n")).to_have_text(told)
    page.keyboard.press("+")
    shown = [slider.get_attribute(name) for name in ("min", "max")]
    page.reload()
    expect(page.locator("#page.started")).to_be_attached()
    expect(page.get_by_role("button", name="当日")).to_have_attribute("aria-pressed", "true")
    assert [slider.get_attribute(name) for name in ("min", "max")] == shown
