"""Answers are packed as the browser offers to take them, and arrive whole."""

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import zstandard
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message

from emmap.web.compress import Compress, accepted_encoding

LONG = "应急一张图" * 2000


def answered(response: Response, offered: str) -> tuple[Headers, bytes]:
    """What goes over the wire."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(b"accept-encoding", offered.encode())],
    }
    # In a thread of its own: where browser tests ran before, this one has a running loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, Compress(response)(scope, receive, send)).result()
    return Headers(raw=sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("br", ""),
        ("", ""),
    ],
)
def test_the_best_offer_is_taken(offered: str, chosen: str) -> None:
    assert accepted_encoding(Headers({"accept-encoding": offered})) == chosen


def test_a_long_answer_is_packed_and_whole() -> None:
    for offered, unpack in (("gzip", gzip.decompress), ("zstd", unpacked)):
        headers, body = answered(Response(LONG, media_type="application/json"), offered)
        assert headers["content-encoding"] == offered
        assert len(body) < len(LONG.encode()) / 10
        assert unpack(body).decode() == LONG
        assert headers.get("content-length", str(len(body))) == str(len(body))


def unpacked(body: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


@pytest.mark.parametrize(
    "response",
    [
        Response("short", media_type="application/json"),
        Response(LONG, media_type="application/vnd.apache.arrow.stream"),
        Response(LONG, media_type="application/json", headers={"content-encoding": "br"}),
        Response(status_code=304),
    ],
)
def test_what_gains_nothing_passes_through(response: Response) -> None:
    headers, body = answered(response, "zstd, gzip")
    assert headers.get("content-encoding") == response.headers.get("content-encoding")
    assert body == response.body
