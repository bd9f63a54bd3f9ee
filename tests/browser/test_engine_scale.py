"""With a city's rows: answers follow T and live changes step by step as if asked anew, and the map's numbers and discs sum
to what lies in the view."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from engine_server import LISTS, EngineServer, row, serving
from pages import until
from playwright.sync_api import Page
from test_engine import START

from tests.city_columns import DAY, FOR_EVER, HOTSPOTS, MIDDLE, city, stream

LAYER = HOTSPOTS.id
FEATURES = 40_000
SHOWN = {"open": 1, "overdue": 3}
AT = "2020-07-19T00:00:00Z"  # MIDDLE


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    """Some 110,000 spans."""
    return city(FEATURES)


@pytest.fixture
def server(columns: dict[str, np.ndarray]) -> Iterator[EngineServer]:
    with serving() as found:
        found.put_stream(LAYER, stream(columns))
        yield found


@pytest.fixture
def page(server: EngineServer, open_page: Callable[..., Page]) -> Page:
    """The engine on it."""
    page = open_page(f"{server.url}/?at={AT}&status=open,overdue&layers={LAYER}")
    page.evaluate(START, LISTS)
    until(page, "engine.live?.state.kind === 'live'")
    return page


def alive(columns: dict[str, np.ndarray], at: int, known_at: int = FOR_EVER - 1) -> np.ndarray:
    """Which rows hold and are shown."""
    held = (columns["t0"] <= at) & (at < columns["t1"])
    known = (columns["r0"] <= known_at) & (known_at < columns["r1"])
    return held & known & np.isin(columns["status"], list(SHOWN.values()))


def test_stepping_in_time_answers_as_if_asked_anew(columns: dict[str, np.ndarray], page: Page) -> None:
    chance = np.random.default_rng(7)
    far = [int(at) for at in MIDDLE + chance.integers(-220 * DAY, 220 * DAY, 12)]
    near = [MIDDLE + step for step in (0, 1, 60, 3600, 3599, -1, -DAY, 3 * DAY)]
    bounds = [int(at) + by for at in columns["t1"][:3] if at < FOR_EVER for by in (-1, 0)]
    for known in ("null", "'at'"):
        page.evaluate(f"engine.view.set({{ known_at: {known} }})")
        for at in [*near, *far, *bounds]:
            page.evaluate(f"engine.view.view = {{ ...engine.view.view, at: {at} }}; engine.draw()")
            wanted = alive(columns, at, FOR_EVER - 1 if known == "null" else at)
            told: Any = page.evaluate(f"engine.answers.get('{LAYER}').counts()")
            levels = np.bincount(columns["severity"][wanted], minlength=5)
            assert (at, told["total"]) == (at, int(wanted.sum()))
            assert told["severity"] == {str(level): int(n) for level, n in enumerate(levels)}
            rectified = (columns["t0"] <= at) & (columns["r0"] <= at) & (columns["status"] == 4)
            assert told["facets"]["status"]["rectified"] == int(rectified.sum())


def test_numbers_and_discs_sum_to_what_is_in_view(columns: dict[str, np.ndarray], page: Page) -> None:
    held = alive(columns, MIDDLE)
    x, y = columns["x"][held], columns["y"][held]
    numbers = []
    for zoom, lat, lng in (
        (8, 23.13, 113.26),
        (10, 23.13, 113.26),
        (11, 23.2, 113.4),
        (13, 23.2, 113.4),
        (16, 23.2, 113.4),
    ):
        page.evaluate(f"engine.map.setView([{lat}, {lng}], {zoom}, {{ animate: false }})")
        west, south, east, north = page.evaluate(
            "engine.extent().map((degrees) => Math.round(degrees * 1e7))"
        )
        inside = int(((west <= x) & (x <= east) & (south <= y) & (y <= north)).sum())
        in_cells, discs, drawn, listed = page.evaluate(
            """(() => {
              const { points } = engine;
              const discs = points.order.subarray(0, points.starts.at(-1)).filter((k) => points.cellOf[k] < 2 ** 15);
              return [points.cells.reduce((sum, { n }) => sum + n, 0), discs.length, points.drawn,
                engine.list({ what: 'inside', limit: 1 }).total];
            })()"""
        )
        assert (zoom, in_cells + discs, drawn, listed) == (zoom, inside, inside, inside)
        numbers.append((in_cells > 0, discs > 0))
    assert numbers[:2] == [(True, True), (True, True)]
    assert not numbers[-1][0]


def test_live_changes_enter_without_anything_being_made_anew(
    columns: dict[str, np.ndarray], server: EngineServer, page: Page
) -> None:
    page.evaluate(
        "(id) => { const answer = engine.answers.get(id); answer.prepare(); engine.points.grid(answer.columns); }",
        LAYER,
    )
    held = np.flatnonzero(alive(columns, MIDDLE))
    before = len(held)
    made = f"""[engine.answers.get('{LAYER}').times, engine.answers.get('{LAYER}').columns.places,
      engine.answers.get('{LAYER}').columns.x, engine.points.grid(engine.answers.get('{LAYER}').columns)]"""
    page.evaluate(f"window.made = {made}")
    new = [
        row(
            10_000_000 + n,
            113.26,
            23.13,
            severity=4,
            status="open",
            t0=MIDDLE - n,
            r0=MIDDLE,
            industry=f"新行业{n}",
        )
        for n in range(3)
    ]
    server.commit(LAYER, new, {int(columns["row"][held[0]]): MIDDLE + DAY})
    until(page, f"engine.counts().total === {before - 1 + len(new)}")
    page.evaluate(f"engine.view.view = {{ ...engine.view.view, at: {MIDDLE - 2} }}; engine.draw()")
    later = alive(columns, MIDDLE - 2)
    later[held[0]] = False
    assert page.evaluate("engine.counts().total") == int(later.sum()) + 1
    assert page.evaluate("engine.counts().groups.industry['新行业2']") == 1
    assert page.evaluate(f"{made}.map((one, k) => one === window.made[k])") == [True] * 4


def test_the_list_is_worst_first_then_newest(columns: dict[str, np.ndarray], page: Page) -> None:
    held = np.flatnonzero(alive(columns, MIDDLE))
    order = held[np.lexsort((-held, -columns["t0"][held], -columns["severity"][held].astype(int)))]
    for offset, limit in ((0, 100), (900, 300), (len(held) - 5, 100)):
        listed = page.evaluate(f"engine.list({{ what: 'current', limit: {limit}, offset: {offset} }})")
        assert listed["total"] == 0
        page.evaluate("engine.map.setView([23.2, 113.4], 3, { animate: false })")
        listed = page.evaluate(f"engine.list({{ what: 'inside', limit: {limit}, offset: {offset} }})")
        assert listed["total"] == len(held)
        assert [one["row"] for one in listed["rows"]] == columns["row"][
            order[offset : offset + limit]
        ].tolist()
