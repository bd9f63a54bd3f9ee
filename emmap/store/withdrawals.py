"""An applied import taken back as one act: by new versions, so that what was known before stays known.

The stamps of a run find exactly the versions that it opened and closed, and so the features that it touched. Those
that are still as it left them get back the state that was known before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from emmap.store.statements import statements
from emmap.store.versions import MANY, tick


@dataclass(frozen=True, slots=True)
class Left:
    """A feature that stays as it is, since something later changed it."""

    layer: str
    feature_id: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What taking a run back did, in features: `restored` have their earlier state again, `removed` had none."""

    restored: int
    removed: int
    left: tuple[Left, ...]


def writes(conn: Connection, run_id: int) -> Mapping[str, list[datetime]]:
    """The stamps that a run wrote each layer at; empty where it changed nothing, or ran before stamps were kept."""
    rows = conn.execute(statements("withdrawals")["writes"], {"run_id": run_id})
    return {row[0]: list(row[1]) for row in rows}


def withdraw(conn: Connection, written: Mapping[str, list[datetime]]) -> Withdrawn:
    """Takes back what was written at these stamps, in the caller's transaction."""
    restored = removed = 0
    left: list[Left] = []
    for layer, stamps in written.items():
        again, gone, later = _withdraw(conn, layer, stamps)
        restored, removed = restored + again, removed + gone
        left += later
    return Withdrawn(restored, removed, tuple(left))


def _withdraw(conn: Connection, layer: str, stamps: list[datetime]) -> tuple[int, int, list[Left]]:
    sql = statements("withdrawals")
    versions = statements("versions")
    given = {"layer": layer, "first": stamps[0]}
    conn.execute(versions["hold"], {"layer": layer})
    conn.execute(sql["make_withdrawing"])
    conn.execute(sql["clear"])
    conn.execute(sql["find"], {"layer": layer, "stamps": stamps, "last": stamps[-1]})
    conn.execute(sql["look_at_withdrawing"])
    left = [Left(layer, row[0], row[1]) for row in conn.execute(sql["left"])]
    restored, removed = conn.execute(sql["counts"]).one()
    if restored or removed:
        for step in ("make_redrawn", "clear_redrawn", "redraw", "look_at_redrawn"):
            conn.execute(sql[step], given)
        stamp = tick(conn, layer)
        if restored >= MANY:
            conn.execute(versions["index_text_later"])
        conn.execute(sql["close"], {"layer": layer, "stamp": stamp})
        conn.execute(sql["reopen"], {"layer": layer, "stamp": stamp})
    return restored, removed, left
