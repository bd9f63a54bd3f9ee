"""Tokens of programs: a role, a part of its permissions, districts, an end. Kept as hashes only."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from emmap.errors import Malformed, NotFound
from emmap.permissions import PERMISSIONS, Caller
from emmap.store.access import codes_listed, codes_set, secret_hash


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a program's token; never the token itself."""

    token_id: int
    name: str
    role: str
    scope: frozenset[str] | None
    districts: frozenset[str] | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The token as lists show it."""
        return {
            "id": self.token_id,
            "name": self.name,
            "role": self.role,
            "scope": sorted(self.scope) if self.scope else None,
            "districts": sorted(self.districts) if self.districts else None,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "revoked_at": self.revoked_at.isoformat() if self.revoked_at else None,
        }


def checked_scope(role: str, scope: Collection[str] | None) -> frozenset[str] | None:
    """The permissions that a token is limited to, None for all of its role. `Malformed` for one that is none or that the
    role lacks."""
    if not scope:
        return None
    granted = PERMISSIONS[role]
    if lacking := sorted(set(scope) - granted):
        raise Malformed(
            f"角色 {role} 没有权限 {'、'.join(lacking)[:100]}；它有：{'、'.join(sorted(granted))}。",
            f"The role {role} has no permission {', '.join(lacking)[:100]}; it has: {', '.join(sorted(granted))}.",
        )
    return frozenset(scope)


def make_token(
    conn: Connection,
    name: str,
    role: str,
    *,
    scope: Collection[str] | None = None,
    districts: Collection[str] | None = None,
    life: timedelta | None = None,
    created_by: str = "",
) -> str:
    """The secret of a new token for a program. `scope`: permissions, a part of its role's; `life`: None for ever."""
    secret = f"emmap_{secrets.token_urlsafe(32)}"
    conn.execute(
        text(
            "insert into api_token (secret_sha256, name, role, scope, districts, expires_at, created_by) values"
            " (:hash, :name, :role, :scope, :districts, clock_timestamp() + cast(:life as interval), :created_by)"
        ),
        {
            "hash": secret_hash(secret),
            "name": name,
            "role": role,
            "scope": codes_listed(scope),
            "districts": codes_listed(districts),
            "life": life,
            "created_by": created_by,
        },
    )
    return secret


def tokens(conn: Connection) -> list[Token]:
    """All tokens, the newest first."""
    found = conn.execute(
        text(
            "select token_id, name, role, scope, districts, created_at, created_by, expires_at, revoked_at"
            " from api_token order by token_id desc"
        )
    )
    return [Token(r[0], r[1], r[2], codes_set(r[3]), codes_set(r[4]), r[5], r[6], r[7], r[8]) for r in found]


def revoke_token(conn: Connection, token_id: int) -> str:
    """Ends a token; answers its name. `NotFound` where there is none."""
    name: str | None = conn.execute(
        text(
            "update api_token set revoked_at = coalesce(revoked_at, clock_timestamp()) where token_id = :id returning name"
        ),
        {"id": token_id},
    ).scalar()
    if name is None:
        raise NotFound(f"没有令牌 {token_id}。", f"There is no token {token_id}.")
    return name


def token_caller(conn: Connection, secret: str) -> Caller | None:
    """Who is behind a token that has not ended."""
    row = conn.execute(
        text(
            "select name, role, scope, districts from api_token where secret_sha256 = :hash and revoked_at is null"
            " and (expires_at is null or expires_at > clock_timestamp())"
        ),
        {"hash": secret_hash(secret)},
    ).one_or_none()
    if row is None:
        return None
    return Caller(row.name, row.role, codes_set(row.scope), codes_set(row.districts), by_token=True)
