"""Satellite detections through the store: told again, standing sources, events that grow, merge and close."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from emmap.ingest.importer import import_file
from emmap.ingest.result import ImportResult
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import answers
from emmap.store.database import Database
from emmap.view import View

LAYER = load_layers(ROOT / "layers")["forest_fire_alerts"]
REALM = "exercise"
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
HEADER = "latitude,longitude,acq_date,acq_time,satellite,instrument,confidence,version,frp,daynight,type\n"
KILOMETRE = 1 / 110.77
"""A kilometre in degrees of latitude."""


def seen(
    north_km: float,
    hours: float,
    *,
    frp: float = 5,
    satellite: str = "N20",
    version: str = "2.0NRT",
    kind: str = "",
) -> str:
    """A row: so far north of a place in 从化, so long after noon."""
    at = NOON + timedelta(hours=hours)
    sensor = "MODIS" if satellite in ("Terra", "Aqua") else "VIIRS"
    return (
        f"{23.7 + north_km * KILOMETRE:.5f},113.75000,{at:%Y-%m-%d},{at:%H%M},{satellite},{sensor},"
        f"{80 if sensor == 'MODIS' else 'n'},{version},{frp},D,{kind}\n"
    )


def take(db: Database, *rows: str) -> ImportResult:
    return import_file(db, REALM, LAYER.id, "firms.csv", (HEADER + "".join(rows)).encode())


def say(db: Database, feature_id: str, status: str, hours: float) -> ImportResult:
    at = (NOON + timedelta(hours=hours)).isoformat()
    table = f"id,detected_at,status,valid_from\n{feature_id},{NOON.isoformat()},{status},{at}\n"
    return import_file(db, REALM, LAYER.id, "duty.csv", table.encode())


def holding(db: Database, hours: float, form: str = "event", **view: Any) -> list[dict[str, Any]]:
    asked = View(at=NOON + timedelta(hours=hours), fields={"form": (form,)}, **view)
    with db.engine("app", REALM).connect() as conn:
        return answers.features(conn, LAYER, asked, limit=1000).features


def told(db: Database, hours: float, *names: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(one["properties"][name] for name in names) for one in holding(db, hours))


def test_an_event_grows_with_its_detections_and_closes_a_day_after_the_last(database: Database) -> None:
    result = take(database, seen(0, 0, frp=4), seen(0.8, 2, frp=9), seen(1.5, 3, frp=6), seen(9, 3))
    assert (result.read, result.added, result.unchanged) == (4, 4, 0)
    assert [told(database, at, "detections", "frp_max_mw") for at in (0.5, 2.5, 26.9, 27.1)] == [
        [(1, 4)], [(2, 9)], [(3, 9)], [],
    ]  # fmt: skip
    [event] = holding(database, 4)
    linked = [one["properties"]["event_id"] for one in holding(database, 4, "satellite")]
    assert sorted(linked, key=str) == sorted([event["id"]] * 3 + [None], key=str)
    assert event["properties"]["footprint_km2"] == pytest.approx(3 * 0.375**2, abs=0.01)
    take(database, seen(1.5, 28))  # a day and an hour later: another fire
    assert told(database, 28.5, "detections") == []


def test_modis_reaches_two_kilometres_and_power_is_not_added(database: Database) -> None:
    take(database, seen(0, 0, frp=40, satellite="Terra"), seen(1.8, 0.5, frp=30), seen(3.2, 0.5, frp=7))
    assert told(database, 1, "detections", "frp_max_mw", "sensors") == [(2, 40, "MODIS Terra; VIIRS NOAA-20")]


def test_two_events_merge_when_a_detection_joins_them_and_the_earlier_one_survives(
    database: Database,
) -> None:
    take(database, seen(0, 0), seen(0.5, 1))
    take(database, seen(2, 2), seen(2.5, 3))
    first, second = sorted((one["id"] for one in holding(database, 4)), key=lambda name: "T0600" in name)
    with database.engine("app", REALM).connect() as conn:
        before = answers.resolve(conn, LAYER, View()).known_at
    take(database, seen(1.2, 4))
    assert [(one["id"], one["properties"]["detections"]) for one in holding(database, 5)] == [(first, 5)]
    with database.engine("app", REALM).connect() as conn:
        last = answers.history(conn, LAYER, second)[-1]
    assert last["properties"]["merged_into"] == first
    assert len(holding(database, 4, known_at=before)) == 2  # what was known then stays known


def test_a_persons_word_goes_before_the_satellites(database: Database) -> None:
    take(database, seen(0, 0), seen(0.5, 1))
    [event] = holding(database, 2)
    assert say(database, event["id"], "confirmed", 2).changed == 1
    take(database, seen(0.9, 6, frp=50))
    assert told(database, 7, "status", "detections", "frp_max_mw") == [("confirmed", 3, 50)]
    assert told(database, 1.5, "status") == [("hotspot",)]
    assert told(database, 60, "status") == [("confirmed",)]  # it does not go away by itself
    say(database, event["id"], "out", 61)
    assert told(database, 62, "status") == [("out",)]
    take(database, seen(0.9, 6, frp=50))
    assert told(database, 62, "status") == [("out",)]


def test_a_hotspot_that_somebody_looks_into_takes_its_word_into_the_event(database: Database) -> None:
    take(database, seen(0, 0))
    [lone] = holding(database, 1, "satellite")
    say(database, lone["id"], "verifying", 0.5)
    take(database, seen(0, 0), seen(0.4, 1))
    assert told(database, 2, "status", "detections") == [("verifying", 2)]
    [kept] = [one for one in holding(database, 2, "satellite") if one["id"] == lone["id"]]
    assert (kept["properties"]["status"], kept["properties"]["frp_mw"]) == ("verifying", 5)


def test_the_standard_row_replaces_the_near_real_time_one_in_either_order(database: Database) -> None:
    early, late = seen(0, 0, frp=5), seen(0.05, 0.05, frp=7, version="2.0")
    neighbour = seen(0.4, 0, frp=1)
    assert take(database, early, neighbour).added == 2
    result = take(database, late)
    assert (result.added, result.changed) == (0, 1)
    again = take(database, early, late)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    powers = sorted(one["properties"]["frp_mw"] for one in holding(database, 1, "satellite"))
    assert powers == [1, 7]
    assert told(database, 1, "detections", "frp_max_mw") == [(2, 7)]


def test_a_standing_source_is_kept_and_is_no_event(
    database: Database,
) -> None:
    take(database, seen(0, 0, version="6.1", kind="2"), seen(0.3, 1, version="6.1", kind="3"))
    states = {
        (one["properties"]["status"], one["properties"]["static_reason"])
        for one in holding(database, 2, "satellite")
    }
    assert states == {("static", "archive")}
    assert holding(database, 2) == []


def test_a_pixel_that_burns_on_ten_days_is_a_standing_source_from_then_on(database: Database) -> None:
    days = [seen(0, 24 * day + 0.1 * day) for day in range(12)]
    Random(3).shuffle(days)
    take(database, *days[:5])
    take(database, *days[5:])
    found = {}
    for day in range(12):
        for one in holding(database, 24 * day + 0.1 * day, "satellite"):
            if one["properties"]["detected_at"].startswith(f"{NOON + timedelta(days=day):%Y-%m-%d}"):
                found[day] = one["properties"]["static_reason"]
    assert found == {day: "persistent" if day >= 9 else None for day in range(12)}


def outcome(db: Database) -> list[tuple[Any, ...]]:
    """Every event as it is known in the end, without its name: what it says over which span."""
    with db.engine("app", REALM).connect() as conn:
        names = {one["id"] for hours in range(0, 120, 2) for one in _page(conn, hours)}
        found = []
        for name in names:
            pieces = [
                one for one in answers.history(conn, LAYER, name) if one["properties"]["recorded_to"] is None
            ]
            found += [
                tuple(
                    (key, str(one["properties"][key]))
                    for key in (
                        "valid_from", "valid_to", "status", "detections", "first_at", "last_at", "frp_max_mw",
                        "sensors", "footprint_km2", "footprint", "districts",
                    )
                )
                for one in pieces
                if one["properties"]["merged_into"] is None
            ]  # fmt: skip
    return sorted(found)


def _page(conn: Any, hours: float) -> Sequence[dict[str, Any]]:
    asked = View(at=NOON + timedelta(hours=hours, minutes=30), fields={"form": ("event",)})
    return answers.features(conn, LAYER, asked, limit=1000).features


def test_whatever_the_order_of_arrival_the_events_are_the_same(database: Database) -> None:
    random = Random(7)
    rows = [
        seen(
            round(random.uniform(0, 14), 2),
            round(random.uniform(0, 90), 1),
            frp=random.randint(1, 99),
            satellite=random.choice(("N", "N20", "Terra")),
        )
        for _ in range(70)
    ]
    ends = []
    for turn in range(2):
        random.shuffle(rows)
        with database.engine("owner", REALM).begin() as conn:
            _empty(conn)
        for start in range(0, len(rows), 12 + 7 * turn):
            take(database, *rows[start : start + 12 + 7 * turn])
        ends.append(outcome(database))
    assert len(ends[0]) > 20
    assert ends[0] == ends[1]


def _empty(conn: Any) -> None:
    conn.execute(text("alter table version disable trigger user"))
    conn.execute(text("delete from version"))
    conn.execute(text("alter table version enable trigger user"))
