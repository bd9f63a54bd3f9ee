"""One run of a source: begun, gathered, understood, stored; whatever goes wrong is a sentence in its history."""

import asyncio
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import OperationalError

from emmap.errors import EmmapError
from emmap.ingest.gauges import take as gauges
from emmap.ingest.gauges.reading import READER as GAUGES
from emmap.ingest.sources import database, folder, mail, web
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.credentials import Covers
from emmap.ingest.sources.faults import Fault, fault_of
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.gathered import Document, Gathered
from emmap.ingest.sources.schedule import after_failure, after_success
from emmap.ingest.sources.take import Overtaken, fail, take, understand
from emmap.store import inbox, sources
from emmap.store.database import Database
from emmap.store.sources import Begun, Told

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Means:
    """What a run needs besides its source: the store, the network, the clock (aware UTC) and chance in [0, 1)."""

    database: Database
    fetcher: Fetcher
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: Callable[[], float] = random.random

    def realm_of(self, one: SourceConfig) -> str:
        """The realm that a source writes to."""
        return one.realm or self.database.default_realm


async def run(one: SourceConfig, means: Means) -> list[Told]:
    """Runs a source once, a drop folder until it is empty; what each run told. Empty where it is paused or another
    run has overtaken this one.

    Raises `OperationalError` where the database goes away: nothing was written, and the source comes again.
    """
    told: list[Told] = []
    while True:
        begun = await asyncio.to_thread(_begin, one, means)
        if begun is None:
            return told
        try:
            outcome, again = await _run(one, begun, means)
        except Overtaken:
            log.info("overtaken", source=one.name, attempt=begun.attempt)
            return told
        if one.reader == GAUGES:  # whether or not anything came: silence is what does not come
            await asyncio.to_thread(_look, one, means)
        if outcome.outcome != "unchanged" or not told:
            told.append(outcome)
        tell = log.debug if outcome.outcome == "unchanged" else log.info
        tell("ran", source=one.name, outcome=outcome.outcome, code=outcome.code, counts=outcome.counts)
        if not again:
            return told


def _look(one: SourceConfig, means: Means) -> None:
    with means.database.engine("app", means.realm_of(one)).begin() as conn:
        gauges.look(conn, gauges.frame(means.clock(), looked_after=True))


def _begin(one: SourceConfig, means: Means) -> Begun | None:
    with means.database.engine("app", means.realm_of(one)).begin() as conn:
        begun = sources.begin(conn, one.name, means.clock())
        if begun is not None:
            sources.tell_lost(conn, begun)
    return begun


async def _run(one: SourceConfig, begun: Begun, means: Means) -> tuple[Told, bool]:
    """What the run told, and whether there is more at once."""
    dropped: folder.Dropped | None = None
    try:
        if begun.confirmed is not None:
            gathered = await asyncio.to_thread(_confirmed, one, begun, means)
        elif one.kind == "folder":
            dropped = await asyncio.to_thread(folder.next_file, one, begun.known, means.clock())
            gathered = dropped.gathered if dropped else Gathered((), sources.Known(), forget_others=True)
        elif one.kind == "imap":
            gathered = await mail.gather(one, begun.known)
        elif one.kind == "database":
            gathered = await database.gather(one, begun.known, means.clock)
        else:
            gathered = await web.gather(one, begun.known, means.fetcher)
        told = await asyncio.to_thread(_stored, one, begun, gathered, means)
    except (Overtaken, OperationalError):
        raise
    except Exception as error:  # whatever happens to one source is told in its history and stops no other
        fault = _covered(one, _as_fault(one, error))
        told = await asyncio.to_thread(_failed, one, begun, fault, means, moved=dropped is not None)
    if dropped is None:
        return told, False
    reason = (told.zh, told.en) if told.zh and told.en else None
    try:
        await asyncio.to_thread(folder.set_aside, dropped.path, told.outcome, reason, means.clock())
    except Fault as stuck:  # what was taken is known by its content, and will not be taken again
        return await asyncio.to_thread(_failed, one, begun, stuck, means, moved=False), False
    return told, True


def _confirmed(one: SourceConfig, begun: Begun, means: Means) -> Gathered:
    """What was held and a person has let in. What the server said of it is not known any more: it is asked anew."""
    assert begun.confirmed is not None
    with means.database.engine("app", means.realm_of(one)).connect() as conn:
        held = sources.run(conn, begun.confirmed[0])
        message = inbox.message(conn, held.message_id) if held and held.message_id else None
    if message is None or message.content is None:
        raise Fault("held_lost", "暂存的原始内容已不在库里。", "What was held is no longer in the store.")
    return Gathered((Document(message.content, message.name),), sources.Known())


def _stored(one: SourceConfig, begun: Begun, gathered: Gathered, means: Means) -> Told:
    understood = understand(one, gathered)
    now = means.clock()
    if understood.gathered.faults:
        next_run_at = after_failure(one, begun.failures + 1, now, means.chance())
    else:
        next_run_at = after_success(one, begun.began_at, now)
    return take(means.database, means.realm_of(one), one, begun, understood, now, next_run_at)


def _failed(one: SourceConfig, begun: Begun, fault: Fault, means: Means, *, moved: bool) -> Told:
    """Notes the fault. A bad file of a folder is set aside, and the folder itself is well."""
    now = means.clock()
    next_run_at = (
        after_success(one, begun.began_at, now)
        if moved
        else after_failure(one, begun.failures + 1, now, means.chance(), fault.retry_after)
    )
    return fail(means.database, means.realm_of(one), begun, fault, now, next_run_at)


def _as_fault(one: SourceConfig, error: Exception) -> Fault:
    if isinstance(error, Fault):
        return error
    if isinstance(error, EmmapError):
        return fault_of(error)
    trace = Covers(one.texts).text("".join(traceback.format_exception(error)))
    log.error("source_failed", source=one.name, error=type(error).__name__, trace=trace)
    return Fault(
        "program_fault",
        f"程序内部错误（{type(error).__name__}），详见工作进程的日志。",
        f"A fault of the program ({type(error).__name__}), see the worker's log.",
    )


def _covered(one: SourceConfig, fault: Fault) -> Fault:
    """The fault without credentials that a server may have echoed."""
    covers = Covers(one.texts)
    return Fault(
        fault.code,
        covers.text(fault.zh),
        covers.text(fault.en),
        retry_after=fault.retry_after,
        content=covers.content(fault.content) if fault.content else None,
    )
