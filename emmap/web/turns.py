"""Long work, such as setting pages, a few at a time: the rest waits in the event loop and holds no thread, so that every
other request finds one."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread

Made = TypeVar("Made")


class Turns:
    """`at_once` pieces of work run together; who comes later waits, the first first."""

    def __init__(self, at_once: int) -> None:
        self._limit = CapacityLimiter(at_once)

    async def take(self, work: Callable[..., Made], *given: Any, **named: Any) -> Made:
        """What the work makes, in a thread, when its turn has come. Raises as the work does."""
        return await to_thread.run_sync(partial(work, *given, **named), limiter=self._limit)
