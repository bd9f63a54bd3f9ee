"""Fires that satellites saw several times: their detections, and the events that these make as each pass comes in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from emmap.exercise.city_2020.year import day, ground
from emmap.exercise.ground import Town, point
from emmap.exercise.knowledge import history
from emmap.ingest.detections import clusters, events
from emmap.ingest.detections.sightings import Sighting, sighting_of
from emmap.ingest.detections.words import Word
from emmap.layer import Detections, Layer, Record, Row
from emmap.store.history import HistoryRow

DAYS = (17.4, 45.6, 71.5, 288.3, 331.4, 352.6)
"""Days of the year on which they begin, in the dry months."""
PASSES = (0.0, 0.9, 6.4, 12.1, 13.0, 18.7)
"""Hours after the first pass at which one of the satellites looks again."""
PASSES_NOW = (-5.2, -4.4, -2.1)
"""The same of the fire that burns when the exercise is loaded, hours before that."""
DELAY = timedelta(hours=1.5)
SATELLITES = ("Suomi NPP", "NOAA-20", "NOAA-21")
SPREAD_KM = 0.45


def rows(
    layer: Layer, rng: np.random.Generator, towns: list[Town], now: datetime, note: str
) -> Iterator[HistoryRow]:
    """Their whole history; all of it made up, as `note` says."""
    begun: list[tuple[str, datetime, tuple[float, ...]]] = [
        (f"{i + 1}", day(at), PASSES) for i, at in enumerate(DAYS)
    ]
    begun.append(("NOW", now, PASSES_NOW))
    for number, (name, start, passes) in enumerate(begun):
        town = ground().named("派潭镇") if name == "NOW" else towns[(11 * number) % len(towns)]
        yield from _fire(layer, rng, f"WX-FIRE-{name}", town, start, passes, note)


def _fire(
    layer: Layer,
    rng: np.random.Generator,
    name: str,
    town: Town,
    start: datetime,
    passes: tuple[float, ...],
    note: str,
) -> Iterator[HistoryRow]:
    rule = layer.detections
    assert rule is not None
    lon, lat = ground().scatter(rng, [town], 3.0)[0]
    seen: list[Sighting] = []
    for i, hours in enumerate(passes):
        at = (start + timedelta(hours=hours)).replace(second=0, microsecond=0)
        for j in range(int(rng.integers(1, 4))):
            record = _detection(
                layer, rng, f"{name}-{i + 1}{'abc'[j]}", town, at, (lon, lat), SATELLITES[i % 3], note
            )
            if (one := sighting_of([record])) is not None:
                seen.append(one)
    said = Word(seen[0].at, None, None, {"name": f"【演练】{town.name}火情事件", "note": note})
    yield from _told(layer, rule, seen, said)


def _told(layer: Layer, rule: Detections, seen: list[Sighting], said: Word) -> Iterator[HistoryRow]:
    """The detections and their event, as they were known after each pass."""
    steps: dict[str, list[tuple[datetime, list[Record]]]] = {}
    for at in sorted({one.at for one in seen}):
        known = [one for one in seen if one.at <= at]
        found, _ = events.named(clusters.clusters(known, rule), {})
        belongs = {one.feature_id: event.feature_id for event in found for one in event.sightings}
        for one in known:
            properties = dict(one.latest.properties)
            if one.feature_id in belongs:
                properties["event_id"] = belongs[one.feature_id]
            steps.setdefault(one.feature_id, []).append(
                (at + DELAY, [replace(one.latest, properties=properties)])
            )
        for event in found:
            steps.setdefault(event.feature_id, []).append(
                (at + DELAY, events.states(layer, rule, event, [[said]]))
            )
    for known_of in steps.values():
        yield from history(known_of)


def _detection(
    layer: Layer,
    rng: np.random.Generator,
    feature_id: str,
    town: Town,
    at: datetime,
    place: tuple[float, float],
    satellite: str,
    note: str,
) -> Record:
    east, north = rng.normal(0.0, SPREAD_KM, 2)
    values = {
        "form": "satellite",
        "status": "hotspot",
        "detected_at": at,
        "satellite": satellite,
        "sensor": "VIIRS",
        "frp_mw": round(float(rng.lognormal(2.0, 0.6)), 1),
        "confidence": str(rng.choice(["nominal", "high"], p=[0.7, 0.3])),
        "note": note,
    }
    row = Row(
        position=1,
        feature_id=feature_id,
        properties=layer.properties.model_validate(values),
        geometry=point(place[0] + east / 102.5, place[1] + north / 110.8),
        districts=(town.district,),
    )
    return layer.records(row)[0]
