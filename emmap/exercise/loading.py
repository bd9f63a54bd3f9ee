"""Loading a scenario into a realm, and emptying the realm again."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from emmap.errors import Conflict, Malformed
from emmap.exercise.knowledge import History
from emmap.exercise.scenario import Scenario, scenario_named
from emmap.layer import Layer, Title
from emmap.store import answers, migrate, observations
from emmap.store.database import Database
from emmap.store.history import HistoryRow, load_history

REALM = "exercise"
"""Where exercises go unless told otherwise."""
LARGE = 50_000
"""From so many versions on, a layer's large indexes are built after its load, which takes a third of the time."""
TOLD_EVERY = 2_000
"""Versions between two words about progress."""


class Phase(Enum):
    """What a load is about, in the order of the steps, and the share of the time that is over when a step ends."""

    WRITING = (Title("写入", "writing"), 0.5)
    PROVING = (Title("核对", "proving"), 0.64)
    INDEXING = (Title("建索引", "indexing"), 1.0)

    @property
    def title(self) -> Title:
        """Its name."""
        return self.value[0]

    @property
    def until(self) -> float:
        """The share of the time that is over at its end."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a layer's load is: `done` is a share of its time, 0 to 1."""

    layer: Layer
    phase: Phase
    done: float


def load(
    db: Database,
    name: str,
    layers: Mapping[str, Layer],
    *,
    realm: str = REALM,
    share: float = 1.0,
    now: datetime | None = None,
    say: Callable[[str], None] = lambda line: None,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> dict[str, int]:
    """Loads a scenario into the realm's empty layers; answers versions written by layer, empty if it was there.

    A layer that holds something already stays as it is, so a load that was cut short goes on where it stopped.
    `share` is the part of the full size, (0, 1]; `now` (aware UTC) the instant that its present is made for.
    `say` gets one line for each layer, `tell` how far it is. Each layer is there as soon as it is complete; reading
    goes on all the while, and so does writing to the other layers. Raises `NotFound` for an unknown scenario,
    `Conflict` in realm `real`.
    """
    scenario = scenario_named(name)
    if not 0 < share <= 1:
        raise Malformed("share 应大于 0、不超过 1。", "The share must be above 0 and at most 1.")
    _refuse_real(realm)
    if realm not in migrate.realms(db):
        migrate.create_realm(db, realm)
    now = now or datetime.now(UTC)
    if measured := _observe(db, realm, scenario, now):
        say(f"观测值：{measured:,} 个 / measurements: {measured:,}")
    written: dict[str, int] = {}
    for layer_id, histories in scenario.histories.items():
        layer = layers[layer_id]
        begun = time.monotonic()
        with db.engine("app", realm).connect() as conn:
            known = answers.summary(conn, [layer])[layer_id].versions
        if known:
            say(f"{layer.title.zh}：已有 {known:,} 个版本，保持不变 / already holds {known:,} versions")
            migrate.sync_layers(db, realm, {layer_id: layer})  # where a load was cut short before its indexes
            continue
        history = histories(layer, share, now)
        written[layer_id] = bring(db, realm, layer, history, tell)
        say(
            f"{layer.title.zh}：{history.features:,} 个要素，{history.versions:,} 个版本 / {history.features:,} features, "
            f"{history.versions:,} versions（{time.monotonic() - begun:.1f} s）"
        )
    return written


def drop(db: Database, *, realm: str = REALM) -> None:
    """Empties the realm of everything, imports included. Raises `Conflict` in realm `real`."""
    _refuse_real(realm)
    if realm in migrate.realms(db):
        migrate.drop_realm(db, realm)
    migrate.create_realm(db, realm)


def _observe(db: Database, realm: str, scenario: Scenario, now: datetime) -> int:
    """Writes those of the scenario's series that the realm does not have; how many values that were."""
    with db.engine("app", realm).begin() as conn:
        there = {extent.series for extent in observations.extents(conn)}
        wanted = [one for one in scenario.observations(now) if one.series not in there]
        observations.add(conn, wanted)
    return len(wanted)


def bring(
    db: Database,
    realm: str,
    layer: Layer,
    history: History,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> int:
    """Writes a history into a layer that was never written; answers the number of versions."""
    large = history.versions >= LARGE
    if large:
        migrate.drop_indexes(db, realm, layer)
    try:
        with db.engine("app", realm).begin() as conn:
            count = load_history(conn, layer, _counted(layer, history, tell), history.personal)
    finally:
        if large:
            tell(Progress(layer, Phase.INDEXING, Phase.PROVING.until))
            migrate.sync_layers(db, realm, {layer.id: layer})
    migrate.analyze(db, realm, layer)
    tell(Progress(layer, Phase.INDEXING, 1.0))
    return count


def _counted(layer: Layer, history: History, tell: Callable[[Progress], None]) -> Iterator[HistoryRow]:
    """The rows as they come; a year at full size is too much to hold at once."""
    for number, row in enumerate(history.rows):
        if number % TOLD_EVERY == 0:
            tell(Progress(layer, Phase.WRITING, Phase.WRITING.until * number / history.versions))
        yield row
    tell(Progress(layer, Phase.PROVING, Phase.WRITING.until))


def _refuse_real(realm: str) -> None:
    if realm == "real":
        raise Conflict(
            "演练不能进入真实库 real；请用 --realm exercise。",
            "An exercise may not touch the realm real; use --realm exercise.",
        )
