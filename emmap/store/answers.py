"""Answers out: which versions hold at T, as known at K, under a View's filters. Reads only."""

import base64
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import shapely
from sqlalchemy import Connection, text

from emmap.errors import Malformed
from emmap.layer import Layer
from emmap.store.areas import within
from emmap.store.migrate import geometry_type
from emmap.store.outlines import LARGEST_DRAWN, thinned
from emmap.store.present import present
from emmap.store.search import wanted
from emmap.view import KNOWN_THEN, View

Answer = TypeVar("Answer")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Where the seconds of t0, t1, r0 and r1 begin."""
MOST_FEATURES = 10_000
MOST_STEPS = 2_000
MOST_ROWS = 500
GROUPS = {
    "district": "districts",
    "hazard": "hazards",
    "severity": "severity",
    "status": "status",
    "form": "form",
}
"""What `counts` can group by: the View's word and the column."""
_LISTS = {"districts", "hazards"}


@dataclass(frozen=True, slots=True)
class Moment:
    """T and K, resolved. `stamp` is the layer's committed stamp, None where it was never written. `pinned`: ask
    for what was known at K even if K is the present, because a writer has come since."""

    at: datetime
    known_at: datetime
    stamp: datetime | None
    pinned: bool = False

    @property
    def present(self) -> bool:
        """Whether what is known now answers it: the open versions."""
        return not self.pinned and (self.stamp is None or self.known_at >= self.stamp)


@dataclass(frozen=True, slots=True)
class Page:
    """Some features of an answer, how many there are in all, and the cursor of the next ones."""

    features: list[dict[str, Any]]
    number_matched: int
    next: str | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class Summary:
    """A layer in a realm: distinct features ever, versions, committed stamp."""

    features: int
    versions: int
    stamp: datetime | None


def stamps(conn: Connection) -> dict[str, datetime | None]:
    """Every layer's committed stamp."""
    found = conn.execute(text("select layer, case when isfinite(stamp) then stamp end from clock"))
    return {row[0]: row[1] for row in found}


def resolve(conn: Connection, layer: Layer, view: View) -> Moment:
    """T and K of a View for one layer: T defaults to the realm's present, K to the committed stamp."""
    stamp = _stamp(conn, layer)
    at = view.at or present(conn).replace(microsecond=0)
    if isinstance(view.known_at, datetime):
        known_at = view.known_at
    elif view.known_at == KNOWN_THEN and view.at is not None:
        known_at = view.at
    else:
        known_at = stamp or at
    return Moment(at, known_at, stamp)


def _stamp(conn: Connection, layer: Layer) -> datetime | None:
    return conn.execute(
        text("select case when isfinite(stamp) then stamp end from clock where layer = :layer"),
        {"layer": layer.id},
    ).scalar()


def _settled(conn: Connection, layer: Layer, moment: Moment, ask: Callable[[Moment], Answer]) -> Answer:
    """One answer from several statements: asked again as of K if a writer committed between them."""
    found = ask(moment)
    if moment.present and _stamp(conn, layer) != moment.stamp:
        found = ask(replace(moment, pinned=True))
    return found


def features(
    conn: Connection,
    layer: Layer,
    view: View,
    *,
    limit: int = 100,
    after: str | None = None,
    personal: bool = False,
    moment: Moment | None = None,
) -> Page:
    """GeoJSON features, worst first, then by id. `after` is the cursor of the page before; it pins T and K."""
    found = moment or resolve(conn, layer, view)
    start: tuple[int, str] | None = None
    if after is not None:
        found, start = _read_cursor(after, found)
    return _settled(
        conn, layer, found, lambda now: _page(conn, layer, view, now, start, limit=limit, personal=personal)
    )


def _page(
    conn: Connection,
    layer: Layer,
    view: View,
    moment: Moment,
    start: tuple[int, str] | None,
    *,
    limit: int,
    personal: bool,
) -> Page:
    where, given = conditions(layer, view, moment)
    total = int(conn.execute(text(f"select count(*) from version v where {where}"), given).scalar_one())
    if start is not None:
        where += " and (-v.severity, v.feature_id) > (:after_severity, :after_id)"
        given |= {"after_severity": -start[0], "after_id": start[1]}
    rows = conn.execute(
        text(
            f"select {_columns(geometry=True)} from version v {_JOINS} where {where}"
            " order by -v.severity, v.feature_id limit :limit"
        ),
        given | {"limit": limit + 1},
    ).all()
    shown = rows[:limit]
    cursor = _cursor(moment, shown[-1].severity, shown[-1].feature_id) if len(rows) > limit else None
    return Page([_feature(layer, row, personal) for row in shown], total, cursor, moment)


