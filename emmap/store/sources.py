"""What is known of each source, and the runs that bring more. One realm's, by the connection."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection

from emmap.errors import NotFound
from emmap.store import inbox
from emmap.store.statements import statements

Outcome = Literal["taken", "unchanged", "failed", "held", "lost"]
"""What a run did: took content in; found nothing new; failed; waits for a person; or its worker ended midway."""

Trouble = tuple[str, str, str]
"""A code, and what went wrong in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the store keeps of a source's configuration."""

    name: str
    title: str
    layer: str
    reader: str
    place: str
    mode: str
    every: timedelta
    expected: timedelta
    settings_hash: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """A message of an index or a file of a folder that was taken already."""

    address: str
    mark: str = ""
    etag: str | None = None
    last_modified: str | None = None
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the content that was taken last."""

    etag: str | None = None
    last_modified: str | None = None
    sha256: bytes | None = None
    cursor: str | None = None
    items: Mapping[str, Item] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that has begun: `attempt` is its number. `lost_since`: when a run began that never ended. `confirmed`: the
    held run that a person lets in, and who."""

    name: str
    attempt: int
    began_at: datetime
    failures: int
    known: Known
    lost_since: datetime | None
    held_run: int | None
    confirmed: tuple[int, str] | None
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class Run:
    """A row of a source's history; `times` runs in a row that told the same."""

    source_run_id: int
    began_at: datetime
    finished_at: datetime
    times: int
    outcome: Outcome
    code: str | None = None
    zh: str | None = None
    en: str | None = None
    counts: Mapping[str, int] | None = None
    size: int | None = None
    run_id: int | None = None
    message_id: int | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a run has to tell. A code: what went wrong, in all of it or in a part beside what was taken. `raw`: what came
    and could not be read, kept for a person to look at."""

    outcome: Outcome
    code: str | None = None
    zh: str | None = None
    en: str | None = None
    counts: Mapping[str, int] | None = None
    size: int | None = None
    run_id: int | None = None
    message_id: int | None = None
    account: str = ""
    raw: bytes | None = None


def configure(conn: Connection, declared: Sequence[Declared], now: datetime) -> None:
    """Makes the store's list of sources the configuration's. A source that is no longer in it keeps its history."""
    sql = statements("sources")
    known = {row.name: row for row in conn.execute(sql["known"])}
    for one in declared:
        row = known.pop(one.name, None)
        if row is None or (row.title, row.place, row.every, row.expected, bytes(row.settings_hash)) != (
            one.title, one.place, one.every, one.expected, one.settings_hash,
        ):  # fmt: skip
            if row is None or bytes(row.settings_hash) != one.settings_hash:
                conn.execute(sql["forget_all_items"], {"name": one.name})
            conn.execute(sql["configure"], {**asdict(one), "now": now})
    if known:
        conn.execute(sql["retire"], {"names": list(known)})


def due(conn: Connection, names: Sequence[str], now: datetime) -> list[str]:
    """Those of the sources whose time has come. They count as planned from then on, for one interval: should nobody
    run them, they come again."""
    return list(conn.execute(statements("sources")["due"], {"now": now, "names": list(names)}).scalars())


def next_due(conn: Connection) -> datetime | None:
    """When the next source is due; None where none is."""
    found: datetime | None = conn.execute(statements("sources")["next_due"]).scalar_one()
    return found


def begin(conn: Connection, name: str, now: datetime) -> Begun | None:
    """Begins a run: whatever run of this source is still on its way may no longer write. None where it is paused.
    `NotFound`."""
    sql = statements("sources")
    row = conn.execute(sql["begin"], {"name": name, "now": now}).one_or_none()
    if row is None:
        if conn.execute(sql["exists"], {"name": name}).scalar() is None:
            raise unknown(name)
        return None
    items = {
        item.address: Item(item.address, item.mark, item.etag, item.last_modified, _bytes(item.sha256))
        for item in conn.execute(sql["items"], {"source": name})
    }
    return Begun(
        name=name,
        attempt=row.attempt,
        began_at=now,
        failures=row.failures,
        known=Known(row.etag, row.last_modified, _bytes(row.content_sha256), row.cursor, items),
        lost_since=row.attempt_began_at,
        held_run=row.held_run,
        confirmed=(row.confirmed_run, row.confirmed_by or "") if row.confirmed_run is not None else None,
        trouble=(row.last_code, row.last_zh or "", row.last_en or "") if row.last_code else None,
    )


def finish(
    conn: Connection,
    begun: Begun,
    told: Told,
    *,
    now: datetime,
    next_run_at: datetime,
    known: Known | None = None,
    forget_others: bool = False,
    idle: bool = False,
) -> bool:
    """Ends a run and tells it in the history; whether it was still the latest.

    False where another run has begun meanwhile: the caller must undo what it wrote. `known`: what counts as known from
    now on (None: as before); its items are added, and with `forget_others` all others are dropped. `idle`: there was
    nothing to look at, so that history, trouble and what is held stay as they are.
    """
    sql = statements("sources")
    number = None if idle else _tell(conn, begun, told, now)
    failed = told.outcome == "failed"
    trouble = begun.trouble
    if not idle:
        trouble = (told.code, told.zh or "", told.en or "") if told.code is not None else None
    after = known or begun.known
    given = {
        "name": begun.name,
        "attempt": begun.attempt,
        "next_run_at": next_run_at,
        "failures": begun.failures + 1 if failed else 0,
        "success_at": None if failed else now,
        "failure_at": now if failed else None,
        "code": trouble[0] if trouble else None,
        "zh": trouble[1] if trouble else None,
        "en": trouble[2] if trouble else None,
        "etag": after.etag,
        "last_modified": after.last_modified,
        "content_sha256": after.sha256,
        "cursor": after.cursor,
        # Content that came as expected settles what waited for a person.
        "held_run": number if told.outcome == "held" else begun.held_run if failed or idle else None,
    }
    if conn.execute(sql["finish"], given).scalar() is None:
        return False
    if known is not None:
        rows = [
            {"address": i.address, "mark": i.mark, "etag": i.etag, "last_modified": i.last_modified,
             "sha256": i.sha256.hex() if i.sha256 else None}
            for i in known.items.values()
        ]  # fmt: skip
        if rows:
            conn.execute(sql["keep_items"], {"source": begun.name, "items": json.dumps(rows)})
        if forget_others:
            conn.execute(sql["forget_items"], {"source": begun.name, "addresses": list(known.items)})
    return True


def tell_lost(conn: Connection, begun: Begun) -> None:
    """Notes that the run before this one did not end."""
    if begun.lost_since is not None:
        told = Told(
            "lost",
            code="lost",
            zh="没有运行完（进程退出，或被后一次运行接替）；没有写入任何内容。",
            en="It did not end: its worker died, or the next run took over. It wrote nothing.",
        )
        _add(conn, begun.name, told, begun.lost_since, begun.began_at)


def _tell(conn: Connection, begun: Begun, told: Told, now: datetime) -> int:
    """A row of the history. Nothing new, the same fault, or the same content held once more is counted in the row that
    says so already."""
    sql = statements("sources")
    if told.outcome in ("unchanged", "failed", "held"):
        last = conn.execute(sql["last_run"], {"source": begun.name}).one_or_none()
        same = last is not None and (last.outcome, last.code, last.zh) == (told.outcome, told.code, told.zh)
        if last is not None and same and (told.outcome != "held" or last.message_id == told.message_id):
            conn.execute(sql["extend_run"], {"source_run_id": last.source_run_id, "finished_at": now})
            return int(last.source_run_id)
    if told.raw is not None and told.message_id is None:
        told = replace(
            told, message_id=inbox.keep_message(conn, begun.name, told.raw, "application/octet-stream")
        )
    return _add(conn, begun.name, told, begun.began_at, now)


def _add(conn: Connection, name: str, told: Told, began_at: datetime, finished_at: datetime) -> int:
    given = {
        **{name: getattr(told, name) for name in _TOLD},
        "counts": json.dumps(dict(told.counts)) if told.counts is not None else None,
        "source": name,
        "began_at": began_at,
        "finished_at": finished_at,
    }
    return int(conn.execute(statements("sources")["add_run"], given).scalar_one())


_TOLD = ("outcome", "code", "zh", "en", "size", "run_id", "message_id", "account")


def features_now(conn: Connection, layer_id: str) -> int:
    """How many features of a layer hold now."""
    return int(conn.execute(statements("sources")["features_now"], {"layer": layer_id}).scalar_one())


def run(conn: Connection, source_run_id: int) -> Run | None:
    """A row of the history by its number."""
    row = conn.execute(statements("sources")["run"], {"source_run_id": source_run_id}).one_or_none()
    return Run(*row) if row else None


def run_of(conn: Connection, name: str, source_run_id: int) -> Run | None:
    """A row of this source's history."""
    given = {"source_run_id": source_run_id, "source": name}
    row = conn.execute(statements("sources")["run_of"], given).one_or_none()
    return Run(*row) if row else None


def unknown(name: str) -> NotFound:
    """What a person is told of a source that is not there."""
    return NotFound(
        f"没有来源「{name[:60]}」；用 emmap source list 查看。",
        f"There is no source “{name[:60]}”: see emmap source list.",
        code="unknown_source",
    )


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
