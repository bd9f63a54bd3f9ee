"""Accounts, sessions and one-time links. Secrets are made here and kept as hashes only."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from emmap.errors import Conflict, NotFound
from emmap.permissions import Caller

LINK_LIFE = timedelta(hours=12)
FREE_FAILURES = 4
"""Wrong passwords before an account has to wait; then 2, 4, 8, … seconds, at most a quarter of an hour."""
FREE_FAILURES_OF_ADDRESS = 19
"""The same for an address, whatever names were tried: an office may share one."""
LONGEST_WAIT_S = 900
FORGOTTEN_AFTER = timedelta(hours=1)
"""An address that was quiet for so long begins anew."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. `districts`: where they may change things, None for the whole city."""

    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None
    districts: frozenset[str] | None = None
    password_hash: str | None = None
    locked_until: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """An open session of an account: where it was opened and with what browser."""

    session_id: int
    opened_at: datetime
    used_at: datetime
    address: str
    browser: str


def add_account(
    conn: Connection,
    name: str,
    role: str,
    password_hash: str | None = None,
    districts: Collection[str] | None = None,
) -> None:
    """Adds an account. `Conflict` where the name is taken."""
    made = conn.execute(
        text(
            "insert into account (name, role, password_hash, districts)"
            " values (:name, :role, :password_hash, :districts) on conflict do nothing returning 1"
        ),
        {"name": name, "role": role, "password_hash": password_hash, "districts": codes_listed(districts)},
    ).scalar()
    if made is None:
        raise Conflict(f"账号 {name} 已经存在。", f"The account {name} exists already.")


_ACCOUNT = (
    "select name, role, created_at, disabled_at, districts, password_hash, locked_until,"
    " (select max(used_at) from session where account = name) from account"
)


def accounts(conn: Connection) -> list[Account]:
    """All accounts, by name."""
    return [_account(row) for row in conn.execute(text(f"{_ACCOUNT} order by name"))]


def account(conn: Connection, name: str) -> Account | None:
    """An account by name."""
    row = conn.execute(text(f"{_ACCOUNT} where name = :name"), {"name": name}).one_or_none()
    return _account(row) if row else None


def account_named(conn: Connection, name: str) -> Account:
    """An account by name; `NotFound` where there is none."""
    found = account(conn, name)
    if found is None:
        raise NotFound(f"没有账号 {name[:80]}。", f"There is no account {name[:80]}.")
    return found


def disable_account(conn: Connection, name: str) -> None:
    """Ends an account and its sessions. `NotFound` where there is none; `Conflict` for the last administrator."""
    _keep_an_administrator(conn, name)
    _set(conn, name, "disabled_at = coalesce(disabled_at, clock_timestamp())")
    close_sessions(conn, name)


def enable_account(conn: Connection, name: str) -> None:
    """Lets a disabled account in again. `NotFound` where there is none."""
    _set(conn, name, "disabled_at = null")


def set_role(conn: Connection, name: str, role: str) -> None:
    """Gives an account another role; it counts within seconds. `Conflict` for the last administrator."""
    if role != "administrator":
        _keep_an_administrator(conn, name)
    _set(conn, name, "role = :role", role=role)


def set_districts(conn: Connection, name: str, districts: Collection[str] | None) -> None:
    """Sets where an account may change things; None is the whole city."""
    _set(conn, name, "districts = :districts", districts=codes_listed(districts))


def set_password(conn: Connection, name: str, password_hash: str | None) -> None:
    """Sets an account's password, or takes it away; waits for wrong ones end."""
    _set(conn, name, "password_hash = :hash, failures = 0, locked_until = null", hash=password_hash)


def _set(conn: Connection, name: str, change: str, **values: Any) -> None:
    account_named(conn, name)
    conn.execute(text(f"update account set {change} where name = :name"), {"name": name, **values})


def _keep_an_administrator(conn: Connection, name: str) -> None:
    """Refuses what would leave nobody who may give out accounts."""
    left = conn.execute(
        text(
            "select name from account where role = 'administrator' and disabled_at is null order by name for update"
        )
    ).scalars()
    if set(left) == {name}:
        raise Conflict(
            f"{name} 是最后一个可用的系统管理员，不能停用或改为别的角色；请先新增另一个。",
            f"{name} is the last administrator; add another one first.",
        )


def note_failure(conn: Connection, name: str, address: str = "") -> None:
    """Remembers a wrong password of an account and of an address; after some, each has to wait longer every time."""
    values = {"name": name, "address": address, "longest": LONGEST_WAIT_S, "forgotten": FORGOTTEN_AFTER}
    conn.execute(
        text(
            "update account set failures = failures + 1, locked_until = case when failures >= :free then"
            " clock_timestamp() + least(:longest, 2 ^ least(failures - :free + 1, 20)) * interval '1 second' end"
            " where name = :name"
        ),
        {**values, "free": FREE_FAILURES},
    )
    conn.execute(
        text(
            "insert into sign_in_tries as t (address, failures) values (:address, 1) on conflict (address) do update set"
            " failures = case when t.last_at < clock_timestamp() - :forgotten then 1 else t.failures + 1 end,"
            " last_at = clock_timestamp(), waits_until = case when t.failures >= :free then"
            " clock_timestamp() + least(:longest, 2 ^ least(t.failures - :free + 1, 20)) * interval '1 second' end"
        ),
        {**values, "free": FREE_FAILURES_OF_ADDRESS},
    )
    conn.execute(
        text(
            "delete from sign_in_tries where last_at < clock_timestamp() - 2 * cast(:forgotten as interval)"
        ),
        values,
    )


