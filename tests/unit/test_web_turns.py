"""Long work waits for its turn without holding a thread."""

import asyncio
import threading

import pytest
from anyio import to_thread

from emmap.web.turns import Turns


def test_whatever_waits_for_its_turn_every_other_request_finds_a_thread() -> None:
    async def crowd() -> tuple[int, list[int]]:
        turns, done = Turns(2), threading.Event()
        waiting = [
            asyncio.create_task(turns.take(lambda n: n if done.wait(60) else -1, n)) for n in range(100)
        ]
        await asyncio.sleep(0)
        other = await to_thread.run_sync(lambda: 7)
        done.set()
        return other, await asyncio.gather(*waiting)

    other, made = asyncio.run(crowd())
    assert other == 7
    assert made == list(range(100))


def test_work_that_fails_says_so_and_gives_its_turn_away() -> None:
    async def failing() -> int:
        turns = Turns(1)
        with pytest.raises(ZeroDivisionError):
            await turns.take(lambda: 1 // 0)
        return await turns.take(lambda: 3)

    assert asyncio.run(failing()) == 3
