"""Links that open one briefing to whoever holds them, until they end or are revoked. Kept as hashes only."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from emmap.errors import NotFound
from emmap.store.access import secret_hash


@dataclass(frozen=True, slots=True)
class Share:
    """A link; never its secret. `opened`: how often it was read."""

    share_id: int
    briefing_id: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    opened: int


_COLUMNS = "share_id, briefing_id, created_by, created_at, expires_at, revoked_at, opened"


def add(conn: Connection, briefing_id: str, life: timedelta, account: str) -> tuple[str, Share]:
    """A new link: its secret, which is told this once, and what is kept of it."""
    secret = secrets.token_urlsafe(32)
    row = conn.execute(
        text(
            "insert into briefing_share (secret_sha256, briefing_id, created_by, expires_at) values"
            " (:secret, :briefing_id, :account, clock_timestamp() + cast(:life as interval))"
            f" returning {_COLUMNS}"
        ),
        {"secret": secret_hash(secret), "briefing_id": briefing_id, "account": account, "life": life},
    ).one()
    return secret, Share(*row)


def shares(conn: Connection, briefing_id: str) -> list[Share]:
    """A briefing's links, the newest first."""
    found = conn.execute(
        text(
            f"select {_COLUMNS} from briefing_share where briefing_id = :briefing_id order by share_id desc"
        ),
        {"briefing_id": briefing_id},
    )
    return [Share(*row) for row in found]


def revoke(conn: Connection, briefing_id: str, share_id: int, account: str) -> None:
    """Ends a briefing's link. `NotFound` where it has none of this number."""
    found = conn.execute(
        text(
            "update briefing_share set revoked_at = coalesce(revoked_at, clock_timestamp()),"
            " revoked_by = coalesce(revoked_by, :account)"
            " where briefing_id = :briefing_id and share_id = :share_id returning true"
        ),
        {"briefing_id": briefing_id, "share_id": share_id, "account": account},
    ).scalar()
    if found is None:
        raise NotFound(f"没有分享链接 {share_id}。", f"There is no shared link {share_id}.")


def behind(conn: Connection, secret: str) -> tuple[Share, bool] | None:
    """The link of a secret, and whether it still opens; None for a secret that never was one."""
    row = conn.execute(
        text(
            f"select {_COLUMNS}, revoked_at is null and expires_at > clock_timestamp() as open"
            " from briefing_share where secret_sha256 = :secret"
        ),
        {"secret": secret_hash(secret)},
    ).one_or_none()
    return (Share(*row[:-1]), row.open) if row else None


def note_opened(conn: Connection, share_id: int) -> None:
    """Counts that it was read."""
    conn.execute(
        text("update briefing_share set opened = opened + 1 where share_id = :share_id"),
        {"share_id": share_id},
    )
