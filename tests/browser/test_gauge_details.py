"""A gauge's details: its hydrograph around T, as known at K; plotly comes with the first one, not with the page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from emmap.ingest.importer import import_file
from emmap.store.database import Database
from emmap.store.observations import Observation, add

ONE = datetime(2020, 5, 21, 17, tzinfo=UTC)
"""01:00 Beijing time."""


def test_the_hydrograph_follows_t_and_shows_what_was_known_at_k(
    database: Database, open_map: Callable[..., Page]
) -> None:
    rows = "".join(
        f"2020-05-22 {h:02d}:{m:02d},{11 + h / 2 + m / 60:.2f}\n" for h in range(3) for m in (0, 20, 40)
    )
    station = "STCD,STNM,LGTD,LTTD,DTMNM,FRZ,WRZ,GRZ\nA,【演练】荔城,113.3,23.1,演练基面,11,12,13\n".encode()
    import_file(database, "exercise", "gauge_stations", "a.csv", station)
    table = "STCD,TM,Z\n" + "".join(f"A,{row}\n" for row in rows.splitlines())
    import_file(database, "exercise", "gauge_stations", "b.csv", table.encode())
    hour = timedelta(hours=1)
    with database.engine("app", "exercise").begin() as conn:
        add(
            conn,
            [
                Observation("gauge:A:rain:3600", ONE, 67.8, ONE),
                Observation("gauge:A:rain:3600", ONE, 167.8, ONE + hour / 2),
            ],
        )
    asked: list[str] = []
    page = open_map(
        "?at=2020-05-22T01:12:00%2B08:00",
        before=lambda made: made.on("request", lambda request: asked.append(request.url)),
    )
    assert not [one for one in asked if "plotly" in one]
    page.get_by_role("tab", name="视野内").click()
    page.locator("#in_view-list [role=option]").filter(has_text="荔城").first.click()
    details = page.locator("#details-body")
    expect(details).to_contain_text("11.50 m，演练基面 · 超设防 0.50 m")
    chart = details.get_by_role("img")
    expect(chart.locator(".scatterlayer .trace")).to_have_count(
        2
    )  # up to T, and what is known to have come after
    expect(chart.locator(".barlayer .point")).to_have_count(1)
    expect(chart.locator(".annotation-text").filter(has_text="警戒 12.00")).to_be_visible()
    expect(details.locator(".rain-sums td").first).to_have_text("167.8")
    page.get_by_role("button", name="当时掌握").click()
    # The stages were imported today: nobody knew of them that night, and of the rain the wrong value.
    expect(details.locator(".rain-sums td").first).to_have_text("67.8")
    expect(chart.locator(".scatterlayer .trace")).to_have_count(0)
