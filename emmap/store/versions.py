"""Versions in: the two verbs that write, over whole batches.

A batch is staged, the layer's clock is held, what differs is found set-wise, and only then the clock ticks and rows
are written. What does not differ is not written, and if nothing differs the clock does not tick.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from psycopg import Cursor
from sqlalchemy import Connection, text

from emmap.layer import Act, End, Layer, Record
from emmap.store.overlay import EARLIEST, LATEST, Cut, Piece, Put, overlay
from emmap.store.search import tokens

Mode = Literal["partial", "complete"]

_STAGE = """
create temporary table if not exists staged (
  act integer, position integer, feature_id text, valid_from timestamptz, valid_to timestamptz, whole boolean,
  geom geometry, hazards text[], severity smallint, status text, districts text[], form text, properties jsonb,
  personal jsonb, content_hash bytea, source_message_id bigint, tokens text[]
) on commit delete rows
"""
_STAGE_COLUMNS = (
    "act, position, feature_id, valid_from, valid_to, whole, geom, hazards, severity, status, districts, form, "
    "properties, personal, content_hash, source_message_id, tokens"
)
_FACT = (
    "geom, hazards, severity, status, districts, form, properties, content_hash, source_message_id, tokens"
)


@dataclass(slots=True)
class Written:
    """What a batch did. Sets of input positions; one in neither is unchanged. `stamp` None: nothing differed."""

    stamp: datetime | None = None
    added: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    ended: int = 0


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A version as it was recorded: for exercises, which bring their history ready-made."""

    record: Record
    recorded_from: datetime
    recorded_to: datetime | None = None


def tick(conn: Connection, layer_id: str, at: datetime | None = None) -> datetime:
    """Moves the layer's clock on, so that all that is committed lies before its stamp. Returns the stamp."""
    stamp: datetime = conn.execute(
        text("select tick(:layer, :at)"), {"layer": layer_id, "at": at}
    ).scalar_one()
    return stamp


def write(
    conn: Connection,
    layer: Layer,
    acts: Sequence[Act],
    *,
    mode: Mode = "partial",
    mentioned: Collection[str] = (),
    source_message: int | Mapping[int, int] | None = None,
    at: datetime | None = None,
) -> Written:
    """Writes acts in their order, in the caller's transaction. Acts of one feature apply one after the other.

    `complete`: features that hold now end now unless an act or `mentioned` names them. `source_message`: the raw
    message behind all acts, or behind each position. `at`: scenario time, refused in the real realm. Other writers
    of the layer wait until the transaction ends.
    """
    cursor = _cursor(conn)
    _stage(cursor, layer, acts, source_message)
    conn.execute(text("select hold(:layer)"), {"layer": layer.id})
    differing = _differing(conn, layer, acts)
    absent = _absent(conn, layer) if mode == "complete" else {}
    absent = {feature_id: none for feature_id, none in absent.items() if feature_id not in mentioned}
    if not differing and not absent:
        return Written()
    stamp = tick(conn, layer.id, at)
    written = Written(stamp=stamp)
    now = stamp.astimezone(UTC).replace(microsecond=0)
    _write_new(conn, layer, differing, stamp, now, written)
    _overlay_known(conn, cursor, layer, acts, {**differing, **absent}, stamp, now, written)
    if not written.added and not written.changed and not written.ended:
        return Written()
    return written


