"""Sign-in by a one-time link or by name and password; signing out."""

from html import escape
from typing import Annotated
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from emmap.settings import ROOT
from emmap.store import access
from emmap.web.asking import Site, TheSite
from emmap.web.guard import COOKIE, session_of

router = APIRouter(include_in_schema=False)
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody")
"""Checked for unknown names, so that the time does not tell whether a name exists."""

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>登录 · 应急一张图</title>
<link rel="stylesheet" href="/sign-in.css">
</head>
<body>
<main>
<h1>应急一张图 <span>emmap</span></h1>
{message}
{form}
</main>
</body>
</html>
"""

_BY_LINK = """<p>点击进入。链接只能使用一次。<br><span>Press to come in. The link works once.</span></p>
<form method="post" action="/sign-in">
<input type="hidden" name="code" value="{code}">
<input type="hidden" name="next" value="{next}">
<button type="submit" autofocus>进入 / Enter</button>
</form>"""

_BY_PASSWORD = """<form method="post" action="/sign-in">
<input type="hidden" name="next" value="{next}">
<label>账号 / Name <input name="name" autocomplete="username" required maxlength="80" value="{name}"></label>
<label>密码 / Password <input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">登录 / Sign in</button>
</form>
<p><span>没有密码?请管理员运行 <code>emmap user link</code> 给您一个一次性登录地址。<br>
No password? An administrator gives you a one-time address with <code>emmap user link</code>.</span></p>"""


@router.get("/sign-in")
def ask(request: Request, code: str = "", next: str = "/") -> Response:
    """A button for a link (a preview must not use it up), else name and password."""
    if code:
        return _page(_BY_LINK.format(code=escape(code, quote=True), next=escape(_own_path(next), quote=True)))
    return _page(_BY_PASSWORD.format(next=escape(_own_path(next), quote=True), name=""))


@router.post("/sign-in")
def sign_in(
    request: Request,
    site: TheSite,
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Opens a session, or says why not."""
    target = _own_path(next)
    with site.database.engine("app").begin() as conn:
        if code:
            found = access.use_link(conn, code)
            refusal = "登录链接已用过或已过期。 This link has been used or is too old."
        else:
            found = _by_password(conn, name.strip(), password)
            refusal = (
                "账号或密码不对,或尝试过多需稍候。 Wrong name or password, or too many tries: wait a little."
            )
        if found is None:
            form = _BY_PASSWORD.format(next=escape(target, quote=True), name=escape(name, quote=True))
            return _page(form, refusal, status=401)
        secret = access.open_session(conn, found)
    answer = RedirectResponse(target, 303)
    answer.set_cookie(COOKIE, secret, httponly=True, samesite="lax", secure=_https(request, site), path="/")
    return answer


@router.post("/sign-out")
def sign_out(request: Request, site: TheSite) -> Response:
    """Ends the session."""
    secret = session_of(request.headers)
    if secret:
        with site.database.engine("app").begin() as conn:
            access.close_session(conn, secret)
        request.app.state.guard.forget(secret)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/sign-in.css")
def style() -> Response:
    """The page's style: the one thing that it needs."""
    return FileResponse(ROOT / "assets" / "sign-in.css", media_type="text/css")


def _by_password(conn: Connection, name: str, password: str) -> str | None:
    found = access.account(conn, name)
    usable = found is not None and found.disabled_at is None and found.password_hash is not None
    locked = found is not None and access.is_locked(conn, name)
    try:
        _hasher.verify(found.password_hash if usable and found and found.password_hash else _NOBODY, password)
    except VerificationError:
        access.note_failure(conn, name)
        return None
    if not usable or locked:
        return None
    access.note_success(conn, name)
    return name


def _own_path(target: str) -> str:
    """A path of this site; anything else becomes the front page."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    return target


def _https(request: Request, site: Site) -> bool:
    outer = site.settings.public_url or str(request.url)
    return outer.startswith("https:")


def _page(form: str, message: str = "", status: int = 200) -> HTMLResponse:
    told = f'<p role="alert">{escape(message)}</p>' if message else ""
    return HTMLResponse(_PAGE.format(form=form, message=told), status_code=status)
