"""What a source brought, into the store: the versions, the run and what counts as known, in one transaction."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from emmap.errors import EmmapError
from emmap.ingest import alerts, cap, importer
from emmap.ingest.datums import datum_of
from emmap.ingest.firms import is_feed
from emmap.ingest.gauges import reading as gauges_reading
from emmap.ingest.gauges import take as gauges
from emmap.ingest.gauges.batch import Batch, joined
from emmap.ingest.importer import Prepared
from emmap.ingest.result import ImportResult
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.faults import Fault, fault_of
from emmap.ingest.sources.gathered import Document, Gathered
from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store import inbox, sources
from emmap.store.database import Database
from emmap.store.sources import Begun, Item, Told

SMALL = 10
"""A layer with fewer features may lose any number of them at once."""
LARGEST_KEPT = 1 << 20
"""Content that cannot be read is kept for a person up to this size, in bytes."""
_COUNTS = ("read", "added", "changed", "unchanged", "rejected", "ended")


class Overtaken(Exception):
    """Another run of the source has begun meanwhile; this one may not write."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a run brought, read: a table, or messages; nothing is stored yet."""

    gathered: Gathered
    table: Prepared | None = None
    messages: cap.Parsed | None = None
    measured: Batch | None = None

    @property
    def carrier(self) -> Document:
        """What the history shows as the raw content."""
        return self.gathered.carrier or self.gathered.documents[0]


def understand(one: SourceConfig, gathered: Gathered) -> Understood:
    """Reads what came. Pure but for the layers. Raises `Fault` where it cannot be read at all; of an index, messages
    that cannot be read are told beside the others and asked for again."""
    if not gathered.documents:
        return Understood(gathered)
    for document in gathered.documents:
        if len(document.content) > one.size_mb << 20:
            raise Fault(
                "too_large",
                f"{document.name} 超过 {one.size_mb} MiB，没有读；确需读取请调大 size_mb。",
                f"{document.name} is over {one.size_mb} MiB and was not read: raise size_mb if that is meant.",
            )
    if one.messages:
        return _messages(gathered)
    if one.reader == gauges_reading.READER:
        return _measured(one, gathered)
    document = gathered.documents[0]
    try:
        table = importer.prepare(
            one.layer,
            document.name,
            document.content,
            datum=one.datum,
            mode=one.mode,
            mapping=one.mapping,
            limit_mb=one.size_mb,
            reader=one.reader,
        )
    except EmmapError as error:
        raise fault_of(error, document.content) from error
    if table is None or (one.reader == "firms" and not is_feed(table.sheet)):
        raise Fault(
            "another_format",
            f"来的不是 {one.reader} 数据，而是{_beginning(document.content)}。",
            f"What came is no {one.reader} data: {_beginning(document.content)}.",
            content=document.content,
        )
    return Understood(gathered, table=table)


def _measured(one: SourceConfig, gathered: Gathered) -> Understood:
    """Readings of gauges. Where documents come again and again, a refused row is told once."""
    layer = load_layers(get_settings().layers_dir)[one.layer]
    batches = []
    for document in gathered.documents:
        try:
            batch = gauges_reading.read(document.content, layer, datum_of(one.datum), one.size_mb << 20)
        except EmmapError as error:
            raise fault_of(error, document.content) from error
        if batch is None:
            raise Fault(
                "another_format",
                f"来的不是测站数据（SL 323、WaterML、RDB），而是{_beginning(document.content)}。",
                f"What came is no data of gauges (SL 323, WaterML, RDB): {_beginning(document.content)}.",
                content=document.content,
            )
        batches.append(batch)
    whole = joined(batches, one.interval)
    known = gathered.known
    if one.kind != "folder":
        refused = {_address(row.raw.encode()): Item(_address(row.raw.encode())) for row in whole.refused}
        known = replace(known, items={**known.items, **refused})
    return Understood(replace(gathered, known=known), measured=whole)


def _messages(gathered: Gathered) -> Understood:
    messages: list[cap.CapMessage] = []
    rejected: list[cap.RejectedMessage] = []
    items = dict(gathered.known.items)
    faults = list(gathered.faults)
    for document in gathered.documents:
        try:
            parsed = alerts.read(document.content)
        except EmmapError as error:
            if gathered.unreadable == "fault":
                raise fault_of(error, document.content) from error
            if gathered.unreadable == "again":
                faults.append(fault_of(error))
                items.pop(document.name, None)
                continue
            parsed = cap.Parsed(
                (), (cap.RejectedMessage(1, error.code, error.zh, error.en, document.content),)
            )
        both: list[cap.CapMessage | cap.RejectedMessage] = [*parsed.messages, *parsed.rejected]
        for found in sorted(both, key=lambda told: told.position):
            if (
                gathered.unreadable == "fault"
            ):  # a document that comes again: each message is known by its text
                items[_address(found.raw)] = Item(_address(found.raw))
            position = len(messages) + len(rejected) + 1
            if isinstance(found, cap.CapMessage):
                messages.append(replace(found, position=position))
            else:
                rejected.append(replace(found, position=position))
    known = replace(gathered.known, items=items)
    if faults:
        known = replace(known, etag=None, last_modified=None, sha256=None)
    return Understood(
        replace(gathered, known=known, faults=tuple(faults)),
        messages=cap.Parsed(tuple(messages), tuple(rejected)),
    )


