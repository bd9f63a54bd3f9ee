"""The year's 285 fire alarms, some satellite detections, and a few that are new when it is loaded."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from emmap.exercise.city_2020 import fires_seen
from emmap.exercise.city_2020.year import day, ground, random
from emmap.exercise.ground import Town, point
from emmap.exercise.knowledge import Fact, History, chained, history
from emmap.layer import Layer, Row
from emmap.store.history import HistoryRow

ALARMS, VERIFIED, BURNT_MU = 285, 31, 873.21
"""Alarms, verified fires and the area burnt (亩) in 2020, of the bureau's report."""
DETECTIONS = 120
WOODED = ("440117", "440118", "440111", "440114", "440112")
SEASON = np.array([4.0, 5.0, 4.5, 3.5, 0.7, 0.3, 0.4, 0.4, 0.9, 3.0, 4.0, 4.5])
"""Weight of each month: the dry half of the year burns."""
SATELLITES = (("Suomi NPP", "VIIRS"), ("NOAA-20", "VIIRS"), ("Terra", "MODIS"), ("Aqua", "MODIS"))
HOURS_AGO = (0.6, 1.4, 2.2, 3.1, 4.0, 6.5)
"""Satellite detections at loading. Reported alarms are the year's alone, so that their number stays true."""
MARK = "演练数据"

States = list[tuple[datetime, datetime, datetime | None, dict[str, Any]]]
"""(recorded at, from, to, fields) of one fire."""


def histories(layer: Layer, share: float, now: datetime) -> History:
    """Alarms and detections; their number does not depend on `share`."""
    return History.of(_rows(layer, now.astimezone(UTC).replace(microsecond=0)))


def _rows(layer: Layer, now: datetime) -> Iterator[HistoryRow]:
    rng = random(3)
    towns = [town for code in WOODED for town in ground().by_district[code] if town.name.endswith("镇")]
    verified = set(rng.choice(ALARMS, VERIFIED, replace=False).tolist())
    burnt = iter(_areas(rng))
    number = 0
    for i, at in enumerate(_moments(rng, ALARMS)):
        number += 1
        town = towns[int(rng.integers(len(towns)))]
        yield from _fire(
            layer, number, f"HQ-2020-{i + 1:03d}", town, rng,
            _alarm(rng, day(at), town, next(burnt) if i in verified else None),
        )  # fmt: skip
    for i, at in enumerate(_moments(rng, DETECTIONS)):
        number += 1
        town = towns[int(rng.integers(len(towns)))]
        yield from _fire(layer, number, f"WX-2020-{i + 1:03d}", town, rng, _detection(rng, day(at), 3.0))
    for i, hours in enumerate(HOURS_AGO):
        number += 1
        town = towns[(7 * i) % len(towns)]
        seen = _detection(rng, now - timedelta(hours=hours), min(hours, 1.0) / 2)
        yield from _fire(layer, number, f"WX-NOW-{i + 1}", town, rng, seen)
    for i, (name, hours) in enumerate((("派潭镇", 5), ("良口镇", 1), ("梯面镇", 3))):
        number += 1
        town = ground().named(name)
        seen = _looked_into(rng, now - timedelta(hours=hours), town)
        yield from _fire(layer, number, f"WX-NOW-{len(HOURS_AGO) + i + 1}", town, rng, seen, stays=True)
    yield from fires_seen.rows(layer, rng, towns, now, MARK)


def _moments(rng: np.random.Generator, count: int) -> list[float]:
    months = rng.choice(12, count, p=SEASON / SEASON.sum())
    return sorted((months * 30.5 + rng.uniform(0, 30, count)).tolist())


def _areas(rng: np.random.Generator) -> list[float]:
    """The verified fires' burnt areas in 亩, to two places, adding up exactly."""
    weight = rng.lognormal(0.0, 0.9, VERIFIED)
    cents = np.floor(weight / weight.sum() * BURNT_MU * 100).astype(int)
    cents[-1] += round(BURNT_MU * 100) - int(cents.sum())
    return [float(n) / 100 for n in cents]


def _alarm(rng: np.random.Generator, at: datetime, town: Town, burnt: float | None) -> States:
    """A reported fire: looked into, then false or put out; its case closes a while later."""
    told = at + timedelta(minutes=int(rng.integers(2, 12)))
    checked = at + timedelta(minutes=int(rng.integers(25, 110)))
    base = {"name": f"{town.name}山林烟火报警", "form": "report", "detected_at": at, "note": MARK}
    states: States = [(told, at, None, {**base, "status": "verifying"})]
    learned = checked + timedelta(minutes=int(rng.integers(1, 15)))
    if burnt is None:
        closed = checked + timedelta(hours=24)
        return [*states, (learned, checked, closed, {**base, "status": "false_alarm"})]
    fire = {**base, "name": f"{town.name}森林火情"}
    out = checked + timedelta(hours=float(rng.uniform(2, 14)))
    out = out.replace(microsecond=0)
    final = {
        "burnt_area_mu": burnt,
        "affected_forest_area_mu": round(burnt * float(rng.uniform(0.3, 0.8)), 2),
    }
    return [
        *states,
        (learned, checked, None, {**fire, "status": "confirmed"}),
        (out + timedelta(minutes=20), out, out + timedelta(days=3), {**fire, **final, "status": "out"}),
    ]


def _detection(rng: np.random.Generator, at: datetime, delay_hours: float) -> States:
    satellite, sensor = SATELLITES[int(rng.integers(len(SATELLITES)))]
    confidence = str(rng.choice(["low", "nominal", "high"], p=[0.2, 0.6, 0.2]))
    seen = {
        "form": "satellite",
        "status": "hotspot",
        "detected_at": at,
        "satellite": satellite,
        "sensor": sensor,
        "frp_mw": round(float(rng.lognormal(1.6, 0.7)), 1),
        "confidence": confidence,
        "note": MARK,
    }
    return [(at + timedelta(hours=delay_hours), at, None, seen)]


def _looked_into(rng: np.random.Generator, at: datetime, town: Town) -> States:
    """A detection that somebody looks into; nobody has said yet what it is."""
    ((recorded_at, start, _, seen),) = _detection(rng, at, 0.25)
    named = {**seen, "name": f"【演练】{town.name}卫星热点", "confidence": "high"}
    checked = at + timedelta(minutes=25)
    return [(recorded_at, start, None, named), (checked, checked, None, {**named, "status": "verifying"})]


def _fire(
    layer: Layer,
    position: int,
    feature_id: str,
    town: Town,
    rng: np.random.Generator,
    states: States,
    stays: bool = False,
) -> Iterator[HistoryRow]:
    """A fire's history. `stays`: it holds until somebody ends it, not for its layer's time to live."""
    lon, lat = ground().scatter(rng, [town], 4.0)[0]

    def row(start: datetime, end: datetime | None, values: Mapping[str, Any]) -> Row:
        return Row(
            position=position,
            feature_id=feature_id,
            properties=layer.properties.model_validate(values),
            geometry=point(lon, lat),
            valid_from=start,
            valid_to=end,
            districts=(town.district,),
        )

    facts = [
        Fact(
            recorded_at.replace(microsecond=0),
            replace(record, valid_to=None, whole=False) if stays else record,
        )
        for recorded_at, start, end, values in states
        for record in layer.records(row(start, end, values))
    ]
    yield from history(chained(facts))
