"""One's own account: who I am, my sessions, my password."""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emmap.codes import districts
from emmap.errors import Conflict, Forbidden, NotFound
from emmap.permissions import Caller, needs
from emmap.store import access
from emmap.web import passwords
from emmap.web.asking import Site, TheCaller, TheSite, only
from emmap.web.guard import session_of
from emmap.web.sign_in import give_session
from emmap.web.trail import address_of

router = APIRouter(prefix="/api/account", tags=["account"])

LARGEST_NUMBER = 2**63 - 1


class NewPassword(BaseModel):
    """`old` may be left out where the account has none yet."""

    model_config = ConfigDict(extra="forbid")

    old: Annotated[str, Field(max_length=1000)] = ""
    new: Annotated[str, Field(max_length=1000)]


@router.get("", dependencies=[only()])
@needs("signed_in")
def mine(request: Request, site: TheSite, caller: TheCaller) -> dict[str, Any]:
    """Who I am, what I may do and where, and my open sessions."""
    told: dict[str, Any] = {
        "name": caller.name,
        "role": caller.role,
        "permissions": sorted(caller.permissions),
        "districts": named(caller.districts),
        "by_token": caller.by_token,
    }
    if caller.by_token:
        return told | {"has_password": False, "sessions": []}
    secret = session_of(request.headers) or ""
    with site.database.engine("app").connect() as conn:
        own = access.account_named(conn, caller.name)
        current = access.session_number(conn, secret)
        found = access.sessions(conn, caller.name, timedelta(hours=site.settings.session_hours))
    return told | {
        "has_password": own.password_hash is not None,
        "sessions": [
            {
                "id": one.session_id,
                "opened_at": one.opened_at.isoformat(),
                "used_at": one.used_at.isoformat(),
                "address": one.address,
                "browser": one.browser,
                "current": one.session_id == current,
            }
            for one in found
        ],
    }


def named(codes: Collection[str] | None) -> list[dict[str, str]] | None:
    """Districts with their names, in the list's order; null is the whole city."""
    if codes is None:
        return None
    return [
        {"code": one.code, "zh": one.zh, "en": one.en} for one in districts().values() if one.code in codes
    ]


@router.post("/password", status_code=204, dependencies=[only()])
@needs("signed_in")
def change_password(request: Request, site: TheSite, caller: TheCaller, wanted: NewPassword) -> Response:
    """Sets my password. Every other session of mine ends, and this one goes on under a new secret."""
    name = _person(caller)
    with site.database.engine("app").connect() as conn:
        has_one = access.account_named(conn, name).password_hash is not None
    if has_one and not passwords.fits(site.database, name, wanted.old, address_of(request.scope)):
        raise Conflict(
            "原密码不对，或尝试过多需稍候。",
            "The present password is wrong, or too many tries: wait a little.",
            code="wrong_password",
        )
    kept = passwords.hashed(wanted.new, name)
    with site.database.engine("app").begin() as conn:
        access.set_password(conn, name, kept)
        access.close_sessions(conn, name)
        secret = access.open_session(
            conn, name, address_of(request.scope), request.headers.get("user-agent", "")
        )
    _forget(request)
    answer = Response(status_code=204)
    give_session(request, site, answer, secret)
    return answer


@router.post("/sessions/{session_id}/close", status_code=204, dependencies=[only()])
@needs("signed_in")
def close_one(
    request: Request, site: TheSite, caller: TheCaller, session_id: Annotated[int, Path(le=LARGEST_NUMBER)]
) -> Response:
    """Signs one of my sessions out."""
    return _closed(request, site, _person(caller), session_id)


@router.post("/sign-out-everywhere", status_code=204, dependencies=[only()])
@needs("signed_in")
def close_all(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Signs all my sessions out, this one too."""
    return _closed(request, site, _person(caller), None)


def _closed(request: Request, site: Site, name: str, session_id: int | None) -> Response:
    with site.database.engine("app").begin() as conn:
        if not access.close_sessions(conn, name, session_id=session_id):
            raise NotFound(f"您没有会话 {session_id}。", f"You have no session {session_id}.")
    _forget(request)
    return Response(status_code=204)


def _person(caller: Caller) -> str:
    if caller.by_token:
        raise Forbidden("令牌没有账号；请登录后再操作。", "A token has no account: sign in for this.")
    return caller.name


def _forget(request: Request) -> None:
    """Has this process ask the store again who is behind the session; the others do within seconds."""
    request.app.state.guard.forget(session_of(request.headers) or "")
