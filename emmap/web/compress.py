"""Answers packed as the browser offers to take them: zstd, else gzip. What is packed already passes through."""

import re
import zlib
from typing import Protocol

import zstandard
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1024
"""Shorter answers (bytes) are not worth it."""
IN_A_THREAD = 256 << 10
"""A longer piece (bytes) is packed beside the event loop."""
_WORTH_IT = re.compile(r"text/|application/(json|geo\+json|problem\+json|javascript|xml)|image/svg\+xml")


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def accepted_encoding(headers: Headers) -> str:
    """`zstd`, `gzip` or nothing, by `Accept-Encoding`; one refused with `q=0` is not taken."""
    offered = set()
    for part in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight):
            offered.add(name.strip())
    return next((name for name in ("zstd", "gzip") if name in offered), "")


def _packer(encoding: str) -> _Packer:
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=3).compressobj()
    return zlib.compressobj(5, zlib.DEFLATED, zlib.MAX_WBITS | 16)


class Compress:
    """ASGI around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        encoding = accepted_encoding(Headers(scope=scope)) if scope["type"] == "http" else ""
        if not encoding or scope["method"] == "HEAD":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        packer: _Packer | None = None

        async def packing(message: Message) -> None:
            nonlocal start, packer
            if message["type"] == "http.response.start":
                start = message
                return
            body, more = message.get("body", b""), message.get("more_body", False)
            if start is not None:
                headers = MutableHeaders(scope=start)
                if _worth_it(start["status"], headers, len(body), more):
                    packer = _packer(encoding)
                    headers["content-encoding"] = encoding
                    headers.add_vary_header("Accept-Encoding")
                    del headers["content-length"]
                await send(start)
                start = None
            if packer is None:
                await send(message)
                return
            packed = await _packed(packer, body)
            if not more:
                packed += packer.flush()
            if packed or not more:
                await send({"type": "http.response.body", "body": packed, "more_body": more})

        await self.app(scope, receive, packing)


async def _packed(packer: _Packer, body: bytes) -> bytes:
    if len(body) < IN_A_THREAD:
        return packer.compress(body)
    return await run_in_threadpool(packer.compress, body)


def _worth_it(status: int, headers: MutableHeaders, length: int, more: bool) -> bool:
    return (
        status not in (204, 206, 304)
        and "content-encoding" not in headers
        and (more or length >= SMALLEST)
        and _WORTH_IT.match(headers.get("content-type", "")) is not None
    )
