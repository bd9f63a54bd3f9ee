"""How many hold and what they add up to, by any of a layer's fields. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store.answers import Moment, conditions
from emmap.view import View

DISTRICT, DISTRICTS = "district", "districts"
"""The group of each of a feature's districts, where one that touches two counts in each; and of all of them together."""


@dataclass(frozen=True, slots=True)
class During:
    """Only features whose `field`, an instant, lies in [start, end). Aware UTC."""

    field: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """One group: its values (text or None; of `DISTRICTS` a list of codes), how many hold, how many of them tell each
    summed field, and the sums."""

    by: tuple[Any, ...]
    count: int
    told: tuple[int, ...]
    sums: tuple[float, ...]


def tally(
    conn: Connection,
    layer: Layer,
    view: View,
    moment: Moment,
    by: Sequence[str],
    *,
    sums: Sequence[str] = (),
    during: During | None = None,
) -> list[Tally]:
    """What holds at a moment under the View, by the fields `by` (or `DISTRICT`, `DISTRICTS`), in the order of their values."""
    where, given = conditions(layer, view, moment)
    if during is not None:
        # Instants are kept as text of one form (UTC, whole seconds): compared as such, a million casts are saved.
        where += (
            f" and v.properties ->> '{_field(layer, during.field)}' collate \"C\" >= :from_text"
            f" and v.properties ->> '{_field(layer, during.field)}' collate \"C\" < :until_text"
        )
        given |= {"from_text": _kept(during.start), "until_text": _kept(during.end)}
    joins = " left join lateral unnest(v.districts) as d(code) on true" if DISTRICT in by else ""
    groups = [_expression(layer, name) for name in by]
    added = [f"(v.properties ->> '{_field(layer, name)}')::double precision" for name in sums]
    columns = [*groups, "count(*)", *(f"count({one})" for one in added), *(f"sum({one})" for one in added)]
    keys = ", ".join(str(place) for place in range(1, len(by) + 1))
    found = conn.execute(
        text(
            f"select {', '.join(columns)} from version v{joins} where {where}"
            + (f" group by {keys} order by {keys}" if by else "")
        ),
        given,
    )
    n, m = len(by), len(sums)
    return [
        Tally(
            tuple(row[:n]),
            row[n],
            tuple(row[n + 1 : n + 1 + m]),
            tuple(float(one or 0) for one in row[n + 1 + m :]),
        )
        for row in found
    ]


def _field(layer: Layer, name: str) -> str:
    """The name of a field that the layer declares; nothing else gets into a statement."""
    return layer.fields[name].name


def _expression(layer: Layer, name: str) -> str:
    if name in (DISTRICT, DISTRICTS):
        return "d.code" if name == DISTRICT else "v.districts"
    field = layer.fields[name]
    return f"v.{field.name}" if field.in_column else f"v.properties ->> '{field.name}'"


def _kept(at: datetime) -> str:
    """An instant as properties hold it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def any_begun(conn: Connection, layer: Layer, moment: Moment, by: datetime) -> bool:
    """Whether anything of the layer, as known at the moment's K, held at any time before `by`."""
    where, given = conditions(layer, View(), moment, timeless=True)
    return bool(
        conn.execute(
            text(
                f"select exists (select from version v where {where} and v.valid && tstzrange(null, :by_instant))"
            ),
            given | {"by_instant": by},
        ).scalar_one()
    )
