"""Very many open pages in one process: bare WebSocket clients that keep account of what they are told.

A client of ours does what the page does: it states the stamps that it has, joins each message on to them, and comes back
by itself after a loss. Frames are read by hand, because a WebSocket library in Python would be the slowest part.
"""

import asyncio
import base64
import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

PAUSE_S = 0.2
TEXT, CLOSE, PING = 1, 8, 9


@dataclass(frozen=True, slots=True)
class Told:
    """A message, read once for all who got it."""

    kind: str
    layer: str | None
    after: str | None
    stamp: str | None
    opened: frozenset[int]


@dataclass
class Crowd:
    """`size` pages on a realm's layer. `faults`: what was missed or told twice, in words."""

    port: int
    token: str
    layer: str
    size: int
    realm: str = "exercise"
    faults: list[str] = field(default_factory=list)
    heard_at: dict[str, list[float]] = field(default_factory=dict)
    """By stamp, when each page heard of it, by `time.perf_counter`."""
    losses: int = 0

    def __post_init__(self) -> None:
        self.pages = [Page(self) for _ in range(self.size)]
        self.read: dict[bytes, Told] = {}
        self._ready = threading.Event()
        self._ended = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Crowd":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        for number, page in enumerate(self.pages):
            # Not all in one moment: a listening queue is short.
            self._loop.call_later(number * 0.005, page.connect)
        self._loop.run_forever()
        for page in self.pages:
            if page.transport is not None:
                page.transport.abort()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))

    @property
    def over(self) -> bool:
        """Whether the crowd is leaving."""
        return self._ended

    @property
    def open(self) -> int:
        """Pages that were greeted and are still connected."""
        return sum(page.greeted for page in self.pages)

    def behind(self, stamp: str | None) -> int:
        """Pages that do not have this stamp."""
        return sum(page.stamp != stamp for page in self.pages)

    def told(self, payload: bytes) -> Told:
        """What a message says."""
        found = self.read.get(payload)
        if found is None:
            message: dict[str, Any] = json.loads(payload)
            found = self.read[payload] = Told(
                message["type"],
                message.get("layer"),
                message.get("after"),
                message.get("stamp"),
                frozenset(message["opened"]["row"]) if message["type"] == "changes" else frozenset(),
            )
            if len(self.read) > 2000:
                self.read.pop(next(iter(self.read)))
        return found


class Page(asyncio.Protocol):
    """One client. `stamp` is what it has of the layer, `rows` all versions that it was told."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.stamp: str | None = None
        self.rows: set[int] = set()
        self.transport: asyncio.Transport | None = None
        self.greeted = False
        self._data = b""
        self._upgraded = False

    def connect(self) -> None:
        """Begins, or begins again where it left off."""
        if not self.crowd.over:
            task = asyncio.get_running_loop().create_task(self._connect())
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, "127.0.0.1", self.crowd.port)
        except OSError:
            loop.call_later(PAUSE_S, self.connect)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shakes hands."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self._data, self._upgraded = transport, b"", False
        key = base64.b64encode(os.urandom(16)).decode()
        since = f"{self.crowd.layer}:{self.stamp or ''}"
        transport.write(
            f"GET /api/live?realm={self.crowd.realm}&since={since} HTTP/1.1\r\nHost: 127.0.0.1:{self.crowd.port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Authorization: Bearer {self.crowd.token}\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Comes back by itself."""
        self.crowd.losses += self.greeted
        self.transport, self.greeted = None, False
        if not self.crowd.over:
            asyncio.get_event_loop().call_later(PAUSE_S, self.connect)

    def data_received(self, data: bytes) -> None:
        """Takes whole frames out of what has come."""
        buffer = self._data + data if self._data else data
        if not self._upgraded:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self._data = head
                return
            if b" 101 " not in head[:20]:
                self.transport and self.transport.abort()
                return
            self._upgraded = True
        at = 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1], at + 2
            if length == 126:
                start += 2
                length = int.from_bytes(buffer[at + 2 : start])
            elif length == 127:
                start += 8
                length = int.from_bytes(buffer[at + 2 : start])
            if len(buffer) < start + length:
                break
            self._frame(buffer[at] & 15, buffer[start : start + length])
            at = start + length
        self._data = buffer[at:]

    def _frame(self, kind: int, payload: bytes) -> None:
        assert self.transport is not None
        if kind == PING:
            mask = os.urandom(4)
            masked = bytes(byte ^ mask[k % 4] for k, byte in enumerate(payload))
            self.transport.write(bytes((0x8A, 0x80 | len(payload))) + mask + masked)
        elif kind == CLOSE:
            self.transport.abort()
        elif kind == TEXT:
            self._take(self.crowd.told(payload))

    def _take(self, told: Told) -> None:
        if told.kind == "hello":
            self.greeted = True
        elif told.kind == "changes" and told.layer == self.crowd.layer:
            if told.after != self.stamp:
                self.crowd.faults.append(f"told from {told.after} on, had {self.stamp}")
            if again := told.opened & self.rows:
                self.crowd.faults.append(f"told twice: {sorted(again)[:5]}")
            self.rows |= told.opened
            self.stamp = told.stamp
            if told.stamp is not None:
                self.crowd.heard_at.setdefault(told.stamp, []).append(time.perf_counter())
        elif told.kind == "reload":
            self.crowd.faults.append("told to load anew")
