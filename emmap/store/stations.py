"""What is known now of features that measurements stand behind: their open versions, in full."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from emmap.store.chains import Standing
from emmap.store.statements import statements


@dataclass(frozen=True, slots=True)
class Version:
    """An open version: its span (None: unbounded) and its state. `geometry` is WKB, EPSG:4326."""

    standing: Standing
    status: str | None
    severity: int
    hazards: tuple[str, ...]
    districts: tuple[str, ...]
    properties: Mapping[str, Any]
    geometry: bytes | None

    @property
    def start(self) -> datetime | None:
        """From when on it holds."""
        return self.standing.valid_from

    @property
    def end(self) -> datetime | None:
        """Until when."""
        return self.standing.valid_to


def lock(conn: Connection) -> None:
    """Holds the realm's gauges until the transaction ends: what one reading means depends on those beside it."""
    conn.execute(statements("stations")["lock"])


def versions(conn: Connection, layer_id: str, feature_ids: Iterable[str]) -> dict[str, list[Version]]:
    """The open versions of each feature, in the order of their spans."""
    found: dict[str, list[Version]] = {}
    given = {"layer": layer_id, "feature_ids": list(feature_ids)}
    for row in conn.execute(statements("stations")["versions"], given):
        standing = Standing(row.feature_id, _utc(row.valid_from), _utc(row.valid_to), bytes(row.content_hash))
        found.setdefault(row.feature_id, []).append(
            Version(
                standing,
                row.status,
                row.severity,
                tuple(row.hazards),
                tuple(row.districts),
                row.properties,
                bytes(row.geometry) if row.geometry is not None else None,
            )
        )
    return found


def lively(
    conn: Connection, layer_id: str, now: datetime, quiet: str
) -> dict[str, tuple[timedelta | None, int]]:
    """The features that hold at `now` and of which the silence is not all told: not `quiet` yet, or with a level still;
    each with the interval that it reports at, where that is known, and its severity."""
    given = {"layer": layer_id, "now": now, "quiet": quiet}
    found = conn.execute(statements("stations")["lively"], given)
    return {row[0]: (timedelta(minutes=row[1]) if row[1] is not None else None, row[2]) for row in found}


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at is not None else None
