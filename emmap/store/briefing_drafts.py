"""Drafts of briefings: written by several, saved by one after the other, checked, and frozen once they are signed.

Every save names the revision that it follows, so that nobody overwrites what another wrote meanwhile.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

Stage = Literal["drafting", "checking", "checked", "signed"]
"""拟稿, 待核稿, 待签发, 已签发."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft without its text. `drafted_by` is empty while nobody has taken up what a schedule left; `comment` is of
    who returned it; `came_from`: `{"draft": id}` or `{"schedule": id}`; `corrects` and `briefing_id`: briefings."""

    draft_id: str
    title: str
    template: str
    realm: str
    revision: int
    stage: Stage
    drafted_by: str
    submitted_by: str | None
    checked_by: str | None
    checked_at: datetime | None
    comment: str
    came_from: Mapping[str, Any]
    corrects: str | None
    briefing_id: str | None
    created_at: datetime
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft whole: what was written, and the instant and stamps that its figures are taken at."""

    about: Listed
    body: Mapping[str, Any]
    data: Mapping[str, Any]


_LISTED = (
    "draft_id, title, template, realm, revision, stage, drafted_by, submitted_by, checked_by, checked_at, comment,"
    " came_from, corrects, briefing_id, created_at, updated_at, updated_by"
)


def add(
    conn: Connection,
    draft_id: str,
    body: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    account: str,
    came_from: Mapping[str, Any] | None = None,
    corrects: str | None = None,
) -> None:
    """Stores a new draft; `account` is empty where a schedule left it."""
    conn.execute(
        text(
            "insert into briefing_draft (draft_id, body, data, drafted_by, came_from, corrects, updated_by) values"
            " (:draft_id, cast(:body as jsonb), cast(:data as jsonb), :account, cast(:came_from as jsonb), :corrects,"
            " :account)"
        ),
        {
            "draft_id": draft_id,
            "body": _json(body),
            "data": _json(data),
            "account": account,
            "came_from": _json(came_from or {}),
            "corrects": corrects,
        },
    )


def find(conn: Connection, draft_id: str, *, lock: bool = False) -> Draft | None:
    """A draft by its id; with `lock` nobody else changes it until the transaction ends."""
    row = conn.execute(
        text(
            f"select {_LISTED}, body, data from briefing_draft where draft_id = :draft_id"
            f"{' for update' if lock else ''}"
        ),
        {"draft_id": draft_id},
    ).one_or_none()
    return Draft(Listed(*row[:-2]), row.body, row.data) if row else None


def latest(conn: Connection, stage: Stage | None = None, limit: int = 200) -> list[Listed]:
    """The drafts that were changed last, latest first; of one stage, or of all that are not signed."""
    found = conn.execute(
        text(
            f"select {_LISTED} from briefing_draft"
            " where case when cast(:stage as text) is null then stage <> 'signed' else stage = :stage end"
            " order by updated_at desc, draft_id limit :limit"
        ),
        {"stage": stage, "limit": limit},
    )
    return [Listed(*row) for row in found]


def save(
    conn: Connection,
    draft_id: str,
    revision: int,
    account: str,
    *,
    body: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
) -> int | None:
    """Saves over `revision`, and answers the new one; None where that is no longer the latest, or the draft is gone.
    Without `data` they stay. Who saves what a schedule left has taken it up."""
    found: int | None = conn.execute(
        text(
            "update briefing_draft set body = cast(:body as jsonb), data = coalesce(cast(:data as jsonb), data),"
            " revision = revision + 1, updated_at = clock_timestamp(), updated_by = :account,"
            " drafted_by = coalesce(nullif(drafted_by, ''), :account)"
            " where draft_id = :draft_id and revision = :revision returning revision"
        ),
        {
            "draft_id": draft_id,
            "revision": revision,
            "account": account,
            "body": _json(body),
            "data": None if data is None else _json(data),
        },
    ).scalar()
    return found


def submit(conn: Connection, draft_id: str, account: str) -> None:
    """Hands a draft in for checking. Like every step below it is a revision of its own: whoever saved at the same time
    has to look again."""
    _step(
        conn, draft_id, account,
        "stage = 'checking', comment = '', submitted_by = :account, drafted_by = coalesce(nullif(drafted_by, ''), :account)",
    )  # fmt: skip


def give_back(conn: Connection, draft_id: str, account: str, comment: str) -> None:
    """Returns a draft to who writes it, with a comment."""
    _step(
        conn, draft_id, account,
        "stage = 'drafting', comment = :comment, submitted_by = null, checked_by = null, checked_at = null",
        comment=comment,
    )  # fmt: skip


def pass_check(conn: Connection, draft_id: str, account: str) -> None:
    """Finds a draft good: it waits to be signed."""
    _step(
        conn,
        draft_id,
        account,
        "stage = 'checked', checked_by = :account, checked_at = clock_timestamp()",
    )


def close(conn: Connection, draft_id: str, account: str, briefing_id: str) -> None:
    """Marks a draft as signed: from now on nothing of it changes."""
    _step(
        conn, draft_id, account,
        "stage = 'signed', briefing_id = :briefing_id, checked_by = coalesce(checked_by, :account),"
        " checked_at = coalesce(checked_at, clock_timestamp())",
        briefing_id=briefing_id,
    )  # fmt: skip


def discard(conn: Connection, draft_id: str) -> None:
    """Deletes a draft that is not signed."""
    conn.execute(text("delete from briefing_draft where draft_id = :draft_id"), {"draft_id": draft_id})


def _step(conn: Connection, draft_id: str, account: str, change: str, **more: str) -> None:
    conn.execute(
        text(
            f"update briefing_draft set {change}, revision = revision + 1, updated_at = clock_timestamp(),"
            " updated_by = :account where draft_id = :draft_id"
        ),
        {"draft_id": draft_id, "account": account, **more},
    )


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(dict(told), ensure_ascii=False)
