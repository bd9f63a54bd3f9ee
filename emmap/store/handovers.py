"""Handover sheets (交接班表): each event holds the whole sheet after it, and is never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from emmap.errors import NotFound
from emmap.store.statements import statements


@dataclass(frozen=True, slots=True)
class Handover:
    """A sheet as it stands after its event `number`. `stage`: draft, left (signed by who leaves), taken (signed by both)
    or withdrawn; `leaving` None: nobody was on."""

    handover_id: int
    leaving: str | None
    taking: str
    opened_at: datetime
    number: int
    stage: str
    sheet: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """One event of a sheet."""

    number: int
    at: datetime
    account: str
    act: str
    stage: str


def open_sheet(conn: Connection, leaving: str | None, taking: str) -> int:
    """A new sheet's id; it has no event yet."""
    given = {"leaving": leaving, "taking": taking}
    return int(conn.execute(statements("watch")["open_handover"], given).scalar_one())


def say(
    conn: Connection,
    handover_id: int,
    number: int,
    account: str,
    act: str,
    stage: str,
    sheet: Mapping[str, Any],
) -> None:
    """Adds event `number`, which follows the last one."""
    given = {
        "handover_id": handover_id, "number": number, "account": account, "act": act, "stage": stage,
        "sheet": json.dumps(dict(sheet), ensure_ascii=False),
    }  # fmt: skip
    conn.execute(statements("watch")["say_of_handover"], given)


def handover(conn: Connection, handover_id: int) -> Handover:
    """One sheet. `NotFound`."""
    row = conn.execute(statements("watch")["handover"], {"handover_id": handover_id}).one_or_none()
    if row is None:
        raise NotFound(f"没有交接班表 {handover_id}。", f"There is no handover {handover_id}.")
    return Handover(*row)


def latest(conn: Connection, limit: int = 30) -> list[Handover]:
    """The newest first."""
    return [Handover(*row) for row in conn.execute(statements("watch")["handovers"], {"limit": limit})]


def signed(conn: Connection, handover_id: int) -> list[Signed]:
    """Who did what with a sheet, in order."""
    found = conn.execute(statements("watch")["handover_events"], {"handover_id": handover_id})
    return [Signed(*row) for row in found]
