"""The table of permissions × every route, socket and callback, tried as each role."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute
from served import Web, application
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from emmap.permissions import PERMISSIONS, ROLES, Need
from emmap.store.database import Database
from emmap.web.routes import CALLBACKS, Routes

NOBODY_S = {"/_dash-ws-callback"}
"""Routes that Dash makes and nobody may use."""


@pytest.fixture(scope="module")
def served(module_database: Database) -> Iterator[tuple[Web, Routes]]:
    with application(module_database) as (web, inner):
        yield web, inner.state.guard.routes


def allowed(role: str, need: Need) -> bool:
    return need in ("public", "signed_in") or need in PERMISSIONS[role]


def address(path: str) -> str:
    """The path with something in each of its places."""
    return "/" + re.sub(r"\{[^}]*\}", "1", path).lstrip("/")


def test_every_route_and_callback_has_declared_what_it_needs(served: tuple[Web, Routes]) -> None:
    _, routes = served
    paths = {one.path for one in routes.every}
    assert {"/api/layers", "/api/live", "/sign-in", "/static", "/", "/api/{rest:path}"} <= paths
    undeclared = [f"{sorted(one.methods)} {one.path}" for one in routes.every if one.need is None]
    assert {one.split()[-1] for one in undeclared} == NOBODY_S & paths
    assert routes.callbacks
    assert [output for output, need in routes.callbacks.items() if need is None] == []


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says_and_nothing_else(served: tuple[Web, Routes], role: str) -> None:
    web, routes = served
    client = web.client(role)
    for one in routes.every:
        for method in one.methods - {"HEAD"}:
            if one.need is not None and allowed(role, one.need):
                continue
            answer = client.request(method, address(one.path))
            assert answer.status_code == 403, f"{role} {method} {one.path}"
            assert answer.headers["content-type"] == "application/problem+json"


def test_what_a_role_may_is_not_refused_at_the_door(served: tuple[Web, Routes]) -> None:
    web, routes = served
    client = web.client("administrator")
    for one in routes.every:
        if "GET" in one.methods and one.path.startswith("/api/"):
            assert client.get(address(one.path)).status_code not in (401, 403), one.path


def test_without_signing_in_only_what_is_public_answers(served: tuple[Web, Routes]) -> None:
    web, routes = served
    public = {(one.path, method) for one in routes.every if one.need == "public" for method in one.methods}
    door = {"/sign-in", "/sign-in.css", "/sign-in/oidc", "/sign-in/oidc/return", "/s/{secret:path}"}
    assert {path for path, _ in public} == {"/healthz", "/readyz"} | door
    with httpx.Client(base_url=web.url) as client:
        for one in routes.every:
            for method in one.methods - {"HEAD"}:
                if (one.path, method) not in public and one.path != "{path:path}":
                    status = client.request(method, address(one.path)).status_code
                    assert status in (401, 303), f"{method} {one.path}: {status}"


def test_a_socket_that_declared_nothing_is_refused(served: tuple[Web, Routes]) -> None:
    web, _ = served
    headers = {"authorization": f"Bearer {web.token('administrator')}"}
    address = f"{web.url.replace('http', 'ws', 1)}/_dash-ws-callback"
    with connect(address, additional_headers=headers) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_a_callback_that_nobody_declared_is_refused_and_a_declared_one_answers(
    served: tuple[Web, Routes],
) -> None:
    web, routes = served
    client = web.client("viewer")
    assert client.post(CALLBACKS, content=json.dumps({"output": "made.up"})).status_code == 403
    assert client.post(CALLBACKS, content=b"no json").status_code == 403
    (output,) = routes.callbacks
    place, name = output.split(".")
    asked = {
        "output": output,
        "outputs": {"id": place, "property": name},
        "inputs": [{"id": "details-request", "property": "data", "value": None}],
        "changedPropIds": ["details-request.data"],
    }
    assert client.post(CALLBACKS, json=asked).status_code == 200


def test_a_route_without_a_declared_need_is_refused_to_everybody(module_database: Database) -> None:
    with application(module_database, APIRoute("/api/forgotten", lambda: "open")) as (web, _):
        answer = web.client("administrator").get("/api/forgotten")
    assert answer.status_code == 403
    assert answer.json()["code"] == "undeclared"
