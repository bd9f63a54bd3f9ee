"""The rota (值班表), who has the watch, and who has silenced the bell for themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from emmap.errors import NotFound
from emmap.store.statements import statements


@dataclass(frozen=True, slots=True)
class Turn:
    """A person's duty from `begins` until `ends` (aware UTC). `duty`: officer, deputy or leader; `account`: by which
    the person signs in, if any; `rota_id` 0 where it is not stored yet."""

    rota_id: int
    begins: datetime
    ends: datetime
    duty: str
    name: str
    account: str | None
    phone: str


def on_duty(conn: Connection, now: datetime) -> list[Turn]:
    """Who is on at an instant, in the order in which they are called: officers, deputies, then the leader."""
    return [Turn(*row) for row in conn.execute(statements("watch")["on_duty"], {"now": now})]


def between(conn: Connection, since: datetime, until: datetime) -> list[Turn]:
    """The turns that touch a span."""
    return [Turn(*row) for row in conn.execute(statements("watch")["rota"], {"since": since, "until": until})]


def add(conn: Connection, turns: Sequence[Turn], account: str) -> int:
    """Adds turns; one that stands already is passed over. Answers how many were new."""
    added = 0
    for one in turns:
        given = {
            "begins": one.begins, "ends": one.ends, "duty": one.duty, "name": one.name, "account": one.account,
            "phone": one.phone, "added_by": account,
        }  # fmt: skip
        added += conn.execute(statements("watch")["add_to_rota"], given).rowcount
    return added


def withdraw(conn: Connection, rota_id: int, account: str) -> None:
    """Takes a turn off the rota; it stays on record. `NotFound`."""
    given = {"rota_id": rota_id, "account": account}
    if conn.execute(statements("watch")["withdraw_from_rota"], given).scalar() is None:
        raise NotFound(f"值班表没有第 {rota_id} 行。", f"The rota has no line {rota_id}.")


def on_watch(conn: Connection) -> tuple[str, datetime] | None:
    """The account that has the watch, and since when: whoever signed last for having taken it over."""
    row = conn.execute(statements("watch")["on_watch"]).one_or_none()
    return (row[0], row[1]) if row else None


def mute(conn: Connection, account: str, muted: bool) -> None:
    """Silences the bell for one account, or lets it ring again."""
    conn.execute(statements("watch")["mute"], {"account": account, "muted": muted})


def muted(conn: Connection) -> dict[str, datetime]:
    """The accounts that have silenced it, each since when."""
    return {row[0]: row[1] for row in conn.execute(statements("watch")["muted"])}
