"""How each source stands, its history, and what a person has it do. One realm's, by the connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from emmap.errors import Conflict
from emmap.store.sources import Run, Trouble, unknown
from emmap.store.statements import statements


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands. `trouble`: code, Chinese and English of what went wrong last; None when all is well."""

    name: str
    title: str
    layer: str
    reader: str
    place: str
    mode: str
    every: timedelta
    expected: timedelta
    configured: bool
    configured_at: datetime
    next_run_at: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    running_since: datetime | None
    failures: int
    last_success_at: datetime | None
    last_failure_at: datetime | None
    trouble: Trouble | None
    held_run: int | None
    confirmed: bool
    held_counts: Mapping[str, int] | None
    held_message: int | None

    def late(self, now: datetime) -> bool:
        """Whether it is silent for longer than expected; never while it is paused."""
        if self.paused_at is not None or not self.configured:
            return False
        return now - (self.last_success_at or self.configured_at) > self.expected


def standings(conn: Connection) -> list[Standing]:
    """Every source, those that are configured first."""
    return [
        Standing(
            **{name: getattr(row, name) for name in _AS_THEY_ARE},
            running_since=row.attempt_began_at,
            trouble=(row.last_code, row.last_zh or "", row.last_en or "") if row.last_code else None,
            confirmed=row.confirmed_run is not None,
        )
        for row in conn.execute(statements("sources")["list"])
    ]


_AS_THEY_ARE = (
    "name", "title", "layer", "reader", "place", "mode", "every", "expected", "configured", "configured_at",
    "next_run_at", "paused_at", "paused_by", "failures", "last_success_at", "last_failure_at", "held_run",
    "held_counts", "held_message",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voucher:
    """A source that vouches for a layer: when it last succeeded, since when it is configured, and how long it may be
    silent."""

    title: str
    last_success_at: datetime | None
    configured_at: datetime
    expected: timedelta

    @property
    def due_at(self) -> datetime:
        """When it is late."""
        return (self.last_success_at or self.configured_at) + self.expected


def vouching(conn: Connection) -> dict[str, Voucher]:
    """By layer, the source that is the most overdue of those that vouch for it."""
    found: dict[str, Voucher] = {}
    for row in conn.execute(statements("sources")["vouching"]):
        one = Voucher(row.title, row.last_success_at, row.configured_at, row.expected)
        if row.layer not in found or one.due_at < found[row.layer].due_at:
            found[row.layer] = one
    return found


def workers(conn: Connection) -> int:
    """How many workers give a sign of life."""
    return int(conn.execute(statements("sources")["workers"]).scalar_one())


def standing(conn: Connection, name: str) -> Standing:
    """One source. `NotFound`."""
    return _known(conn, name)


def per_day(conn: Connection, since: datetime) -> dict[str, list[tuple[date, int, int]]]:
    """By source, (Beijing day, records that came, records that were new) of each day with any."""
    found: dict[str, list[tuple[date, int, int]]] = {}
    for row in conn.execute(statements("sources")["per_day"], {"since": since}):
        found.setdefault(row.source, []).append((row.day, int(row.records), int(row.new)))
    return found


def history(conn: Connection, name: str, *, before: int | None = None, limit: int = 100) -> list[Run]:
    """A source's runs, the newest first; `before`: only those older than this row."""
    found = conn.execute(statements("sources")["history"], {"source": name, "before": before, "limit": limit})
    return [Run(*row) for row in found]


def pause(conn: Connection, name: str, account: str, now: datetime) -> None:
    """Fetches no more until `resume`. `NotFound`."""
    _known(conn, name)
    conn.execute(statements("sources")["pause"], {"name": name, "account": account, "now": now})


def resume(conn: Connection, name: str, now: datetime) -> None:
    """Fetches again, at once. `NotFound`."""
    _known(conn, name)
    conn.execute(statements("sources")["resume"], {"name": name, "now": now})


def hasten(conn: Connection, name: str, now: datetime) -> None:
    """Has a worker run it at once. `NotFound`; `Conflict` where it is paused or no longer configured."""
    found = _known(conn, name)
    if not conn.execute(statements("sources")["hasten"], {"name": name, "now": now}).rowcount:
        raise resting(found)


def resting(found: Standing) -> Conflict:
    """What a person is told who wants a source run that is not to run."""
    if not found.configured:
        return Conflict(
            f"来源 {found.name} 已不在配置里。",
            f"The source {found.name} is no longer configured.",
            code="not_configured",
        )
    return Conflict(
        f"来源 {found.name} 已暂停；请先恢复。",
        f"The source {found.name} is paused: resume it first.",
        code="paused",
    )


def confirm(conn: Connection, name: str, account: str, run: int | None = None) -> int:
    """Has the next run let in what a source brought and what is held; answers the held run. `run`: the one that the person saw.
    `NotFound`; `Conflict` where nothing is held, or another run than the one that was seen."""
    found = _known(conn, name)
    if found.held_run is None or run not in (None, found.held_run):
        raise Conflict(
            f"来源 {name} 没有等待确认的内容。" if found.held_run is None else
            f"来源 {name} 等待确认的已是第 {found.held_run} 次运行；请重新查看后再确认。",
            f"Nothing of the source {name} waits to be confirmed." if found.held_run is None else
            f"What waits now is run {found.held_run} of {name}: look at it again before confirming.",
            code="nothing_held" if found.held_run is None else "another_run",
        )  # fmt: skip
    given = {"name": name, "account": account, "run": found.held_run}
    conn.execute(statements("sources")["confirm"], given)
    return found.held_run


def _known(conn: Connection, name: str) -> Standing:
    found = next((one for one in standings(conn) if one.name == name), None)
    if found is None:
        raise unknown(name)
    return found
