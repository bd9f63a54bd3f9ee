"""What differs between two answers: one layer, two Views."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, text

from emmap.errors import Malformed
from emmap.layer import Layer
from emmap.store.answers import Moment, conditions, resolve
from emmap.view import View

MOST_ROWS = 50_000
KINDS = ("appeared", "gone", "changed")
"""A feature is in the right answer only, in the left one only, or in both and not the same.

Not the same is another state. Where both ask for one instant it is also another span: what is known of it was corrected.
"""
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "district": "district.code as district",
        "severity": "severity_before, severity_after",
        "status": "status_before, status_after",
    }
)
"""What differences are counted by. A feature in two districts, on either side, counts in each."""


@dataclass(frozen=True, slots=True)
class Differences:
    """`totals` by kind; `counts` by kind and the groups asked for; `rows`: (kind, feature id, version number on the left
    and on the right), worst first, at most as many as asked for; T and K of both sides."""

    totals: dict[str, int]
    counts: list[dict[str, Any]]
    rows: list[tuple[str, str, int | None, int | None]]
    left: Moment
    right: Moment


def differences(
    conn: Connection, layer: Layer, left: View, right: View, *, by: Sequence[str] = (), limit: int = 1000
) -> Differences:
    """Compares two answers of a layer, in the caller's transaction: REPEATABLE READ, so that both see one store.

    Raises `Malformed` for an unknown group.
    """
    if unknown := [name for name in by if name not in GROUPS]:
        raise Malformed(
            f"不能按 {unknown[0][:40]} 统计；可用：{', '.join(GROUPS)}。",
            f"Cannot count by {unknown[0][:40]}; there are: {', '.join(GROUPS)}.",
        )
    moments = resolve(conn, layer, left), resolve(conn, layer, right)
    (before, given), (after, more) = (
        _named(side, *conditions(layer, view, moment))
        for side, view, moment in zip(("left", "right"), (left, right), moments, strict=True)
    )
    spans = "or l.valid <> r.valid" if moments[0].at == moments[1].at else ""
    compared = f"""
        with l as materialized (select {_COLUMNS} from version v where {before}),
          r as materialized (select {_COLUMNS} from version v where {after}),
          d as (
            select case when l.version_id is null then 'appeared' when r.version_id is null then 'gone' else 'changed' end
                as kind,
              feature_id, l.version_id as row_before, r.version_id as row_after,
              l.severity as severity_before, r.severity as severity_after, l.status as status_before, r.status as status_after,
              array(select unnest(l.districts) union select unnest(r.districts)) as districts
            from l full join r using (feature_id)
            where l.version_id is distinct from r.version_id
              and (l.version_id is null or r.version_id is null or l.content_hash <> r.content_hash {spans}))"""
    given |= more
    totals = dict.fromkeys(KINDS, 0)
    for kind, count in conn.execute(text(f"{compared} select kind, count(*) from d group by kind"), given):
        totals[kind] = count
    counts: list[dict[str, Any]] = []
    if by:
        columns = ", ".join(GROUPS[name] for name in dict.fromkeys(by))
        join = "left join lateral unnest(districts) as district(code) on true" if "district" in by else ""
        keys = ", ".join(str(n + 1) for n in range(1 + len(columns.split(","))))
        counted = conn.execute(
            text(
                f"{compared} select kind, {columns}, count(*) as count from d {join} group by {keys} order by {keys}"
            ),
            given,
        )
        counts = [dict(row._mapping) for row in counted]
    rows = conn.execute(
        text(
            f"{compared} select kind, feature_id, row_before, row_after from d"
            " order by greatest(severity_after, severity_before) desc nulls last, feature_id limit :limit"
        ),
        given | {"limit": limit},
    )
    return Differences(totals, counts, [tuple(row) for row in rows], *moments)


_COLUMNS = "v.version_id, v.feature_id, v.valid, v.content_hash, v.severity, v.status, v.districts"


def _named(side: str, where: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A side's condition with parameter names of its own."""
    return (
        re.sub(r"(?<!:):(?=[a-z])", f":{side}_", where),
        {f"{side}_{name}": value for name, value in given.items()},
    )
