"""Every route, socket and callback of the application with what it has declared to need. The guard asks here."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType

from dash import Dash
from fastapi import FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from emmap.permissions import Need, needed_by

CALLBACKS = "/_dash-update-component"
"""Where the page's callbacks are called; each of them has a need of its own."""

MADE_ELSEWHERE: Mapping[str, Need] = MappingProxyType(
    {
        "/api/openapi.json": "read",
        "/static": "read",
        "/assets": "read",
        "/": "read",
        "{path:path}": "read",
        "/_dash-layout": "read",
        "/_dash-dependencies": "read",
        "/_dash-component-suites/{package_name}/{fingerprinted_path:path}": "read",
        "/_reload-hash": "read",
        "/_favicon.ico": "read",
        CALLBACKS: "signed_in",
    }
)
"""Routes that FastAPI and Dash make, by path. Dash's socket for callbacks is not here: nothing uses it, nobody may."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route: `methods` is empty for sockets and folders."""

    path: str
    methods: frozenset[str]
    need: Need | None
    made: BaseRoute


class Routes:
    """The table of an application. It is read when it is first asked for: Dash adds routes until the start."""

    def __init__(self, app: FastAPI, dash: Dash) -> None:
        self._app = app
        self._dash = dash
        self._found = lru_cache(maxsize=1024)(self._look_up)

    @cached_property
    def every(self) -> Sequence[Route]:
        """All routes, in the order in which they are tried."""
        return tuple(
            Route(
                path,
                frozenset(getattr(one, "methods", None) or ()),
                needed_by(getattr(one, "endpoint", None)) or MADE_ELSEWHERE.get(path),
                one,
            )
            for one in _flat(self._app.routes)
            for path in [str(getattr(one, "path", ""))]
        )

    @property
    def callbacks(self) -> Mapping[str, Need | None]:
        """The page's callbacks by their output, each with its need."""
        return {output: needed_by(one.get("callback")) for output, one in self._dash.callback_map.items()}

    def need(self, scope: Scope) -> Need | None:
        """What the route of a request or socket needs; None where it has declared nothing. An address that no route
        takes needs a session, and is then not found."""
        return self._found(scope["type"], scope.get("method", ""), scope["path"])

    def _look_up(self, kind: str, method: str, path: str) -> Need | None:
        scope = {"type": kind, "method": method, "path": path, "root_path": "", "headers": []}
        wrong_method: Route | None = None
        for one in self.every:
            match, _ = one.made.matches(scope)
            if match is Match.FULL:
                return one.need
            if match is Match.PARTIAL and wrong_method is None:
                wrong_method = one
        return wrong_method.need if wrong_method else "signed_in"

    @staticmethod
    def is_callback(scope: Scope) -> bool:
        """Whether a request calls a callback of the page."""
        return (scope["type"], scope.get("method"), scope["path"]) == ("http", "POST", CALLBACKS)

    def callback_need(self, body: bytes) -> Need | None:
        """What the callback needs that a request's body names."""
        try:
            output = json.loads(body)["output"]
        except (ValueError, KeyError, TypeError):
            return None
        return self.callbacks.get(output) if isinstance(output, str) else None


def _flat(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Routes, and instead of each included router its own."""
    for one in routes:
        included = getattr(one, "original_router", None)
        if included is None:
            yield one
        else:
            yield from _flat(included.routes)