def load_history(conn: Connection, layer: Layer, rows: Iterable[HistoryRow], chunk: int = 0) -> int:
    """Brings an empty layer its history, recorded as the rows say, with one proof that nothing overlaps.

    Not in the real realm. Returns the number of versions. A missing start is not allowed here.
    """
    cursor = _cursor(conn)
    conn.execute(text("select begin_history(:layer)"), {"layer": layer.id})
    cursor.execute(_STAGE)
    cursor.execute(
        "create temporary table if not exists staged_recorded (act integer, recorded tstzrange) on commit delete rows"
    )
    spans: list[tuple[int, str]] = []
    count = 0
    with cursor.copy(f"copy staged ({_STAGE_COLUMNS}) from stdin") as copy:
        for count, row in enumerate(rows, 1):
            copy.write_row(_staged_row(count, layer, row.record, None))
            end = _instant(row.recorded_to) if row.recorded_to else ""
            spans.append((count, f"[{_instant(row.recorded_from)},{end})"))
    with cursor.copy("copy staged_recorded (act, recorded) from stdin") as copy:
        for span in spans:
            copy.write_row(span)
    conn.execute(text("analyze staged"))
    conn.execute(text("analyze staged_recorded"))
    _keep_personal(conn, layer, "true")
    conn.execute(
        text(
            f"insert into version (layer, feature_id, valid, recorded, personal_id, {_FACT})"
            " select :layer, s.feature_id, tstzrange(s.valid_from, s.valid_to), r.recorded, p.personal_id,"
            f" {_of('s')} from staged s join staged_recorded r using (act)"
            " left join personal p on p.layer = :layer and p.feature_id = s.feature_id and p.properties = s.personal"
        ),
        {"layer": layer.id},
    )
    return count


def content_hash(record: Record) -> bytes:
    """What a state is, apart from when it holds and from personal data: two states are the same if these are."""
    told = json.dumps(
        [
            record.hazards, record.severity, record.status, record.districts, record.form,
            record.properties,
        ],
        ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str,
    )  # fmt: skip
    digest = hashlib.blake2b(told.encode(), digest_size=16)
    digest.update(record.geometry or b"")
    return digest.digest()


def _cursor(conn: Connection) -> "Cursor[Any]":
    """The psycopg cursor of the same transaction, for COPY."""
    cursor = conn.connection.cursor()
    assert isinstance(cursor, Cursor)
    return cursor


def _of(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in _FACT.split(", "))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _searched(layer: Layer, record: Record) -> list[str]:
    texts = [record.feature_id, layer.title_of(record.properties, "zh")]
    for name, declared in layer.fields.items():
        if declared.info.searched and (value := record.properties.get(name)):
            texts.append(" ".join(value) if isinstance(value, list) else str(value))
    return tokens(*texts)


def _staged_row(act: int, layer: Layer, record: Record, message: int | None) -> tuple[Any, ...]:
    return (
        act,
        record.position,
        record.feature_id,
        record.valid_from,
        record.valid_to,
        record.whole,
        record.geometry.hex() if record.geometry else None,
        list(record.hazards),
        record.severity,
        record.status,
        list(record.districts),
        record.form,
        json.dumps(record.properties, ensure_ascii=False, default=str),
        json.dumps(record.personal, ensure_ascii=False, default=str) if record.personal else None,
        content_hash(record),
        message,
        _searched(layer, record),
    )


def _stage(
    cursor: "Cursor[Any]", layer: Layer, acts: Sequence[Act], message: int | Mapping[int, int] | None
) -> None:
    cursor.execute(_STAGE)
    cursor.execute("truncate staged")
    with cursor.copy(f"copy staged ({_STAGE_COLUMNS}) from stdin") as copy:
        for number, act in enumerate(acts):
            if isinstance(act, Record):
                source = message.get(act.position) if isinstance(message, Mapping) else message
                copy.write_row(_staged_row(number, layer, act, source))
    cursor.execute("analyze staged")


def _differing(conn: Connection, layer: Layer, acts: Sequence[Act]) -> dict[str, list[int]]:
    """Features of which something said differs from what is known, with all their acts in order.

    A put differs unless an open version has the same start, end and state; one without a start, unless the state
    that holds now is the same.
    """
    found = conn.execute(
        text(
            """
            select distinct s.feature_id from staged s
            where not exists (
              select from version v
              left join personal p on p.personal_id = v.personal_id
              where v.layer = :layer and v.feature_id = s.feature_id and upper_inf(v.recorded)
                and v.content_hash = s.content_hash and p.properties is not distinct from s.personal
                and case when s.valid_from is null then v.valid @> date_trunc('second', clock_timestamp())
                         else lower(v.valid) = s.valid_from end
                and (s.valid_to is null or upper(v.valid) = s.valid_to))
            """
        ),
        {"layer": layer.id},
    )
    features: dict[str, list[int]] = {row[0]: [] for row in found}
    for act in acts:
        if isinstance(act, End):
            features.setdefault(act.feature_id, [])
    for number, act in enumerate(acts):
        if act.feature_id in features:
            features[act.feature_id].append(number)
    return features


