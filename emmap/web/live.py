"""The live socket: what changes in a realm reaches every open page, nothing missed, nothing twice.

One listener in each worker is woken by the layers' clocks, reads what changed since the last time, and hands one
encoded message to every page. Each page has a vector of stamps, what it was sent of each layer. A message that does
not join on to it (the page has just come, was too slow, or the realm was made anew) is replaced by a reading of its
own, so a slow page holds up nobody and loses nothing.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
import structlog
from fastapi import APIRouter
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from starlette.websockets import WebSocket

from emmap.errors import EmmapError, Malformed, NotFound
from emmap.permissions import needs
from emmap.store import alarms, answers, points
from emmap.store.present import ScenarioClock, scenario_clock
from emmap.store.wakes import WatchWake, wakes
from emmap.web.asking import Site
from emmap.web.ending import to_end

HEARTBEAT_S = 5.0
ANSWER_WITHIN_S = 3.0
"""The database counts as down when it does not answer a heartbeat within this."""
COALESCE_S = 0.03
"""While pages are still being sent the last message, changes are gathered for this long."""
MOST_WAITING = 64
"""Messages that may wait for one page before it has to catch up by a reading of its own."""
RECONNECT_S = (0.2, 5.0)
RETRY_S = 1.0
SIGNED_OUT, NO_SUCH_REALM, MALFORMED, TRY_AGAIN = 4401, 4404, 4422, 1013
NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""The stamp of a layer that was never written."""

log = structlog.get_logger()
router = APIRouter()
T = TypeVar("T")


Stand = tuple[dict[str, datetime], ScenarioClock | None]
"""Each layer's committed stamp, and the realm's own clock while it has one."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it goes out. It joins on to a page whose stamp of the layer is `after`."""

    text: str
    layer: str = ""
    after: datetime = NEVER
    stamp: datetime = NEVER
    reload: bool = False


@dataclass
class Channel:
    """A layer of a realm that somebody watches: how far it was told."""

    realm: str
    layer: str
    stamp: datetime | None = None
    moved: bool = False
    following: asyncio.Task[None] | None = None


@dataclass(eq=False)
class Page:
    """One open socket."""

    socket: WebSocket
    realm: str
    sent: dict[str, datetime] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    waiting: deque[Told] = field(default_factory=deque)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, told: Told) -> None:
        """Lets the page have a message; never waits for it."""
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            self.behind.update(self.sent)
        else:
            self.waiting.append(told)
        self.woken.set()


