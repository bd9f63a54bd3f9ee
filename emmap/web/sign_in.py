"""Sign-in by a one-time link or by name and password; signing out. `sign_in_oidc.py` adds the one at a provider."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from emmap.permissions import needs
from emmap.settings import ROOT
from emmap.store import access
from emmap.store.audit import Entry
from emmap.ui.words import WORDS, word
from emmap.web import passwords
from emmap.web.asking import Site, TheSite
from emmap.web.guard import COOKIE, session_of
from emmap.web.trail import Trail, address_of, entry

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{sign_in_title}</title>
<link rel="stylesheet" href="/sign-in.css">
</head>
<body>
<main>
<p class="turn"><a href="{other}" hreflang="{other_lang}" lang="{other_lang}">{other_language}</a></p>
<h1>{title}</h1>
{message}
{form}
</main>
</body>
</html>
"""

_BY_LINK = """<p>{sign_in_once}</p>
<form method="post" action="/sign-in">
<input type="hidden" name="code" value="{code}">
<input type="hidden" name="next" value="{next}">
<button type="submit" autofocus>{sign_in_enter}</button>
</form>"""

_BY_PASSWORD = """<form method="post" action="/sign-in">
<input type="hidden" name="next" value="{next}">
<label>{sign_in_name} <input name="name" autocomplete="username" required maxlength="80" value="{name}"></label>
<label>{sign_in_password}
<input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">{sign_in}</button>
</form>
<p class="hint">{sign_in_no_password} <code>emmap user link</code></p>"""

_BY_PROVIDER = '<p><a class="button" href="/sign-in/oidc?{query}">{title}</a></p>'


@router.get("/sign-in")
@needs("public")
def ask(request: Request, site: TheSite, code: str = "", next: str = "/") -> Response:
    """A button for a link (a preview must not use it up), else name and password; in the language of where it leads."""
    if code:
        return _page(_BY_LINK, own_path(next), code=code)
    return password_page(site, own_path(next))


@router.post("/sign-in")
@needs("public")
def sign_in(
    request: Request,
    site: TheSite,
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Opens a session, or says why not."""
    target, address = own_path(next), address_of(request.scope)
    trail: Trail = request.app.state.trail
    way = "link" if code else "password"
    name = name.strip()
    fits = not code and passwords.fits(site.database, name, password, address)
    with site.database.engine("app").begin() as conn:
        found = access.use_link(conn, code) if code else name if fits else None
        if found is None:
            # A password may have been typed into the field of the name: only a name that exists is written down.
            tried = name if name and access.account(conn, name) else ""
            trail.note(conn, Entry("sign_in_failed", tried, "nobody", way, address))
            refusal = "sign_in_link_used" if code else "sign_in_refused"
            return password_page(site, target, name=name, refusal=refusal, status=401)
        secret = enter(conn, request, found, way)
    answer = RedirectResponse(target, 303)
    give_session(request, site, answer, secret)
    return answer


@router.post("/sign-out")
@needs("signed_in")
def sign_out(request: Request, site: TheSite) -> Response:
    """Ends the session."""
    secret = session_of(request.headers)
    if secret:
        with site.database.engine("app").begin() as conn:
            access.close_session(conn, secret)
            request.app.state.trail.note(conn, entry("sign_out", request.scope))
        request.app.state.guard.forget(secret)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/sign-in.css")
@needs("public")
def style() -> Response:
    """The page's style: the one thing that it needs."""
    return FileResponse(ROOT / "assets" / "sign-in.css", media_type="text/css")


def own_path(target: str) -> str:
    """A path of this site; anything else becomes the front page."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    return target


def enter(
    conn: Connection, request: Request, name: str, way: str, details: Mapping[str, Any] = MappingProxyType({})
) -> str:
    """The secret of a new session of an account, instead of the one that the browser had; the audit is told the way."""
    address = address_of(request.scope)
    if known := session_of(request.headers):
        access.close_session(conn, known)
    trail: Trail = request.app.state.trail
    trail.note(conn, Entry("sign_in", name, "account", way, address, details))
    return access.open_session(conn, name, address, request.headers.get("user-agent", ""))


def give_session(request: Request, site: Site, answer: Response, secret: str) -> None:
    """Puts a session's secret into its cookie: out of reach of scripts and of other sites, and of plain http where the
    page came by https."""
    answer.set_cookie(COOKIE, secret, httponly=True, samesite="lax", secure=is_https(request, site), path="/")


def is_https(request: Request, site: Site) -> bool:
    """Whether browsers reach this site by https."""
    outer = site.settings.public_url or str(request.url)
    return outer.startswith("https:")


def password_page(
    site: Site, target: str, *, name: str = "", refusal: str = "", status: int = 200
) -> HTMLResponse:
    """Name and password, and the way by the provider where there is one; with the word for why somebody was refused."""
    form = _BY_PASSWORD
    if site.settings.oidc_issuer:
        lang = "en" if is_english(target) else "zh"
        title = site.settings.oidc_title or word("oidc_title", lang)
        link = _BY_PROVIDER.format(
            query=escape(urlencode({"next": target}), quote=True),
            title=escape(word("oidc_enter", lang, title=title)),
        )
        form = link.replace("{", "{{").replace("}", "}}") + form
    return _page(form, target, name=name, refusal=refusal, status=status)


def _page(
    form: str, target: str, *, code: str = "", name: str = "", refusal: str = "", status: int = 200
) -> HTMLResponse:
    lang, other = ("en", "zh") if is_english(target) else ("zh", "en")
    turned = urlencode(
        {"code": code, "next": _turned(target, other)} if code else {"next": _turned(target, other)}
    )
    told = {key: escape(word(key, lang)) for key in WORDS if key.startswith("sign_in") or key == "title"}
    values = {
        "code": escape(code, quote=True),
        "next": escape(target, quote=True),
        "name": escape(name, quote=True),
    }
    return HTMLResponse(
        _PAGE.format(
            **told,
            lang="en" if lang == "en" else "zh-CN",
            other=escape(f"/sign-in?{turned}", quote=True),
            other_lang="en" if other == "en" else "zh-CN",
            other_language=word("this_language", other),
            message=f'<p role="alert">{escape(word(refusal, lang))}</p>' if refusal else "",
            form=form.format(**told, **values),
        ),
        status_code=status,
    )


def is_english(target: str) -> bool:
    """Whether a path of the map page asks for English."""
    return parse_qs(urlsplit(target).query).get("lang", [""])[-1] == "en"


def _turned(target: str, lang: str) -> str:
    """The same path in the other language."""
    parts = urlsplit(target)
    kept = [part for part in parts.query.split("&") if part and not part.startswith("lang=")]
    return urlunsplit(parts._replace(query="&".join([*kept, "lang=en"] if lang == "en" else kept)))