def feature(
    conn: Connection, layer: Layer, feature_id: str, view: View, *, personal: bool = False
) -> dict[str, Any] | None:
    """One feature at (T, K), whatever the filters; None where it does not hold."""
    moment = resolve(conn, layer, view)
    where, given = conditions(layer, View(), moment)
    row = conn.execute(
        text(
            f"select {_columns(geometry=True)} from version v {_JOINS} where {where} and v.feature_id = :feature_id"
        ),
        given | {"feature_id": feature_id},
    ).one_or_none()
    return _feature(layer, row, personal) if row else None


def history(
    conn: Connection, layer: Layer, feature_id: str, *, personal: bool = False
) -> list[dict[str, Any]]:
    """All versions of a feature, in the order in which they were recorded, then by when they hold."""
    rows = conn.execute(
        text(
            f"select {_columns(geometry=True)} from version v {_JOINS}"
            " where v.layer = :layer and v.feature_id = :feature_id"
            " order by lower(v.recorded), lower(v.valid) nulls first"
        ),
        {"layer": layer.id, "feature_id": feature_id},
    )
    return [_feature(layer, row, personal) for row in rows]


def rows(
    conn: Connection, layer: Layer, numbers: Sequence[int], *, geometry: bool = False, personal: bool = False
) -> list[dict[str, Any]]:
    """Versions by their numbers, as features to be drawn: an outline with very many corners has fewer of them."""
    found = conn.execute(
        text(
            f"select {_columns(geometry=geometry, thin=geometry)} from version v {_JOINS}"
            " where v.layer = :layer and v.version_id = any(:numbers)"
        ),
        {"layer": layer.id, "numbers": list(numbers)[:MOST_ROWS]},
    )
    return [_feature(layer, row, personal) for row in found]


def naming(
    conn: Connection, layer: Layer, fields: Sequence[str], feature_id: str, limit: int
) -> list[dict[str, Any]]:
    """Features that name this one in a field, as known now, each by its latest span, in the order of their spans."""
    asked = " or ".join(f"v.properties ->> '{name}' = :feature_id" for name in fields)
    found = conn.execute(
        text(
            f"select * from (select distinct on (v.feature_id) {_columns(geometry=False)} from version v {_JOINS}"
            f" where v.layer = :layer and upper_inf(v.recorded) and ({asked})"
            " order by v.feature_id, lower(v.valid) desc) as latest order by valid, feature_id limit :limit"
        ),
        {"layer": layer.id, "feature_id": feature_id, "limit": limit},
    )
    return [_feature(layer, row, personal=False) for row in found]


def search(conn: Connection, layer: Layer, q: str) -> list[int]:
    """The numbers of all versions, of any time, whose text matches."""
    where, given = _matching(q)
    # One array instead of a row each: a common word is in a million versions.
    found: list[int] | None = conn.execute(
        text(
            f"select array_agg(version_id order by version_id) from version v where v.layer = :layer and {where}"
        ),
        given | {"layer": layer.id},
    ).scalar()
    return found or []


def counts(conn: Connection, layer: Layer, view: View, by: Sequence[str]) -> dict[str, Any]:
    """How many hold, in all and by groups. One in two districts, or of two hazards, counts in each; none is null.

    Raises `Malformed` for an unknown group.
    """
    if unknown := [name for name in by if name not in GROUPS]:
        raise Malformed(
            f"不能按 {unknown[0]} 统计;可用:{', '.join(GROUPS)}。",
            f"Cannot count by {unknown[0]}; there are: {', '.join(GROUPS)}.",
        )
    groups = tuple(dict.fromkeys(by))
    return _settled(
        conn, layer, resolve(conn, layer, view), lambda moment: _counts(conn, layer, view, moment, groups)
    )


def _counts(
    conn: Connection, layer: Layer, view: View, moment: Moment, by: tuple[str, ...]
) -> dict[str, Any]:
    where, given = conditions(layer, view, moment)
    total, unplaced = conn.execute(
        text(f"select count(*), count(*) filter (where v.shape = 0) from version v where {where}"), given
    ).one()
    grouped: list[dict[str, Any]] = []
    if by:
        joins, columns = "", []
        for name in by:
            column = GROUPS[name]
            if column in _LISTS:
                joins += f" left join lateral unnest(v.{column}) as {name}(code) on true"
                columns.append(f"{name}.code as {name}")
            else:
                columns.append(f"v.{column} as {name}")
        keys = ", ".join(str(i + 1) for i in range(len(columns)))
        found = conn.execute(
            text(
                f"select {', '.join(columns)}, count(*) as count from version v{joins} where {where}"
                f" group by {keys} order by {keys}"
            ),
            given,
        )
        grouped = [dict(row._mapping) for row in found]
    return {"total": int(total), "unplaced": int(unplaced), "counts": grouped}


