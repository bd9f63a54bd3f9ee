"""The outermost layer: every request gets a number, is measured, and is told in the log without its secrets.

Only the path is logged, never what in it is secret, the query (one-time codes), headers (tokens, cookies) or bodies.
"""

import re
import secrets
import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emmap.web import paths
from emmap.web.problems import unexpected

REQUESTS = Counter("emmap_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("emmap_request_seconds", "Time from request to the end of its answer", ["route"])
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger()


class Record:
    """ASGI around everything, the guard included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        status = 0

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, answering)
        except Exception as error:
            if status == 0:
                await unexpected(paths.told(scope["path"]), error)(scope, receive, answering)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    @staticmethod
    def _note(scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        REQUESTS.labels(scope["method"], route, status).inc()
        SECONDS.labels(route).observe(seconds)
        caller = scope.get("emmap.caller")
        told = {
            "method": scope["method"],
            "path": paths.told(scope["path"]),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "user": caller.name if caller else None,
        }
        # Reading is the rule and would drown what an operator looks for: changes, refusals and failures.
        if scope["method"] in ("GET", "HEAD") and status < 400:
            log.debug("request", **told)
        else:
            log.info("request", **told)
