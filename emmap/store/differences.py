"""What differs between two answers: one layer, two Views."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import Connection, text

from emmap.errors import Malformed
from emmap.layer import Layer
from emmap.store.answers import Moment, conditions, resolve
from emmap.view import View

MOST_ROWS = 50_000
AT_ONCE = 2_000
"""Rows that travel together."""
KINDS = ("appeared", "gone", "changed")
"""A feature is in the right answer only, in the left one only, or in both and not the same.

Not the same is another state. Where both ask for one instant it is also another span: what is known of it was corrected.
"""
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "district": ("district",),
        "severity": ("severity_before", "severity_after"),
        "status": ("status_before", "status_after"),
    }
)
"""What differences are counted by, and the columns of it. A feature in two districts, on either side, counts in each."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two answers.

    `totals` by kind. `ended`: how many of those that changed are the same from the same start and only end otherwise (what
    was known later is when they ended). `counts` by kind and each grouping asked for, one after the other. `rows`: (kind,
    feature id, version number on the left and on the right), worst first, at most as many as asked for. `versions`: the
    numbers of all that differ on the left and on the right, where they were asked for. T and K of both sides."""

    totals: dict[str, int]
    ended: int
    counts: list[dict[str, Any]]
    rows: list[tuple[str, str, int | None, int | None]]
    versions: tuple[list[int], list[int]] | None
    left: Moment
    right: Moment


def resolved(conn: Connection, layer: Layer, left: View, right: View) -> tuple[Moment, Moment]:
    """T and K of both sides. Two that ask for now ask for the same now."""
    before, after = resolve(conn, layer, left), resolve(conn, layer, right)
    return before, replace(after, at=before.at) if left.at is None and right.at is None else after


def apart(left: Moment, right: Moment) -> Literal["time", "knowledge", "filters"]:
    """In what two answers are apart, and so what their differences mean. `time`: what appeared, is gone, changed.
    `knowledge`, one T and two K: what was known later, withdrawn, corrected. `filters`: what only one of them selects."""
    if left.at != right.at:
        return "time"
    return "knowledge" if left.known_at != right.known_at else "filters"


@dataclass(frozen=True, slots=True)
class State:
    """One side of a feature that differs."""

    severity: int
    status: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Differing:
    """A feature that differs: both its states, and its fields (no personal ones), districts and place (GeoJSON) as the
    right answer has them, or the left one where it is gone."""

    kind: str
    feature_id: str
    left: State | None
    right: State | None
    properties: Mapping[str, Any]
    districts: tuple[str, ...]
    place: str | None
    lon: float | None
    lat: float | None


def differences(
    conn: Connection,
    layer: Layer,
    left: View,
    right: View,
    *,
    by: Sequence[Sequence[str]] = (),
    limit: int = 1000,
    versions: bool = False,
) -> Differences:
    """Compares two answers of a layer. Each of `by` is a grouping, of one or more `GROUPS`. In the caller's transaction:
    REPEATABLE READ, so that both sides see one store.

    Raises `Malformed` for an unknown group.
    """
    if unknown := [name for names in by for name in names if name not in GROUPS]:
        raise Malformed(
            f"不能按 {unknown[0][:40]} 统计；可用：{', '.join(GROUPS)}。",
            f"Cannot count by {unknown[0][:40]}; there are: {', '.join(GROUPS)}.",
        )
    compared, given, moments = _compared(conn, layer, left, right)
    numbers = ", ".join(
        f"(select array_agg({side}) filter (where {side} is not null) from differing)"
        for side in ("row_before", "row_after")
    )
    asked = f"""
        {compared},
          counted as materialized (
            select kind, districts, severity_before, severity_after, status_before, status_after, only_end, count(*) as n
            from differing group by 1, 2, 3, 4, 5, 6, 7),
          worst as (
            select kind, feature_id, row_before, row_after, greatest(severity_after, severity_before) as severity
            from differing order by severity desc nulls last, feature_id limit :limit)
        select
          (select json_object_agg(kind, n) from (select kind, sum(n) as n from counted group by kind) as t) as totals,
          (select coalesce(sum(n), 0)::bigint from counted where only_end) as ended,
          (select json_agg(json_build_array(kind, feature_id, row_before, row_after)
            order by severity desc nulls last, feature_id) from worst) as rows,
          json_build_array({", ".join(_counted(names) for names in by)}) as counts,
          {numbers if versions else "null, null"}"""
    totals, ended, rows, counts, *sides = conn.execute(text(asked), given | {"limit": limit}).one()
    return Differences(
        dict.fromkeys(KINDS, 0) | (totals or {}),
        ended,
        [row for found in counts for row in found or ()],
        [tuple(row) for row in rows or ()],
        (sides[0] or [], sides[1] or []) if versions else None,
        *moments,
    )


def each(conn: Connection, layer: Layer, left: View, right: View) -> Iterator[Differing]:
    """Every feature that differs, worst first, then by id; read as they are wanted, in the caller's transaction."""
    compared, given, _ = _compared(conn, layer, left, right)
    found = conn.execution_options(yield_per=AT_ONCE).execute(
        text(
            f"{compared} select kind, feature_id, districts, row_before, row_after from differing"
            " order by greatest(severity_after, severity_before) desc nulls last, feature_id"
        ),
        given,
    )
    # The versions by their numbers, a portion at a time: joined to all of it, the planner would not know how many they are.
    for portion in found.partitions(AT_ONCE):
        numbers = [
            number for row in portion for number in (row.row_before, row.row_after) if number is not None
        ]
        known = {
            row.version_id: row for row in conn.execute(_VERSIONS, {"layer": layer.id, "numbers": numbers})
        }
        for kind, feature_id, touched, before, after in portion:
            shown = known[after if after is not None else before]
            columns = {name: getattr(shown, name) for name in ("hazards", "severity", "status", "form")}
            yield Differing(
                kind,
                feature_id,
                _state(known.get(before)),
                _state(known.get(after)),
                {
                    name: columns[name] if field.in_column else shown.properties.get(name)
                    for name, field in layer.fields.items()
                    if not field.info.personal
                },
                tuple(touched),
                shown.place,
                shown.x / 1e7 if shown.shape else None,
                shown.y / 1e7 if shown.shape else None,
            )


