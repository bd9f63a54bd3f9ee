"""A web server that answers as it is told to, faults included."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Headers = Mapping[str, str]
Answering = Callable[[Headers], bytes | None]
"""From a request's headers to the bytes of an answer; None: no answer at all, the connection stays open."""


def answer(body: bytes, status: str = "200 OK", *, length: int | None = None, **headers: str) -> bytes:
    """An HTTP answer; `length` says another length than the body has."""
    told = {"content-length": str(len(body) if length is None else length), "connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def good(body: bytes, etag: str | None = None) -> Answering:
    """A server as it should be: 304 where the client knows this content."""

    def answering(headers: Headers) -> bytes:
        if etag and headers.get("if-none-match") == etag:
            return answer(b"", "304 Not Modified", etag=etag)
        return answer(body, etag=etag) if etag else answer(body)

    return answering


def bomb(size: int) -> bytes:
    """An answer of a few kilobytes that unpacks to `size` bytes."""
    return answer(gzip.compress(b"\0" * size), content_encoding="gzip")


def in_a_loop(scene: Coroutine[Any, Any, T]) -> T:
    """What a scene gives, played in a thread of its own: another test's loop may run in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, scene).result()


async def eventually(condition: Callable[[], Any]) -> Any:
    """What the condition gives, as soon as it gives anything."""
    async with asyncio.timeout(60):
        while not (found := await asyncio.to_thread(condition)):
            await asyncio.sleep(0.02)
        return found


@dataclass
class FaultyServer:
    """Answers by path. `asked` are the paths in order, with the headers they were asked with."""

    routes: dict[str, Answering] = field(default_factory=dict)
    asked: list[tuple[str, Headers]] = field(default_factory=list)
    port: int = 0
    certificate: Path | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
            }
            path = request.split()[1]
            self.asked.append((path, headers))
            told = self.routes.get(path, lambda _: answer(b"", "404 Not Found"))(headers)
            if told is None:
                await reader.read()  # until the client gives up
            else:
                writer.write(told)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FaultyServer"]:
        """Listens on a free port of this machine."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if self.certificate else None
        if context and self.certificate:
            context.load_cert_chain(self.certificate)
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()
