"""A source's runs: whatever the network does, the store ends as a perfect one would have left it, and says what was."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from emmap.ingest.sources import plan
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.store import source_states
from emmap.store.database import Database
from tests.faulty_server import Answering, answer, bomb, good
from tests.source_bench import NOW, Bench, alert, bench, index, source, teams

FAULTS: dict[str, Callable[[bytes], Answering]] = {
    "no_connection": lambda body: lambda _: b"",
    "http_500": lambda body: lambda _: answer(body, "500 Internal Server Error"),
    "html_instead": lambda body: lambda _: answer(b"<html><title>portal</title></html>"),
    "half_a_file": lambda body: lambda _: answer(body[: len(body) // 2], length=len(body)),
    "wrong_compression": lambda body: lambda _: answer(body, content_encoding="gzip"),
    "private_address": lambda body: lambda _: answer(b"", "302 Found", location="http://localhost/x"),
    "too_large": lambda body: lambda _: bomb(4 << 20),
    "wrong_encoding": lambda body: lambda _: answer(b"<a>\xff\xfe\xff\x00\x9f</a>"),
}
STALE = "stale"
"""A cache on the way that says nothing has changed, or gives what was there before."""
steps = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([*FAULTS, STALE, "good"])), min_size=2, max_size=7
)
_numbers = itertools.count()


@given(steps)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_faults_leave_no_trace_in_the_store_and_each_stands_in_the_history(
    module_database: Database, told: list[tuple[int, str]]
) -> None:
    number = next(_numbers)
    sent = [f"n{number}-{i}" for i in range(4)]
    messages = {f"/{i}": alert(i) for i in sent}
    chain = f"a@b,{sent[0]},2020-05-22T01:12:00+08:00"
    messages[f"/{sent[1]}"] = alert(sent[1], "Update", chain, "橙")
    messages[f"/{sent[3]}"] = alert(sent[3], "Cancel", f"{chain} a@b,{sent[1]},2020-05-22T01:30:00+08:00")

    async def scene(found: Bench) -> None:
        one = source(
            found.server, name=f"feed{number}", reader="cap", layer="flood_warnings", hosts=("localhost",)
        )
        expected = []
        routes = found.server.routes
        for reach, fault in [*told, (3, "good"), (3, "good")]:
            body = index([*messages][: reach + 1])
            routes.update({path: good(content, '"m"') for path, content in messages.items()})
            routes["/data"] = good(body, f'"{reach}"')
            if fault == STALE:
                routes["/data"] = lambda headers, body=body: (  # type: ignore[misc]
                    answer(b"", "304 Not Modified")
                    if "if-none-match" in headers
                    else answer(body, etag='"0"')
                )
            elif fault in FAULTS and reach % 2:  # the message fails, its index comes
                routes[[*messages][reach]] = FAULTS[fault](messages[[*messages][reach]])
            elif fault in FAULTS:
                routes["/data"] = FAULTS[fault](body)
                expected.append(fault)
            await found.go(one)
        perfect = one.model_copy(update={"realm": "real", "name": f"perfect{number}"})
        await found.go(perfect)
        states = found.known("flood_warnings")
        assert states == found.known("flood_warnings", "real")
        assert any(name.startswith(sent[2]) for name, _, _ in states)
        codes = {row.code for row in found.history(one.name)}
        assert set(expected) <= codes
        assert found.standing(one.name).trouble is None

    bench(module_database, scene)


def test_each_message_of_an_index_is_fetched_once(database: Database) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, reader="cap", layer="")
        found.server.routes |= {
            "/m1": good(alert("m1")),
            "/m2": good(alert("m2")),
            "/data": good(index(["/m1"])),
        }
        assert await found.outcome(one) == "taken"
        found.server.routes["/data"] = good(index(["/m1", "/m2"]))
        assert await found.outcome(one) == "taken"
        assert await found.outcome(one) == "unchanged"
        assert [path for path, _ in found.server.asked] == ["/data", "/m1", "/data", "/m2", "/data"]
        assert len(found.known("flood_warnings")) == 2

    bench(database, scene)


def test_a_document_that_repeats_its_messages_brings_only_what_is_new(database: Database) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, reader="cap")
        feed = b"<feed><updated>%d</updated>%s</feed>"
        found.server.routes["/data"] = good(feed % (1, alert("m1")))
        assert await found.outcome(one) == "taken"
        found.server.routes["/data"] = good(feed % (2, alert("m1")))
        assert await found.outcome(one) == "unchanged"
        found.server.routes["/data"] = good(feed % (3, alert("m1") + alert("m2")))
        (told,) = await found.go(one)
        assert told.counts is not None
        assert (told.counts["read"], told.counts["added"]) == (1, 1)

    bench(database, scene)


def test_a_source_that_shrinks_waits_for_a_person(database: Database) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, mode="complete")
        found.server.routes["/data"] = good(teams(range(30)))
        assert await found.outcome(one) == "taken"
        found.server.routes["/data"] = good(teams(range(3)))
        assert await found.outcome(one) == "shrunk"
        assert await found.outcome(one) == "shrunk"
        stands = found.standing("teams")
        assert stands.held_run == found.history("teams")[0].source_run_id
        assert found.history("teams")[0].times == 2
        assert len(found.now()) == 30
        with database.engine("app", "exercise").begin() as conn:
            source_states.confirm(conn, "teams", "duty", run=stands.held_run)
        assert await found.outcome(one) == "taken"
        assert found.now() == {"T0", "T1", "T2"}
        assert found.history("teams")[0].account == "duty"
        assert found.standing("teams").held_run is None

    bench(database, scene)


def test_a_source_that_comes_back_whole_needs_no_confirmation(database: Database) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, mode="complete")
        for body, outcome in (
            (teams(range(30)), "taken"),
            (teams(range(3)), "shrunk"),
            (teams(range(31)), "taken"),
        ):
            found.server.routes["/data"] = good(body)
            assert await found.outcome(one) == outcome
        assert found.standing("teams").held_run is None
        assert len(found.now()) == 31

    bench(database, scene)


def test_a_run_that_was_overtaken_writes_nothing(database: Database) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server)
        arrived, go_on = asyncio.Event(), asyncio.Event()
        slow = Fetcher()

        async def late(*given: Any) -> Any:
            brought = await Fetcher.get(slow, *given)
            arrived.set()
            await go_on.wait()
            return brought

        slow.get = late  # type: ignore[method-assign]
        found.server.routes["/data"] = good(teams([1], "旧"))
        plan.configure(database, [one], NOW)
        first = asyncio.create_task(run(one, Means(database, slow, clock=found.means.clock)))
        await arrived.wait()
        found.server.routes["/data"] = good(teams([1], "新"))
        assert await found.outcome(one) == "taken"
        newest = found.known("rescue_teams")
        go_on.set()
        assert await first == []
        assert found.known("rescue_teams") == newest
        assert [row.outcome for row in found.history("teams")] == ["taken", "lost"]
        await slow.close()

    bench(database, scene)


def test_the_pause_between_tries_grows_and_success_ends_it(database: Database) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, retry="30 s", every="10 min")
        waits = []
        for _ in range(7):
            await found.go(one)
            following = found.standing("teams").next_run_at
            assert following is not None
            waits.append((following - found.means.clock.at).total_seconds())  # type: ignore[attr-defined]
        assert waits == [30, 60, 120, 240, 480, 600, 600]
        assert [(row.code, row.times) for row in found.history("teams")] == [("http_404", 7)]
        found.server.routes["/data"] = good(teams([1]))
        assert await found.outcome(one) == "taken"
        assert found.standing("teams").failures == 0

    bench(database, scene)


def test_other_settings_read_the_same_content_anew(database: Database) -> None:
    async def scene(found: Bench) -> None:
        found.server.routes["/data"] = good(teams([1]), '"one"')
        assert await found.outcome(source(found.server)) == "taken"
        assert await found.outcome(source(found.server)) == "unchanged"
        assert await found.outcome(source(found.server, datum="gcj02")) == "taken"

    bench(database, scene)


def test_a_paused_source_asks_nobody(database: Database) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server)
        plan.configure(database, [one], NOW)
        with database.engine("app", "exercise").begin() as conn:
            source_states.pause(conn, "teams", "admin", NOW)
        assert await found.go(one) == []
        assert found.server.asked == []

    bench(database, scene)


def test_a_key_is_sent_and_never_shown(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: Any
) -> None:
    monkeypatch.setenv("EMMAP_SECRET_KEY", "k3y-of-firms")

    async def scene(found: Bench) -> None:
        one = source(
            found.server,
            reader="firms",
            layer="forest_fire_alerts",
            url=f"{found.server.url}/api/{{env:EMMAP_SECRET_KEY}}/1",
        )
        found.server.routes["/api/k3y-of-firms/1"] = good(b"Invalid MAP_KEY k3y-of-firms.")
        assert await found.outcome(one) not in ("taken", "unchanged")
        shown = repr((found.history("teams"), found.standing("teams")))
        with database.engine("app", "exercise").connect() as conn:
            kept = b"".join(
                bytes(c) for c in conn.execute(text("select content from source_message")).scalars()
            )
        assert "Invalid MAP_KEY" in shown
        assert "k3y-of-firms" not in shown + kept.decode() + caplog.text + "".join(capsys.readouterr())
        assert found.standing("teams").place.endswith("/api/{env:EMMAP_SECRET_KEY}/1")

    bench(database, scene)


def test_fires_come_by_the_area_api(database: Database, samples: Path) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, reader="firms", layer="forest_fire_alerts", size_mb=20)
        content = next((samples / "firms").glob("DERIVED*")).read_bytes()
        found.server.routes["/data"] = good(content)
        (told,) = await found.go(one)
        assert told.counts is not None
        assert told.counts["added"] == told.counts["read"] - told.counts["rejected"] > 1000

    bench(database, scene)
