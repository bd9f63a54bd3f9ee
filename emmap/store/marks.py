"""What paper draws of a layer: style value, place and geometry of everything that holds."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store.answers import Moment, conditions
from emmap.view import View


@dataclass(frozen=True, slots=True)
class Mark:
    """One feature to draw: its style value, severity, place in 1e-7° (None without one), districts, and WKB where
    it is a line or an area."""

    feature_id: str
    value: str | None
    severity: int
    x: int | None
    y: int | None
    districts: tuple[str, ...]
    geometry: bytes | None


def marks(conn: Connection, layer: Layer, view: View, moment: Moment) -> list[Mark]:
    """Everything of a layer that holds under the View, worst first, then by id."""
    where, given = conditions(layer, view, moment)
    field = layer.fields[layer.style.by]
    value = f"v.{field.name}::text" if field.in_column else f"v.properties ->> '{field.name}'"
    found = conn.execute(
        text(
            f"select v.feature_id, {value}, v.severity, v.x, v.y, v.districts, v.shape,"
            " case when v.shape > 1 then st_asbinary(v.geom) end from version v"
            f" where {where} order by v.severity desc, v.feature_id"
        ),
        given,
    )
    return [_mark(row) for row in found]


def _mark(row: Any) -> Mark:
    placed = row[6] > 0
    return Mark(
        row[0], row[1], row[2], row[3] if placed else None, row[4] if placed else None, tuple(row[5]),
        bytes(row[7]) if row[7] is not None else None,
    )  # fmt: skip
