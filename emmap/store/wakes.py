"""What the clocks tell: one listening connection, and the layers whose stamp moved."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class Wake:
    """A layer of a realm has a new stamp. Says that there is something to read, not what."""

    realm: str
    layer: str


async def wakes(conninfo: str) -> AsyncIterator[Wake | None]:
    """First None, as soon as it listens: what was committed before is to be read once. Then every wake.

    Raises `psycopg.OperationalError` when the connection cannot be made or ends.
    """
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await connection.execute("listen emmap")
        yield None
        async for told in connection.notifies():
            found = json.loads(told.payload)
            yield Wake(found["realm"], found["layer"])
