"""Accounts, sessions, one-time links and tokens. Secrets are made here and kept as hashes only."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from emmap.errors import Conflict, NotFound

LINK_LIFE = timedelta(hours=12)
FREE_FAILURES = 4
"""Wrong passwords before an account has to wait; then 2, 4, 8, … seconds, at most a quarter of an hour."""
LONGEST_WAIT_S = 900


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in."""

    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None
    password_hash: str | None = None
    locked_until: datetime | None = None


def add_account(conn: Connection, name: str, role: str, password_hash: str | None = None) -> None:
    """Adds an account. `Conflict` where the name is taken."""
    made = conn.execute(
        text(
            "insert into account (name, role, password_hash) values (:name, :role, :password_hash)"
            " on conflict do nothing returning 1"
        ),
        {"name": name, "role": role, "password_hash": password_hash},
    ).scalar()
    if made is None:
        raise Conflict(f"账号 {name} 已经存在。", f"The account {name} exists already.")


def accounts(conn: Connection) -> list[Account]:
    """All accounts, by name."""
    found = conn.execute(text("select name, role, created_at, disabled_at from account order by name"))
    return [Account(row[0], row[1], row[2], row[3]) for row in found]


def account(conn: Connection, name: str) -> Account | None:
    """An account by name."""
    row = conn.execute(
        text(
            "select name, role, created_at, disabled_at, password_hash, locked_until from account where name = :name"
        ),
        {"name": name},
    ).one_or_none()
    return Account(row[0], row[1], row[2], row[3], row[4], row[5]) if row else None


def disable_account(conn: Connection, name: str) -> None:
    """Ends an account and its sessions. `NotFound` where there is none."""
    done = conn.execute(
        text("update account set disabled_at = clock_timestamp() where name = :name returning 1"),
        {"name": name},
    ).scalar()
    if done is None:
        raise NotFound(f"没有账号 {name}。", f"There is no account {name}.")
    conn.execute(
        text("update session set closed_at = clock_timestamp() where account = :name and closed_at is null"),
        {"name": name},
    )


def is_locked(conn: Connection, name: str) -> bool:
    """Whether an account has to wait after wrong passwords."""
    return bool(
        conn.execute(
            text("select locked_until > clock_timestamp() from account where name = :name"), {"name": name}
        ).scalar()
    )


def note_failure(conn: Connection, name: str) -> None:
    """Remembers a wrong password; from the fifth on the account waits longer each time."""
    conn.execute(
        text(
            "update account set failures = failures + 1, locked_until = case when failures >= :free then"
            " clock_timestamp() + least(:longest, 2 ^ (failures - :free + 1)) * interval '1 second' end"
            " where name = :name"
        ),
        {"name": name, "free": FREE_FAILURES, "longest": LONGEST_WAIT_S},
    )


def note_success(conn: Connection, name: str) -> None:
    """Forgets wrong passwords."""
    conn.execute(
        text("update account set failures = 0, locked_until = null where name = :name"), {"name": name}
    )


def make_link(conn: Connection, name: str) -> str:
    """The secret of a one-time sign-in link for an account."""
    secret = secrets.token_urlsafe(24)
    conn.execute(
        text(
            "insert into sign_in_link (secret_sha256, account, expires_at)"
            " values (:hash, :name, clock_timestamp() + :life)"
        ),
        {"hash": _hash(secret), "name": name, "life": LINK_LIFE},
    )
    return secret


def use_link(conn: Connection, secret: str) -> str | None:
    """The account that a link signs in, once; None where it is used, late or unknown."""
    found: str | None = conn.execute(
        text(
            "update sign_in_link l set used_at = clock_timestamp() from account a where l.secret_sha256 = :hash"
            " and l.used_at is null and l.expires_at > clock_timestamp() and a.name = l.account"
            " and a.disabled_at is null returning a.name"
        ),
        {"hash": _hash(secret)},
    ).scalar()
    return found


def open_session(conn: Connection, name: str) -> str:
    """The secret of a new session of an account."""
    secret = secrets.token_urlsafe(32)
    conn.execute(
        text("insert into session (secret_sha256, account) values (:hash, :name)"),
        {"hash": _hash(secret), "name": name},
    )
    return secret


def close_session(conn: Connection, secret: str) -> None:
    """Ends a session."""
    conn.execute(
        text(
            "update session set closed_at = clock_timestamp() where secret_sha256 = :hash and closed_at is null"
        ),
        {"hash": _hash(secret)},
    )


def session_caller(conn: Connection, secret: str, life: timedelta) -> tuple[str, str] | None:
    """Name and role behind a session that was used within `life`; it counts as used now."""
    row = conn.execute(
        text(
            "update session s set used_at = clock_timestamp() from account a where s.secret_sha256 = :hash"
            " and s.closed_at is null and s.used_at > clock_timestamp() - :life and a.name = s.account"
            " and a.disabled_at is null returning a.name, a.role"
        ),
        {"hash": _hash(secret), "life": life},
    ).one_or_none()
    return (row[0], row[1]) if row else None


def make_token(conn: Connection, name: str, role: str) -> str:
    """The secret of a new token for a program."""
    secret = f"emmap_{secrets.token_urlsafe(32)}"
    conn.execute(
        text("insert into api_token (secret_sha256, name, role) values (:hash, :name, :role)"),
        {"hash": _hash(secret), "name": name, "role": role},
    )
    return secret


def token_caller(conn: Connection, secret: str) -> tuple[str, str] | None:
    """Name and role behind a token."""
    row = conn.execute(
        text("select name, role from api_token where secret_sha256 = :hash and revoked_at is null"),
        {"hash": _hash(secret)},
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
