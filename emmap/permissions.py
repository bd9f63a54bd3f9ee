"""Roles, what each may do, and how a route or callback declares what it needs. The one table of permissions.

Every route, socket and Dash callback is marked with `needs`; the guard (`emmap/web/guard.py`) looks the mark up before
anything runs, and refuses what has none.
"""

from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args

from emmap.codes import districts
from emmap.errors import Forbidden, Malformed

Role = Literal["viewer", "duty_officer", "commander", "briefing_writer", "administrator"]
Permission = Literal[
    "read", "personal", "import", "alert", "watch", "command", "briefing", "sign", "administer"
]
Need = Permission | Literal["public", "signed_in"]
"""What a route asks for: a permission; `signed_in`, a session or token with whatever scope; `public`, nothing."""
ROLES: tuple[Role, ...] = get_args(Role)
ALL_PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

PERMISSIONS: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "viewer": frozenset({"read"}),
        "duty_officer": frozenset({"read", "personal", "import", "alert", "watch", "briefing"}),
        "commander": frozenset({"read", "personal", "watch", "command", "briefing", "sign"}),
        "briefing_writer": frozenset({"read", "briefing"}),
        "administrator": frozenset(ALL_PERMISSIONS),
    }
)
"""What each role may do; a role that is not here may do nothing."""

_MARK = "emmap_needs"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


def needs(permission: Need) -> Callable[[_Endpoint], _Endpoint]:
    """Marks an endpoint, below the decorator that makes it a route or a callback, with what it needs."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _MARK, permission)
        return endpoint

    return mark


def needed_by(endpoint: object) -> Need | None:
    """What an endpoint was marked with; None where it was not."""
    found: Need | None = getattr(endpoint, _MARK, None)
    return found


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an account or a token, by name, and its role. `scope`: a token's own permissions, None for all of its
    role. `districts`: where it may change things, None for the whole city; reading is never limited by it."""

    name: str
    role: str
    scope: frozenset[str] | None = None
    districts: frozenset[str] | None = None
    by_token: bool = False

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it may do."""
        granted = PERMISSIONS.get(self.role, frozenset())
        return granted if self.scope is None else granted & self.scope

    def may(self, permission: Permission) -> bool:
        """Whether it has a permission."""
        return permission in self.permissions

    def need(self, permission: Permission) -> None:
        """Raises `Forbidden` where it lacks the permission. For what depends on the content; what a route always needs
        is declared with `needs`."""
        if not self.may(permission):
            raise Forbidden(
                f"角色 {self.role} 没有「{permission}」权限；请联系管理员。",
                f"The role {self.role} lacks the permission “{permission}”; ask an administrator.",
            )

    def need_districts(self, touched: Collection[str]) -> None:
        """Raises `Forbidden` where a change touches a district (GB/T 2260 code) outside the caller's, or no district at
        all while the caller is limited to some."""
        if self.districts is not None and (not touched or not self.districts.issuperset(touched)):
            raise Forbidden(*outside(self.districts, touched), code="other_district")

    def need_city(self) -> None:
        """Raises `Forbidden` where the caller is limited to districts and the act is about the whole city."""
        if self.districts is not None:
            raise Forbidden(
                f"这关系全市，而您只能修改{_names(self.districts, 'zh')}的内容；请市级值班员处理。",
                f"This is about the whole city and you may change {_names(self.districts, 'en')} only; ask the city's "
                "officer.",
                code="other_district",
            )


limited_to: ContextVar[frozenset[str] | None] = ContextVar("limited_to", default=None)
"""The districts of whom this request or task acts for, None for the whole city. The store keeps them in every transaction
(`emmap/store/database.py`); a thread of one's own has to be given the context (`contextvars.copy_context`)."""


def outside(own: Collection[str], touched: Collection[str]) -> tuple[str, str]:
    """The sentence, in Chinese and English, for a change outside one's own districts."""
    others = sorted(set(touched) - set(own))
    if not others:
        return (
            f"内容没有所属区，而您只能修改{_names(own, 'zh')}的内容；请补上区或位置，或请市级值班员处理。",
            f"This names no district and you may change {_names(own, 'en')} only; add a district or a place, or ask the "
            "city's officer.",
        )
    return (
        f"涉及{_names(others, 'zh')}，而您只能修改{_names(own, 'zh')}的内容；请该区或市级值班员处理。",
        f"This touches {_names(others, 'en')} and you may change {_names(own, 'en')} only; ask that district's or the "
        "city's officer.",
    )


def _names(codes: Collection[str], lang: Literal["zh", "en"]) -> str:
    known = districts()
    named = [getattr(known[code], lang) if code in known else code for code in sorted(codes)]
    return ("、" if lang == "zh" else ", ").join(named)


def checked_role(role: str) -> str:
    """The role, if there is one of that name; else `Malformed`."""
    if role not in ROLES:
        raise Malformed(
            f"没有角色 {role[:40]}；可用：{'、'.join(ROLES)}。",
            f"There is no role {role[:40]}; there are: {', '.join(ROLES)}.",
        )
    return role
