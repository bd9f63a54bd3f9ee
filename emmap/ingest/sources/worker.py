"""The worker: plans what is due, works jobs off, takes over from workers that died, outlives the database.

Any number may run. The queue is procrastinate's, in the store (schema `emmap_queue`): a job whose worker no longer
gives a sign of life is taken over, and a run that was overtaken cannot write.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import sqlalchemy.exc
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from psycopg_pool import PoolTimeout

from emmap.errors import EmmapError, SetupError
from emmap.ingest import retention
from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig, load_sources
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.layer import Layer
from emmap.store import migrate
from emmap.store.database import Database

AT_ONCE = 24
"""Sources that one worker runs at the same time: a slow one delays no other."""
THREADS = AT_ONCE + 8
"""For what blocks (the store, parsing, mailboxes): as many as may wait at once, and the worker's own."""
LONGEST_PAUSE_S = 30.0
PRUNE_EVERY_S = 3600.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tempo:
    """How often a worker looks for what is due, for dead workers and for a changed configuration, at least; how often
    it gives a sign of life, and after how long without one it is taken for dead; within which time its runs may end
    when it is told to stop (what is left comes again). Seconds."""

    look: float = 5.0
    sign_of_life: float = 5.0
    dead: float = 20.0
    grace: float = 8.0


TEMPO = Tempo()
log = structlog.get_logger()


