"""What came in: raw messages, runs of a source or file, and the records that were refused."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from emmap.store.database import Database
from emmap.store.statements import statements


@dataclass(frozen=True, slots=True)
class Message:
    """A raw message or file, as it came. `identifier`: what a CAP message calls itself. `content` None: it was older than
    raw content is kept, and dropped at `pruned_at`. `erased_at`: when somebody erased it. `size`: bytes of the whole content."""

    message_id: int
    source: str
    name: str
    media_type: str
    content: bytes | None
    received_at: datetime
    size: int
    sha256: bytes
    pruned_at: datetime | None = None
    erased_at: datetime | None = None
    identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an import or a source. `counts` None: not finished. `mapping`: column → field, as a person said
    it. `withdraws`: the run that this one took back, `withdrawn_by` the other way round. `source`: what brought it, a source
    by name, `api` or `import`; `reader`: `cap` where it brought CAP messages."""

    run_id: int
    layer: str
    source: str
    file_name: str
    mode: str
    datum: str
    account: str
    message_id: int | None
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, int] | None
    mapping: dict[str, str]
    withdraws: int | None
    withdrawn_by: int | None
    reader: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row kept aside: its position in the input, a code, and the reason in both languages."""

    position: int
    code: str
    zh: str
    en: str
    raw: str = ""


def keep_message(conn: Connection, source: str, content: bytes, media_type: str, name: str = "") -> int:
    """Keeps a raw message and returns its number; the same bytes are kept once."""
    digest = hashlib.sha256(content).digest()
    known = conn.execute(
        text("select message_id, content is null as gone from source_message where sha256 = :sha256"),
        {"sha256": digest},
    ).one_or_none()
    if known is not None:
        if known.gone:
            conn.execute(statements("inbox")["revive"], {"content": content})
        return int(known.message_id)
    made = conn.execute(
        text(
            "insert into source_message (source, name, media_type, content, sha256)"
            " values (:source, :name, :media_type, :content, :sha256) on conflict (sha256) do nothing returning message_id"
        ),
        {
            "source": source,
            "name": name[:300],
            "media_type": media_type,
            "content": content,
            "sha256": digest,
        },
    ).scalar()
    return int(made) if made is not None else keep_message(conn, source, content, media_type, name)


def message(conn: Connection, message_id: int, *, first: int | None = None) -> Message | None:
    """A raw message by its number; `first`: only so many bytes of it. None also where its content was
    erased."""
    row = conn.execute(
        statements("inbox")["message"], {"message_id": message_id, "first": first}
    ).one_or_none()
    return _message(row) if row else None


def messages_of_run(conn: Connection, run_id: int) -> list[Message]:
    """The messages behind a run, the document that carried them first; without their content."""
    return [_message(row) for row in conn.execute(statements("inbox")["messages_of_run"], {"run_id": run_id})]


def _message(row: Any) -> Message:
    content = None if row.content is None else bytes(row.content)
    return Message(**{**row._mapping, "content": content, "sha256": bytes(row.sha256)})


def link_messages(conn: Connection, run_id: int, message_ids: Sequence[int]) -> None:
    """Notes which messages a run brought."""
    if message_ids:
        conn.execute(
            statements("inbox")["link_messages"], {"run_id": run_id, "message_ids": list(message_ids)}
        )


def keep_messages(
    conn: Connection, source: str, contents: Sequence[bytes], media_type: str, name: str = ""
) -> list[int]:
    """Keeps many raw messages at once and returns their numbers, in order; the same bytes are kept once."""
    digests = [hashlib.sha256(content).digest() for content in contents]
    given = {"source": source, "name": name[:300], "media_type": media_type, "digests": digests}
    conn.execute(
        text(
            "insert into source_message (source, name, media_type, content, sha256)"
            " select :source, :name, :media_type, m.content, m.sha256"
            " from unnest(cast(:contents as bytea[]), cast(:digests as bytea[])) as m (content, sha256)"
            " on conflict (sha256) do nothing"
        ),
        {**given, "contents": list(contents)},
    )
    found = conn.execute(
        text(
            "select sha256, message_id, content is null as gone from source_message"
            " where sha256 = any(cast(:digests as bytea[]))"
        ),
        {"digests": digests},
    ).all()
    numbers = {bytes(row.sha256): int(row.message_id) for row in found}
    for gone in {bytes(row.sha256) for row in found if row.gone}:
        conn.execute(statements("inbox")["revive"], {"content": contents[digests.index(gone)]})
    return [numbers[digest] for digest in digests]


def prune_messages(conn: Connection, kept_for: timedelta, at_most: int) -> tuple[int, int]:
    """Drops content that is older than it is kept, the oldest first; how many messages, and how many bytes. What a chain of
    warnings, a run of late or a person's decision needs is kept."""
    row = conn.execute(statements("inbox")["prune"], {"kept_for": kept_for, "at_most": at_most}).one()
    return int(row.messages), int(row.bytes)


