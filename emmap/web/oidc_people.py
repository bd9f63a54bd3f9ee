"""Who somebody is here whom an OpenID Connect provider vouches for: role and districts by its claims, and their account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from emmap.codes import code_of, districts
from emmap.errors import Conflict
from emmap.permissions import checked_role
from emmap.settings import Settings
from emmap.store import access, identities
from emmap.web.access import FIRST_ACCOUNT, PRACTICE
from emmap.web.oidc import Refused

CITY = "440100"
"""GB/T 2260 code of the whole city, in a claim of districts."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the provider's claims are worth here. `districts`: None is the whole city."""

    role: str
    districts: frozenset[str] | None


def granted(settings: Settings, claims: Mapping[str, Any]) -> Grant:
    """Role and districts that claims give; `Refused` where they give none. Of several roles the one counts that stands first
    in the setting."""
    held = _values(claims, settings.oidc_role_claim)
    role = next((role for value, role in settings.oidc_roles.items() if value in held), None)
    if role is None:
        raise Refused("sign_in_oidc_no_role", "no role")
    if not settings.oidc_district_claim:
        return Grant(role, None)
    named = _values(claims, settings.oidc_district_claim)
    if CITY in named:
        return Grant(role, None)
    codes = [code_of(one, districts().values()) for one in named]
    if not codes or None in codes:
        raise Refused("sign_in_oidc_no_district", "no district, or one that is not known")
    return Grant(role, frozenset(code for code in codes if code))


def admitted(conn: Connection, settings: Settings, claims: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The account of whom claims describe, with role and districts as they say now, and what the audit tells of it. Made
    where it is the first time. `Refused` where they are not let in."""
    issuer, subject = settings.oidc_issuer or "", claims["sub"]
    known = identities.account_of(conn, issuer, subject)
    name = known.name if known else ""
    if known is not None and known.disabled_at is not None:
        raise Refused("sign_in_oidc_disabled", "disabled", name)
    try:
        grant = granted(settings, claims)
    except Refused as refusal:
        raise Refused(refusal.word, refusal.why, name) from None
    if known is None:
        name = _added(conn, settings, claims, grant)
    elif (known.role, known.districts) != (grant.role, grant.districts):
        try:
            access.set_role(conn, name, grant.role)
        except Conflict:
            raise Refused("sign_in_oidc_last", "would leave no administrator", name) from None
        access.set_districts(conn, name, grant.districts)
    told = {"role": grant.role, "districts": sorted(grant.districts or ())}
    return name, told | {"new": known is None}


def _added(conn: Connection, settings: Settings, claims: Mapping[str, Any], grant: Grant) -> str:
    """A new account for the provider's person; never one that was made here, whatever name they have there."""
    name = _name(settings, claims)
    try:
        if name == FIRST_ACCOUNT or name.startswith(PRACTICE):
            raise Conflict("这个名字是保留的。", "That name is kept.")
        access.add_account(conn, name, grant.role, districts=grant.districts)
    except Conflict:
        raise Refused("sign_in_oidc_taken", "an account of that name was not made by the provider") from None
    identities.bind(conn, settings.oidc_issuer or "", claims["sub"], name)
    return name


def check_roles(settings: Settings) -> None:
    """`Malformed` where the setting names a role that does not exist."""
    for role in settings.oidc_roles.values():
        checked_role(role)


def _name(settings: Settings, claims: Mapping[str, Any]) -> str:
    """What the person is called here: the first of these claims that can be a name."""
    for claim in (settings.oidc_name_claim, "email", "sub"):
        value = claims.get(claim)
        name = value.strip() if isinstance(value, str) else ""
        if 0 < len(name) <= 80 and name.isprintable():
            return name
    raise Refused("sign_in_oidc_unproven", "no name")


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    """The words of a claim: of that very name, or inside others by a path with dots such as `realm_access.roles`."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, str)]
