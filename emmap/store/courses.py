"""The course of features: every state that they were in, as known at K. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store.answers import Moment, conditions
from emmap.view import View


@dataclass(frozen=True, slots=True)
class Step:
    """A state and its span [start, end), None unbounded; aware UTC. `told` are all fields that are not personal; lon and
    lat in degrees, None without a place."""

    start: datetime | None
    end: datetime | None
    severity: int
    status: str | None
    districts: tuple[str, ...]
    told: Mapping[str, Any]
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """A feature and its states, in order of time."""

    feature_id: str
    steps: tuple[Step, ...]

    @property
    def start(self) -> datetime | None:
        """When the first began."""
        return self.steps[0].start

    @property
    def end(self) -> datetime | None:
        """When the last ends."""
        return self.steps[-1].end

    def last(self, at: datetime) -> Step | None:
        """The latest state that began by `at`."""
        begun = [one for one in self.steps if one.start is None or one.start <= at]
        return begun[-1] if begun else None

    def holds(self, at: datetime) -> bool:
        """Whether it holds at `at`."""
        last = self.last(at)
        return last is not None and (last.end is None or at < last.end)


def courses(
    conn: Connection, layer: Layer, view: View, moment: Moment, start: datetime, end: datetime
) -> list[Course]:
    """The features under the View that held at any time of [start, end), with all their states as known at the moment's
    K, by their beginning. Of a layer with few enough to be listed: the View should bind the form."""
    where, given = conditions(layer, view, moment, timeless=True)
    found = conn.execute(
        text(
            "select v.feature_id, lower(v.valid) as since, upper(v.valid) as until, v.severity, v.status, v.hazards,"
            " v.districts, v.form, v.properties, v.x, v.y, v.shape"
            f" from version v where {where} and v.feature_id in (select v.feature_id from version v where {where}"
            " and v.valid && tstzrange(:from_instant, :until_instant))"
            " order by v.feature_id, lower(v.valid) nulls first"
        ),
        given | {"from_instant": start, "until_instant": end},
    ).all()
    every = [
        Course(feature_id, tuple(_step(row) for row in rows))
        for feature_id, rows in groupby(found, key=lambda row: row.feature_id)
    ]
    return sorted(
        every,
        key=lambda one: (one.start is not None, one.start.timestamp() if one.start else 0, one.feature_id),
    )


def _step(row: Any) -> Step:
    placed = row.shape > 0
    return Step(
        row.since.astimezone(UTC) if row.since else None,
        row.until.astimezone(UTC) if row.until else None,
        row.severity,
        row.status,
        tuple(row.districts),
        {
            **row.properties,
            "hazards": list(row.hazards),
            "severity": row.severity,
            "status": row.status,
            "form": row.form,
        },
        row.x / 1e7 if placed else None,
        row.y / 1e7 if placed else None,
    )
