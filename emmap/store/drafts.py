"""Files that a person dropped and has not yet applied, and how a kind of table was last imported."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from emmap.store.database import Database

KEPT_FOR = timedelta(days=1)
"""A draft is forgotten after this time."""
KEPT_EACH = 5
"""Of an account's drafts the latest are kept."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that waits. `options`: datum, mode, mapping, name. `preview`: what applying it would do; None before it
    was asked. `step`: how far what is under way has come."""

    draft_id: str
    account: str
    layer: str
    file_name: str
    options: dict[str, Any]
    preview: dict[str, Any] | None
    step: str
    created_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Habit:
    """How a kind of table was last imported, by whom and when."""

    key: str
    options: dict[str, Any]
    account: str
    used_at: datetime


def keep(conn: Connection, account: str, layer: str, file_name: str, content: bytes) -> str:
    """Keeps a file and answers its draft's id. Old drafts, and all but the latest of the account, are forgotten."""
    conn.execute(
        text(
            "delete from import_draft where created_at < clock_timestamp() - cast(:kept_for as interval)"
            " or draft_id in (select draft_id from import_draft where account = :account"
            " order by created_at desc offset :others)"
        ),
        {"account": account, "kept_for": KEPT_FOR, "others": KEPT_EACH - 1},
    )
    made = conn.execute(
        text(
            "insert into import_draft (account, layer, file_name, content)"
            " values (:account, :layer, :file_name, :content) returning draft_id::text"
        ),
        {"account": account, "layer": layer, "file_name": file_name[:300], "content": content},
    )
    return str(made.scalar_one())


def draft(conn: Connection, draft_id: str, account: str) -> Draft | None:
    """A draft of this account."""
    row = conn.execute(
        text(
            "select draft_id::text, account, layer, file_name, options, preview, step, created_at, octet_length(content)"
            " from import_draft where draft_id::text = :draft_id and account = :account"
        ),
        {"draft_id": draft_id, "account": account},
    ).one_or_none()
    return Draft(*row) if row else None


def content(conn: Connection, draft_id: str) -> bytes:
    """A draft's file."""
    return bytes(
        conn.execute(
            text("select content from import_draft where draft_id::text = :draft_id"), {"draft_id": draft_id}
        ).scalar_one()
    )


def choose(conn: Connection, draft_id: str, layer: str, options: Mapping[str, Any]) -> None:
    """Notes what the person chose; a preview of other choices no longer counts."""
    conn.execute(
        text(
            "update import_draft set layer = :layer, options = cast(:options as jsonb), preview = null"
            " where draft_id::text = :draft_id"
        ),
        {"draft_id": draft_id, "layer": layer, "options": json.dumps(dict(options))},
    )


def keep_preview(conn: Connection, draft_id: str, preview: Mapping[str, Any]) -> None:
    """Keeps what a preview found."""
    conn.execute(
        text(
            "update import_draft set preview = cast(:preview as jsonb), step = '' where draft_id::text = :draft_id"
        ),
        {"draft_id": draft_id, "preview": json.dumps(dict(preview))},
    )


def say(db: Database, realm: str, draft_id: str, step: str) -> None:
    """Tells how far a draft has come, in a transaction of its own."""
    with db.engine("app", realm).begin() as conn:
        conn.execute(
            text("update import_draft set step = :step where draft_id::text = :draft_id"),
            {"draft_id": draft_id, "step": step},
        )


def hold(conn: Connection, draft_id: str) -> bool:
    """Keeps others from applying the draft until the transaction ends; False where it is gone."""
    conn.execute(
        text("select pg_advisory_xact_lock(hashtextextended('import_draft ' || :draft_id, 0))"),
        {"draft_id": draft_id},
    )
    found = conn.execute(
        text("select true from import_draft where draft_id::text = :draft_id"), {"draft_id": draft_id}
    )
    return bool(found.scalar())


def discard(conn: Connection, draft_id: str) -> None:
    """Forgets a draft."""
    conn.execute(text("delete from import_draft where draft_id::text = :draft_id"), {"draft_id": draft_id})


def remember(conn: Connection, layer: str, key: str, options: Mapping[str, Any], account: str) -> None:
    """Notes how a kind of table was imported."""
    conn.execute(
        text(
            "insert into import_habit (layer, key, options, account) values (:layer, :key, cast(:options as jsonb), :account)"
            " on conflict (layer, key) do update set options = excluded.options, account = excluded.account,"
            " used_at = clock_timestamp()"
        ),
        {"layer": layer, "key": key, "options": json.dumps(dict(options)), "account": account},
    )


def habit(conn: Connection, layer: str, key: str) -> Habit | None:
    """How a kind of table was last imported."""
    row = conn.execute(
        text("select key, options, account, used_at from import_habit where layer = :layer and key = :key"),
        {"layer": layer, "key": key},
    ).one_or_none()
    return Habit(*row) if row else None


def habits(conn: Connection, layer: str, prefix: str) -> list[str]:
    """The keys that begin so, the latest first."""
    found = conn.execute(
        text(
            "select key from import_habit where layer = :layer and starts_with(key, :prefix) order by used_at desc limit 100"
        ),
        {"layer": layer, "prefix": prefix},
    )
    return list(found.scalars())
