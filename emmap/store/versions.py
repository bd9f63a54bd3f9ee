"""Versions in: the two verbs that write, over whole batches.

A batch is staged, what differs is found set-wise, and only then the layer's clock ticks and rows are written. What
does not differ is not written, and if nothing differs the clock does not tick.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from emmap.layer import Act, End, Layer, Record
from emmap.store.copying import (
    NULL,
    STATE,
    Lines,
    as_json,
    cell,
    content_hash,
    copy,
    cursor_of,
    instant,
    integer,
    span,
)
from emmap.store.overlay import EARLIEST, LATEST, Cut, Piece, Put, overlay
from emmap.store.statements import statements

Mode = Literal["partial", "complete"]
Sources = int | Mapping[int, int] | None
"""The number of the raw message behind all acts, or behind each position."""
MANY = 50_000
"""From so many new versions on, a batch leaves the index for text search to be completed later."""


@dataclass(slots=True)
class Written:
    """What a batch did. Sets of input positions; one in neither is unchanged. `stamp` None: nothing differed."""

    stamp: datetime | None = None
    added: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    ended: int = 0


_NEVER = "-infinity"
"""The stamp of a layer that was never written, as text."""
_Span = tuple[int, datetime | None, datetime | None]
"""(a number, from, to)."""


@dataclass(slots=True)
class _Changes:
    """What is to be written: `closings` are version numbers, `told` are acts over the span that they come to hold,
    `left` what remains of closed versions, by their numbers."""

    closings: list[int] = field(default_factory=list)
    told: list[_Span] = field(default_factory=list)
    left: list[_Span] = field(default_factory=list)


def tick(conn: Connection, layer_id: str, at: datetime | None = None) -> datetime:
    """Moves the layer's clock on, so that all that is committed lies before its stamp. Returns the stamp.

    `at`: scenario time, refused in the real realm.
    """
    stamp: datetime = conn.execute(statements("versions")["tick"], {"layer": layer_id, "at": at}).scalar_one()
    return stamp


def write(
    conn: Connection,
    layer: Layer,
    acts: Sequence[Act],
    *,
    mode: Mode = "partial",
    mentioned: Collection[str] = (),
    source_message: Sources = None,
    at: datetime | None = None,
) -> Written:
    """Writes acts in their order, in the caller's transaction. Acts of one feature apply one after the other.

    `complete`: features that hold now end now unless an act or `mentioned` names them. `source_message`: the raw
    message behind all acts, or behind each position. `at`: scenario time, refused in the real realm. From the
    first difference on, other writers of the layer wait until the transaction ends.
    """
    sql = statements("versions")
    given = {"layer": layer.id}
    features, seen = _by_feature(acts), set[str]()
    known = conn.execute(sql["committed_stamp"], given).scalar_one()
    # A layer that was never written has nothing to compare with.
    if known != _NEVER or conn.execute(sql["hold"], given).scalar_one() != _NEVER:
        _stage(conn, acts)
        features, seen = _differing(conn, layer, acts, mode, mentioned, at)
        if not features:
            return Written()
        if conn.execute(sql["hold"], given).scalar_one() != known:  # another writer came first
            features, seen = _differing(conn, layer, acts, mode, mentioned, at)
    savepoint = conn.begin_nested()
    stamp = tick(conn, layer.id, at)
    written = Written(stamp=stamp)
    now = stamp.astimezone(UTC).replace(microsecond=0)
    changes = _changes(conn, layer, acts, features, seen, now, written)
    if not changes.closings and not changes.told and not changes.left:
        savepoint.rollback()  # the clock has not ticked
        return Written()
    _apply(conn, layer, acts, changes, stamp, source_message)
    savepoint.commit()
    return written


def _by_feature(acts: Sequence[Act]) -> dict[str, list[int]]:
    features: dict[str, list[int]] = {}
    for number, act in enumerate(acts):
        features.setdefault(act.feature_id, []).append(number)
    return features


def _stage(conn: Connection, acts: Sequence[Act]) -> None:
    """What `differing` compares of each record."""
    lines = (
        f"{cell(act.feature_id)}\t{instant(act.valid_from)}\t{instant(act.valid_to)}\t{_personal(act)}"
        f"\t\\\\x{content_hash(act).hex()}"
        for act in acts
        if isinstance(act, Record)
    )
    _fill(conn, "staged", "feature_id, valid_from, valid_to, personal, content_hash", lines)


def _personal(record: Record) -> str:
    return cell(as_json(record.personal).decode()) if record.personal else NULL


def _fill(conn: Connection, table: str, columns: str, lines: Iterable[str]) -> None:
    """Fills one of the temporary tables from lines of COPY text."""
    conn.execute(statements("versions")[f"make_{table}"])
    cursor = cursor_of(conn)
    cursor.execute(f"truncate {table}")
    copy(conn, table, columns, lines)
    cursor.execute(f"analyze {table}")


def _differing(
    conn: Connection,
    layer: Layer,
    acts: Sequence[Act],
    mode: Mode,
    mentioned: Collection[str],
    at: datetime | None,
) -> tuple[dict[str, list[int]], set[str]]:
    """Features that may change, with all their acts in order, without acts those that a complete batch ends; and
    which of them ever had a version."""
    sql = statements("versions")
    given = {"layer": layer.id, "now": conn.execute(sql["now"], {"at": at}).scalar_one()}
    features: dict[str, list[int]] = {}
    seen: set[str] = set()
    for feature_id, known in conn.execute(sql["differing"], given):
        features[feature_id] = []
        if known:
            seen.add(feature_id)
    ended = {act.feature_id for act in acts if isinstance(act, End)}
    for number, act in enumerate(acts):
        if act.feature_id in features or act.feature_id in ended:
            features.setdefault(act.feature_id, []).append(number)
    if ended:
        seen.update(conn.execute(sql["ended"], {"layer": layer.id, "features": list(ended)}).scalars())
    if mode == "complete":
        for row in conn.execute(sql["absent"], given):
            if row[0] not in ended and row[0] not in mentioned:
                features[row[0]] = []
                seen.add(row[0])
    return features, seen


def _changes(
    conn: Connection,
    layer: Layer,
    acts: Sequence[Act],
    features: Mapping[str, list[int]],
    seen: Collection[str],
    now: datetime,
    written: Written,
) -> _Changes:
    """Lays the features' timelines out anew; notes in `written` what each position did."""
    sql = statements("versions")
    known: dict[str, list[Piece]] = {}
    if seen:
        _fill(conn, "touched", "feature_id", (cell(name) for name in seen))
        for row in conn.execute(sql["open_versions"], {"layer": layer.id}):
            state = (bytes(row[3]), _personal_state(row[4]))
            known.setdefault(row[0], []).append(Piece(row[1] or EARLIEST, row[2] or LATEST, state, row[5]))
    changes = _Changes()
    for feature_id, numbers in features.items():
        if feature_id not in seen and (simple := _one_after_another(acts, numbers, now)):
            changes.told.extend(simple)
            written.added.update(acts[number].position for number in numbers)
            continue
        before = known.get(feature_id, [])
        told = _overlay(before, [_verb(number, acts[number], now) for number in numbers], now, changes)
        if told and not numbers:
            written.ended += 1
        outcome = written.changed if feature_id in seen else written.added
        outcome.update(acts[number].position for number in told if number >= 0)
    return changes


