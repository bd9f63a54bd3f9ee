"""A gauge over HTTP: how it stands at T as known at K, sums with their gaps told, and its series."""

from datetime import UTC, datetime, timedelta

from served import Web

from emmap.ingest.importer import import_file
from emmap.store.observations import Observation, add

ONE = datetime(2020, 5, 21, 17, tzinfo=UTC)
"""01:00 Beijing time."""


def test_a_gauge_stands_at_t_and_corrections_count_from_when_they_were_recorded(web: Web) -> None:
    hour = timedelta(hours=1)
    with web.database.engine("app", "exercise").begin() as conn:
        add(
            conn,
            [
                Observation("gauge:A:stage:0", ONE, 12.5, ONE),
                Observation("gauge:A:stage:0", ONE + hour, 13.0, ONE + hour),
                Observation("gauge:A:rain:3600", ONE, 67.8, ONE),
                Observation("gauge:A:rain:3600", ONE, 167.8, ONE + hour / 2),
                Observation("gauge:A:rain:3600", ONE - 2 * hour, 10.0, ONE - 2 * hour),
            ],
        )
    client = web.client("viewer")

    def asked(known_at: datetime) -> dict[str, object]:
        given = {"at": (ONE + hour / 4).isoformat(), "known_at": known_at.isoformat()}
        answer = client.get("/api/gauges/A", params=given)
        assert answer.status_code == 200
        return answer.json()  # type: ignore[no-any-return]

    then, later = asked(ONE + hour / 4), asked(ONE + 9 * hour)
    assert then["last"]["stage"]["value"] == later["last"]["stage"]["value"] == 12.5  # type: ignore[index]
    assert then["rain"][0] == {"hours": 1, "mm": 67.8, "coverage": 1.0}  # type: ignore[index]
    assert later["rain"][1] == {"hours": 3, "mm": 177.8, "coverage": 0.667}  # type: ignore[index]
    stages = [one["values"] for one in later["series"] if one["quantity"] == "stage"]  # type: ignore[attr-defined]
    assert [one["value"] for one in stages[0]] == [12.5, 13.0]


def test_thresholds_come_with_the_stations_datum(web: Web) -> None:
    table = "STCD,STNM,DTMNM,WRZ,TM,Z\nA,荔城,珠基,12,2020-05-22 01:00,12.5\n".encode()
    import_file(web.database, "exercise", "gauge_stations", "a.csv", table)
    found = web.client("viewer").get("/api/gauges/A", params={"at": ONE.isoformat()}).json()
    assert (found["name"], found["datum"], found["wrz"], found["frz"]) == ("荔城", "珠基", 12.0, None)
    assert (found["status"], found["severity"]) == ("above_wrz", 2)


def test_what_cannot_be_asked_of_a_gauge_is_said(web: Web) -> None:
    client = web.client("viewer")
    assert client.get("/api/gauges/no-such").status_code == 404
    assert client.get("/api/gauges/A", params={"at": "2020"}).status_code == 422
    turned = {"from": ONE.isoformat(), "to": ONE.isoformat()}
    assert client.get("/api/gauges/A", params=turned).status_code == 422
