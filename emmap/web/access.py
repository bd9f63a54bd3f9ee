"""Roles and what each may do: one table, asked in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args
from urllib.parse import urlencode

from emmap.errors import Forbidden, Malformed
from emmap.store import access
from emmap.store.database import Database

Role = Literal["viewer", "duty_officer", "commander", "briefing_writer", "administrator"]
Permission = Literal["read", "personal", "import", "alert", "briefing", "administer"]
ROLES: tuple[str, ...] = get_args(Role)

PERMISSIONS: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "viewer": frozenset({"read"}),
        "duty_officer": frozenset({"read", "personal", "import", "alert", "briefing"}),
        "commander": frozenset({"read", "personal", "briefing"}),
        "briefing_writer": frozenset({"read", "briefing"}),
        "administrator": frozenset({"read", "personal", "import", "alert", "briefing", "administer"}),
    }
)
"""What each role may do; a role that is not here may do nothing."""

FIRST_ACCOUNT = "administrator"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an account or a token, by name, and its role."""

    name: str
    role: str

    def may(self, permission: Permission) -> bool:
        """Whether the role has a permission."""
        return permission in PERMISSIONS.get(self.role, frozenset())

    def need(self, permission: Permission) -> None:
        """Raises `Forbidden` where the role lacks the permission."""
        if not self.may(permission):
            raise Forbidden(
                f"角色 {self.role} 没有「{permission}」权限;请联系管理员。",
                f"The role {self.role} lacks the permission “{permission}”; ask an administrator.",
            )


def checked_role(role: str) -> str:
    """The role, if there is one of that name; else `Malformed`."""
    if role not in ROLES:
        raise Malformed(
            f"没有角色 {role};可用:{', '.join(ROLES)}。",
            f"There is no role {role}; there are: {', '.join(ROLES)}.",
        )
    return role


def new_sign_in_link(db: Database, base_url: str, name: str = FIRST_ACCOUNT, next_path: str = "/") -> str:
    """A one-time sign-in address for an account. The first administrator is made where it is missing."""
    with db.engine("app").begin() as conn:
        if name == FIRST_ACCOUNT and access.account(conn, name) is None:
            access.add_account(conn, name, "administrator")
        secret = access.make_link(conn, name)
    return f"{base_url.rstrip('/')}/sign-in?{urlencode({'code': secret, 'next': next_path})}"