def _absent(conn: Connection, layer: Layer) -> dict[str, list[int]]:
    """Features that hold now and are not mentioned."""
    found = conn.execute(
        text(
            "select distinct v.feature_id from version v where v.layer = :layer and upper_inf(v.recorded)"
            " and v.valid @> date_trunc('second', clock_timestamp())"
            " and not exists (select from staged s where s.feature_id = v.feature_id)"
        ),
        {"layer": layer.id},
    )
    return {row[0]: [] for row in found}


def _write_new(
    conn: Connection,
    layer: Layer,
    differing: dict[str, list[int]],
    stamp: datetime,
    now: datetime,
    written: Written,
) -> None:
    """Features never seen before that say one thing only: straight in. They leave `differing`."""
    conn.execute(text("create temporary table if not exists fresh (act integer) on commit delete rows"))
    conn.execute(text("truncate fresh"))
    conn.execute(
        text(
            "insert into fresh select min(s.act) from staged s where s.feature_id = any(:features)"
            " and not exists (select from version v where v.layer = :layer and v.feature_id = s.feature_id)"
            " group by s.feature_id having count(*) = 1"
        ),
        {"layer": layer.id, "features": [name for name, acts in differing.items() if len(acts) == 1]},
    )
    _keep_personal(conn, layer, "s.act in (select act from fresh)")
    conn.execute(
        text(
            f"insert into version (layer, feature_id, valid, recorded, personal_id, {_FACT})"
            " select :layer, s.feature_id, tstzrange(coalesce(s.valid_from, :now), s.valid_to),"
            f" tstzrange(:stamp, null), p.personal_id, {_of('s')} from staged s join fresh using (act)"
            " left join personal p on p.layer = :layer and p.feature_id = s.feature_id and p.properties = s.personal"
        ),
        {"layer": layer.id, "now": now, "stamp": stamp},
    )
    for feature_id, position in conn.execute(
        text("select s.feature_id, s.position from staged s join fresh using (act)")
    ):
        del differing[feature_id]
        written.added.add(position)


def _overlay_known(
    conn: Connection,
    cursor: "Cursor[Any]",
    layer: Layer,
    acts: Sequence[Act],
    features: dict[str, list[int]],
    stamp: datetime,
    now: datetime,
    written: Written,
) -> None:
    """Features with a history, or with several acts: their timeline is laid out anew, and only what differs is
    written."""
    if not features:
        return
    conn.execute(text("create temporary table if not exists touched (feature_id text) on commit delete rows"))
    conn.execute(text("truncate touched"))
    with cursor.copy("copy touched (feature_id) from stdin") as copy:
        for feature_id in features:
            copy.write_row((feature_id,))
    seen = {
        row[0]
        for row in conn.execute(
            text(
                "select distinct v.feature_id from version v join touched using (feature_id) where v.layer = :layer"
            ),
            {"layer": layer.id},
        )
    }
    timelines: dict[str, list[Piece]] = {}
    for row in conn.execute(
        text(
            "select v.feature_id, lower(v.valid), upper(v.valid), v.content_hash, p.properties, v.version_id"
            " from version v join touched using (feature_id) left join personal p on p.personal_id = v.personal_id"
            " where v.layer = :layer and upper_inf(v.recorded)"
        ),
        {"layer": layer.id},
    ):
        state = (bytes(row[3]), _personal_state(row[4]))
        timelines.setdefault(row[0], []).append(Piece(row[1] or EARLIEST, row[2] or LATEST, state, row[5]))
    closings: list[tuple[int]] = []
    pieces: list[tuple[int | None, int | None, datetime | None, datetime | None]] = []
    for feature_id, numbers in features.items():
        before = timelines.get(feature_id, [])
        after, told = overlay(
            before, [_verb(number, acts[number], now) for number in numbers] or [Cut(-1, now)]
        )
        kept = {piece.version_id for piece in after if piece in before}
        gone = [piece.version_id for piece in before if piece.version_id not in kept]
        closings.extend((version_id,) for version_id in gone if version_id is not None)
        for piece in after:
            if piece.act is not None or piece.version_id not in kept:
                pieces.append((piece.act, piece.version_id, _bound(piece.start), _bound(piece.end)))
        if not numbers:
            written.ended += 1
        outcome = written.changed if feature_id in seen else written.added
        outcome.update(acts[number].position for number in told if number >= 0)
    _write_pieces(conn, cursor, layer, closings, pieces, stamp)