class Live:
    """The sockets of one web worker."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.down_since: datetime | None = None
        self.on_wake: Callable[[], None] = lambda: None
        """Called when something was committed, by whomever."""
        self.listening = False
        self._pages: dict[str, set[Page]] = {}
        self._channels: dict[tuple[str, str], Channel] = {}
        self._readings: dict[tuple[str, str, datetime], asyncio.Task[Told | None]] = {}
        self._watch: dict[str, int] = {}
        self._beat_now = asyncio.Event()
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pages(self) -> list[Page]:
        """Every page that is open in this worker."""
        return [page for pages in self._pages.values() for page in pages]

    def start(self) -> None:
        """Begins to listen and to beat, in the running event loop."""
        self._tasks = [
            asyncio.create_task(one) for one in (self._listen(), self._beat(), self._watch_sessions())
        ]

    async def stop(self) -> None:
        """Ends what `start` began. A reading that is under way gives its connection back first."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def serve(self, socket: WebSocket) -> None:
        """One page, from its coming to its going."""
        await socket.accept()
        try:
            realm = await self._in_thread(lambda: self.site.realm(socket.query_params.get("realm")))
            since = self._since(socket)
            page = Page(socket, realm)
            self._pages.setdefault(realm, set()).add(page)
        except NotFound as error:
            return await socket.close(NO_SUCH_REALM, error.en[:120])
        except Malformed as error:
            return await socket.close(MALFORMED, error.en[:120])
        except (EmmapError, SQLAlchemyError):
            return await socket.close(TRY_AGAIN, "The database does not answer.")
        sending: asyncio.Task[None] | None = None
        try:
            stamps, clock = await self._joined(realm)
            page.sent = {layer: since.get(layer, stamp) for layer, stamp in stamps.items()}
            page.behind = {layer for layer in since if layer in page.sent}
            hello = {
                "type": "hello",
                "realm": realm,
                "now": _now(),
                "clock": clock_told(clock),
                "stamps": _texts(stamps),
                "watch": self._watch.get(realm),
            }
            await socket.send_text(_json(hello))
            page.woken.set()
            sending = asyncio.create_task(self._send(page))
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
        except SQLAlchemyError:
            await socket.close(TRY_AGAIN, "The database does not answer.")
        finally:
            if sending is not None:
                sending.cancel()
            self._left(page)
        return None

    def _since(self, socket: WebSocket) -> dict[str, datetime]:
        """The page's vector: `layer:stamp,…`; a layer without stamp is told from its beginning."""
        found = {}
        for part in filter(None, socket.query_params.get("since", "").split(",")):
            layer, _, stamp = part.partition(":")
            if layer not in self.site.layers:
                raise Malformed(f"没有图层 {layer[:60]}。", f"There is no layer {layer[:60]}.")
            found[layer] = points.parse_stamp(stamp) if stamp not in ("", "null") else NEVER
        return found

    async def _joined(self, realm: str) -> Stand:
        """How the realm stands; from now on its layers are watched."""
        for layer in self.site.layers:
            self._channels.setdefault((realm, layer), Channel(realm, layer))
        stamps, clock = await self._in_thread(lambda: self._stand(realm))
        for layer, stamp in stamps.items():
            channel = self._channels.setdefault((realm, layer), Channel(realm, layer))
            if channel.stamp is None:
                channel.stamp = stamp
            if channel.moved or channel.stamp < stamp:
                self._follow(channel)
        return stamps, clock

    def _left(self, page: Page) -> None:
        pages = self._pages.get(page.realm, set())
        pages.discard(page)
        if not pages:
            self._pages.pop(page.realm, None)
            for layer in self.site.layers:
                self._channels.pop((page.realm, layer), None)

    async def _send(self, page: Page) -> None:
        """Sends what waits for a page, in order."""
        with suppress(RuntimeError):  # the socket closed meanwhile
            while True:
                await page.woken.wait()
                page.woken.clear()
                while page.behind:
                    await self._catch_up(page, page.behind.pop())
                while page.waiting:
                    told = page.waiting.popleft()
                    sent = page.sent.get(told.layer, NEVER)
                    if not told.layer:
                        await page.socket.send_text(told.text)
                    elif told.reload or told.after == sent:
                        page.sent[told.layer] = told.stamp
                        await page.socket.send_text(told.text)
                    elif told.stamp > sent:
                        await self._catch_up(page, told.layer)

    async def _catch_up(self, page: Page, layer: str) -> None:
        """One reading for this page alone; pages that stand at the same stamp share it."""
        key = (page.realm, layer, page.sent.get(layer, NEVER))
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = asyncio.create_task(self._read(*key))
            reading.add_done_callback(lambda _: self._readings.pop(key, None))
        try:
            told = await asyncio.shield(reading)
        except (SQLAlchemyError, EmmapError):
            # The database is away; what the page misses is read when it is back.
            page.behind.add(layer)
            await asyncio.sleep(RETRY_S)
            return
        if told is not None:
            page.sent[layer] = told.stamp
            await page.socket.send_text(told.text)

    async def _read(self, realm: str, layer: str, after: datetime) -> Told | None:
        return await self._in_thread(lambda: self._changes(realm, layer, after))

    def _changes(self, realm: str, layer: str, after: datetime) -> Told | None:
        """What changed in a layer after a stamp, as a message; None where nothing did. Blocks."""
        engine = self.site.database.engine("app", realm)
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn:
            found = points.changes(conn, self.site.layers[layer], None if after == NEVER else after)
        stamp = found.stamp or NEVER
        if stamp == after:
            return None
        if stamp < after:
            return _reload(realm, layer, stamp)
        return Told(
            _json(points.message_of(found, realm)), layer, after, stamp, isinstance(found, points.TooMany)
        )

    def _stand(self, realm: str) -> Stand:
        """The committed stamp of each layer of a realm, and the realm's clock. Blocks."""
        with self.site.database.engine("app", realm).connect() as conn:
            found, clock = answers.stamps(conn), scenario_clock(conn)
            self._watch[realm] = alarms.stamp(conn)
        return {layer: found.get(layer) or NEVER for layer in self.site.layers}, clock

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _follow(self, channel: Channel) -> None:
        """Tells a layer's changes: at once when idle, gathered while the last message is still going out."""
        channel.moved = True
        if channel.stamp is not None and channel.following is None:
            channel.following = asyncio.create_task(self._tell(channel))

    async def _tell(self, channel: Channel) -> None:
        try:
            while channel.moved:
                channel.moved = False
                told = await self._read(channel.realm, channel.layer, channel.stamp or NEVER)
                if told is None:
                    continue
                channel.stamp = told.stamp
                pages = self._pages.get(channel.realm, set())
                for page in pages:
                    page.offer(told)
                await asyncio.sleep(0)
                if any(page.waiting for page in pages):
                    await asyncio.sleep(COALESCE_S)
        except (SQLAlchemyError, EmmapError):
            channel.moved = True  # the next heartbeat tries again
        finally:
            channel.following = None

    async def _listen(self) -> None:
        """Keeps one listening connection, and catches up whenever it had to be made anew."""
        pause, longest = RECONNECT_S
        while True:
            try:
                async for wake in wakes(self.site.database.conninfo("app")):
                    if wake is None:
                        pause = RECONNECT_S[0]
                        self.listening = True
                        self._note_up()
                        for channel in list(self._channels.values()):
                            self._follow(channel)
                    elif isinstance(wake, WatchWake):
                        self._tell_watch(wake)
                    elif found := self._channels.get((wake.realm, wake.layer)):
                        self._follow(found)
                    self.on_wake()
            except (psycopg.Error, OSError, EmmapError) as error:
                self.listening = False
                self._note_down(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)

    def _tell_watch(self, wake: WatchWake) -> None:
        """Says that the duty room has news, not what: each page reads what its user may see. A page that misses this
        learns the stamp from the next heartbeat."""
        self._watch[wake.realm] = wake.stamp
        told = Told(_json({"type": "watch", "realm": wake.realm, "watch": wake.stamp}))
        for page in self._pages.get(wake.realm, set()):
            page.offer(told)

    def _note_down(self, error: BaseException) -> None:
        if self.down_since is None:
            self.down_since = datetime.now(UTC)
            log.warning("database down", error=str(error).splitlines()[0] if str(error) else repr(error))
            self._beat_now.set()

    def _note_up(self) -> None:
        if self.down_since is not None:
            log.info("database back", down_since=self.down_since.isoformat())
            self.down_since = None
            self._beat_now.set()

    async def _beat(self) -> None:
        """Every 5 s, and at once when the database goes or comes back: the time, the stamps, the database's state."""
        asking: asyncio.Future[Any] | None = None
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._beat_now.wait(), HEARTBEAT_S)
            self._beat_now.clear()
            if asking is None or asking.done():
                asking = asyncio.ensure_future(self._in_thread(self._look))
                asking.add_done_callback(_seen)
            try:
                stands = await asyncio.wait_for(asyncio.shield(asking), ANSWER_WITHIN_S)
                if self.listening:
                    self._note_up()
                    self._beat_now.clear()
            except (TimeoutError, SQLAlchemyError, EmmapError) as error:
                self._note_down(error)
                self._beat_now.clear()
                stands = {}
            for realm, pages in list(self._pages.items()):
                tick = Told(_json(self._tick(realm, stands.get(realm))))
                for page in pages:
                    page.offer(tick)

    async def _watch_sessions(self) -> None:
        """Closes the pages whose session or token has ended. An open page is a use of its session."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            for page in self.pages:
                with suppress(SQLAlchemyError, RuntimeError):
                    if await to_end(page.socket.app.state.guard.caller(page.socket.headers)) is None:
                        await page.socket.close(SIGNED_OUT, "Signed out.")

    def _look(self) -> dict[str, Stand]:
        """How every watched realm stands. Blocks."""
        stands = {}
        for realm in list(self._pages):
            with suppress(ProgrammingError):  # a realm that is just being made anew has no tables
                stands[realm] = self._stand(realm)
        return stands

    def _tick(self, realm: str, stand: Stand | None) -> dict[str, Any]:
        """The heartbeat's message; sets right what a lost wake, or a realm made anew, left behind."""
        stamps, clock = stand or ({}, None)
        for layer, stamp in stamps.items():
            channel = self._channels.get((realm, layer))
            if channel is None or channel.stamp is None:
                continue
            if stamp < channel.stamp:
                channel.stamp = stamp
                for page in self._pages.get(realm, set()):
                    page.offer(_reload(realm, layer, stamp))
            elif stamp > channel.stamp or channel.moved:
                self._follow(channel)
        return {
            "type": "tick",
            "realm": realm,
            "now": _now(),
            **({"clock": clock_told(clock)} if stand else {}),
            "stamps": _texts(stamps),
            "watch": self._watch.get(realm),
            "database": "ok" if self.down_since is None else f"down since {_instant(self.down_since)}",
        }


