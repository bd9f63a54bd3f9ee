"""Exercises: made-up histories that fill a realm of their own, so that the map can be learned and tried."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from emmap.errors import Conflict, Malformed
from emmap.exercise.scenario import SCENARIOS, Scenario, scenario_named
from emmap.layer import Layer
from emmap.store import answers, migrate, versions
from emmap.store.database import Database
from emmap.store.versions import HistoryRow

__all__ = ["REALM", "SCENARIOS", "Scenario", "drop", "load"]

REALM = "exercise"
"""Where exercises go unless told otherwise."""


def load(
    db: Database,
    name: str,
    layers: Mapping[str, Layer],
    *,
    realm: str = REALM,
    share: float | None = None,
    now: datetime | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, int]:
    """Loads a scenario into the realm's empty layers; answers versions written by layer, empty if it was there.

    A layer that holds something already stays as it is, so a load that was cut short goes on where it stopped.
    `share` is the part of the full size, (0, 1]; `now` (aware UTC) the instant that its present is made for.
    `say` gets one line for each layer. Raises `NotFound` for an unknown scenario, `Conflict` in realm `real`.
    """
    scenario = scenario_named(name)
    size = scenario.share if share is None else share
    if not 0 < size <= 1:
        raise Malformed("share 应大于 0、不超过 1。", "The share must be above 0 and at most 1.")
    _refuse_real(realm)
    if realm not in migrate.realms(db):
        migrate.create_realm(db, realm)
    now = now or datetime.now(UTC)
    written: dict[str, int] = {}
    engine = db.engine("app", realm)
    for layer_id, histories in scenario.histories.items():
        layer = layers[layer_id]
        begun = time.monotonic()
        with engine.begin() as conn:
            known = answers.summary(conn, [layer])[layer_id].versions
            if known:
                say(f"{layer.title.zh}：已有 {known:,} 个版本，保持不变 / already holds {known:,} versions")
                continue
            features: set[str] = set()
            rows = _counted(histories(layer, size, now), features)
            count = versions.load_history(conn, layer, rows)
        written[layer_id] = count
        say(
            f"{layer.title.zh}：{len(features):,} 个要素，{count:,} 个版本 / {len(features):,} features, "
            f"{count:,} versions（{time.monotonic() - begun:.1f} s）"
        )
    return written


def drop(db: Database, *, realm: str = REALM) -> None:
    """Empties the realm of everything, imports included. Raises `Conflict` in realm `real`."""
    _refuse_real(realm)
    if realm in migrate.realms(db):
        migrate.drop_realm(db, realm)
    migrate.create_realm(db, realm)


def _counted(rows: Iterable[HistoryRow], features: set[str]) -> Iterator[HistoryRow]:
    """The rows as they come; a year at full size is too much to hold at once."""
    for row in rows:
        features.add(row.record.feature_id)
        yield row


def _refuse_real(realm: str) -> None:
    if realm == "real":
        raise Conflict(
            "演练不能进入真实库 real；请用 --realm exercise。",
            "An exercise may not touch the realm real; use --realm exercise.",
        )
