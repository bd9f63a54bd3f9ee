"""What the clocks tell: one listening connection, and the layers and duty rooms whose stamp moved."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class Wake:
    """A layer of a realm has a new stamp. Says that there is something to read, not what."""

    realm: str
    layer: str


@dataclass(frozen=True, slots=True)
class WatchWake:
    """Something was written down in the duty room of a realm, up to this stamp."""

    realm: str
    stamp: int


async def wakes(conninfo: str) -> AsyncIterator[Wake | WatchWake | None]:
    """First None, as soon as it listens: what was committed before is to be read once. Then every wake.

    Raises `psycopg.OperationalError` when the connection cannot be made or ends.
    """
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await connection.execute("listen emmap")
        await connection.execute("listen emmap_watch")
        yield None
        async for told in connection.notifies():
            found = json.loads(told.payload)
            if "watch" in found:
                yield WatchWake(found["realm"], found["watch"])
            else:
                yield Wake(found["realm"], found["layer"])
