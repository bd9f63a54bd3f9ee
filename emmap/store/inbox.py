"""What came in: raw messages, runs of a source or file, and the records that were refused."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Message:
    """A raw message or file, as it came."""

    message_id: int
    source: str
    name: str
    media_type: str
    content: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an import or a source. `counts` None: not finished."""

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


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row kept aside: its position in the input, a code, and the reason in both languages."""

    position: int
    code: str
    zh: str
    en: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One CAP message in its chain: what it is, what it refers to, and the features that its chain opened."""

    sender: str
    identifier: str
    sent_at: datetime
    message_type: str
    layer: str | None
    feature_ids: tuple[str, ...]
    refers_to: tuple[tuple[str, str, str], ...]
    message_id: int | None


def keep_message(conn: Connection, source: str, content: bytes, media_type: str, name: str = "") -> int:
    """Keeps a raw message and returns its number; the same bytes are kept once."""
    digest = hashlib.sha256(content).digest()
    known = conn.execute(
        text("select message_id from source_message where sha256 = :sha256"), {"sha256": digest}
    ).scalar()
    if known is not None:
        return int(known)
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


def message(conn: Connection, message_id: int) -> Message | None:
    """A raw message by its number."""
    row = conn.execute(
        text(
            "select message_id, source, name, media_type, content, received_at from source_message"
            " where message_id = :message_id"
        ),
        {"message_id": message_id},
    ).one_or_none()
    return Message(*row[:4], bytes(row[4]), row[5]) if row else None


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
) -> int:
    """Opens a run and returns its number."""
    return int(
        conn.execute(
            text(
                "insert into ingest_run (layer, source, file_name, mode, datum, account, message_id)"
                " values (:layer, :source, :file_name, :mode, :datum, :account, :message_id) returning run_id"
            ),
            {
                "layer": layer, "source": source, "file_name": file_name[:300], "mode": mode, "datum": datum,
                "account": account, "message_id": message_id,
            },
        ).scalar_one()
    )  # fmt: skip


def finish_run(conn: Connection, run_id: int, counts: Mapping[str, int]) -> None:
    """Closes a run with its counts."""
    conn.execute(
        text(
            "update ingest_run set finished_at = clock_timestamp(), counts = cast(:counts as jsonb) where run_id = :run_id"
        ),
        {"run_id": run_id, "counts": json.dumps(dict(counts))},
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


def run(conn: Connection, run_id: int) -> Run | None:
    """A run by its number."""
    row = conn.execute(
        text(
            "select run_id, layer, source, file_name, mode, datum, account, message_id, started_at, finished_at, counts"
            " from ingest_run where run_id = :run_id"
        ),
        {"run_id": run_id},
    ).one_or_none()
    return Run(*row) if row else None


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


def last_success(conn: Connection) -> dict[str, datetime]:
    """When each layer last took something in."""
    found = conn.execute(
        text("select layer, max(finished_at) from ingest_run where finished_at is not null group by layer")
    )
    return {row[0]: row[1] for row in found}


def link(conn: Connection, one: Link) -> bool:
    """Remembers a message of a chain. False where the same message is known."""
    made = conn.execute(
        text(
            "insert into message_chain (sender, identifier, sent_at, message_type, layer, feature_ids, refers_to, message_id)"
            " values (:sender, :identifier, :sent_at, :message_type, :layer, :feature_ids, cast(:refers_to as jsonb),"
            " :message_id) on conflict do nothing returning 1"
        ),
        {
            "sender": one.sender, "identifier": one.identifier, "sent_at": one.sent_at,
            "message_type": one.message_type, "layer": one.layer, "feature_ids": list(one.feature_ids),
            "refers_to": json.dumps(one.refers_to), "message_id": one.message_id,
        },
    ).scalar()  # fmt: skip
    return made is not None


def links(conn: Connection, identities: Sequence[tuple[str, str]]) -> list[Link]:
    """The known messages of these (sender, identifier), oldest first."""
    found = conn.execute(
        text(
            f"select {_LINK} from message_chain where (sender, identifier) in"
            " (select s, i from unnest(cast(:senders as text[]), cast(:identifiers as text[])) as w(s, i)) order by sent_at"
        ),
        {"senders": [s for s, _ in identities], "identifiers": [i for _, i in identities]},
    )
    return [_link(row) for row in found]


def links_that_refer_to(conn: Connection, sender: str, identifier: str) -> list[Link]:
    """The known messages that refer to this one, oldest first: an update or cancel that came before its alert."""
    found = conn.execute(
        text(
            f"select {_LINK} from message_chain where exists (select from jsonb_array_elements(refers_to) as r"
            " where r ->> 0 = :sender and r ->> 1 = :identifier) order by sent_at"
        ),
        {"sender": sender, "identifier": identifier},
    )
    return [_link(row) for row in found]


_LINK = "sender, identifier, sent_at, message_type, layer, feature_ids, refers_to, message_id"


def _link(row: Any) -> Link:
    return Link(*row[:5], tuple(row[5]), tuple((r[0], r[1], r[2]) for r in row[6]), row[7])
