"""A detection as grouping sees it: where and when a satellite saw something burn, and all that is said of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely

from emmap.ingest.detections.space import Floats, Numbers
from emmap.layer import Detections, Record

NO_SENSOR = "VIIRS"
"""What a detection without a known sensor counts as: the narrower reach."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One detection: its states in the order of their spans (more than one where a person spoke), and what the feed
    says of it. `at` is aware UTC; `lon` and `lat` are degrees; `grade` tells near real time from standard."""

    states: tuple[Record, ...]
    at: datetime
    lon: float
    lat: float

    @property
    def feature_id(self) -> str:
        """Its id."""
        return self.states[0].feature_id

    @property
    def latest(self) -> Record:
        """Its last known state."""
        return self.states[-1]

    @property
    def sensor(self) -> str | None:
        """The instrument."""
        found = self.latest.properties.get("sensor")
        return None if found is None else str(found)

    @property
    def event_id(self) -> str | None:
        """The event it belongs to, as it was last written."""
        found = self.latest.properties.get("event_id")
        return None if found is None else str(found)


def sighting_of(states: Iterable[Record]) -> Sighting | None:
    """A detection from its states; None where time or place is not known."""
    told = tuple(states)
    at, place = told[-1].properties.get("detected_at"), told[-1].geometry
    if not isinstance(at, str) or place is None:
        return None
    point = shapely.from_wkb(place)
    return Sighting(told, datetime.fromisoformat(at).astimezone(UTC), float(point.x), float(point.y))


def side_of(rule: Detections, sensor: str | None) -> float:
    """A pixel's side, metres."""
    return rule.pixel_m.get(sensor or "", rule.pixel_m[NO_SENSOR])


def reach_of(rule: Detections, sensor: str | None) -> float:
    """How far two detections of one event may lie apart, metres."""
    return rule.reach_m.get(sensor or "", rule.reach_m[NO_SENSOR])


def places(sightings: Iterable[Sighting]) -> tuple[Floats, Floats]:
    """Longitudes and latitudes."""
    found = np.array([(one.lon, one.lat) for one in sightings], dtype=np.float64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def seconds(sightings: Iterable[Sighting]) -> Numbers:
    """Instants as seconds since 1970."""
    return np.array([round(one.at.timestamp()) for one in sightings], dtype=np.int64)


def order(one: Sighting) -> tuple[Any, ...]:
    """Detections go by when they were made; of several at one instant by place."""
    return one.at, one.lat, one.lon, one.feature_id
