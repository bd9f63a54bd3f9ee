"""The whole application on a port of its own, as the tests talk to it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.routing import BaseRoute

from emmap.settings import Settings
from emmap.store import tokens
from emmap.store.database import Database
from emmap.web.access import new_sign_in_link


@dataclass
class Web:
    """A running application."""

    url: str
    database: Database
    clients: list[httpx.Client] = field(default_factory=list)

    def token(self, role: str = "administrator") -> str:
        """A new token of this role."""
        with self.database.engine("app").begin() as conn:
            return tokens.make_token(conn, f"test {role}", role)

    def client(self, role: str = "administrator") -> httpx.Client:
        """A program with a token."""
        return self._kept(
            httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {self.token(role)}"})
        )

    def browser(self, name: str = "administrator") -> httpx.Client:
        """A person who signed in by a one-time link: carries the cookie, and `Origin` as browsers do."""
        client = self._kept(httpx.Client(base_url=self.url, headers={"origin": self.url}))
        link = httpx.URL(self.sign_in_link(name))
        answer = client.post("/sign-in", data={"code": link.params["code"]})
        assert answer.status_code == 303
        return client

    def sign_in_link(self, name: str = "administrator") -> str:
        """A one-time address, as `script/server` prints it."""
        return new_sign_in_link(self.database, self.url, name)

    def socket_url(self, query: str = "") -> str:
        """Address of the live socket."""
        return f"{self.url.replace('http', 'ws', 1)}/api/live{query}"

    def close(self) -> None:
        """Closes what the test opened."""
        for client in self.clients:
            client.close()

    def _kept(self, client: httpx.Client) -> httpx.Client:
        self.clients.append(client)
        return client


@contextmanager
def application(database: Database, *further: BaseRoute, **settings: Any) -> Iterator[tuple[Web, FastAPI]]:
    """The application on a store, served, and what stands inside the guard; for fixtures of a whole module. `further`
    routes come before its own; `settings` are set besides where it stands."""
    from emmap.web.app import create_app  # only here: tests of the store run without the web

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "from_settings", lambda settings: database)
        app = create_app(Settings(data_dir=database.data_dir, realm="exercise", **settings))
    inner: Any = app
    while not isinstance(inner, FastAPI):
        inner = inner.app
    inner.router.routes[:0] = further
    with listening(app) as url:
        web = Web(url, database)
        yield web, inner
        web.close()


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """The address at which an ASGI application answers, in a thread of its own."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        port.listen(64)
        config = uvicorn.Config(app, ws="websockets-sansio", access_log=False, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [port]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{port.getsockname()[1]}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=50)) as probe:
            probe.get(f"{url}/healthz")
        yield url
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()