@router.websocket("/api/live")
@needs("read")
async def live(socket: WebSocket) -> None:
    """Changes of a realm as they are committed; `since` resumes where a page left off."""
    hub: Live = socket.app.state.live
    await hub.serve(socket)


def _seen(asked: asyncio.Future[Any]) -> None:
    """Takes the outcome of a question that nobody waits for any more."""
    if not asked.cancelled():
        asked.exception()


def _reload(realm: str, layer: str, stamp: datetime) -> Told:
    told = {"type": "reload", "realm": realm, "layer": layer, "stamp": _stamp(stamp)}
    return Told(_json(told), layer, NEVER, stamp, True)


def _stamp(stamp: datetime) -> str | None:
    return None if stamp == NEVER else points.stamp_text(stamp)


def _texts(stamps: dict[str, datetime]) -> dict[str, str | None]:
    return {layer: _stamp(stamp) for layer, stamp in stamps.items()}


def clock_told(clock: ScenarioClock | None) -> dict[str, Any] | None:
    """A realm's own clock as a page needs it; None where the wall clock counts."""
    if clock is None:
        return None
    return {
        "scenario": clock.scenario,
        "started_at": _instant(clock.started_at),
        "begins_at": _instant(clock.begins_at),
        "ends_at": _instant(clock.ends_at),
        "speed": clock.speed,
    }


def _now() -> str:
    return _instant(datetime.now(UTC))


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
