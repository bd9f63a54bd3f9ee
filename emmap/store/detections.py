"""Detections and their events as the store knows them now: whole states, for what is grouped anew."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from emmap.layer import Layer, Record
from emmap.store.chains import Standing

Known = dict[str, tuple[list[Record], list[Standing]]]
"""The open versions of features, in the order of their spans: as Records (position 0), and what tells them apart."""

_STATES = (
    "select v.feature_id, lower(v.valid) as start, upper(v.valid) as until, st_asbinary(v.geom) as place, v.hazards,"
    " v.severity, v.status, v.districts, v.form, v.properties, v.content_hash"
    " from version v where v.layer = :layer and v.form = :form and upper_inf(v.recorded)"
)


def lock(conn: Connection, layer: Layer) -> None:
    """Holds the layer's grouping until the transaction ends: two imports may bring detections of one fire at once."""
    conn.execute(
        text(
            "select pg_advisory_xact_lock(hashtextextended(current_schema() || '.detections.' || :layer, 0))"
        ),
        {"layer": layer.id},
    )


def around(
    conn: Connection,
    layer: Layer,
    form: str,
    span: tuple[datetime, datetime],
    box: tuple[float, float, float, float],
) -> Known:
    """Features of a form that start in a stretch of time and lie in a box (west, south, east, north; degrees)."""
    # In a city a few dozen start a day: the index by start finds them. Of a continent the one by place does.
    asked = (
        " and lower(v.valid) between :start and :end"
        " and (v.geom::geometry(Point, 4326)) && st_makeenvelope(:west, :south, :east, :north, 4326)"
    )
    given = dict(zip(("west", "south", "east", "north"), box, strict=True))
    return _known(conn, layer, form, asked, {**given, "start": span[0], "end": span[1]})


def of_events(conn: Connection, layer: Layer, form: str, events: Collection[str]) -> Known:
    """The detections of some events."""
    if not events:
        return {}
    asked = " and v.properties ->> 'event_id' = any(cast(:events as text[]))"
    return _known(conn, layer, form, asked, {"events": list(events)})


def by_id(conn: Connection, layer: Layer, form: str, features: Collection[str]) -> Known:
    """Features of a form by their ids."""
    if not features:
        return {}
    asked = " and v.feature_id = any(cast(:features as text[]))"
    return _known(conn, layer, form, asked, {"features": list(features)})


def _known(conn: Connection, layer: Layer, form: str, asked: str, given: dict[str, Any]) -> Known:
    rows: Iterable[Row[Any]] = conn.execute(
        text(f"{_STATES}{asked} order by v.feature_id, lower(v.valid)"),
        {**given, "layer": layer.id, "form": form},
    )
    found: Known = {}
    for row in rows:
        states, standing = found.setdefault(row.feature_id, ([], []))
        standing.append(Standing(row.feature_id, row.start, row.until, bytes(row.content_hash)))
        states.append(
            Record(
                position=0,
                feature_id=row.feature_id,
                valid_from=row.start,
                valid_to=row.until,
                geometry=bytes(row.place) if row.place is not None else None,
                hazards=tuple(row.hazards),
                severity=row.severity,
                status=row.status,
                form=row.form,
                districts=tuple(row.districts),
                properties=row.properties,
                whole=row.until is not None,
            )
        )
    return found
