"""The rain on the statistics tab: around T, as known at K, following when the hand rests."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from emmap.store.database import Database
from emmap.store.observations import Observation, add

FIRST = datetime(2020, 5, 20, tzinfo=UTC)
MM = (3.5, 0.0, 101.0, 7.5)


def test_the_sum_runs_up_to_t_and_k_hides_what_was_not_measured_yet(
    database: Database, open_map: Callable[..., Page]
) -> None:
    days = [FIRST + timedelta(days=n) for n in range(len(MM))]
    with database.engine("app", "exercise").begin() as conn:
        add(
            conn,
            [
                Observation("rain_day_440100", at, mm, at + timedelta(minutes=35))
                for at, mm in zip(days, MM, strict=True)
            ],
        )
    page = open_map("?at=2020-05-22T01:12:00%2B08:00&known_at=at")
    page.get_by_role("tab", name=re.compile("统计")).click()
    rain = page.locator("#rain")
    expect(rain).to_contain_text("2020 年累计 3.5 mm（截至 05-21 08:00）")
    expect(rain.get_by_role("img")).to_have_attribute("aria-label", re.compile("最大 3.5 mm"))
    page.get_by_role("button", name="现在掌握").click()
    expect(rain.get_by_role("img")).to_have_attribute("aria-label", re.compile("最大 101.0 mm"))
    expect(rain.locator(".bars .after[title]:not([title=''])")).to_have_count(2)
    field = page.locator("#time")
    field.fill("2020-05-22 09:00")
    field.press("Enter")
    expect(rain).to_contain_text("2020 年累计 104.5 mm（截至 05-22 08:00）")
    expect(rain).to_contain_text("最近一日 101.0 mm")


def test_a_realm_without_rain_shows_none(open_map: Callable[..., Page]) -> None:
    page = open_map("?at=2020-05-22T01:12:00%2B08:00")
    page.get_by_role("tab", name=re.compile("统计")).click()
    expect(page.locator("#statistics-tables table").first).to_be_visible()
    expect(page.locator("#rain")).to_be_hidden()
