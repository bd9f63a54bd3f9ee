"""An event's states: how it grew with each detection, from the first until a gap after the last.

Radiative power is the greatest of one pixel: overlapping sensors see the same fire, so powers are never added. The
footprint is the ground under the pixels (nominal size, north up), each bit of it counted once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely

from emmap.codes import districts
from emmap.ingest.detections.sightings import NO_SENSOR, Sighting, order, places, side_of
from emmap.ingest.detections.words import Word, end_of, spoken, worded
from emmap.layer import Detections, Layer, Record, Row

_DEGREE_M = 111_320.0
LONGEST_OUTLINE = 2_000
"""Characters of an outline; a more ragged one is given by its hull."""


@dataclass(frozen=True, slots=True)
class Event:
    """Detections that belong together, in order, under the id that the event has."""

    feature_id: str
    sightings: tuple[Sighting, ...]


def named(
    groups: Sequence[Sequence[Sighting]], taken: Mapping[str, datetime | None]
) -> tuple[list[Event], dict[str, str | None]]:
    """The events of some groups under the ids that they had, and where the ids of `taken` (id to when that event
    began) have gone that no event bears any longer: to the id of another event, or to none.

    An id stays with the detection that bore it first. Where events merge, the id of the one that began first survives.
    A new event is named after its first detection.
    """
    bearers: dict[str, tuple[Any, int]] = {}
    for number, group in enumerate(groups):
        for one in group:
            if one.event_id is not None and one.event_id in taken:
                bearers[one.event_id] = min(
                    bearers.get(one.event_id, (order(one), number)), (order(one), number)
                )
    claimed: dict[int, list[tuple[Any, str]]] = {}
    for feature_id, (first, number) in bearers.items():
        claimed.setdefault(number, []).append((first, feature_id))
    events: list[Event] = []
    gone: dict[str, str | None] = dict.fromkeys(taken)
    used = {min(ids)[1] for ids in claimed.values()}
    for number, group in enumerate(groups):
        own = min(claimed[number])[1] if number in claimed else _fresh(group[0], used | set(taken))
        used.add(own)
        events.append(Event(own, tuple(group)))
        for _, feature_id in claimed.get(number, ()):
            gone[feature_id] = own
    return events, {feature_id: other for feature_id, other in gone.items() if feature_id != other}


def _fresh(first: Sighting, used: set[str]) -> str:
    stem = f"event_{first.feature_id}"
    return next(
        name for i in range(1, len(used) + 2) if (name := stem if i == 1 else f"{stem}_{i}") not in used
    )


def states(layer: Layer, rule: Detections, event: Event, words: Sequence[Sequence[Word]]) -> list[Record]:
    """The event's states in order, with what people said of it (and of its detections) in the feed's place."""
    members = event.sightings
    times = sorted({one.at for one in members})
    over = times[-1] + rule.gap
    bounds = sorted({*times, *(word.at for said in words for word in said if word.at >= times[0])})
    end = end_of(spoken(words, bounds[-1], rule), over, rule.gap, rule)
    bounds = [at for at in bounds if end is None or at < end]
    grown = _Grown(layer, rule, event)
    found: list[Record] = []
    for at, following in zip(bounds, [*bounds[1:], end], strict=True):
        record = replace(grown.by(at), valid_from=at, valid_to=following)
        found.append(worded(record, spoken(words, at, rule)))
    return found


def farewell(
    layer: Layer, rule: Detections, event_id: str, survivor: Event, began: datetime | None
) -> Record:
    """The one second that is left of an event that was part of another all along: it says where it went."""
    at = began or survivor.sightings[0].at
    record = _Grown(layer, rule, survivor).by(survivor.sightings[-1].at)
    return replace(
        record,
        feature_id=event_id,
        valid_from=at,
        valid_to=at + timedelta(seconds=1),
        properties={
            **{k: v for k, v in record.properties.items() if k in ("detected_at", "first_at", "last_at")},
            "merged_into": survivor.feature_id,
        },
    )


class _Grown:
    """The event as it was by some instant."""

    def __init__(self, layer: Layer, rule: Detections, event: Event) -> None:
        self._layer, self._rule, self._event = layer, rule, event
        self._squares = _squares(event.sightings, rule)
        self._known: dict[int, Record] = {}
        self._ground: tuple[int, Any] = (0, shapely.Polygon())

    def by(self, at: datetime) -> Record:
        seen = [one for one in self._event.sightings if one.at <= at]
        count = len(seen)
        if count not in self._known:
            self._known[count] = self._record(seen)
        return self._known[count]

    def _record(self, seen: Sequence[Sighting]) -> Record:
        powers = [(power, one) for one in seen if (power := _power(one)) is not None]
        brightest = max(powers, key=lambda pair: (pair[0], order(pair[1])))[1] if powers else seen[-1]
        known, ground = self._ground
        if len(seen) < known:
            known, ground = 0, shapely.Polygon()
        ground = shapely.union_all([ground, *self._squares[known : len(seen)]])
        self._ground = len(seen), ground
        area_km2, outline = _footprint(ground, seen[0])
        touched = {code for one in seen for code in one.latest.districts}
        values = {
            "detected_at": seen[0].at,
            "form": self._rule.into,
            "status": next(status for status in self._rule.plain if status != self._rule.masked),
            "detections": len(seen),
            "first_at": seen[0].at,
            "last_at": seen[-1].at,
            "frp_max_mw": max(power for power, _ in powers) if powers else None,
            "sensors": "; ".join(sorted({_instrument(one) for one in seen})),
            "footprint_km2": area_km2,
            "footprint": outline,
        }
        row = Row(
            position=0,
            feature_id=self._event.feature_id,
            properties=self._layer.properties.model_validate(values),
            geometry=brightest.latest.geometry,
            valid_from=seen[0].at,
            valid_to=seen[-1].at + self._rule.gap,
            districts=tuple(code for code in districts() if code in touched),
        )
        return self._layer.records(row)[0]


def _power(one: Sighting) -> float | None:
    power = one.latest.properties.get("frp_mw")
    return float(power) if isinstance(power, int | float) else None


def _instrument(one: Sighting) -> str:
    properties = one.latest.properties
    return (
        " ".join(str(properties[name]) for name in ("sensor", "satellite") if properties.get(name))
        or NO_SENSOR
    )


def _squares(seen: Sequence[Sighting], rule: Detections) -> Any:
    """The pixels, in metres east and north of the first."""
    lon, lat = places(seen)
    half = np.array([side_of(rule, one.sensor) / 2 for one in seen])
    x = (lon - lon[0]) * _DEGREE_M * np.cos(np.radians(lat[0]))
    y = (lat - lat[0]) * _DEGREE_M
    return shapely.box(x - half, y - half, x + half, y + half)


def _footprint(ground: Any, first: Sighting) -> tuple[float, str]:
    """The ground under some pixels: km² to two places, and its outline as WKT in degrees."""
    outline = _in_degrees(ground, first)
    if len(outline) > LONGEST_OUTLINE:
        outline = _in_degrees(shapely.convex_hull(ground), first)
    return round(float(shapely.area(ground)) / 1e6, 2), outline


def _in_degrees(ground: Any, first: Sighting) -> str:
    east = _DEGREE_M * np.cos(np.radians(first.lat))
    there = shapely.transform(
        ground, lambda xy: np.column_stack((first.lon + xy[:, 0] / east, first.lat + xy[:, 1] / _DEGREE_M))
    )
    return str(shapely.to_wkt(there, rounding_precision=5))