def _one_after_another(acts: Sequence[Act], numbers: Sequence[int], now: datetime) -> list[_Span]:
    """The spans of a new feature whose records follow each other and do not overlap; empty where they do."""
    spans: list[_Span] = []
    reached: datetime | None = EARLIEST
    for number in numbers:
        act = acts[number]
        if isinstance(act, End):
            return []
        start = act.valid_from or now
        if reached is None or start < reached:
            return []
        spans.append((number, start, act.valid_to))
        reached = act.valid_to
    return spans


def _overlay(
    before: Sequence[Piece], verbs: Sequence[Put | Cut], now: datetime, changes: _Changes
) -> set[int]:
    """Notes what changes in one feature's timeline; the acts that did it. No verbs: it ends now."""
    after, told = overlay(before, verbs or [Cut(-1, now)])
    left = {(piece.start, piece.end, piece.state): piece for piece in before}
    fresh: list[Piece] = []
    for piece in after:
        # The same state over the same span, whoever said it last, stays the version that it is.
        if left.pop((piece.start, piece.end, piece.state), None) is None:
            fresh.append(piece)
    if not fresh and not left:
        return set()
    changes.closings.extend(piece.version_id for piece in left.values() if piece.version_id is not None)
    for piece in fresh:
        if piece.act is not None:
            changes.told.append((piece.act, _bound(piece.start), _bound(piece.end)))
        elif piece.version_id is not None:
            changes.left.append((piece.version_id, _bound(piece.start), _bound(piece.end)))
    return told


