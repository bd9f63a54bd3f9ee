"""A store, a faulty server and a clock, in which a source runs once after the other."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.store import source_states, sources
from emmap.store.database import Database
from emmap.store.sources import Told
from tests.faulty_server import FaultyServer, in_a_loop

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
            return source_states.history(conn, name)

    def standing(self, name: str) -> source_states.Standing:
        """How the source stands."""
        with self.database.engine("app", "exercise").connect() as conn:
            return source_states.standing(conn, name)


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


def drop(folder: Path, name: str, content: bytes, seconds_old: float = 60) -> Path:
    """Puts a file there as if it had lain for a while."""
    path = folder / name
    path.write_bytes(content)
    at = NOW.timestamp() - seconds_old
    os.utime(path, (at, at))
    return path
