"""A source's runs: whatever the network does, the store ends as a perfect one would have left it, and says what was."""

import asyncio
import itertools
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.store import sources
from emmap.store.database import Database
from emmap.store.sources import Told
from tests.faulty_server import Answering, FaultyServer, answer, bomb, good, in_a_loop
from tests.mail_server import MailServer, mail

NOW = datetime(2020, 5, 22, 1, 0, tzinfo=UTC)


class Clock:
    """Moves a minute each time it is asked."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


def source(server: FaultyServer, **changed: Any) -> SourceConfig:
    """A table of rescue teams at `/data`."""
    given: dict[str, Any] = {
        "name": "teams",
        "reader": "table",
        "layer": "rescue_teams",
        "realm": "exercise",
        "url": f"{server.url}/data",
        "every": "5 min",
        "timeout": "5 s",
        "size_mb": 1,
        "private_hosts": ("127.0.0.1",),
    }
    return SourceConfig.model_validate({**given, **changed})


def teams(numbers: Sequence[int], word: str = "一") -> bytes:
    """A file of teams."""
    rows = "".join(f"T{n},【演练】{word}队{n},113.3,23.1\n" for n in numbers)
    return f"编号,队伍名称,经度,纬度\n{rows}".encode()


def alert(identifier: str, kind: str = "Alert", references: str = "", word: str = "红") -> bytes:
    """A CAP message."""
    info = "" if kind == "Cancel" else (
        "<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency>"
        "<severity>Extreme</severity><certainty>Observed</certainty><expires>2020-05-22T07:12:00+08:00</expires>"
        f"<headline>【演练】暴雨{word}色预警信号</headline><area><areaDesc>增城区</areaDesc><geocode>"
        "<valueName>GB/T 2260</valueName><value>440118</value></geocode></area></info>"
    )  # fmt: skip
    return (
        f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier><sender>a@b</sender>'
        f"<sent>2020-05-22T01:{'30' if references else '12'}:00+08:00</sent><status>Exercise</status>"
        f"<msgType>{kind}</msgType><scope>Public</scope>"
        f"{f'<references>{references}</references>' if references else ''}{info}</alert>"
    ).encode()


def index(paths: Sequence[str]) -> bytes:
    """An Atom index of messages."""
    entries = "".join(
        f'<entry><id>{p}</id><updated>2020-05-22T01:12:00Z</updated><link type="application/cap+xml" href="{p}"/></entry>'
        for p in paths
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>i</id>{entries}</feed>'.encode()


class Bench:
    """A store, a faulty server and a clock; `go` runs a source once."""

    def __init__(self, database: Database, server: FaultyServer) -> None:
        self.database = database
        self.server = server
        self.means = Means(database, Fetcher(), clock=Clock(), chance=lambda: 0.5)

    async def go(self, one: SourceConfig) -> list[Told]:
        """One run of the source, configured first."""
        plan.configure(self.database, [one], self.means.clock())
        return await run(one, self.means)

    async def outcome(self, one: SourceConfig) -> str:
        """What that run did: the outcome, or the code of the fault."""
        (told,) = await self.go(one)
        return told.code or told.outcome

    def known(self, layer: str, realm: str = "exercise") -> set[tuple[str, bytes, str]]:
        """What is known now: feature, content and span of each state."""
        with self.database.engine("app", realm).connect() as conn:
            rows = conn.execute(
                text(
                    "select feature_id, content_hash, cast(valid as text) from version"
                    " where layer = :layer and upper_inf(recorded)"
                ),
                {"layer": layer},
            )
            return {(row[0], bytes(row[1]), row[2]) for row in rows}

    def now(self) -> set[str]:
        """The teams that hold now."""
        with self.database.engine("app", "exercise").connect() as conn:
            rows = conn.execute(
                text(
                    "select feature_id from version"
                    " where upper_inf(recorded) and valid @> now() and layer = 'rescue_teams'"
                )
            )
            return {row[0] for row in rows}

    def history(self, name: str) -> list[sources.Run]:
        """The source's history, the newest first."""
        with self.database.engine("app", "exercise").connect() as conn:
            return sources.history(conn, name)

    def standing(self, name: str) -> sources.Standing:
        """How the source stands."""
        with self.database.engine("app", "exercise").connect() as conn:
            return sources.standing(conn, name)


def bench(database: Database, scene: Callable[[Bench], Any]) -> None:
    """Plays a scene."""

    async def play() -> None:
        async with FaultyServer().running() as server:
            found = Bench(database, server)
            try:
                await scene(found)
            finally:
                await found.means.fetcher.close()

    in_a_loop(play())


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
            sources.confirm(conn, "teams", "duty", run=stands.held_run)
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
            sources.pause(conn, "teams", "admin", NOW)
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


