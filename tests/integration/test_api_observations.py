"""Measurements over HTTP: which series there are, their values, and what was known of them at K."""

from datetime import UTC, datetime, timedelta

from served import Web

from emmap.store.observations import Observation, add

DAY = datetime(2020, 5, 22, tzinfo=UTC)
CITY = "rain_day_440100"


def put(web: Web, *values: tuple[str, datetime, float | None, datetime]) -> None:
    with web.database.engine("app", "exercise").begin() as conn:
        add(conn, [Observation(*value) for value in values])


def test_values_come_in_order_within_their_span(web: Web) -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]
    put(web, *((CITY, day, float(n), day) for n, day in reversed(list(enumerate(days)))))
    given = {"series": CITY, "from": days[1].isoformat(), "to": days[3].isoformat()}
    answer = web.client("viewer").get("/api/observations", params=given).json()
    assert [one["value"] for one in answer["values"]] == [1.0, 2.0]
    assert answer["unit"] == "mm"
    assert answer["period_s"] == 86_400
    assert answer["title"] == {"zh": "全市日面雨量", "en": "Daily mean rain of the city"}


def test_a_correction_counts_from_when_it_was_recorded(web: Web) -> None:
    put(
        web,
        (CITY, DAY, 10.1, DAY + timedelta(hours=1)),
        (CITY, DAY, 101.0, DAY + timedelta(hours=5)),
    )
    client = web.client("viewer")

    def known(hours: int) -> list[float]:
        at = (DAY + timedelta(hours=hours)).isoformat()
        answer = client.get("/api/observations", params={"series": CITY, "known_at": at}).json()
        return [one["value"] for one in answer["values"]]

    assert [known(0), known(1), known(4), known(5)] == [[], [10.1], [10.1], [101.0]]


def test_the_series_are_listed_with_their_extent(web: Web) -> None:
    put(
        web,
        (CITY, DAY, 1.0, DAY),
        (CITY, DAY, 2.0, DAY + timedelta(hours=1)),
        ("station-7", DAY + timedelta(days=1), None, DAY + timedelta(days=1)),
        ("station-7", DAY + timedelta(days=2), 3.5, DAY + timedelta(days=2)),
    )
    found = web.client("viewer").get("/api/series").json()
    assert [(one["series"], one["values"], one["last"][:10]) for one in found] == [
        (CITY, 1, "2020-05-22"),
        ("station-7", 2, "2020-05-24"),
    ]


def test_what_cannot_be_asked_is_said(web: Web) -> None:
    client = web.client("viewer")
    assert client.get("/api/observations", params={"series": "no-such"}).status_code == 404
    assert client.get("/api/observations", params={"series": CITY}).json()["values"] == []
    assert client.get("/api/observations", params={"series": CITY, "from": "2020"}).status_code == 422
    assert client.get("/api/observations", params={"series": CITY, "bogus": "1"}).status_code == 422
    assert client.get("/api/observations").status_code == 422
