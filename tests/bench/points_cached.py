"""`points_cached`: the columnar download of a city's hotspots once it is built, in requests a second, against a static
file of the same bytes from the same server, behind the same sign-in."""

import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from emmap.store import versions
from emmap.store.database import Database
from tests.bench.application import application
from tests.bench.city import HOTSPOTS, hotspots

NAME = "points_cached"
UNIT = "requests/s"
PAIRS = 7
REQUESTS = 30
OURS = f"/api/layers/{HOTSPOTS.id}/points?realm=exercise"
STATIC = "/bench/columns.arrow"


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in requests a second; the first pair warms up and is left out."""
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, hotspots())
    with tempfile.TemporaryDirectory() as folder, application(database, Path(folder)) as web:
        headers = {"authorization": f"Bearer {web.token('viewer')}", "accept-encoding": "zstd"}
        connection = HTTPConnection(urlsplit(web.url).netloc)
        Path(folder, "columns.arrow").write_bytes(_body(connection, OURS, headers))
        for turn in range(PAIRS + 1):
            pair = _rate(connection, OURS, headers), _rate(connection, STATIC, headers)
            if turn:
                yield pair
        connection.close()


def _rate(connection: HTTPConnection, path: str, headers: dict[str, str]) -> float:
    begun = time.perf_counter()
    for _ in range(REQUESTS):
        _body(connection, path, headers)
    return REQUESTS / (time.perf_counter() - begun)


def _body(connection: HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert (answer.status, len(body) > 1 << 20) == (200, True)
    return body
