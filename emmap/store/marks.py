"""What paper draws and counts of a layer: everything that holds under a View, packed for hundreds of thousands."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store.answers import Moment, conditions
from emmap.view import View


@dataclass(frozen=True, slots=True)
class Outlined:
    """A feature that is a line or an area: the value it is styled by and its geometry as WKB, EPSG:4326."""

    value: str | None
    geometry: bytes


@dataclass(frozen=True, slots=True)
class Headline:
    """A feature by name, for lists on paper. `valid_to` None: without end; lon and lat in degrees, None without a
    place."""

    title: str
    severity: int
    valid_from: datetime | None
    valid_to: datetime | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Marks:
    """A layer's answer for paper.

    `counts` by (style value, severity); `places` by style value, (n, 2) of lon and lat in 1e-7°, points only;
    `outlined` mildest first; `districts` by (district, severity), where a feature counts in each district that it
    touches and None is none; `unplaced` have no place; `last_recorded`: when the layer was last written, by K.
    """

    counts: Mapping[tuple[str | None, int], int]
    places: Mapping[str | None, npt.NDArray[np.int32]]
    outlined: tuple[Outlined, ...]
    districts: Mapping[tuple[str | None, int], int]
    unplaced: int
    last_recorded: datetime | None

    @property
    def total(self) -> int:
        """How many hold, each once."""
        return sum(self.counts.values())

    def extent(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees of all that has a place; None where nothing has."""
        corners = [
            xy
            for places in self.places.values()
            if len(places)
            for xy in (places.min(axis=0), places.max(axis=0))
        ]
        found = [np.array(corners) / 1e7] if corners else []
        if self.outlined:
            west, south, east, north = shapely.total_bounds(
                shapely.from_wkb([one.geometry for one in self.outlined])
            )
            found.append(np.array([(west, south), (east, north)]))
        if not found:
            return None
        every = np.concatenate(found)
        (west, south), (east, north) = every.min(axis=0).tolist(), every.max(axis=0).tolist()
        return west, south, east, north


NOTHING = Marks({}, {}, (), {}, 0, None)
"""What a layer that was never written answers."""


def marks(conn: Connection, layer: Layer, view: View, moment: Moment) -> Marks:
    """Everything of a layer that holds under the View at a moment."""
    where, given = conditions(layer, view, moment)
    counts: Counter[tuple[str | None, int]] = Counter()
    districts: Counter[tuple[str | None, int]] = Counter()
    packed: dict[str | None, list[bytes]] = {}
    unplaced = 0
    # One row a style and district: places travel as bytes, since half a million rows would take seconds to read one by one.
    for row in conn.execute(
        text(
            f"select {_value(layer)} as value, v.severity, v.districts, count(*) as n,"
            " count(*) filter (where v.shape = 0) as unplaced,"
            " string_agg(int4send(v.x) || int4send(v.y), ''::bytea) filter (where v.shape = 1) as places"
            f" from version v where {where} group by 1, 2, 3"
        ),
        given,
    ):
        counts[row.value, row.severity] += row.n
        for code in row.districts or (None,):
            districts[code, row.severity] += row.n
        unplaced += row.unplaced
        if row.places:
            packed.setdefault(row.value, []).append(bytes(row.places))
    # Where all are points, no second look at each is needed.
    outlined = () if layer.geometry == "point" else _outlined(conn, layer, where, given)
    return Marks(
        counts=dict(counts),
        places={value: _unpacked(b"".join(parts)) for value, parts in packed.items()},
        outlined=tuple(outlined),
        districts=dict(districts),
        unplaced=unplaced,
        last_recorded=last_recorded(conn, layer, moment),
    )


def last_recorded(conn: Connection, layer: Layer, moment: Moment) -> datetime | None:
    """When the layer was last written, by the moment's K."""
    found: datetime | None = conn.execute(
        text(
            "select max(lower(v.recorded)) from version v where v.layer = :layer and lower(v.recorded) <= :known_at"
        ),
        {"layer": layer.id, "known_at": moment.known_at},
    ).scalar()
    return found


def _outlined(conn: Connection, layer: Layer, where: str, given: Mapping[str, Any]) -> list[Outlined]:
    """What is no point, the mildest first."""
    found = conn.execute(
        text(
            f"select {_value(layer)}, st_asbinary(v.geom) from version v where {where} and v.shape > 1"
            " order by v.severity, v.feature_id, v.version_id"
        ),
        given,
    )
    return [Outlined(row[0], bytes(row[1])) for row in found]


def headlines(conn: Connection, layer: Layer, view: View, moment: Moment, limit: int) -> list[Headline]:
    """The worst features of a layer, the newest first among equals."""
    where, given = conditions(layer, view, moment)
    found = conn.execute(
        text(
            "select v.feature_id, v.severity, v.status, v.form, v.properties, lower(v.valid) as since,"
            f" upper(v.valid) as until, v.x, v.y, v.shape from version v where {where}"
            " order by v.severity desc, lower(v.valid) desc nulls last, v.feature_id limit :limit"
        ),
        given | {"limit": limit},
    )
    return [_headline(layer, row) for row in found]


def _value(layer: Layer) -> str:
    """The SQL of what the layer is styled by, as text."""
    field = layer.fields[layer.style.by]
    return f"v.{field.name}::text" if field.in_column else f"v.properties ->> '{field.name}'"


def _unpacked(raw: bytes) -> npt.NDArray[np.int32]:
    return np.frombuffer(raw, dtype=">i4").astype(np.int32).reshape(-1, 2)


def _headline(layer: Layer, row: Any) -> Headline:
    told = {**row.properties, "severity": row.severity, "status": row.status, "form": row.form}
    placed = row.shape > 0
    return Headline(
        title=layer.title_of(told, "zh") or row.feature_id,
        severity=row.severity,
        valid_from=row.since,
        valid_to=row.until,
        lon=row.x / 1e7 if placed else None,
        lat=row.y / 1e7 if placed else None,
    )
