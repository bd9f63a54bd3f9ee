"""What comes in without being fetched: pushed to `POST /api/alerts`, and imported by hand. One realm's, by the
connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from emmap.errors import NotFound
from emmap.store import inbox, sources
from emmap.store.inbox import Message
from emmap.store.sources import Run
from emmap.store.statements import statements

INLETS: Mapping[str, tuple[str, str]] = {"api": ("推送", "Push"), "import": ("文件导入", "Imported files")}
"""By the name that runs and messages carry: what people call it, in Chinese and English. No source may be named so."""


@dataclass(frozen=True, slots=True)
class Inlet:
    """How an inlet stands: when something last came, and by Beijing day the records that came and those that were new."""

    name: str
    last_at: datetime | None
    per_day: list[tuple[date, int, int]]


def inlets(conn: Connection, since: datetime) -> list[Inlet]:
    """Every inlet; its days since then."""
    given = {"sources": list(INLETS), "since": since}
    last = {row.source: row.last_at for row in conn.execute(statements("inbox")["last_runs"], given)}
    days: dict[str, list[tuple[date, int, int]]] = {}
    for row in conn.execute(statements("inbox")["days_of_runs"], given):
        days.setdefault(row.source, []).append((row.day, int(row.records), int(row.new)))
    return [Inlet(name, last.get(name), days.get(name, [])) for name in INLETS]


def history(conn: Connection, name: str, *, before: int | None = None, limit: int = 100) -> list[Run]:
    """An inlet's runs, the newest first; `before`: only those older than this one. A run failed where all of it was refused."""
    given = {"source": name, "before": before, "limit": limit}
    return [_run(row) for row in conn.execute(statements("inbox")["newest_runs"], given)]


def messages_behind(conn: Connection, name: str, run: int) -> list[Message]:
    """The raw messages behind a run of a source or an inlet, without their content. `NotFound`."""
    if name in INLETS:
        found = inbox.run(conn, run)
        if found is not None and found.source == name:
            return inbox.messages_of_run(conn, run)
    else:
        row = sources.run_of(conn, name, run)
        if row is not None and row.run_id is not None:
            return inbox.messages_of_run(conn, row.run_id)
        if row is not None:
            whole = inbox.message(conn, row.message_id, first=0) if row.message_id is not None else None
            return [whole] if whole else []
    raise NotFound(f"来源「{name[:60]}」没有第 {run} 次运行。", f"The source “{name[:60]}” has no run {run}.")


def _run(row: Any) -> Run:
    counts = row.counts or {}
    failed = bool(counts.get("rejected")) and counts["rejected"] == counts.get("read")
    return Run(
        source_run_id=row.run_id,
        began_at=row.started_at,
        finished_at=row.finished_at,
        times=1,
        outcome="failed" if failed else "taken",
        code=row.code if failed else None,
        zh=row.zh if failed else None,
        en=row.en if failed else None,
        counts=row.counts,
        run_id=row.run_id,
        message_id=row.message_id,
        account=row.account,
    )
