"""What administrators do: accounts, tokens, the audit, erasing personal data."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emmap.codes import districts
from emmap.errors import Malformed
from emmap.layer import layer_named
from emmap.permissions import PERMISSIONS, checked_role, needs
from emmap.store import access, audit, personal, tokens
from emmap.store.audit import Kept
from emmap.web.access import new_sign_in_link
from emmap.web.api.account import named
from emmap.web.asking import TheCaller, TheRealm, TheSite, only
from emmap.web.trail import add_details, address_of

router = APIRouter(prefix="/api", tags=["administration"])

LARGEST_NUMBER = 2**63 - 1
Number = Annotated[int, Path(ge=0, le=LARGEST_NUMBER)]


class Wanted(BaseModel):
    """Unknown keys are refused: a misspelt limit must not pass for none."""

    model_config = ConfigDict(extra="forbid")


class NewAccount(Wanted):
    """`districts`: GB/T 2260 codes where the account may change things; null is the whole city."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=80, pattern=r"^[^\s/\x00-\x1f](?:[^/\x00-\x1f]*[^\s/\x00-\x1f])?$"),
    ]
    role: str
    districts: list[str] | None = None


class ChangedAccount(Wanted):
    """Only what is given is changed; `districts` null is the whole city."""

    role: str | None = None
    districts: list[str] | None = None
    disabled: bool | None = None
    password: None = None
    """Given as null it takes the password away; a new one is the person's own to set."""