def take(
    db: Database,
    realm: str,
    one: SourceConfig,
    begun: Begun,
    understood: Understood,
    now: datetime,
    next_run_at: datetime,
) -> Told:
    """Stores it all, or nothing. Raises `Overtaken`. A source that would shrink too far is held, and told so."""
    gathered = understood.gathered
    with db.engine("app", realm).begin() as conn:
        before = sources.features_now(conn, one.layer) if one.mode == "complete" else 0
        savepoint = conn.begin_nested()
        result = _written(conn, one, begun, understood, now)
        if result is not None and begun.confirmed is None and _shrinks(one, before, result):
            savepoint.rollback()
            told = _held(conn, one, before, result, understood)
            latest = sources.finish(conn, begun, told, now=now, next_run_at=next_run_at)
        else:
            told = _in_part(
                Told("unchanged") if result is None else _taken(begun, gathered, result), gathered
            )
            latest = sources.finish(
                conn,
                begun,
                told,
                now=now,
                next_run_at=next_run_at,
                known=gathered.known,
                forget_others=gathered.forget_others,
                idle=one.kind == "folder" and not gathered.documents and not gathered.known.items,
            )
        if not latest:
            raise Overtaken
    return told


def _written(
    conn: Connection, one: SourceConfig, begun: Begun, understood: Understood, now: datetime
) -> ImportResult | None:
    """What became of it; None where nothing of it is new."""
    user = begun.confirmed[1] if begun.confirmed else ""
    if understood.table is not None:
        return importer.store(conn, understood.table, source=one.name, user=user)
    if understood.measured is not None:
        return _readings_written(conn, one, begun, understood, understood.measured, now)
    parsed = understood.messages
    if parsed is None:
        return None
    if understood.gathered.unreadable == "fault":  # what was in the document before is known
        seen = begun.known.items
        parsed = cap.Parsed(
            tuple(message for message in parsed.messages if _address(message.raw) not in seen),
            tuple(refused for refused in parsed.rejected if _address(refused.raw) not in seen),
        )
    if not parsed.messages and not parsed.rejected:
        return None
    carrier = understood.carrier
    return alerts.take(
        conn, parsed, carrier.content, source=one.name, name=carrier.name, layer_id=one.layer, user=user
    )


def _readings_written(
    conn: Connection, one: SourceConfig, begun: Begun, understood: Understood, batch: Batch, now: datetime
) -> ImportResult | None:
    """What became of readings; None where none of them is new."""
    seen = {} if one.kind == "folder" else begun.known.items
    refused = [row for row in batch.refused if _address(row.raw.encode()) not in seen]
    return gauges.store(
        conn,
        replace(batch, refused=refused, read=batch.read - len(batch.refused) + len(refused)),
        None if one.kind == "database" else understood.carrier.content,
        gauges.frame(now, looked_after=True),
        source=one.name,
        name=understood.carrier.name,
        only_news=one.kind != "folder",
    )


def _address(raw: bytes) -> str:
    """What a message of a document is known by: its text."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _shrinks(one: SourceConfig, before: int, result: ImportResult) -> bool:
    """Whether more ends than may without a person's word."""
    return one.mode == "complete" and before >= SMALL and result.ended > one.shrink * before


def _held(
    conn: Connection, one: SourceConfig, before: int, result: ImportResult, understood: Understood
) -> Told:
    carrier = understood.carrier
    return Told(
        "held",
        code="shrunk",
        zh=f"这次只有 {result.read:,} 条，会结束现有 {before:,} 个要素中的 {result.ended:,} 个；已暂存，等人确认。",
        en=f"Only {result.read:,} came, which would end {result.ended:,} of {before:,} features: held until a person "
        "confirms it.",
        counts={name: getattr(result, name) for name in _COUNTS},
        size=understood.gathered.size,
        message_id=inbox.keep_message(
            conn, one.name, carrier.content, "application/octet-stream", carrier.name
        ),
    )


def _taken(begun: Begun, gathered: Gathered, result: ImportResult) -> Told:
    return Told(
        "taken",
        counts={name: getattr(result, name) for name in _COUNTS},
        size=gathered.size,
        run_id=result.run_id,
        account=begun.confirmed[1] if begun.confirmed else "",
    )


def _in_part(told: Told, gathered: Gathered) -> Told:
    """With what became of the parts that did not come."""
    if not gathered.faults:
        return told
    first = gathered.faults[0]
    count = len(gathered.faults)
    return replace(
        told,
        code=first.code,
        zh=f"{count} 条消息没有取到，下次再取。{first.zh}",
        en=f"{count} messages did not come and will be asked for again. {first.en}",
    )


def fail(db: Database, realm: str, begun: Begun, fault: Fault, now: datetime, next_run_at: datetime) -> Told:
    """Notes a run that brought nothing; nothing else is touched. Raises `Overtaken`."""
    raw = fault.content if fault.content and len(fault.content) <= LARGEST_KEPT else None
    told = Told("failed", code=fault.code, zh=fault.zh, en=fault.en, raw=raw)
    with db.engine("app", realm).begin() as conn:
        if not sources.finish(conn, begun, told, now=now, next_run_at=next_run_at):
            raise Overtaken
    return told


def _beginning(content: bytes) -> str:
    """How a content begins, for people."""
    return "“" + " ".join(content[:400].decode("utf-8", "replace").split())[:80] + "”"
