"""Looks after the duty rooms of all realms in each web worker: what arrives and rings, what nobody answers.

However many workers look, an alarm is opened once and passed on once: the store's locks see to it.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from emmap.errors import EmmapError
from emmap.store import migrate
from emmap.watch import ringing
from emmap.web.asking import Site
from emmap.web.ending import to_end

LOOK_EVERY_S = 2.0
GATHER_S = 0.05
"""An import commits many times; what comes within this is looked at together."""

log = structlog.get_logger()


class Watchman:
    """One web worker's eye on the duty rooms."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look, in the running event loop."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Ends what `start` began."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def wake(self) -> None:
        """Something was committed: has it look at once."""
        self._woken.set()

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_S)
                await asyncio.sleep(GATHER_S)
            self._woken.clear()
            await to_end(asyncio.to_thread(self._look))

    def _look(self) -> None:
        """Every realm in turn. Blocks."""
        try:
            realms = migrate.realms(self.site.database, as_role="app")
        except (SQLAlchemyError, EmmapError):
            return  # the database is away; the live socket says so
        for realm in realms:
            try:
                with self.site.database.engine("app", realm).begin() as conn:
                    ringing.look(conn, self.site.layers, self.site.settings, datetime.now(UTC))
            except (SQLAlchemyError, EmmapError) as error:  # a realm that is being made or dropped
                log.debug("duty room not looked at", realm=realm, error=str(error).splitlines()[0])
