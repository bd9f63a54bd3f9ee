"""Sign-in at an OpenID Connect provider: going there, and coming back."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from emmap.errors import NotFound
from emmap.permissions import needs
from emmap.store.audit import Entry
from emmap.web.asking import Site, TheSite
from emmap.web.oidc import ATTEMPT_LIFE_S, Attempt, Provider, Refused
from emmap.web.oidc_people import admitted
from emmap.web.sign_in import enter, give_session, is_english, is_https, own_path, password_page
from emmap.web.trail import Trail, address_of

router = APIRouter(include_in_schema=False)

COOKIE = "emmap_oidc"
PATH = "/sign-in/oidc"
RETURN = f"{PATH}/return"

log = structlog.get_logger()


@router.get(PATH)
@needs("public")
async def leave(request: Request, site: TheSite, next: str = "/") -> Response:
    """Sends the browser to the provider. A link and no form: a policy of `form-action 'self'` would stop a form's
    redirect."""
    provider, target = _provider(request), own_path(next)
    attempt = Attempt.new(target)
    try:
        address = await provider.address(
            attempt, _return_address(request, site), "en" if is_english(target) else "zh"
        )
    except Refused as refusal:
        log.warning("sign-in provider", why=refusal.why)
        return password_page(site, target, refusal=refusal.word, status=503)
    answer = RedirectResponse(address, 303)
    # Lax: it has to come along when the provider sends the browser back.
    answer.set_cookie(
        COOKIE,
        attempt.cookie,
        max_age=ATTEMPT_LIFE_S,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=is_https(request, site),
    )
    return answer


@router.get(RETURN)
@needs("public")
async def come_back(
    request: Request, site: TheSite, code: str = "", state: str = "", error: str = "", iss: str = ""
) -> Response:
    """Opens a session for whom the provider vouches, or says why not."""
    provider = _provider(request)
    attempt = Attempt.of_cookie(request.cookies.get(COOKIE, ""))
    target = own_path(attempt.target) if attempt else "/"
    answer: Response
    try:
        if attempt is None or state != attempt.state:
            raise Refused("sign_in_oidc_late", "no attempt of this browser (state)")
        if iss and iss != provider.issuer:
            raise Refused("sign_in_oidc_unproven", "answer of another issuer")
        if error or not code:
            raise Refused("sign_in_oidc_denied", f"provider: {error[:60]}")
        claims = await provider.claims(code, attempt, _return_address(request, site))
        secret = await run_in_threadpool(_admit, request, site, claims)
    except Refused as refusal:
        log.warning("sign-in refused", why=refusal.why)
        failure = Entry(
            "sign_in_failed", refusal.name, "nobody", "oidc", address_of(request.scope), {"why": refusal.why}
        )
        trail: Trail = request.app.state.trail
        await run_in_threadpool(trail.write, failure)
        status = 503 if refusal.word == "sign_in_oidc_down" else 401
        answer = password_page(site, target, refusal=refusal.word, status=status)
    else:
        answer = RedirectResponse(target, 303)
        give_session(request, site, answer, secret)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def _admit(request: Request, site: Site, claims: Mapping[str, Any]) -> str:
    with site.database.engine("app").begin() as conn:
        name, told = admitted(conn, site.settings, claims)
        return enter(conn, request, name, "oidc", told)


def _provider(request: Request) -> Provider:
    found: Provider | None = request.app.state.oidc
    if found is None:
        raise NotFound("没有设置统一身份认证。", "No sign-in provider is set up.", code="no_provider")
    return found


def _return_address(request: Request, site: Site) -> str:
    """Where the provider sends the browser back to; registered there."""
    return f"{(site.settings.public_url or str(request.base_url)).rstrip('/')}{RETURN}"
