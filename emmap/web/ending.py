"""Ending a task without leaving behind what it has begun."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def to_end(work: Awaitable[T]) -> T:
    """Awaits work in a thread; where this task is cancelled meanwhile, the work is still waited for.

    A thread does not hear of a cancellation, and a connection that it holds must go back before the pool is closed.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(Exception):
            await task
        raise