class NewToken(Wanted):
    """`scope`: permissions, a part of the role's, null for all; `days` until it ends, null for never."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: str
    scope: list[str] | None = None
    districts: list[str] | None = None
    days: Annotated[float, Field(gt=0, le=3650)] | None = None


class Erasure(Wanted):
    """A feature of a layer, an original (`message`), who called about an `alarm`, or the phone numbers of a person
    `on_duty`, by name; and why."""

    layer: str | None = None
    feature_id: Annotated[str, Field(max_length=500)] | None = None
    message: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None
    alarm: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None
    on_duty: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("/accounts", dependencies=[only()])
@needs("administer")
def accounts(site: TheSite) -> dict[str, Any]:
    """All accounts; the roles there are and what each may do; the districts that one may be limited to."""
    with site.database.engine("app").connect() as conn:
        found = access.accounts(conn)
    return {
        "accounts": [_told(one) for one in found],
        "roles": {role: sorted(granted) for role, granted in PERMISSIONS.items()},
        "districts": named(districts()),
    }


def _told(one: access.Account) -> dict[str, Any]:
    return {
        "name": one.name,
        "role": one.role,
        "districts": sorted(one.districts) if one.districts is not None else None,
        "created_at": one.created_at.isoformat(),
        "disabled_at": one.disabled_at.isoformat() if one.disabled_at else None,
        "has_password": one.password_hash is not None,
        "last_seen": one.last_seen.isoformat() if one.last_seen else None,
    }


@router.post("/accounts", status_code=201, dependencies=[only()])
@needs("administer")
def add(request: Request, site: TheSite, wanted: NewAccount) -> dict[str, Any]:
    """Adds an account. `link` is a one-time sign-in address for the person, shown this once."""
    role, codes = checked_role(wanted.role), _districts(wanted.districts)
    add_details(request, account=wanted.name, role=role, districts=sorted(codes or ()))
    with site.database.engine("app").begin() as conn:
        access.add_account(conn, wanted.name, role, districts=codes)
        made = access.account_named(conn, wanted.name)
    return _told(made) | {"link": _link(request, site, wanted.name)}


@router.patch("/accounts/{name}", dependencies=[only()])
@needs("administer")
def change(request: Request, site: TheSite, name: str, wanted: ChangedAccount) -> dict[str, Any]:
    """Gives an account another role or other districts, disables it or lets it in again, takes its password away."""
    given = wanted.model_fields_set
    add_details(request, account=name, **{key: getattr(wanted, key) for key in sorted(given)})
    with site.database.engine("app").begin() as conn:
        access.account_named(conn, name)
        if wanted.role is not None:
            access.set_role(conn, name, checked_role(wanted.role))
        if "districts" in given:
            access.set_districts(conn, name, _districts(wanted.districts))
        if wanted.disabled is not None:
            (access.disable_account if wanted.disabled else access.enable_account)(conn, name)
        if "password" in given:
            access.set_password(conn, name, None)
            access.close_sessions(conn, name)
        return _told(access.account_named(conn, name))


@router.post("/accounts/{name}/link", status_code=201, dependencies=[only()])
@needs("administer")
def link(request: Request, site: TheSite, name: str) -> dict[str, str]:
    """A one-time sign-in address for somebody who has no password or has forgotten it."""
    with site.database.engine("app").connect() as conn:
        access.account_named(conn, name)
    return {"link": _link(request, site, name)}


@router.post("/accounts/{name}/sign-out", status_code=204, dependencies=[only()])
@needs("administer")
def sign_out(site: TheSite, name: str) -> Response:
    """Ends all sessions of an account."""
    with site.database.engine("app").begin() as conn:
        access.account_named(conn, name)
        access.close_sessions(conn, name)
    return Response(status_code=204)


def _link(request: Request, site: TheSite, name: str) -> str:
    return new_sign_in_link(site.database, site.settings.public_url or str(request.base_url), name)


@router.get("/tokens", dependencies=[only()])
@needs("administer")
def every_token(site: TheSite) -> list[dict[str, Any]]:
    """All tokens, the newest first; never the secrets."""
    with site.database.engine("app").connect() as conn:
        return [one.as_json() for one in tokens.tokens(conn)]


@router.post("/tokens", status_code=201, dependencies=[only()])
@needs("administer")
def add_token(request: Request, site: TheSite, caller: TheCaller, wanted: NewToken) -> dict[str, str]:
    """A new token for a program, shown this once."""
    role, codes = checked_role(wanted.role), _districts(wanted.districts)
    scope = tokens.checked_scope(role, wanted.scope)
    add_details(request, token=wanted.name, role=role, scope=sorted(scope or ()), days=wanted.days)
    with site.database.engine("app").begin() as conn:
        secret = tokens.make_token(
            conn,
            wanted.name,
            role,
            scope=scope,
            districts=codes,
            life=timedelta(days=wanted.days) if wanted.days else None,
            created_by=caller.name,
        )
    return {"token": secret}


@router.post("/tokens/{token_id}/revoke", status_code=204, dependencies=[only()])
@needs("administer")
def revoke(request: Request, site: TheSite, token_id: Number) -> Response:
    """Ends a token."""
    with site.database.engine("app").begin() as conn:
        add_details(request, token=tokens.revoke_token(conn, token_id))
    return Response(status_code=204)


@router.get("/audit", dependencies=[only("before", "actor", "act", "limit")])
@needs("administer")
def entries(
    site: TheSite,
    before: Annotated[int | None, Query(ge=0, le=LARGEST_NUMBER)] = None,
    actor: str | None = None,
    act: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """The audit, the newest first; `before` takes the last `id` of the page before."""
    with site.database.engine("app").connect() as conn:
        found = audit.entries(conn, before=before, limit=limit, actor=actor or None, act=act or None)
    return [entry_as_json(one) for one in found]


def entry_as_json(one: Kept) -> dict[str, Any]:
    """An entry as lists show it."""
    said = one.entry
    return {
        "id": one.audit_id,
        "at": said.at.astimezone(UTC).isoformat(),
        "actor": said.actor,
        "actor_kind": said.actor_kind,
        "address": said.address,
        "act": said.act,
        "subject": said.subject,
        "details": said.details,
        "times": said.times,
        "seal": one.seal_id,
    }


@router.get("/audit/proof", dependencies=[only()])
@needs("administer")
def proof(site: TheSite) -> dict[str, Any]:
    """Goes over the whole chain: its head, and where it does not hold."""
    with site.database.engine("app").connect() as conn:
        found = audit.verify(conn)
    return {
        "at": datetime.now(UTC).isoformat(),
        "seals": found.seals,
        "hash": found.hash,
        "pending": found.pending,
        "faults": [{"kind": f.kind, "seal": f.seal_id, "id": f.audit_id} for f in found.faults],
    }


@router.post("/personal/erase", dependencies=[only()])
@needs("administer")
def erase(
    request: Request, site: TheSite, caller: TheCaller, realm: TheRealm, wanted: Erasure
) -> dict[str, Any]:
    """Erases a feature's personal data in all its states, an original with its refused rows, who called about an alarm,
    or the phone numbers of a person on the rota. Versions, alarms and turns stay;
    `originals` are those that still say what was erased."""
    actor, kind = audit.by(caller)
    by = personal.By(actor, kind, address_of(request.scope), wanted.reason)
    feature = wanted.layer is not None and wanted.feature_id is not None
    others = (wanted.message, wanted.alarm, wanted.on_duty)
    if [feature, *(one is not None for one in others)].count(True) != 1:
        raise Malformed(
            "请给出 layer 与 feature_id、message、alarm 或 on_duty，四者择一。",
            "Give layer and feature_id, message, alarm, or on_duty: one of them.",
        )
    with site.database.engine("app", realm).begin() as conn:
        if wanted.message is not None:
            personal.erase_original(conn, wanted.message, by)
            return {"erased": 1, "originals": []}
        if wanted.alarm is not None:
            personal.erase_caller(conn, wanted.alarm, by)
            return {"erased": 1, "originals": []}
        if wanted.on_duty is not None:
            return {"erased": personal.erase_duty_phones(conn, wanted.on_duty, by), "originals": []}
        layer = layer_named(wanted.layer or "", site.layers)
        erased = personal.erase(conn, layer.id, wanted.feature_id or "", by)
        return {"erased": erased, "originals": personal.originals(conn, layer.id, wanted.feature_id or "")}


def _districts(codes: list[str] | None) -> frozenset[str] | None:
    known = districts()
    if unknown := [code for code in codes or () if code not in known]:
        raise Malformed(f"没有区 {unknown[0][:20]}。", f"There is no district {unknown[0][:20]}.")
    return frozenset(codes) if codes else None
