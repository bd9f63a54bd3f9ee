"""What the web writes into the audit. Changes and exports are written before their answer goes out; views of personal
data and refusals are gathered for a second, so that reading never waits for the audit."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import Scope

from emmap.errors import EmmapError
from emmap.store import audit
from emmap.store.audit import Act, Entry
from emmap.store.database import Database
from emmap.web import paths
from emmap.web.ending import to_end

GATHER_S = 1.0
SAME_REFUSAL_S = 60.0
"""A refusal that repeats is written once in so many seconds, with how many times it happened."""

SAME_VIEW_S = 600.0
"""The phones of whoever is on duty stand on a page that asks anew at each wake: the same view is written once in so long."""

log = structlog.get_logger()


class Trail:
    """What one web process has still to write."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._lock = Lock()
        self._unsealed = True
        self._views: list[Entry] = []
        self._refusals: dict[tuple[str, str, str, str], Entry] = {}
        self._told: dict[tuple[str, str, str, str], float] = {}
        self._shown: dict[tuple[str, str, str, str], float] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to write what is gathered, in the running event loop."""
        self._task = asyncio.create_task(self._keep_writing())

    async def stop(self) -> None:
        """Writes what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(SQLAlchemyError, EmmapError):
            await run_in_threadpool(self.flush, everything=True)

    def note(self, conn: Connection, *entries: Entry) -> None:
        """Writes entries in the transaction of the act itself; they are sealed soon after it."""
        audit.note(conn, entries)
        self._unsealed = True

    def write(self, *entries: Entry) -> None:
        """Writes entries in a transaction of their own. Blocks; raises where the database does not answer."""
        with self._database().engine("app").begin() as conn:
            self.note(conn, *entries)

    def view(self, entry: Entry) -> None:
        """Gathers a view of personal data; of the phones on duty, unless the same was just told."""
        with self._lock:
            if "on_duty" in entry.details and self._seen(entry):
                return
            self._views.append(entry)

    def _seen(self, entry: Entry) -> bool:
        now = time.monotonic()
        self._shown = {key: at for key, at in self._shown.items() if now - at < SAME_VIEW_S}
        key = (entry.actor, entry.actor_kind, entry.address, json.dumps(entry.details, sort_keys=True))
        known = key in self._shown
        self._shown.setdefault(key, now)
        return known

    def refusal(self, entry: Entry) -> None:
        """Gathers a refusal, together with those like it."""
        key = (entry.actor, entry.actor_kind, entry.address, entry.subject)
        with self._lock:
            known = self._refusals.get(key)
            self._refusals[key] = replace(known, times=known.times + 1) if known else entry

    def flush(self, *, everything: bool = False, now: float = 0.0) -> None:
        """Writes what was gathered; repeated refusals only when their time has come, or with `everything`. Blocks."""
        with self._lock:
            due = [
                key
                for key in self._refusals
                if everything or now - self._told.get(key, -SAME_REFUSAL_S) >= SAME_REFUSAL_S
            ]
            refusals = [self._refusals.pop(key) for key in due]
            views, self._views = self._views, []
            self._told = {k: at for k, at in self._told.items() if now - at < SAME_REFUSAL_S}
            self._told.update(dict.fromkeys(due, now))
        try:
            if views or refusals:
                self.write(*views, *refusals)
            if self._unsealed:
                self._unsealed = False
                with self._database().engine("app").begin() as conn:
                    audit.seal(conn)
        except (SQLAlchemyError, EmmapError):
            with self._lock:
                self._views = [*views, *self._views]
                self._refusals.update(zip(due, refusals, strict=True))
                for key in due:
                    self._told.pop(key, None)
            self._unsealed = True
            raise

    async def _keep_writing(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(GATHER_S)
            try:
                await to_end(run_in_threadpool(self.flush, now=loop.time()))
            except (SQLAlchemyError, EmmapError) as error:
                log.warning("audit waits for the database", error=type(error).__name__)


def entry(act: Act, scope: Scope, **more: Any) -> Entry:
    """An entry on a request: who, from where, which route with what in its address, and what the route added."""
    actor, kind = audit.by(scope.get("emmap.caller"))
    details = scope.get("emmap.audit", {}) | more
    if scope.get("query_string"):
        details["query"] = scope["query_string"].decode("latin-1")[:500]
    method = scope.get("method", "WS")
    return Entry(act, actor, kind, f"{method} {paths.told(scope['path'])}", address_of(scope), details)


def address_of(scope: Scope) -> str:
    """Where a request came from, as far as uvicorn and the proxies that it trusts tell."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def add_details(connection: HTTPConnection, **details: Any) -> None:
    """Adds to the audit's entry on a change or an export. Never a secret, never personal data."""
    connection.scope.setdefault("emmap.audit", {}).update(details)


def nothing_changes(connection: HTTPConnection) -> None:
    """Says that this request stores nothing, whatever its method: the audit need not hear of it."""
    connection.scope["emmap.changes"] = False