def drop(folder: Path, name: str, content: bytes, seconds_old: float = 60) -> Path:
    """Puts a file there as if it had lain for a while."""
    path = folder / name
    path.write_bytes(content)
    at = NOW.timestamp() - seconds_old
    os.utime(path, (at, at))
    return path


def test_dropped_files_are_read_once_and_set_aside(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, url="", folder=str(tmp_path))
        drop(tmp_path, "a.csv", teams([1]), 90)
        drop(tmp_path, "b.csv", b"%PDF-1.7", 80)
        drop(tmp_path, "c.csv", teams([2]), 70)
        drop(tmp_path, "d.csv.part", teams([3]))
        drop(tmp_path, "e.csv", teams([4]), -36_000)  # still being written
        (tmp_path / "link.csv").symlink_to("/etc/passwd")
        told = await found.go(one)
        assert [one.code or one.outcome for one in told] == ["taken", "unknown_format", "taken"]
        assert found.now() == {"T1", "T2"}
        assert {p.name for p in (tmp_path / "done").iterdir()} == {"a.csv", "c.csv"}
        reason = next((tmp_path / "failed").glob("b.csv.*")).read_text(encoding="utf-8")
        assert "不认识这种文件" in reason
        assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"d.csv.part", "e.csv", "link.csv"}

    bench(database, scene)


def test_a_file_that_cannot_be_moved_is_not_taken_twice(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, url="", folder=str(tmp_path))
        drop(tmp_path, "c.csv", teams([2]))
        (tmp_path / "done").write_bytes(b"")  # in the way, as a lost right to write is
        assert await found.outcome(one) == "folder_unusable"
        assert found.now() == {"T2"}
        (tmp_path / "done").unlink()
        assert await found.outcome(one) == "unchanged"
        assert [path.name for path in tmp_path.rglob("*.csv")] == ["c.csv"]
        assert (tmp_path / "done" / "c.csv").exists()

    bench(database, scene)


def test_a_dropped_file_that_is_held_waits_until_it_is_confirmed(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, url="", folder=str(tmp_path), mode="complete")
        drop(tmp_path, "a.csv", teams(range(30)), 90)
        drop(tmp_path, "b.csv", teams(range(3)), 80)
        assert [told.outcome for told in await found.go(one)] == ["taken", "held"]
        assert await found.outcome(one) == "unchanged"
        assert (tmp_path / "held" / "b.csv").exists()
        with database.engine("app", "exercise").begin() as conn:
            sources.confirm(conn, "teams", "duty")
        assert await found.outcome(one) == "taken"
        assert found.now() == {"T0", "T1", "T2"}
        assert [row.outcome for row in found.history("teams")] == ["taken", "held", "taken"]

    bench(database, scene)


def test_a_folder_that_is_not_there_is_told(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        assert (
            await found.outcome(source(found.server, url="", folder=str(tmp_path / "x"))) == "folder_unusable"
        )

    bench(database, scene)


def test_mailed_messages_of_known_senders_are_taken_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMMAP_SECRET_MAIL", "wrong")

    async def scene(found: Bench) -> None:
        box = MailServer(
            {3: mail("cap@weather.example", alert("m1")), 4: mail("x@evil.example", alert("m2"))}
        )
        async with box.running():
            one = source(
                found.server,
                reader="cap",
                url="",
                imap=f"imap://127.0.0.1:{box.port}/INBOX",
                user="warnings",
                password="{env:EMMAP_SECRET_MAIL}",
                senders=("cap@weather.example", "@flood.example"),
            )
            assert await found.outcome(one) == "mail_refused"
            monkeypatch.setenv("EMMAP_SECRET_MAIL", "right")
            (told,) = await found.go(one)
            assert told.counts is not None
            assert (told.counts["read"], told.counts["added"]) == (1, 1)
            assert await found.outcome(one) == "unchanged"
            box.mails[9] = mail("Duty@Flood.example", alert("m3"), b"<alert", alert("m1"))
            (told,) = await found.go(one)
            assert told.counts is not None
            assert [told.counts[name] for name in ("read", "added", "unchanged", "rejected")] == [3, 1, 1, 1]
            fetched = [line for line in box.said if line.startswith("UID FETCH")]
            assert fetched == [f"UID FETCH {uid} (BODY.PEEK[])" for uid in (3, 4, 9)]
            assert len(found.known("flood_warnings")) == 2
            encrypted = one.model_copy(update={"imap": one.imap.replace("imap:", "imaps:")})
            assert await found.outcome(encrypted) == "no_connection"  # this server cannot

    bench(database, scene)
