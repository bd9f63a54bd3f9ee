"""A tile server on loopback and PMTiles files, for the tests of base maps."""

import json
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RASTER_PNG = 2
VECTOR = 1


def png(red: int, green: int, blue: int, size: int = 256) -> bytes:
    """A picture of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = b"\0" + bytes((red, green, blue)) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(row * size))
        + chunk(b"IEND", b"")
    )


def pmtiles(tile: bytes, tile_type: int, max_zoom: int = 14) -> bytes:
    """A PMTiles file (version 3) with the same tile everywhere: one entry of its directory runs over all zoom levels."""

    def varint(number: int) -> bytes:
        low, number = number & 0x7F, number >> 7
        return bytes([low | 0x80]) + varint(number) if number else bytes([low])

    run = (4 ** (max_zoom + 1) - 1) // 3
    # Entries by columns: how many, tile id, run length, length, offset + 1.
    directory = b"".join(map(varint, (1, 0, run, len(tile), 1)))
    metadata = json.dumps({}).encode()
    at = 127
    parts = []
    for part in (directory, metadata, b"", tile):
        parts.append((at, len(part)))
        at += len(part)
    offsets = [number for pair in parts for number in pair]
    uncompressed = 1
    header = struct.pack(
        "<7sB11Q6B4iB2i",
        b"PMTiles", 3, *offsets, run, 1, 1,
        1, uncompressed, uncompressed, tile_type, 0, max_zoom,
        -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000,
        0, 0, 0,
    )  # fmt: skip
    return header + directory + metadata + tile


@dataclass
class TileServer:
    """What was asked, and what is to be answered: a status, a media type, a body; `files` by their path, in pieces."""

    url: str = ""
    status: int = 200
    media_type: str = "image/png"
    content: bytes = field(default_factory=lambda: png(200, 30, 120))
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def tile_server() -> Iterator[TileServer]:
    """A server on a port of its own, in a thread."""
    found = TileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            content, headers, status = found.content, {"content-type": found.media_type}, found.status
            if (whole := found.files.get(self.path)) is not None:
                first, last = map(int, self.headers["range"].removeprefix("bytes=").split("-"))
                content, status = whole[first : last + 1], 206
                headers["content-range"] = f"bytes {first}-{first + len(content) - 1}/{len(whole)}"
            self.send_response(status)
            for name, value in (headers | {"content-length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join(10)
