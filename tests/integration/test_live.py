"""What is committed reaches every open page: nothing missed, nothing twice, and the page knows when nothing can come."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from facts import HOTSPOTS, hotspot
from psycopg import sql
from served import Web
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from emmap.store import points, versions
from emmap.store.cluster import SUPERUSER
from emmap.store.database import Database

PATIENCE_S = 15.0


def write(db: Database, *names: str, realm: str = "exercise", severity: int = 2) -> str:
    """Makes or changes hotspots in one transaction; the stamp."""
    with db.engine("app", realm).begin() as conn:
        done = versions.write(conn, HOTSPOTS, [hotspot(name, 0, severity=severity) for name in names])
    stamp = points.stamp_text(done.stamp)
    assert stamp is not None
    return stamp


@contextmanager
def page(web: Web, query: str = "") -> Iterator[ClientConnection]:
    headers = {"authorization": f"Bearer {web.token('viewer')}"}
    with connect(web.socket_url(query), additional_headers=headers) as socket:
        yield socket


def next_message(socket: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of one of these kinds."""
    end = time.monotonic() + PATIENCE_S
    while True:
        told: dict[str, Any] = json.loads(socket.recv(timeout=end - time.monotonic()))
        if told["type"] in kinds:
            return told


def test_a_change_reaches_a_page_unasked_and_is_what_the_route_answers(web: Web) -> None:
    with page(web) as socket:
        hello = next_message(socket, "hello")
        assert hello["stamps"]["risk_hotspots"] is None
        stamp = write(web.database, "h1", severity=4)
        told = next_message(socket, "changes")
    assert (told["layer"], told["after"], told["stamp"]) == ("risk_hotspots", None, stamp)
    assert told["opened"]["severity"] == [4]
    assert told == web.client().get("/api/layers/risk_hotspots/changes").json()


def test_a_page_is_told_its_own_realm_only(web: Web) -> None:
    with page(web, "?realm=real") as socket:
        next_message(socket, "hello")
        write(web.database, "drill")
        write(web.database, "earnest", realm="real")
        told = next_message(socket, "changes")
    assert told["realm"] == "real"
    assert len(told["opened"]["row"]) == 1


def test_a_page_that_comes_back_gets_what_it_missed_once(web: Web) -> None:
    seen = write(web.database, "h1")
    write(web.database, "h2")
    stamp = write(web.database, "h1", severity=3)
    with page(web, f"?since=risk_hotspots:{seen}") as socket:
        assert next_message(socket, "hello")["stamps"]["risk_hotspots"] == stamp
        missed = next_message(socket, "changes")
        write(web.database, "h3")
        following = next_message(socket, "changes")
    assert (missed["after"], missed["stamp"]) == (seen, stamp)
    assert len(missed["opened"]["row"]) == 2
    assert len(missed["closed"]["row"]) == 1
    assert following["after"] == stamp
    assert len(following["opened"]["row"]) == 1


def test_many_commits_in_a_row_arrive_as_one_unbroken_chain(web: Web) -> None:
    with page(web) as one, page(web) as other:
        next_message(one, "hello")
        next_message(other, "hello")
        stamps = [write(web.database, f"h{n}") for n in range(25)]
        for socket in (one, other):
            rows: list[int] = []
            last = None
            while last != stamps[-1]:
                told = next_message(socket, "changes")
                assert told["after"] == last
                last = told["stamp"]
                rows += told["opened"]["row"]
            assert len(rows) == len(set(rows)) == 25


def test_too_much_at_once_asks_the_page_to_load_anew(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "MOST_CHANGES", 2)
    with page(web) as socket:
        next_message(socket, "hello")
        stamp = write(web.database, "h1", "h2", "h3")
        told = next_message(socket, "changes", "reload")
        after = write(web.database, "h4")
        following = next_message(socket, "changes", "reload")
    assert told == {"type": "reload", "realm": "exercise", "layer": "risk_hotspots", "stamp": stamp}
    assert (following["type"], following["after"], following["stamp"]) == ("changes", stamp, after)


def test_a_page_whose_stamp_is_from_another_life_of_the_realm_loads_anew(web: Web) -> None:
    stamp = write(web.database, "h1")
    with page(web, "?since=risk_hotspots:2999-01-01T00:00:00.000000Z") as socket:
        told = next_message(socket, "changes", "reload")
    assert (told["type"], told["stamp"]) == ("reload", stamp)


def test_the_heartbeat_tells_time_stamps_and_state(web: Web) -> None:
    stamp = write(web.database, "h1")
    with page(web) as socket:
        tick = next_message(socket, "tick")
    assert tick["stamps"]["risk_hotspots"] == stamp
    assert tick["database"] == "ok"
    assert tick["now"].endswith("Z")


def test_a_lost_listener_comes_back_and_nothing_is_missed(web: Web) -> None:
    with page(web) as socket:
        next_message(socket, "hello")
        cut_off(web.database)
        stamp = write(web.database, "h1")
        assert next_message(socket, "changes")["stamp"] == stamp


def test_a_page_is_told_that_the_database_is_down_and_when_it_is_back(web: Web) -> None:
    with page(web) as socket:
        next_message(socket, "hello")
        with away(web.database):
            began = time.monotonic()
            while (tick := next_message(socket, "tick"))["database"] == "ok":
                pass
            assert tick["database"].startswith("down since 2")
            assert time.monotonic() - began < 10
            answer = httpx.get(f"{web.url}/api/layers", headers={"authorization": "Bearer emmap_any"})
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
        while next_message(socket, "tick")["database"] != "ok":
            pass
        stamp = write(web.database, "h1")
        assert next_message(socket, "changes")["stamp"] == stamp


def test_signing_out_closes_the_socket(web: Web) -> None:
    browser = web.browser()
    headers = {"cookie": f"emmap_session={browser.cookies['emmap_session']}", "origin": web.url}
    with connect(web.socket_url(), additional_headers=headers) as socket:
        next_message(socket, "hello")
        browser.post("/sign-out")
        with pytest.raises(ConnectionClosed) as closed:
            next_message(socket, "nothing")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?realm=nowhere", 4404),
        ("?since=nothing:2020-01-01T00:00:00Z", 4422),
        ("?since=risk_hotspots:x", 4422),
    ],
)
def test_a_question_that_cannot_be_met_is_refused_with_a_reason(web: Web, query: str, code: int) -> None:
    with page(web, query) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert closed.value.rcvd.reason


def superuser(db: Database) -> psycopg.Connection[Any]:
    assert db.cluster is not None
    return psycopg.connect(db.cluster.conninfo(SUPERUSER, "postgres"), autocommit=True)


def cut_off(db: Database) -> None:
    """Ends every connection to the database."""
    with superuser(db) as conn:
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (db.name,))


@contextmanager
def away(db: Database) -> Iterator[None]:
    """The database lets nobody in."""
    switch = sql.SQL("alter database {} with allow_connections {}")
    with superuser(db) as conn:
        conn.execute(switch.format(sql.Identifier(db.name), sql.SQL("false")))
    cut_off(db)
    try:
        yield
    finally:
        with superuser(db) as conn:
            conn.execute(switch.format(sql.Identifier(db.name), sql.SQL("true")))