def note_success(conn: Connection, name: str) -> None:
    """Forgets an account's wrong passwords; its address's are kept, a good account does not excuse guessing others."""
    conn.execute(
        text("update account set failures = 0, locked_until = null where name = :name"), {"name": name}
    )


def must_wait(conn: Connection, name: str, address: str) -> bool:
    """Whether an account or an address has to wait after wrong passwords."""
    return bool(
        conn.execute(
            text(
                "select exists (select from account where name = :name and locked_until > clock_timestamp())"
                " or exists (select from sign_in_tries where address = :address and waits_until > clock_timestamp())"
            ),
            {"name": name, "address": address},
        ).scalar()
    )


def make_link(conn: Connection, name: str) -> str:
    """The secret of a one-time sign-in link for an account."""
    secret = secrets.token_urlsafe(24)
    conn.execute(
        text(
            "insert into sign_in_link (secret_sha256, account, expires_at)"
            " values (:hash, :name, clock_timestamp() + :life)"
        ),
        {"hash": secret_hash(secret), "name": name, "life": LINK_LIFE},
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
        {"hash": secret_hash(secret)},
    ).scalar()
    return found


def open_session(conn: Connection, name: str, address: str = "", browser: str = "") -> str:
    """The secret of a new session of an account."""
    secret = secrets.token_urlsafe(32)
    conn.execute(
        text(
            "insert into session (secret_sha256, account, address, browser)"
            " values (:hash, :name, :address, :browser)"
        ),
        {"hash": secret_hash(secret), "name": name, "address": address[:100], "browser": browser[:300]},
    )
    return secret


def close_session(conn: Connection, secret: str) -> None:
    """Ends a session."""
    conn.execute(
        text(
            "update session set closed_at = clock_timestamp() where secret_sha256 = :hash and closed_at is null"
        ),
        {"hash": secret_hash(secret)},
    )


def close_sessions(
    conn: Connection, name: str, *, session_id: int | None = None, but: str | None = None
) -> int:
    """Ends an account's sessions, or one of them by its number; `but` is the secret of one that stays. How many ended."""
    return conn.execute(
        text(
            "update session set closed_at = clock_timestamp() where account = :name and closed_at is null"
            " and (cast(:session_id as bigint) is null or session_id = :session_id)"
            " and (cast(:but as bytea) is null or secret_sha256 <> :but)"
        ),
        {"name": name, "session_id": session_id, "but": secret_hash(but) if but else None},
    ).rowcount


def sessions(conn: Connection, name: str, life: timedelta) -> list[Session]:
    """An account's open sessions that were used within `life`, the last used first."""
    found = conn.execute(
        text(
            "select session_id, opened_at, used_at, address, browser from session where account = :name"
            " and closed_at is null and used_at > clock_timestamp() - :life order by used_at desc"
        ),
        {"name": name, "life": life},
    )
    return [Session(*row) for row in found]


def session_number(conn: Connection, secret: str) -> int | None:
    """The number of a session."""
    found: int | None = conn.execute(
        text("select session_id from session where secret_sha256 = :hash"), {"hash": secret_hash(secret)}
    ).scalar()
    return found


def session_caller(conn: Connection, secret: str, life: timedelta) -> Caller | None:
    """Who is behind a session that was used within `life`; it counts as used now."""
    row = conn.execute(
        text(
            "update session s set used_at = clock_timestamp() from account a where s.secret_sha256 = :hash"
            " and s.closed_at is null and s.used_at > clock_timestamp() - :life and a.name = s.account"
            " and a.disabled_at is null returning a.name, a.role, a.districts"
        ),
        {"hash": secret_hash(secret), "life": life},
    ).one_or_none()
    return Caller(row.name, row.role, districts=codes_set(row.districts)) if row else None


def _account(row: Row[Any]) -> Account:
    return Account(row.name, row.role, row.created_at, row.disabled_at, codes_set(row.districts), *row[5:])


def codes_listed(codes: Collection[str] | None) -> list[str] | None:
    """Codes as a column holds them; none at all is null."""
    return sorted(codes) if codes else None


def codes_set(codes: Collection[str] | None) -> frozenset[str] | None:
    """Codes as a column held them."""
    return frozenset(codes) if codes is not None else None


def secret_hash(secret: str) -> bytes:
    """All that is kept of a secret of a session, a link or a token; they are long and random."""
    return hashlib.sha256(secret.encode()).digest()