class Worker:
    """One worker process. `file`: the sources; None: there are none, and only raw content is pruned, after
    `message_days`. `say` gets a line for a person. `besides`: what else is looked after, each time it looks for what is
    due; it blocks, and several workers may be at it at once."""

    def __init__(
        self,
        database: Database,
        layers: Mapping[str, Layer],
        file: Path | None,
        say: Say,
        tempo: Tempo = TEMPO,
        message_days: int = 0,
        besides: Sequence[Callable[[], object]] = (),
    ) -> None:
        self.database = database
        self.layers = layers
        self.file = file
        self.say = say
        self.stopping = asyncio.Event()
        self.sources: dict[str, SourceConfig] | None = None
        self.tempo = tempo
        self.message_days = message_days
        self.besides = besides
        self._read_at: tuple[int, int] = (-1, -1)

    async def work(self) -> None:
        """Works until `stopping` is set. A file with mistakes is told, and read again when it has changed."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        self._read_again()
        means = Means(self.database, Fetcher())
        pause = 1.0
        away = False
        try:
            while not self.stopping.is_set():
                try:
                    await asyncio.to_thread(self._check_schema)
                    async with self._queue(means).open_async() as queue:
                        if away:
                            self.say("✓ 数据库已恢复，继续取数 / the database is back, sources go on")
                        away, pause = False, 1.0
                        await self._together(queue)
                except _AWAY as error:
                    if not away:
                        self.say(
                            f"! 数据库没有应答，恢复后继续（{_first_line(error)}）/ the database is away, waiting for it"
                        )
                    away = True
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.stopping.wait(), pause)
                    pause = min(pause * 2, LONGEST_PAUSE_S)
        finally:
            await means.fetcher.close()

    async def _together(self, queue: App) -> None:
        """Plans and works until told to stop, or until the database goes away."""
        running = asyncio.create_task(
            queue.run_worker_async(
                queues=[plan.QUEUE],
                concurrency=AT_ONCE,
                delete_jobs="always",  # what happened stands in the sources' history
                install_signal_handlers=False,
                fetch_job_polling_interval=self.tempo.look,
                update_heartbeat_interval=self.tempo.sign_of_life,
                stalled_worker_timeout=self.tempo.dead,
                shutdown_graceful_timeout=self.tempo.grace,
            )
        )
        planning = asyncio.create_task(self._plan(queue))
        pruning = asyncio.create_task(self._prune())
        looking = asyncio.create_task(self._look_besides())
        stopped = asyncio.create_task(self.stopping.wait())
        parts = (running, planning, pruning, looking, stopped)
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            ended = await asyncio.gather(*parts, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
        if not self.stopping.is_set():
            raise ConnectorException("the queue ended")

    async def _plan(self, queue: App) -> None:
        """Defers what is due, as soon as it is; wakes where a person asks for a run."""
        info = self.database.conninfo("app")
        async with await psycopg.AsyncConnection.connect(info, autocommit=True) as listening:
            await listening.execute("listen emmap_sources")
            while True:
                self._read_again()
                now = datetime.now(UTC)
                due = await asyncio.to_thread(self._defer, now)
                await self._take_over(queue)
                wait = (due - datetime.now(UTC)).total_seconds() if due else self.tempo.look
                async for _ in listening.notifies(
                    timeout=max(0.05, min(wait, self.tempo.look)), stop_after=1
                ):
                    pass

    async def _prune(self) -> None:
        """Drops raw content that is too old, at once and then every hour. Several workers share the work."""
        while True:
            try:
                await asyncio.to_thread(retention.prune, self.database, self.message_days)
            except sqlalchemy.exc.ProgrammingError as error:  # a realm was dropped meanwhile
                log.warning("realm_gone", error=_first_line(error))
            await asyncio.sleep(PRUNE_EVERY_S)

    async def _look_besides(self) -> None:
        while True:
            for look in self.besides:
                await asyncio.to_thread(look)
            await asyncio.sleep(self.tempo.look)

    async def _take_over(self, queue: App) -> None:
        """Has the jobs of dead workers run again; where the source waits for a run already, that one will do."""
        jobs = queue.job_manager
        for job in await jobs.get_stalled_jobs(queue=plan.QUEUE, seconds_since_heartbeat=self.tempo.dead):
            log.warning("taken_over", **job.task_kwargs)
            try:
                await jobs.retry_job(job)
            except UniqueViolation:
                await jobs.finish_job(job, Status.FAILED, delete_job=True)

    def _defer(self, now: datetime) -> datetime | None:
        if self.sources is None:
            return None
        found = list(self.sources.values())
        coming = []
        try:
            plan.configure(self.database, found, now)
            for realm, those in plan.by_realm(self.database, found).items():
                coming.append(plan.defer_due(self.database, realm, [one.name for one in those], now))
        except sqlalchemy.exc.ProgrammingError as error:  # a realm was dropped meanwhile
            log.warning("realm_gone", error=_first_line(error))
        return min((at for at in coming if at is not None), default=None)

    def _queue(self, means: Means) -> App:
        queue = App(
            connector=PsycopgConnector(
                conninfo=self.database.conninfo("app", queue=True), min_size=1, max_size=4, timeout=5
            )
        )

        @queue.task(name=plan.TASK, queue=plan.QUEUE)
        async def run_source(realm: str, name: str) -> None:
            one = (self.sources or {}).get(name)
            if one is not None and means.realm_of(one) == realm:
                await run(one, means)

        return queue

    def _check_schema(self) -> None:
        if due := migrate.pending(self.database, as_role="app"):
            raise SetupError(
                f"数据库的库结构不是当前版本（{due[0]} 等）；请先运行 emmap db upgrade。",
                f"The database's schema is not current ({due[0]} …): run emmap db upgrade first.",
            )

    def _read_again(self) -> None:
        """Takes a file that has changed as it is now; one with mistakes is told once, and changes nothing."""
        if self.file is None:
            return
        stamp = _stamp(self.file)
        if stamp == self._read_at:
            return
        self._read_at = stamp
        try:
            self.sources = {one.name: one for one in load_sources(self.file, self.layers)}
        except EmmapError as error:
            self.say(
                f"! {error.zh}\n  改正之前来源不变。\n  {error.en}\n  Until it is corrected nothing changes."
            )
        else:
            self.say(f"· 来源 {len(self.sources)} 个 / {len(self.sources)} sources")


_AWAY = (
    psycopg.OperationalError,
    sqlalchemy.exc.OperationalError,
    ConnectorException,
    PoolTimeout,
)
"""What tells that the database is away."""


def quiet_libraries() -> None:
    """Keeps addresses, which may hold credentials, out of the log: the HTTP client tells each of them."""
    for name in ("httpx", "httpcore", "procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _stamp(file: Path) -> tuple[int, int]:
    """When a file was written, and its size; zeros where there is none."""
    try:
        about = file.stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size


def _first_line(error: Exception) -> str:
    cause = error.__cause__ or error
    lines = str(getattr(cause, "orig", cause)).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