def start_run(
    conn: Connection,
    layer: str,
    source: str,
    *,
    file_name: str = "",
    mode: str = "partial",
    datum: str = "wgs84",
    account: str = "",
    message_id: int | None = None,
    mapping: Mapping[str, str] | None = None,
    withdraws: int | None = None,
    reader: str = "",
) -> int:
    """Opens a run and returns its number."""
    return int(
        conn.execute(
            text(
                "insert into ingest_run (layer, source, file_name, mode, datum, account, message_id, mapping, withdraws,"
                " reader)"
                " values (:layer, :source, :file_name, :mode, :datum, :account, :message_id, cast(:mapping as jsonb),"
                " :withdraws, :reader) returning run_id"
            ),
            {
                "layer": layer, "source": source, "file_name": file_name[:300], "mode": mode, "datum": datum,
                "account": account, "message_id": message_id, "mapping": json.dumps(dict(mapping or {})),
                "withdraws": withdraws, "reader": reader,
            },
        ).scalar_one()
    )  # fmt: skip


def finish_run(conn: Connection, run_id: int, counts: Mapping[str, int]) -> None:
    """Closes a run with its counts, and notes the stamps of what this transaction wrote, by which the run can be
    withdrawn."""
    conn.execute(
        text(
            "update ingest_run set finished_at = clock_timestamp(), counts = cast(:counts as jsonb) where run_id = :run_id"
        ),
        {"run_id": run_id, "counts": json.dumps(dict(counts))},
    )
    note_writes(conn, run_id)


def note_writes(conn: Connection, run_id: int) -> None:
    """Notes the stamp of every layer that this transaction wrote as written by the run."""
    conn.execute(
        text(
            "insert into ingest_write (run_id, layer, stamp)"
            " select :run_id, layer, stamp from clock where writer = pg_current_xact_id() on conflict do nothing"
        ),
        {"run_id": run_id},
    )


def reject(conn: Connection, run_id: int, rows: Iterable[RejectedRow]) -> None:
    """Keeps refused rows aside."""
    given = [
        {"run_id": run_id, "position": r.position, "code": r.code, "zh": r.zh, "en": r.en, "raw": r.raw}
        for r in rows
    ]
    if given:
        conn.execute(
            text(
                "insert into rejected_record (run_id, position, code, zh, en, raw)"
                " values (:run_id, :position, :code, :zh, :en, :raw)"
            ),
            given,
        )


_RUN = (
    "select r.run_id, r.layer, r.source, r.file_name, r.mode, r.datum, r.account, r.message_id, r.started_at,"
    " r.finished_at, r.counts, r.mapping, r.withdraws, w.run_id, r.reader"
    " from ingest_run r left join ingest_run w on w.withdraws = r.run_id"
)


def run(conn: Connection, run_id: int) -> Run | None:
    """A run by its number."""
    row = conn.execute(text(f"{_RUN} where r.run_id = :run_id"), {"run_id": run_id}).one_or_none()
    return Run(*row) if row else None


def runs(
    conn: Connection, *, layer: str | None = None, before: int | None = None, limit: int = 50
) -> list[Run]:
    """What persons imported and withdrew, the newest first; `before` is a run number."""
    found = conn.execute(
        text(
            f"{_RUN} where r.account <> '' and r.finished_at is not null"
            " and (cast(:layer as text) is null or r.layer = :layer)"
            " and (cast(:before as bigint) is null or r.run_id < :before) order by r.run_id desc limit :limit"
        ),
        {"layer": layer, "before": before, "limit": limit},
    )
    return [Run(*row) for row in found]


def rejected(conn: Connection, run_id: int, *, after: int = 0, limit: int = 1000) -> list[RejectedRow]:
    """The refused rows of a run behind position `after`, in order."""
    found = conn.execute(
        text(
            "select position, code, zh, en, raw from rejected_record"
            " where run_id = :run_id and position > :after order by position limit :limit"
        ),
        {"run_id": run_id, "after": after, "limit": limit},
    )
    return [RejectedRow(*row) for row in found]


def all_rejected(db: Database, realm: str, run_id: int, *, at_once: int = 5_000) -> Iterator[RejectedRow]:
    """Every refused row of a run, in order. Between two portions no connection is held: whoever reads may stop."""
    after = 0
    while True:
        with db.engine("app", realm).connect() as conn:
            found = rejected(conn, run_id, after=after, limit=at_once)
        yield from found
        if len(found) < at_once:
            return
        after = found[-1].position


def last_success(conn: Connection) -> dict[str, datetime]:
    """When each layer last took something in."""
    found = conn.execute(
        text(
            "select layer, max(finished_at) from ingest_run where finished_at is not null and withdraws is null group by layer"
        )
    )
    return {row[0]: row[1] for row in found}