def timeline(
    conn: Connection,
    layer: Layer,
    view: View,
    start: datetime,
    end: datetime,
    step: timedelta,
    *,
    moment: Moment | None = None,
) -> list[dict[str, Any]]:
    """How many hold at start, start + step, … before end, by severity. At most `MOST_STEPS` steps. `moment`: only its K
    counts."""
    if step <= timedelta() or end <= start or (end - start) / step > MOST_STEPS:
        raise Malformed(
            f"时间轴需要 from 早于 to、step 大于 0,且不超过 {MOST_STEPS} 步。",
            f"A timeline wants from before to, step above 0 and at most {MOST_STEPS} steps.",
        )
    where, given = conditions(layer, view, moment or resolve(conn, layer, view), timeless=True)
    steps = -(-(end - start) // step)
    # Each version enters at the first step at or after its start and leaves at the first at or after its end.
    found = conn.execute(
        text(
            "select v.severity, b.step, sum(b.change) from version v, lateral (values"
            " (greatest(0, ceil((v.t0::bigint - :start) / :step)::bigint), 1),"
            " (greatest(0, ceil((v.t1::bigint - :start) / :step)::bigint), -1)) as b(step, change)"
            # What was over before, or begins afterwards, need not be laid out.
            f" where {where} and v.t1 > :start and v.t0 < :end and b.step < :steps group by v.severity, b.step"
        ),
        given
        | {
            "start": (start - EPOCH).total_seconds(),
            "end": (end - EPOCH).total_seconds(),
            "step": step.total_seconds(),
            "steps": steps,
        },
    ).all()
    moves: dict[int, dict[int, int]] = {}
    for severity, number, change in found:
        moves.setdefault(number, {})[severity] = int(change)
    held: dict[int, int] = {}
    told = []
    for number in range(steps):
        for severity, change in moves.get(number, {}).items():
            held[severity] = held.get(severity, 0) + change
        counted = {str(severity): n for severity, n in sorted(held.items()) if n}
        told.append({"at": _text(start + number * step), "counts": counted})
    return told


def next_change(
    conn: Connection, layer: Layer, view: View, after: datetime, *, forward: bool = True
) -> datetime | None:
    """The next instant after (or last before) `after` at which something begins or ceases to hold."""
    where, given = conditions(layer, view, resolve(conn, layer, view), timeless=True)
    pick, side = ("min", ">") if forward else ("max", "<")
    return conn.execute(
        text(
            f"select {pick}(at) from (select {pick}(lower(v.valid)) as at from version v where {where}"
            f" and lower(v.valid) {side} :after union all select {pick}(upper(v.valid)) from version v where {where}"
            f" and upper(v.valid) {side} :after) as bounds"
        ),
        given | {"after": after},
    ).scalar()


def summary(conn: Connection, layers: Collection[Layer]) -> dict[str, Summary]:
    """Each layer's distinct features, versions and stamp."""
    known = stamps(conn)
    found = {
        row[0]: (row[1], row[2])
        for row in conn.execute(
            text(
                "select layer, count(*), sum(n)::bigint from"
                " (select layer, feature_id, count(*) as n from version where layer = any(:layers)"
                " group by layer, feature_id) as f group by layer"
            ),
            {"layers": [layer.id for layer in layers]},
        )
    }
    return {layer.id: Summary(*found.get(layer.id, (0, 0)), known.get(layer.id)) for layer in layers}


def conditions(
    layer: Layer, view: View, moment: Moment, *, timeless: bool = False
) -> tuple[str, dict[str, Any]]:
    """The `where` of a View on `version v` for one layer, and its parameters. `timeless`: whatever T."""
    parts = ["v.layer = :layer"]
    given: dict[str, Any] = {"layer": layer.id}
    if moment.present:
        parts.append("upper_inf(v.recorded)")
    else:
        parts.append("v.recorded @> cast(:known_at as timestamptz)")
        given["known_at"] = moment.known_at
    if not timeless:
        parts.append("v.valid @> cast(:at as timestamptz)")
        given["at"] = moment.at
    geom = f"(v.geom::geometry({geometry_type(layer)}, 4326))" if moment.present else "v.geom"
    if view.bbox is not None:
        parts.append(f"{geom} && st_makeenvelope(:west, :south, :east, :north, 4326)")
        parts.append("st_intersects(v.geom, st_makeenvelope(:west, :south, :east, :north, 4326))")
        given |= dict(zip(("west", "south", "east", "north"), view.bbox, strict=True))
    if view.area is not None:
        # The planner knows how much of the plain column an outline holds, of the typed expression it does not, and would
        # fetch a whole city row by row (eight times the pages). Much history has an index on the plain column.
        touching, found = within(view.area, "v.geom" if layer.much_history else geom)
        parts.append(touching)
        given |= found
    for number, (name, values) in enumerate(view.bound(layer).items()):
        key = f"filter_{number}"
        given[key] = list(values)
        if name in _LISTS:
            parts.append(f"v.{name} && cast(:{key} as text[])")
        elif name in ("severity", "status", "form"):
            parts.append(f"v.{name} = any(:{key})")
        elif layer.fields[name].kind == "list":
            parts.append(f"v.properties -> '{name}' ?| cast(:{key} as text[])")
        else:
            parts.append(f"v.properties ->> '{name}' = any(cast(:{key} as text[]))")
    if view.q:
        matching, found = _matching(view.q)
        parts.append(matching)
        given |= found
    return " and ".join(parts), given


def _matching(q: str) -> tuple[str, dict[str, Any]]:
    """The condition that a version's text matches; a text without a letter matches nothing."""
    looked_for = wanted(q)
    parts = []
    given: dict[str, Any] = {}
    if looked_for.tokens:
        parts.append('v.tokens collate "C" @> cast(:tokens as text[])')
        given["tokens"] = list(looked_for.tokens)
    for number, character in enumerate(looked_for.characters):
        parts.append(f"cast(v.tokens as text) like :character_{number}")
        given[f"character_{number}"] = f"%{character}%"
    return " and ".join(parts) or "false", given


_JOINS = (
    "left join source_message m on m.message_id = v.source_message_id"
    " left join personal p on p.personal_id = v.personal_id"
)


def _columns(*, geometry: bool, thin: bool = False) -> str:
    """What `_feature` reads. `thin`: an outline with very many corners comes as it is, in `outline`, to be thinned."""
    place, outline = "st_asgeojson(v.geom, 7)" if geometry else "null", "null"
    if thin:
        large = f"st_npoints(v.geom) > {LARGEST_DRAWN}"
        place = f"case when {large} then null else st_asgeojson(v.geom, 7) end"
        outline = f"case when {large} then st_asbinary(v.geom) end"
    return (
        "v.version_id, v.feature_id, v.valid, v.recorded, v.hazards, v.severity, v.status, v.districts, v.form,"
        f" v.properties, v.x, v.y, v.shape, m.message_id, m.name as message_name, m.source as message_source,"
        f" p.properties as personal, {place} as geometry, {outline} as outline"
    )


def _drawn(outline: bytes | None) -> str:
    """A large outline as GeoJSON with as many corners as a screen can show; null where there is none."""
    if outline is None:
        return "null"
    return str(shapely.to_geojson(thinned(shapely.from_wkb(bytes(outline)))))


def _feature(layer: Layer, row: Any, personal: bool) -> dict[str, Any]:
    kept: Mapping[str, Any] = {**row.properties, **((row.personal or {}) if personal else {})}
    columns = {
        "hazards": list(row.hazards),
        "severity": row.severity,
        "status": row.status,
        "form": row.form,
    }
    properties: dict[str, Any] = {}
    for name, declared in layer.fields.items():
        if declared.info.personal and not personal:
            continue
        properties[name] = columns[name] if declared.in_column else kept.get(name)
    properties |= {
        "title": layer.title_of({**kept, **columns}, "zh") or row.feature_id,
        "districts": list(row.districts),
        "valid_from": _text(row.valid.lower),
        "valid_to": _text(row.valid.upper),
        "recorded_from": _text(row.recorded.lower),
        "recorded_to": _text(row.recorded.upper),
        "source": _source(row),
        "row": row.version_id,
    }
    return {
        "type": "Feature",
        "id": row.feature_id,
        "geometry": json.loads(row.geometry or _drawn(row.outline)),
        "properties": properties,
    }


def _source(row: Any) -> dict[str, Any] | None:
    if row.message_id is None:
        return None
    return {"message_id": row.message_id, "name": row.message_name, "source": row.message_source}


def _text(at: datetime | None) -> str | None:
    """RFC 3339 in UTC; fractions only where there are any."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _cursor(moment: Moment, severity: int, feature_id: str) -> str:
    told = [moment.at.isoformat(), moment.known_at.isoformat(), severity, feature_id]
    return base64.urlsafe_b64encode(json.dumps(told, ensure_ascii=False).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, moment: Moment) -> tuple[Moment, tuple[int, str]]:
    try:
        at, known_at, severity, feature_id = json.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        pinned = replace(moment, at=datetime.fromisoformat(at), known_at=datetime.fromisoformat(known_at))
        return pinned, (int(severity), str(feature_id))
    except (ValueError, TypeError) as error:
        raise Malformed(
            "参数 after 不是本接口给出的游标;请从第一页开始。",
            "Parameter after is no cursor of ours; start from the first page.",
        ) from error
