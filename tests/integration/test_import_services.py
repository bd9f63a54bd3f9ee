"""Documents of services in the store: what they say anew is a new version, and what was known before stays to be asked."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from emmap.ingest.importer import import_file
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import answers
from emmap.store.database import Database
from emmap.view import View

LAYERS = load_layers(ROOT / "layers")
REALM = "exercise"
NOON = datetime(2024, 7, 1, 4, tzinfo=UTC)


def take(db: Database, layer: str, content: bytes) -> tuple[int, int, int]:
    """Added, changed and unchanged."""
    result = import_file(db, REALM, layer, "now", content)
    assert result.rejected == 0
    return result.added, result.changed, result.unchanged


def holding(db: Database, layer: str, at: datetime) -> dict[str, Mapping[str, Any]]:
    """What holds as known now, by id: its properties, and its `place`."""
    with db.engine("app", REALM).connect() as conn:
        page = answers.features(conn, LAYERS[layer], View(at=at))
    return {
        one["id"]: {**one["properties"], "place": one["geometry"]["coordinates"]} for one in page.features
    }


def once_known(db: Database, layer: str, feature: str, at: datetime) -> list[Mapping[str, Any]]:
    """What was held of an instant at first, and then, and is no longer."""
    with db.engine("app", REALM).connect() as conn:
        told = [one["properties"] for one in answers.history(conn, LAYERS[layer], feature)]
    text = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return [
        one for one in told if one["recorded_to"] and one["valid_from"] <= text < (one["valid_to"] or "9")
    ]


def track(issues: Mapping[int, float]) -> bytes:
    """A storm's fixes by hour after noon, each with where it was then expected a day later."""
    points = [
        {
            "time": f"{(NOON + timedelta(hours=hour + 8)):%Y-%m-%d %H:%M:%S}", "lng": "115.0", "lat": "20.0", "speed": "35",
            "forecast": [{"tm": "中国", "forecastpoints": [{
                "time": f"{(NOON + timedelta(hours=hour + 32)):%Y-%m-%d %H:%M:%S}", "lng": str(lon), "lat": "22.0",
                "speed": "30"}]}],
        }
        for hour, lon in issues.items()
    ]  # fmt: skip
    return json.dumps({"tfid": "202401", "name": "演练", "points": points}).encode()


def test_a_later_forecast_moves_the_future_and_the_earlier_one_stays_known(database: Database) -> None:
    assert take(database, "typhoon_tracks", track({0: 113.0})) == (1, 0, 0)
    assert take(database, "typhoon_tracks", track({0: 113.0, 6: 112.0})) == (0, 2, 0)
    assert take(database, "typhoon_tracks", track({0: 113.0, 6: 112.0})) == (0, 0, 2)
    tomorrow = NOON + timedelta(hours=32)
    now = holding(database, "typhoon_tracks", tomorrow)["202401"]
    [before] = once_known(database, "typhoon_tracks", "202401", tomorrow)
    assert (now["form"], now["place"], now["issued_at"]) == (
        "forecast",
        [112.0, 22.0],
        "2024-07-01T10:00:00Z",
    )
    assert (before["form"], before["issued_at"]) == ("forecast", "2024-07-01T04:00:00Z")
    assert "202401-cone" in holding(database, "typhoon_tracks", NOON + timedelta(hours=7))


def test_a_deleted_earthquake_is_gone_and_was_known(database: Database) -> None:
    def feed(status: str, updated: int) -> bytes:
        told = {"mag": 5.0, "place": "演练", "time": NOON.timestamp() * 1000, "updated": updated, "type": "earthquake",
                "status": status}  # fmt: skip
        feature = {
            "id": "us1",
            "properties": told,
            "geometry": {"type": "Point", "coordinates": [113.4, 23.2, 10]},
        }
        return json.dumps(
            {"features": [{"type": "Feature", **feature}], "url": "earthquake.usgs.gov"}
        ).encode()

    assert take(database, "earthquakes", feed("automatic", 1)) == (1, 0, 0)
    assert take(database, "earthquakes", feed("reviewed", 2)) == (0, 1, 0)
    assert take(database, "earthquakes", feed("deleted", 3)) == (0, 1, 0)
    assert take(database, "earthquakes", feed("deleted", 3)) == (0, 0, 1)
    assert holding(database, "earthquakes", NOON) == {}
    reviews = [one["review"] for one in once_known(database, "earthquakes", "us1", NOON)]
    assert reviews == ["automatic", "reviewed"]


def test_a_storm_of_gdacs_is_at_each_time_where_its_episode_put_it(database: Database) -> None:
    def feed(episode: int, day: int, place: str) -> bytes:
        fields = {"eventtype": "TC", "eventid": "1", "episodeid": episode, "alertlevel": "Orange", "iscurrent": "true",
                  "fromdate": "Sun, 29 Dec 2019 12:00:00 GMT", "todate": f"Sun, {day} Dec 2019 12:00:00 GMT"}  # fmt: skip
        told = "".join(f"<g:{name}>{value}</g:{name}>" for name, value in fields.items())
        item = f"<item><title>x</title><point>{place}</point>{told}</item>"
        return f'<rss xmlns:g="http://www.gdacs.org"><channel>{item}</channel></rss>'.encode()

    assert take(database, "gdacs_events", feed(1, 29, "-19.4 59.8")) == (1, 0, 0)
    assert take(database, "gdacs_events", feed(2, 30, "-20.1 58.0")) == (0, 1, 0)
    noon = datetime(2019, 12, 29, 12, tzinfo=UTC)
    places = [holding(database, "gdacs_events", noon + timedelta(hours=h))["TC1"]["place"] for h in (1, 25)]
    assert places == [[59.8, -19.4], [58.0, -20.1]]