def _verb(number: int, act: Act, now: datetime) -> Put | Cut:
    if isinstance(act, End):
        return Cut(number, act.at or now)
    return Put(
        number,
        act.valid_from or now,
        act.valid_to,
        (content_hash(act), _personal_state(act.personal)),
        whole=act.whole,
        unless_so=act.valid_from is None,
    )


def _personal_state(properties: Mapping[str, Any] | None) -> bytes:
    return as_json(properties) if properties else b""


def _bound(at: datetime) -> datetime | None:
    return None if at in (EARLIEST, LATEST) else at


def _apply(
    conn: Connection,
    layer: Layer,
    acts: Sequence[Act],
    changes: _Changes,
    stamp: datetime,
    source_message: Sources,
) -> None:
    sql = statements("versions")
    given = {"layer": layer.id, "stamp": stamp}
    if changes.closings:
        _fill(conn, "closing", "version_id", map(str, changes.closings))
        conn.execute(sql["close"], given)
    if len(changes.told) >= MANY:
        conn.execute(sql["index_text_later"])
    if changes.told:
        kept = _keep_personal(conn, layer, [acts[number] for number, *_ in changes.told])
        columns = f"layer, feature_id, valid, recorded, personal_id, source_message_id, {STATE}"
        copy(conn, "version", columns, _lines(layer, acts, changes.told, stamp, kept, source_message))
    if changes.left:
        lines = (f"{number}\t{span(start, end)}" for number, start, end in changes.left)
        _fill(conn, "remaining", "version_id, valid", lines)
        conn.execute(sql["open_remaining"], given)


def _lines(
    layer: Layer,
    acts: Sequence[Act],
    told: Iterable[_Span],
    stamp: datetime,
    kept: Mapping[tuple[str, bytes], int],
    source_message: Sources,
) -> Iterator[str]:
    """New versions as COPY reads them."""
    states, name, recorded = Lines(layer), cell(layer.id), span(stamp, None)
    for number, start, end in told:
        act = acts[number]
        assert isinstance(act, Record)
        message = source_message.get(act.position) if isinstance(source_message, Mapping) else source_message
        personal = kept[act.feature_id, as_json(act.personal)] if act.personal else None
        yield (
            f"{name}\t{cell(act.feature_id)}\t{span(start, end)}\t{recorded}\t{integer(personal)}"
            f"\t{integer(message)}\t{states.state(act)}"
        )


def _keep_personal(conn: Connection, layer: Layer, acts: Iterable[Act]) -> Mapping[tuple[str, bytes], int]:
    """Writes the personal states that are not kept already; the number of each by feature and content."""
    sql = statements("versions")
    states = {
        (act.feature_id, as_json(act.personal)): n
        for n, act in enumerate(acts)
        if isinstance(act, Record) and act.personal
    }
    if not states:
        return {}
    lines = (f"{n}\t{cell(name)}\t{cell(fields.decode())}" for (name, fields), n in states.items())
    _fill(conn, "said", "number, feature_id, properties", lines)
    conn.execute(sql["keep_personal"], {"layer": layer.id})
    found = {row[0]: row[1] for row in conn.execute(sql["kept_personal"], {"layer": layer.id})}
    return {state: found[n] for state, n in states.items()}
