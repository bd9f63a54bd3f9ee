"""What is nearest to a place, in metres over the ellipsoid. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store.answers import Moment, conditions
from emmap.view import View


@dataclass(frozen=True, slots=True)
class Near:
    """A feature and its straight distance in metres. `told` are its fields, without the personal ones."""

    feature_id: str
    metres: float
    told: Mapping[str, Any]


def nearest(
    conn: Connection, layer: Layer, view: View, moment: Moment, lon: float, lat: float, limit: int
) -> list[Near]:
    """The features under the View that have a place, nearest first. `lon`, `lat` in degrees (WGS 84)."""
    where, given = conditions(layer, view, moment)
    found = conn.execute(
        text(
            "select v.feature_id, v.status, v.hazards, v.properties,"
            " st_distance(v.geom::geography, st_setsrid(st_makepoint(:lon, :lat), 4326)::geography) as metres"
            f" from version v where {where} and v.geom is not null order by metres, v.feature_id limit :limit"
        ),
        given | {"lon": lon, "lat": lat, "limit": limit},
    )
    return [
        Near(
            row.feature_id,
            row.metres,
            {**row.properties, "status": row.status, "hazards": list(row.hazards)},
        )
        for row in found
    ]
