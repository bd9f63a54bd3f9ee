"""What one write did to a layer, feature by feature: found by its stamp, in its own transaction or later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from emmap.store.statements import statements

Outcome = Literal["added", "changed", "ended"]


@dataclass(frozen=True, slots=True)
class Change:
    """A feature's states before and after the write (None: none), by field, and its geometry as GeoJSON.
    `personal_differs`: what is said of persons is another; what it is, is not told."""

    feature_id: str
    outcome: Outcome
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    personal_differs: bool
    moved: bool
    geometry: Mapping[str, Any] | None


def touched(
    conn: Connection, layer: str, stamp: datetime, *, message: int | None, complete: bool, most: int
) -> list[Change]:
    """At most `most` features of each outcome. `message` is what the write told; in a `complete` one, a feature that it
    does not speak of has ended."""
    given = {"layer": layer, "stamp": stamp, "message": message, "complete": complete, "most": most}
    return [Change(*row) for row in conn.execute(statements("changes")["touched"], given)]


def untouched(conn: Connection, layer: str, stamp: datetime, features: Sequence[str]) -> list[str]:
    """Which of these features a write left alone, in their order."""
    given = {"layer": layer, "stamp": stamp, "features": list(features)}
    return list(conn.execute(statements("changes")["untouched"], given).scalars())


def since(
    conn: Connection, layer: str, stamp: datetime, own: Sequence[datetime], most: int
) -> dict[str, datetime]:
    """Features that writes after `stamp`, but for those at the stamps `own`, changed, and when last; the latest
    first."""
    given = {"layer": layer, "since": stamp, "own": list(own), "most": most}
    return {row[0]: row[1] for row in conn.execute(statements("changes")["since"], given)}


def places(conn: Connection, layer: str, features: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of those features that are points."""
    given = {"layer": layer, "features": list(features)}
    return {row[0]: (row[1], row[2]) for row in conn.execute(statements("changes")["places"], given)}
