"""What a View selects, for totals and tables: by level, district, hazard and by who answers for it; and row by row.

A selection is asked in one transaction of one snapshot (`snapshot`), so that its sheets agree while others write.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from emmap.layer import Field, Layer
from emmap.store.answers import Moment, conditions, resolve
from emmap.store.database import Database
from emmap.view import View

AT_ONCE = 2000
"""Rows that travel together."""


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for some features, by the values of the layer's `responsible` fields in their order (None: not
    stated), and how many by severity."""

    names: tuple[str | None, ...]
    severity: Counter[int]

    @property
    def total(self) -> int:
        """How many, each once."""
        return self.severity.total()


@dataclass(slots=True)
class Totals:
    """A layer's part of a selection. One feature in two districts, or of two hazards, counts in each; None is none.
    `sums` adds up the fields declared `summed`; None where no feature states one. `responsible` has the most first."""

    moment: Moment
    severity: Counter[int] = field(default_factory=Counter)
    districts: Counter[str | None] = field(default_factory=Counter)
    hazards: Counter[str | None] = field(default_factory=Counter)
    sums: dict[str, float | None] = field(default_factory=dict)
    responsible: list[Responsible] = field(default_factory=list)
    unplaced: int = 0

    @property
    def total(self) -> int:
        """How many, each once."""
        return self.severity.total()


@dataclass(frozen=True, slots=True)
class Selected:
    """One selected feature: its declared fields (`values`; personal ones only where they may be seen), districts,
    place in degrees (a representative point of lines and areas, None without a place) and times."""

    feature_id: str
    values: dict[str, Any]
    districts: tuple[str, ...]
    lon: float | None
    lat: float | None
    shape: int
    valid_from: datetime | None
    valid_to: datetime | None
    recorded_at: datetime
    source: str | None


def snapshot(database: Database, realm: str) -> Connection:
    """A connection whose statements all see the same state of the store."""
    return database.engine("app", realm).connect().execution_options(isolation_level="REPEATABLE READ")


def responsible_fields(layer: Layer, *, personal: bool) -> list[Field]:
    """The fields that name who answers for a feature, as far as the asker may see them."""
    fields = [layer.fields[name] for name in layer.responsible]
    return [one for one in fields if personal or not one.info.personal]


def totals(conn: Connection, layer: Layer, view: View, *, personal: bool = False) -> Totals:
    """How many a View selects of a layer, in every grouping, from one pass over its versions."""
    moment = resolve(conn, layer, view)
    where, given = conditions(layer, view, moment)
    who = responsible_fields(layer, personal=personal)
    summed = [one for one in layer.fields.values() if one.info.summed and (personal or not one.info.personal)]
    columns = "".join(f", {_value(one)} as who_{n}" for n, one in enumerate(who))
    columns += "".join(f", ({_value(one)})::numeric as sum_{n}" for n, one in enumerate(summed))
    names = "array[" + ", ".join(f"who_{n}" for n in range(len(who))) + "]::text[]"
    sums = "array[" + ", ".join(f"sum(sum_{n})" for n in range(len(summed))) + "]::float8[]"
    held = (
        f"select v.severity, v.districts, v.hazards, v.shape{columns} from version v"
        f" left join personal p on p.personal_id = v.personal_id where {where}"
    )
    found = conn.execute(
        text(
            f"with held as materialized ({held})"
            " select 'severity' as part, null::text[] as names, severity, count(*) as n, null::float8[] as sums"
            " from held group by severity"
            " union all select 'district', array[d.code], null, count(*), null"
            " from held left join lateral unnest(districts) as d(code) on true group by d.code"
            " union all select 'hazard', array[h.code], null, count(*), null"
            " from held left join lateral unnest(hazards) as h(code) on true group by h.code"
            f" union all select 'responsible', {names}, severity, count(*), null from held"
            f" where {'true' if who else 'false'} group by 2, severity"
            f" union all select 'all', null, null, count(*) filter (where shape = 0), {sums} from held"
        ),
        given,
    )
    told = Totals(moment)
    answering: dict[tuple[str | None, ...], Counter[int]] = {}
    for part, key, severity, n, added in found:
        match part:
            case "severity":
                told.severity[severity] += n
            case "district":
                told.districts[key[0]] += n
            case "hazard":
                told.hazards[key[0]] += n
            case "responsible":
                answering.setdefault(tuple(key), Counter())[severity] += n
            case "all":
                told.unplaced = n
                told.sums = dict(zip((one.name for one in summed), added, strict=True))
    told.responsible = [Responsible(names, counts) for names, counts in answering.items()]
    told.responsible.sort(key=lambda one: (-one.total, tuple(name or "" for name in one.names)))
    return told


def rows(conn: Connection, layer: Layer, view: View, *, personal: bool = False) -> Iterator[Selected]:
    """Every feature that a View selects, worst first, then by id; read as they are wanted."""
    where, given = conditions(layer, view, resolve(conn, layer, view))
    fields = [one for one in layer.fields.values() if personal or not one.info.personal]
    found = conn.execution_options(yield_per=AT_ONCE).execute(
        text(
            "select v.feature_id, v.hazards, v.severity, v.status, v.form, v.properties, v.districts, v.x, v.y, v.shape,"
            f" v.valid, lower(v.recorded) as recorded_at, m.name, m.source, {'p.properties' if personal else 'null'}"
            " as personal from version v left join source_message m on m.message_id = v.source_message_id"
            " left join personal p on p.personal_id = v.personal_id"
            f" where {where} order by -v.severity, v.feature_id"
        ),
        given,
    )
    for row in found:
        kept = row.properties | (row.personal or {})
        columns = {"hazards": row.hazards, "severity": row.severity, "status": row.status, "form": row.form}
        yield Selected(
            row.feature_id,
            {one.name: columns[one.name] if one.in_column else kept.get(one.name) for one in fields},
            tuple(row.districts),
            row.x / 1e7 if row.shape else None,
            row.y / 1e7 if row.shape else None,
            row.shape,
            row.valid.lower,
            row.valid.upper,
            row.recorded_at,
            row.name or row.source,
        )


def _value(declared: Field) -> str:
    """The expression of a field's value as text."""
    if declared.in_column:
        return f"v.{declared.name}::text"
    value = f"v.properties ->> '{declared.name}'"
    # Before a field was declared personal it stood with the others.
    return f"coalesce(p.properties ->> '{declared.name}', {value})" if declared.info.personal else value