def _verb(number: int, act: Act, now: datetime) -> Put | Cut:
    if isinstance(act, End):
        return Cut(number, act.at or now)
    state = (content_hash(act), _personal_state(dict(act.personal) or None))
    return Put(number, act.valid_from or now, act.valid_to, state, act.whole)


def _personal_state(properties: Mapping[str, Any] | None) -> str:
    return json.dumps(properties, ensure_ascii=False, sort_keys=True, default=str) if properties else ""


def _bound(at: datetime) -> datetime | None:
    return None if at in (EARLIEST, LATEST) else at


def _write_pieces(
    conn: Connection,
    cursor: "Cursor[Any]",
    layer: Layer,
    closings: list[tuple[int]],
    pieces: list[tuple[int | None, int | None, datetime | None, datetime | None]],
    stamp: datetime,
) -> None:
    conn.execute(
        text("create temporary table if not exists closing (version_id bigint) on commit delete rows")
    )
    conn.execute(
        text(
            "create temporary table if not exists piece (act integer, version_id bigint, valid_from timestamptz,"
            " valid_to timestamptz) on commit delete rows"
        )
    )
    conn.execute(text("truncate closing, piece"))
    with cursor.copy("copy closing (version_id) from stdin") as copy:
        for closing in closings:
            copy.write_row(closing)
    with cursor.copy("copy piece (act, version_id, valid_from, valid_to) from stdin") as copy:
        for piece in pieces:
            copy.write_row(piece)
    given = {"layer": layer.id, "stamp": stamp}
    if closings:
        conn.execute(
            text(
                "update version v set recorded = tstzrange(lower(v.recorded), :stamp) from closing c"
                " where v.layer = :layer and v.version_id = c.version_id"
            ),
            given,
        )
    if not pieces:
        return
    _keep_personal(conn, layer, "s.act in (select act from piece)")
    conn.execute(
        text(
            f"insert into version (layer, feature_id, valid, recorded, personal_id, {_FACT})"
            " select :layer, s.feature_id, tstzrange(n.valid_from, n.valid_to), tstzrange(:stamp, null), p.personal_id,"
            f" {_of('s')} from piece n join staged s using (act)"
            " left join personal p on p.layer = :layer and p.feature_id = s.feature_id and p.properties = s.personal"
            " union all"
            " select :layer, v.feature_id, tstzrange(n.valid_from, n.valid_to), tstzrange(:stamp, null), v.personal_id,"
            f" {_of('v')} from piece n join version v on v.layer = :layer and v.version_id = n.version_id"
            " where n.act is null"
        ),
        given,
    )


def _keep_personal(conn: Connection, layer: Layer, which: str) -> None:
    """Personal data of the staged rows that `which` names, unless the same are there for the feature."""
    conn.execute(
        text(
            "insert into personal (layer, feature_id, properties)"
            " select distinct :layer, s.feature_id, s.personal from staged s"
            f" where s.personal is not null and {which} and not exists ("
            "  select from personal p where p.layer = :layer and p.feature_id = s.feature_id and p.properties = s.personal)"
        ),
        {"layer": layer.id},
    )
