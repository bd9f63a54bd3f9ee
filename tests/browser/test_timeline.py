"""The timeline: its scale and windows, play at a steady rate, and that no frame swallows a severe warning."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from engine_server import ALWAYS, LISTS, NEVER, EngineServer, Row, row, seconds
from pages import put
from playwright.sync_api import Locator, Page, expect

from emmap.store.cluster import Cluster
from emmap.store.database import Database

BEIJING = timezone(timedelta(hours=8))
WARNINGS = """id,headline,severity,hazards,onset_at,expires_at,lon,lat
W1,【演练】一秒红色预警,红,暴雨,2020-03-10 23:40:00,2020-03-10 23:40:01,113.36,23.13
W2,【演练】整夜黄色预警,黄,暴雨,2020-03-10 20:00:00,2020-03-11 08:00:00,113.36,23.13
W3,【演练】年初蓝色预警,蓝,大风,2020-01-10 08:00:00,2020-01-10 20:00:00,113.36,23.13
"""
HAZARD = """编号,隐患名称,经度,纬度,级别,发现时间
H1,【演练】隐患,113.36,23.13,红,2020-03-10 22:00
"""
BINS = 7
AT = "at=2020-03-10T23:30:00%2B08:00"


def at(text: str) -> int:
    """A Beijing time as the columns count it."""
    return seconds(datetime.fromisoformat(text).replace(tzinfo=BEIJING))


def module(page: Page, name: str, expression: str, given: Any = None) -> Any:
    """The value of an expression over a module `m` and what is given as `x`."""
    return page.evaluate(
        f"async (x) => {{ const m = await import('/static/{name}.js'); {expression} }}", given
    )


def test_play_keeps_its_rate_at_any_frame_rate(modules: Page) -> None:
    frames = [0, 16, 33, 133, 140, 640, 660, 1000, 1900, 5900, 5916, 7916]
    told = module(
        modules,
        "page/timeline/player",
        """
        let clock = 0, next = null;
        const told = [];
        const player = new m.Player({
          move: (at, before) => told.push([clock, before, at]), ended: (at) => told.push(['ended', at]), changed: () => {},
          clock: () => clock, frame: (call) => (next = call),
        });
        player.setRate(3600);
        player.start(1000, () => 12000);
        for (clock of x) { if (clock === 1000) player.setRate(60); next(); }
        return { told, playing: player.playing };
        """,
        frames,
    )
    # 3,600 s a second up to the first second, then 60 a second; four seconds without a frame do not count.
    assert told["told"] == [
        [16, 1000, 1057],
        [33, 1057, 1118],
        [133, 1118, 1478],
        [140, 1478, 1504],
        [640, 1504, 3304],
        [660, 3304, 3376],
        [1000, 3376, 4600],
        [1900, 4600, 4654],
        [7916, 4654, 4774],
    ]
    assert told["playing"]


def test_play_stops_at_its_end_and_not_before(modules: Page) -> None:
    told = module(
        modules,
        "page/timeline/player",
        """
        let clock = 0, next = null;
        const told = [];
        const player = new m.Player({ move: (at) => told.push(at), ended: (at) => told.push(['ended', at]), changed: () => {},
          clock: () => clock, frame: (call) => (next = call) });
        player.setRate(600);
        player.start(0, () => 1000);
        for (clock of [0, 1000, 1700]) next();
        return [told, player.playing];
        """,
    )
    assert told == [[600, 1000, ["ended", 1000]], False]


@pytest.fixture
def answer(engine_server: EngineServer, open_page: Callable[..., Page]) -> Callable[[list[Row], str], Page]:
    """A page with `answer` over rows and a query, and `lives`."""

    def made(rows: list[Row], query: str) -> Page:
        engine_server.put("flood_warnings", *rows)
        page = open_page(engine_server.url)
        page.evaluate(
            """async ([lists, query]) => {
              const [{ Answer }, { Columns }, { parseView }, lives] = await Promise.all(
                ['answer', 'columns', 'view', 'lives'].map((name) => import(`/static/engine/${name}.js`)));
              const layers = await (await fetch('/api/layers?realm=exercise')).json();
              const layer = layers.find((one) => one.id === 'flood_warnings');
              const columns = Columns.of(layer, lists);
              for (const rows of ['open', 'closed']) {
                columns.load(await (await fetch(`${layer.points}&rows=${rows}`)).arrayBuffer());
              }
              window.answer = new Answer(layer, columns);
              window.answer.ask(parseView(query, layers).view, 0);
              window.lives = lives;
            }""",
            [LISTS, query],
        )
        return page

    return made


@pytest.mark.parametrize("known", ["now", "at"])
def test_a_leap_tells_every_severe_row_that_no_picture_shows(
    known: str, answer: Callable[[list[Row], str], Page]
) -> None:
    chance = random.Random(5)
    start = at("2020-05-21 20:00")
    rows = []
    for number in range(400):
        t0 = chance.choice([NEVER, start + chance.randrange(60)])
        t1 = chance.choice([ALWAYS, max(t0, start) + chance.randrange(1, 30)])
        r0 = start + chance.randrange(-10, 60)
        r1 = chance.choice([ALWAYS, ALWAYS, r0 + chance.randrange(1, 30)])
        rows.append(row(number, t0=t0, t1=t1, r0=r0, r1=r1, severity=chance.randrange(5)))
    leaps = [sorted(start + chance.randrange(-5, 70) for _ in range(2)) for _ in range(40)]
    query = "at=2020-05-21T20:00:30%2B08:00" + ("&known_at=at" if known == "at" else "")
    page = answer(rows, query)

    def life(one: Row) -> tuple[int, int]:
        if known == "at":
            return max(one["t0"], one["r0"]), min(one["t1"], one["r1"])
        return (one["t0"], one["t1"]) if one["r1"] == ALWAYS else (0, 0)

    alive = [one for one in rows if life(one)[0] < life(one)[1]]
    swallowed, lived, unseen = [], [], []
    for before, now in leaps:
        inside = [one for one in alive if life(one)[0] > before and life(one)[1] <= now]
        swallowed.append(sorted(one["row"] for one in inside if one["severity"] >= 3))
        lived.append(
            {
                "began": sum(before <= life(one)[0] <= now for one in alive),
                "ended": sum(before <= life(one)[1] <= now for one in alive),
                "held": sum(life(one)[0] <= now and life(one)[1] > before for one in alive),
            }
        )
        middles = [before + (k + 0.5) * (now - before) / BINS for k in range(BINS)]
        edges = zip([before, *middles], [*middles, now], strict=True)
        between = [[one for one in inside if life(one)[0] > a and life(one)[1] <= b] for a, b in edges]
        unseen.append(
            [max([0, *(one["severity"] for one in some if one["severity"] >= 3)]) for some in between]
        )
    assert any(swallowed)
    assert any(map(any, unseen))
    found = page.evaluate(
        """([leaps, bins]) => leaps.map(([a, b]) => {
          const worst = new Uint8Array(bins + 1);
          lives.unseen(answer, a, b, bins, worst);
          return [
          lives.swallowed(answer, a, b).map((i) => answer.columns.row[i]).sort((x, y) => x - y),
          lives.lived(answer, a, b), lives.began(answer, a, b).length, [...worst]];
        })""",
        [leaps, BINS],
    )
    assert [one[0] for one in found] == swallowed
    assert [one[1] for one in found] == lived
    assert [one[2] for one in found] == [one["began"] for one in lived]
    assert [one[3] for one in found] == unseen


def test_zoom_and_pan_keep_to_their_bounds(modules: Page) -> None:
    known = {"from": at("2015-01-01"), "to": at("2020-06-01")}
    span = {"from": at("2020-05-21"), "to": at("2020-05-22")}
    noon, minute, ten_years = at("2020-05-21 06:00"), 60, 3653 * 86400
    found = module(
        modules,
        "page/timeline/scale",
        """return [m.zoomed(x.span, 0.5, x.noon, x.known), m.zoomed(x.span, 1e-9, x.noon, x.known),
          m.zoomed(x.span, 1e9, x.noon, x.known), m.panned(x.span, -1e10, x.known), m.panned(x.span, 1e10, x.known)]""",
        {"span": span, "noon": noon, "known": known},
    )
    assert found[0] == {"from": at("2020-05-21 03:00"), "to": at("2020-05-21 15:00")}
    assert found[1]["to"] - found[1]["from"] == minute
    assert found[1]["from"] <= noon <= found[1]["to"]
    assert found[2]["to"] - found[2]["from"] == ten_years
    day, some = 86400, 8640
    assert found[3] == {"from": known["from"] - day + some, "to": known["from"] + some}
    assert found[4] == {"from": known["to"] - some, "to": known["to"] + day - some}


def test_the_axis_says_beijing_time_at_every_scale(modules: Page) -> None:
    wanted = {
        ("2020-05-22 01:11:50", "2020-05-22 01:12:50"): ["05-22 01:11:50", "01:11:55", "01:12:00"],
        ("2020-05-21 23:30", "2020-05-22 01:30"): ["05-21 23:30", "23:40", "23:50", "05-22", "00:10"],
        ("2019-12-31 00:00", "2020-01-09 00:00"): ["2019-12-31", "2020-01-01", "01-02"],
        ("2020-01-01", "2021-01-01"): ["2020-01", "2020-02", "2020-03"],
        ("2015-01-01", "2025-01-01"): ["2015", "2016", "2017"],
    }
    spans = [{"from": at(start), "to": at(end)} for start, end in wanted]
    found = module(
        modules,
        "page/timeline/scale",
        "return x.map((span) => m.marks(span, 1000).map((mark) => mark.label))",
        spans,
    )
    assert [labels[: len(some)] for labels, some in zip(found, wanted.values(), strict=True)] == [
        *wanted.values()
    ]


def test_windows_have_exact_bounds_in_beijing_time(modules: Page) -> None:
    wanted = {
        "last_1h": ("2020-05-22 00:12", "2020-05-22 01:12"),
        "last_6h": ("2020-05-21 19:12", "2020-05-22 01:12"),
        "last_24h": ("2020-05-21 01:12", "2020-05-22 01:12"),
        "today": ("2020-05-22", "2020-05-23"),
        "season": ("2020-04-15", "2020-10-16"),
        "year": ("2020-01-01", "2021-01-01"),
    }
    facts = {"season": [[4, 15], [10, 15]], "known": {"from": 0, "to": 1}}
    found = module(
        modules,
        "page/timeline/windows",
        "return x.names.map((name) => m.windowAt(name, x.at, x.facts))",
        {"names": list(wanted), "at": at("2020-05-22 01:12"), "facts": facts},
    )
    assert found == [{"from": at(start), "to": at(end)} for start, end in wanted.values()]


@pytest.fixture(scope="module")
def night(cluster: Cluster, template: str, clone: Callable[..., Any]) -> Iterator[Database]:
    """A red warning of one second in a night with a yellow one and a hazard."""
    with clone(cluster, template) as found:
        put(found, "flood_warnings", WARNINGS)
        put(found, "risk_hotspots", HAZARD)
        yield found


@pytest.fixture
def database(night: Database) -> Database:
    """The store of these tests."""
    return night


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="画面时间")


def span(page: Page) -> tuple[int, int]:
    """What the plot shows, seconds since 2000."""
    return int(slider(page).get_attribute("min") or ""), int(slider(page).get_attribute("max") or "")


def test_a_red_warning_of_a_second_flashes_at_full_speed(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}")
    page.get_by_role("button", name="当日").click()
    page.get_by_label("播放速度").select_option("3600")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="播放").click()
    expect(page.locator("#flashed")).to_have_text("期间闪现 1 条")
    expect(page.locator("#map path.flash-4")).to_be_attached()
    expect(page.locator(".flash-mark.level-4")).to_have_count(1)
    # It stops at the window's end, and only then the address and the server hear of it.
    expect(page).to_have_url(re.compile("at=2020-03-11T00:00:00"))
    expect(page.get_by_role("button", name="播放")).to_be_visible()
    assert [url for url in asked if "_dash-update" in url] == []
    page.locator("#flashed").click()
    page.locator("#window-card").get_by_role("button", name="一秒红色预警").click()
    expect(page).to_have_url(re.compile("at=2020-03-10T23:40:00"))
    expect(page.locator("#details-body h3")).to_have_text("【演练】一秒红色预警")


def test_the_legend_tells_how_each_layers_time_runs(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}&layers=flood_warnings,forest_fire_alerts,risk_hotspots")
    rules = page.locator("#legend .time-rule")
    expect(rules).to_have_text(["长期", "区间", "瞬时 / 状态"])
    expect(rules.last).to_have_attribute(
        "title",
        "卫星热点 · 瞬时 · 发生后显示 24 小时\n火情事件 · 状态 · 至下次更新\n报告 · 状态 · 至下次更新",
    )
    expect(page.locator("#legend")).to_contain_text("区间 · 开始至结束")
    page.locator("#language").click()
    expect(rules).to_have_text(["Standing", "Interval", "Instant / State"])


def test_bars_window_and_changes_leave_standing_things_aside(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}&layers=flood_warnings,risk_hotspots")
    told = page.locator("#window-told")
    expect(told).to_have_text("开始 1 · 结束 0 · 期间 1")
    expect(page.locator("#timeline-plot")).to_have_attribute("data-most", "1")
    page.locator("#only-passing").click()
    expect(told).to_have_text("开始 2 · 结束 0 · 期间 2")
    expect(page.locator("#timeline-plot")).to_have_attribute("data-most", "2")
    page.locator("#previous-change").click()
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("2020-03-10 22:00:00"))
    page.locator("#only-passing").click()
    page.locator("#previous-change").click()
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("2020-03-10 20:00:00"))


def test_a_hand_on_the_slider_interrupts_play(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}")
    page.get_by_label("播放速度").select_option("1")
    slider(page).focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="暂停")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="播放")).to_be_visible()
    expect(page).to_have_url(re.compile("at=2020-03-10T23:15:00"))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="暂停")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="播放")).to_be_visible()


def test_the_timeline_is_worked_by_keyboard(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}")
    slider(page).focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("2020-03-10 21:00:00"))
    page.keyboard.press("[")
    page.keyboard.press(".")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("2020-03-10 23:40:00"))
    page.keyboard.press("]")
    expect(page.locator("#window-told")).to_have_text("开始 1 · 结束 0 · 期间 2")
    page.locator("#window-told").click()
    expect(page.get_by_role("dialog", name="2020-03-10 21:00 – 2020-03-10 23:40 开始 1 条")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#window-told")).to_be_focused()
    slider(page).focus()
    before = span(page)
    page.keyboard.press("+")
    after = span(page)
    assert after[1] - after[0] == (before[1] - before[0]) // 2
    page.keyboard.press("-")
    assert span(page) == before
    page.keyboard.press("Home")
    expect(page.locator("#replay")).to_be_hidden()


def test_the_wheel_zooms_where_the_pointer_is_and_the_axis_pans(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}")
    box = page.locator("#timeline-plot").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 4, box["y"] + 30
    start, end = span(page)
    under = start + (end - start) / 4
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    expect(slider(page)).not_to_have_attribute("max", str(end))
    start, end = span(page)
    assert abs(start + (end - start) / 4 - under) <= 1
    axis = box["y"] + box["height"] - 6
    page.mouse.move(x, axis)
    page.mouse.down()
    page.mouse.move(x + box["width"] / 10, axis)
    page.mouse.up()
    assert span(page)[0] == pytest.approx(start - (end - start) / 10, abs=(end - start) / 500)
    expect(page.locator("#time")).to_have_value(re.compile("^2020-03-10 23:30"))
    page.keyboard.down("Shift")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 200, y)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator("#window-told")).to_be_visible()
    expect(page.locator('[data-window="last_24h"]')).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#time")).to_have_value(re.compile("^2020-03-10 23:30"))


def test_its_controls_stand_in_two_whole_rows(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}")
    for lang in ("zh-CN", "en"):
        expect(page.locator("html")).to_have_attribute("lang", lang)
        for width, height in ((1366, 768), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            rows = page.locator(".timeline-row").evaluate_all(
                "rows => rows.map(row => [row.scrollWidth - row.clientWidth, row.clientHeight <= 40,"
                " Math.max(...[...row.querySelectorAll('button, select, input')]"
                ".map(one => one.scrollWidth - one.clientWidth)) <= 1])"
            )
            assert rows == [[0, True, True]] * 2, (lang, width, rows)
        page.locator("#language").click()


def test_on_a_phone_it_is_one_line_that_unfolds(open_map: Callable[..., Page]) -> None:
    page = open_map(f"?{AT}", size=(390, 844))
    timeline = page.locator("#timeline")
    assert timeline.evaluate("one => one.clientHeight") < 60
    expect(page.get_by_role("button", name="播放")).to_be_visible()
    page.get_by_role("button", name="展开时间轴").click()
    expect(slider(page)).to_be_visible()
    assert timeline.evaluate("one => one.scrollWidth - one.clientWidth") == 0