_VERSIONS = text(
    "select version_id, severity, status, valid, lower(recorded) as recorded_at, properties, hazards, form, x, y, shape,"
    " st_asgeojson(geom, 7) as place from version where layer = :layer and version_id = any(:numbers)"
)


def _state(row: Any) -> State | None:
    return row and State(row.severity, row.status, row.valid.lower, row.valid.upper, row.recorded_at)


def _compared(
    conn: Connection, layer: Layer, left: View, right: View
) -> tuple[str, dict[str, Any], tuple[Moment, Moment]]:
    """The `with` that ends in `differing`, a row for each feature that differs; its parameters; T and K of both sides.

    One pass over the layer: a version that holds on both sides tells of no difference and falls away at once, which
    leaves what is joined as large as the difference.
    """
    moments = resolved(conn, layer, left, right)
    (before, given), (after, more) = (
        _named(side, *conditions(layer, view, moment))
        for side, view, moment in zip(("left", "right"), (left, right), moments, strict=True)
    )
    spans = "or l.valid <> r.valid" if moments[0].at == moments[1].at else ""
    compared = f"""
        with on_one_side as materialized (
            select v.version_id, v.feature_id, v.valid, v.content_hash, v.severity, v.status, v.districts,
              ({before}) is true as on_left
            from version v
            where (({before}) or ({after})) and ({before}) is true <> (({after}) is true)),
          differing as materialized (
            select case when l.version_id is null then 'appeared' when r.version_id is null then 'gone' else 'changed' end
                as kind,
              feature_id, l.version_id as row_before, r.version_id as row_after,
              l.severity as severity_before, r.severity as severity_after, l.status as status_before, r.status as status_after,
              case when l.version_id is null or l.districts = r.districts then r.districts
                when r.version_id is null then l.districts
                else array(select unnest(l.districts) union select unnest(r.districts)) end as districts,
              l.content_hash = r.content_hash and lower(l.valid) is not distinct from lower(r.valid) as only_end
            from (select * from on_one_side where on_left) as l
              full join (select * from on_one_side where not on_left) as r using (feature_id)
            where l.version_id is null or r.version_id is null or l.content_hash <> r.content_hash {spans})"""
    return compared, given | more, moments


def _counted(names: Sequence[str]) -> str:
    """The numbers by kind and groups, as a JSON array."""
    columns = list(dict.fromkeys(column for name in names for column in GROUPS[name]))
    join = "left join lateral unnest(districts) as of(district) on true" if "district" in columns else ""
    keys = ", ".join(["kind", *columns])
    return (
        f"(select json_agg(t) from (select {keys}, sum(n)::bigint as count from counted {join}"
        f" group by {keys} order by {keys}) as t)"
    )


def _named(side: str, where: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A side's condition with parameter names of its own."""
    return (
        re.sub(r"(?<!:):(?=[a-z])", f":{side}_", where),
        {f"{side}_{name}": value for name, value in given.items()},
    )
