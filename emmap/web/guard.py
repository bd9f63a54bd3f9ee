"""The guard: one pure ASGI layer around everything, sockets included.

Every route, socket and callback has declared what it needs (`emmap/permissions.py`); who lacks it is refused here, before
anything of the request is read, and so is what declared nothing. A change or a socket must come from our own pages
(`Origin`), unless a token speaks for it. Security headers go on every answer.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emmap.briefing import photographs
from emmap.errors import Forbidden, NotSignedIn, TooLarge
from emmap.permissions import Caller, Need, limited_to
from emmap.settings import Settings
from emmap.store import access, tokens
from emmap.store.audit import Entry
from emmap.store.database import Database
from emmap.web.problems import answer_to, no_database
from emmap.web.routes import Routes
from emmap.web.trail import Trail, entry

COOKIE = "emmap_session"
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REMEMBER_S = 5.0
"""A caller is asked for in the database at most this often."""
MARGIN = 1 << 20
"""What a form may weigh besides its file, in bytes."""
LARGEST_BODY = 21 << 20
"""Largest body of any request that brings no file, in bytes."""
SIGNED_OUT = 4401
WRONG_ORIGIN = 4403


def policy(script_hashes: Sequence[str]) -> str:
    """The content security policy: nothing but ourselves. Styles inline, since Mantine sets them so."""
    scripts = " ".join(["'self'", *script_hashes])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'self'; form-action 'self'"
    )


class Guard:
    """ASGI around `app`. Puts the `Caller` into `scope["emmap.caller"]`."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        database: Callable[[], Database],
        routes: Routes,
        trail: Trail,
        csp: Callable[[], str],
    ) -> None:
        self.app = app
        self.settings = settings
        self.database = database
        self.routes = routes
        self.trail = trail
        self.csp = csp
        self._known: dict[str, tuple[float, Caller]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        guarded = self._audited(scope, self._with_headers(send)) if scope["type"] == "http" else send
        try:
            refusal = await self._refusal(scope)
            if refusal is None and self.routes.is_callback(scope):
                refusal, receive = await self._callback_refusal(scope, receive)
        except DBAPIError:
            refusal = no_database()
        if refusal is None and scope["type"] == "http":
            await self._limited(scope, receive, guarded)
        elif refusal is None:
            await self.app(scope, receive, guarded)
        elif scope["type"] == "websocket":
            if isinstance(refusal, Forbidden) and "emmap.caller" in scope:
                self.trail.refusal(entry("refused", scope))
            await receive()
            await send({"type": "websocket.accept"})
            code = WRONG_ORIGIN if isinstance(refusal, Forbidden) else SIGNED_OUT
            if not isinstance(refusal, Forbidden | NotSignedIn):
                code = 1013
            await send({"type": "websocket.close", "code": code, "reason": refusal.en[:100]})
        elif isinstance(refusal, NotSignedIn) and self._wants_page(scope):
            target = scope["path"] + (
                f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            )
            await RedirectResponse(f"/sign-in?{urlencode({'next': target})}", 303)(scope, receive, guarded)
        else:
            await answer_to(refusal, scope["path"])(scope, receive, guarded)

    async def caller(self, headers: Headers) -> Caller | None:
        """Who asks, by token or session."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and token.strip():
            return await self._remembered(f"token {token.strip()}")
        secret = session_of(headers)
        return await self._remembered(f"session {secret}") if secret else None

    def forget(self, secret: str) -> None:
        """Drops a session from memory, when it is closed."""
        self._known.pop(f"session {secret}", None)

    async def _refusal(self, scope: Scope) -> Any:
        headers = Headers(scope=scope)
        path = scope["path"]
        by_token = headers.get("authorization", "").lower().startswith("bearer ")
        changing = scope["type"] == "websocket" or scope["method"] in CHANGES
        if changing and not by_token and not self._own_origin(scope, headers):
            if known := await self.caller(headers):
                scope["emmap.caller"] = known
            return Forbidden(
                "请求不是从本站页面发出的。", "The request does not come from a page of ours (Origin)."
            )
        if scope["type"] == "http" and _announced(headers) > self._largest(path):
            return self._too_large(path)
        need = self.routes.need(scope)
        if need == "public":
            return None
        caller = await self.caller(headers)
        if caller is None:
            return NotSignedIn("请先登录,或在请求中带上令牌。", "Sign in first, or send a token.")
        scope["emmap.caller"] = caller
        limited_to.set(caller.districts)
        return _lacking(caller, need)

    async def _callback_refusal(self, scope: Scope, receive: Receive) -> tuple[Any, Receive]:
        """Whether a callback of the page is refused. Which it is stands in the body, so that is read here and handed on."""
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None, receive
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > LARGEST_BODY:
                return self._too_large(scope["path"]), receive
        told = False

        async def again() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return _lacking(scope["emmap.caller"], self.routes.callback_need(bytes(body))), again

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 413 as soon as a body of unannounced length grows too large; the app sees a client that left."""
        left = self._largest(scope["path"])
        over = False

        async def receiving() -> Message:
            nonlocal left, over
            if over:
                return {"type": "http.disconnect"}
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                over = True
                await answer_to(self._too_large(scope["path"]), scope["path"])(scope, receive, send)
                return {"type": "http.disconnect"}
            return message

        async def sending(message: Message) -> None:
            if not over:
                await send(message)

        await self.app(scope, receiving, sending)

    def _largest(self, path: str) -> int:
        """Largest body that a path takes, in bytes."""
        if path.startswith("/api/") and path.endswith(("/imports", "/import-drafts")):
            return (self.settings.max_upload_mb << 20) + MARGIN
        if path == "/api/briefings/images":
            return photographs.LARGEST + MARGIN
        return LARGEST_BODY

    def _too_large(self, path: str) -> TooLarge:
        most = (self._largest(path) - MARGIN) >> 20
        return TooLarge(
            f"内容超过 {most} MiB；请缩小或拆分后再传。",
            f"The content is over {most} MiB: make it smaller, or split it.",
        )

    async def _remembered(self, key: str) -> Caller | None:
        now = time.monotonic()
        known = self._known.get(key)
        if known is not None and now - known[0] < REMEMBER_S:
            return known[1]
        found = await run_in_threadpool(self._look_up, key)
        if found is None:
            self._known.pop(key, None)
            return None
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[key] = (now, found)
        return found

    def _look_up(self, key: str) -> Caller | None:
        kind, _, secret = key.partition(" ")
        with self.database().engine("app").begin() as conn:
            if kind == "token":
                found = tokens.token_caller(conn, secret)
            else:
                found = access.session_caller(conn, secret, timedelta(hours=self.settings.session_hours))
        return found

    def _own_origin(self, scope: Scope, headers: Headers) -> bool:
        """Whether the request comes from our own pages. Programs without `Origin` carry no cookie of ours unless
        they mean it; browsers always send it with a change or a socket."""
        origin = headers.get("origin")
        if origin is None:
            return session_of(headers) is None
        if self.settings.public_url:
            return origin.rstrip("/") == self.settings.public_url.rstrip("/")
        return urlsplit(origin).netloc == headers.get("host", "")

    @staticmethod
    def _wants_page(scope: Scope) -> bool:
        path = scope["path"]
        return scope["method"] == "GET" and not path.startswith(
            ("/api/", "/_dash", "/assets/", "/static/", "/metrics")
        )

    def _audited(self, scope: Scope, send: Send) -> Send:
        """Tells the audit what an answer means. A change or an export is written before its answer goes out: where that
        fails the answer is 503, and nobody was told of something that the audit does not know."""
        replaced = False

        async def answering(message: Message) -> None:
            nonlocal replaced
            if replaced:
                return
            if message["type"] == "http.response.start" and "emmap.caller" in scope:
                acts = self._acts(scope, message)
                try:
                    if acts:
                        await run_in_threadpool(self.trail.write, *acts)
                except SQLAlchemyError:
                    replaced = True
                    await answer_to(no_database(), scope["path"])(scope, _nothing, send)
                    return
            await send(message)

        return answering

    def _acts(self, scope: Scope, message: Message) -> list[Entry]:
        """What has to be written at once; the rest is gathered."""
        status, changing = message["status"], scope["method"] in CHANGES
        if status == 403:
            self.trail.refusal(entry("refused", scope))
        if status >= 300:
            return []
        for shown in scope.get("emmap.seen", ()):
            self.trail.view(entry("personal", scope, **shown))
        stores = scope.get("emmap.changes", True) and not self.routes.is_callback(scope)
        if changing and stores and self.routes.need(scope) != "read":
            return [entry("change", scope, status=status)]
        if not changing and Headers(raw=message["headers"]).get("content-disposition"):
            return [entry("export", scope)]
        return []

    def _with_headers(self, send: Send) -> Send:
        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = self.csp()
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "same-origin"
                headers["permissions-policy"] = "geolocation=(), camera=(), microphone=()"
                headers.setdefault("cache-control", "no-store")
            await send(message)

        return answering


async def _nothing() -> Message:
    """A request whose body nobody wants any more."""
    return {"type": "http.disconnect"}


def _lacking(caller: Caller, need: Need | None) -> Forbidden | None:
    """The refusal of a caller who lacks what is needed; None where nothing is lacking."""
    if need is None:
        return Forbidden(
            "这个接口没有声明所需的权限，因此不开放；请告知维护者。",
            "This route has not declared what it needs, so nobody may use it; tell the maintainer.",
            code="undeclared",
        )
    if need == "signed_in" or need == "public":
        return None
    try:
        caller.need(need)
    except Forbidden as refusal:
        return refusal
    return None


def _announced(headers: Headers) -> int:
    """The length that a request announces, in bytes; 0 where it announces none."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def session_of(headers: Headers) -> str | None:
    """The session's secret in the cookie, if any."""
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None
