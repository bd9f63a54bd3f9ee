"""Extracts: every feature that holds under a View, whole, for files. Streamed, and the same for ever once K is final."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store.answers import Moment, conditions
from emmap.view import View

_AT_A_TIME = 5_000


@dataclass(frozen=True, slots=True)
class Extracted:
    """A feature as it holds. `geometry`: WKB in EPSG:4326, None without a place; `fields`: those of its layer that are
    not personal; bounds None where there are none; `recorded_from`: since when it was known so."""

    feature_id: str
    geometry: bytes | None
    fields: Mapping[str, Any]
    districts: tuple[str, ...]
    valid_from: datetime | None
    valid_to: datetime | None
    recorded_from: datetime | None


def extract(conn: Connection, layer: Layer, view: View, moment: Moment) -> Iterator[Extracted]:
    """All of them, by id. Until when a version was known is left out: that may still be written."""
    where, given = conditions(layer, view, moment)
    declared = [name for name, field in layer.fields.items() if not field.info.personal]
    found = conn.execute(
        text(
            "select v.feature_id, st_asbinary(v.geom) as geometry, v.hazards, v.severity, v.status, v.form, v.properties,"
            " v.districts, lower(v.valid) as valid_from, upper(v.valid) as valid_to, lower(v.recorded) as recorded_from"
            f' from version v where {where} order by v.feature_id collate "C", lower(v.valid) nulls first'
        ),
        given,
        execution_options={"yield_per": _AT_A_TIME},
    )
    for row in found:
        columns = {"hazards": row.hazards, "severity": row.severity, "status": row.status, "form": row.form}
        yield Extracted(
            feature_id=row.feature_id,
            geometry=bytes(row.geometry) if row.geometry is not None else None,
            fields={
                name: columns[name] if layer.fields[name].in_column else row.properties.get(name)
                for name in declared
            },
            districts=tuple(row.districts),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            recorded_from=row.recorded_from,
        )
