"""Ready-made history in: a layer that was never written takes what was recorded of it all at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from emmap.errors import Conflict
from emmap.layer import Layer, Record
from emmap.store.copying import STATE, Lines, as_json, cell, copy, integer, span
from emmap.store.statements import statements
from emmap.store.versions import tick


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A version as it was recorded. A missing start of its record is unbounded."""

    record: Record
    recorded_from: datetime
    recorded_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """The version of a feature that holds from an instant (None is unbounded) and was recorded at another."""

    feature_id: str
    valid_from: datetime | None
    recorded_from: datetime


Personal = tuple[str, Mapping[str, Any]]
"""(feature id, its personal fields)."""


def load_history(
    conn: Connection,
    layer: Layer,
    rows: Iterable[HistoryRow],
    personal: Iterable[Personal] | None = None,
) -> int:
    """Brings a layer that was never written its history, recorded as the rows say, with one proof that nothing
    overlaps. Not in the real realm. Returns the number of versions.

    The rows go in as they are made. `personal` names beforehand every personal state that they will carry; where
    it is missing, the rows are held in memory to find them. Writers of the layer wait until the transaction ends,
    readers and other layers do not. Raises `Conflict` where the layer was written before: what was known then is
    final.
    """
    sql = statements("versions")
    if conn.execute(sql["is_written"], {"layer": layer.id}).scalar_one():
        raise Conflict(
            f"图层「{layer.title.zh}」已经写过,不能再载入现成的历史;请先清空演练库(emmap exercise drop)。",
            f"{layer.title.en} has been written already and takes no ready-made history; empty the exercise first "
            "(emmap exercise drop).",
        )
    # The proof must be planned for these rows, not for the few of a layer that the same session loaded before.
    conn.execute(sql["forget_plans"])
    conn.execute(sql["begin_history"], {"layer": layer.id})
    if personal is None:
        rows = list(rows)
        personal = ((row.record.feature_id, row.record.personal) for row in rows if row.record.personal)
    numbers = _keep_personal(conn, layer.id, personal)
    count = 0

    def lines() -> Iterator[str]:
        nonlocal count
        states = Lines(layer)
        name = cell(layer.id)
        for row in rows:
            count += 1
            record = row.record
            kept = numbers[record.feature_id, as_json(record.personal)] if record.personal else None
            yield (
                f"{name}\t{cell(record.feature_id)}\t{span(record.valid_from, record.valid_to)}"
                f"\t{span(row.recorded_from, row.recorded_to)}\t{integer(kept)}\t{states.state(record)}"
            )

    copy(conn, "version", f"layer, feature_id, valid, recorded, personal_id, {STATE}", lines())
    return count


def continue_history(
    conn: Connection, layer: Layer, at: datetime, closed: Sequence[Closing], opened: Sequence[Record]
) -> None:
    """What a layer's history records at one instant after all before: versions that close, versions that open. Scenario
    time, so not in the real realm. A feature that somebody else wrote meanwhile goes its own way from then on."""
    sql = statements("versions")
    stamp = tick(conn, layer.id, at)
    found = conn.execute(
        sql["close_known"],
        {
            "layer": layer.id,
            "stamp": stamp,
            "features": [one.feature_id for one in closed],
            "starts": [one.valid_from for one in closed],
            "recordings": [one.recorded_from for one in closed],
        },
    )
    gone = set(closed) - {Closing(*row) for row in found}
    others = {one.feature_id for one in gone}
    opened = [record for record in opened if record.feature_id not in others]
    numbers = {
        (record.feature_id, as_json(record.personal)): conn.execute(
            sql["keep_one_personal"],
            {"layer": layer.id, "feature": record.feature_id, "fields": as_json(record.personal).decode()},
        ).scalar_one()
        for record in opened
        if record.personal
    }
    states, name = Lines(layer), cell(layer.id)
    lines = (
        f"{name}\t{cell(record.feature_id)}\t{span(record.valid_from, record.valid_to)}\t{span(stamp, None)}"
        f"\t{integer(numbers[record.feature_id, as_json(record.personal)] if record.personal else None)}"
        f"\t{states.state(record)}"
        for record in opened
    )
    copy(conn, "version", f"layer, feature_id, valid, recorded, personal_id, {STATE}", lines)


def _keep_personal(
    conn: Connection, layer_id: str, personal: Iterable[Personal]
) -> Mapping[tuple[str, bytes], int]:
    """Writes each personal state once; its number by feature and content."""
    states = dict.fromkeys((feature_id, as_json(fields)) for feature_id, fields in personal)
    lines = (f"{cell(layer_id)}\t{cell(name)}\t{cell(fields.decode())}" for name, fields in states)
    copy(conn, "personal", "layer, feature_id, properties", lines)
    # A layer that was never written had none before, and COPY numbers its lines in their order.
    found = conn.execute(statements("versions")["personal_numbers"], {"layer": layer_id}).scalars()
    return dict(zip(states, found, strict=True))
