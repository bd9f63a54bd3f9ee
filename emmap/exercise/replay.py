"""Feeding a past span of a scenario again, live, into a realm of its own."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from emmap.errors import Malformed
from emmap.exercise.knowledge import History, Span
from emmap.exercise.loading import bring, drop
from emmap.exercise.scenario import Scenario, scenario_named
from emmap.layer import Layer, Record
from emmap.store import alarms, observations, present
from emmap.store.database import Database
from emmap.store.history import Closing, HistoryRow, continue_history
from emmap.store.observations import Observation

FASTEST = 3600.0
LONGEST_WAIT_S = 0.5
"""So often a waiting replay looks whether it is to stop."""
TOLD_EVERY_S = 10.0


@dataclass(slots=True)
class Recording:
    """What was recorded of a layer at one instant: versions that closed, versions that opened."""

    closed: list[Closing] = field(default_factory=list)
    opened: list[Record] = field(default_factory=list)


Script = dict[tuple[datetime, str], Recording]
"""What a span brings, by instant and layer."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay that has been set up: what is known beforehand is in the store, the rest waits for its time."""

    scenario: Scenario
    realm: str
    span: Span
    speed: float
    script: Script
    observed: list[Observation]

    @property
    def address(self) -> str:
        """The page's path that shows it live."""
        return f"/?realm={self.realm}&{self.scenario.place}"


def realm_of(name: str) -> str:
    """The realm that a scenario is replayed in."""
    return "replay_" + name.replace("-", "_")


def prepare(
    db: Database,
    name: str,
    layers: Mapping[str, Layer],
    *,
    speed: float,
    share: float = 1.0,
    start: datetime | None = None,
    end: datetime | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Replay:
    """Empties the scenario's replay realm and loads what was known at the start of the span.

    `speed` is scenario seconds a second, above 0 and at most `FASTEST`; the span defaults to the scenario's own.
    Raises `NotFound` for an unknown scenario, `Malformed` for a speed or span that cannot be.
    """
    scenario = scenario_named(name)
    span = Span(start or scenario.span.start, end or scenario.span.end)
    if not 0 < speed <= FASTEST:
        raise Malformed(
            f"speed 应大于 0、不超过 {FASTEST:.0f}。", f"The speed must be above 0 and at most {FASTEST:.0f}."
        )
    if not span.start < span.end <= datetime.now(UTC):
        raise Malformed(
            "回放时段应先始后终，且已经过去。", "The span must begin before it ends, and be over."
        )
    realm = realm_of(name)
    drop(db, realm=realm)
    script: Script = defaultdict(Recording)
    for layer_id, histories in scenario.histories.items():
        layer = layers[layer_id]
        history = histories(layer, share, datetime.now(UTC))
        count = bring(db, realm, layer, replace(history, rows=_known(history, layer_id, span, script)))
        say(
            f"{layer.title.zh}：开始时已知 {count:,} 个版本 / {layer.title.en}: {count:,} versions known at the start"
        )
    observed = sorted(
        (one for one in scenario.observations(datetime.now(UTC)) if one.recorded_at < span.end),
        key=lambda one: one.recorded_at,
    )
    with db.engine("app", realm).begin() as conn:
        observations.add(conn, [one for one in observed if one.recorded_at < span.start])
        alarms.look_from_now(conn, layers)
    later = [one for one in observed if one.recorded_at >= span.start]
    return Replay(scenario, realm, span, speed, dict(sorted(script.items())), later)


def run(
    db: Database,
    replay: Replay,
    layers: Mapping[str, Layer],
    *,
    stopped: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda line: None,
) -> bool:
    """Feeds the span at its pace until its end, or until `stopped`; answers whether it reached the end.

    The realm's present is scenario time meanwhile, and stands still afterwards.
    """
    with db.engine("app", replay.realm).begin() as conn:
        clock = present.start(conn, replay.scenario.name, replay.span.start, replay.span.end, replay.speed)
    told = time.monotonic()
    try:
        for at, of_layers, measured in _moments(replay):
            while (left := (clock.reaches(at) - datetime.now(UTC)).total_seconds()) > 0:
                if stopped():
                    return False
                time.sleep(min(left, LONGEST_WAIT_S))
            if stopped():
                return False
            with db.engine("app", replay.realm).begin() as conn:
                for layer_id, recording in of_layers:
                    continue_history(conn, layers[layer_id], at, recording.closed, recording.opened)
                observations.add(conn, measured)
            if time.monotonic() - told > TOLD_EVERY_S:
                told = time.monotonic()
                say(f"{at.astimezone():%Y-%m-%d %H:%M}")
        while (left := (clock.reaches(replay.span.end) - datetime.now(UTC)).total_seconds()) > 0:
            if stopped():
                return False
            time.sleep(min(left, LONGEST_WAIT_S))
        return True
    finally:
        with db.engine("app", replay.realm).begin() as conn:
            present.stop(conn)


def _known(history: History, layer_id: str, span: Span, script: Script) -> Iterator[HistoryRow]:
    """The rows recorded before the span; what the span records goes into the script, what comes after it nowhere."""
    for row in history.rows:
        if row.recorded_from >= span.end:
            continue
        closes = row.recorded_to
        if closes is not None and span.start <= closes < span.end:
            script[closes, layer_id].closed.append(
                Closing(row.record.feature_id, row.record.valid_from, row.recorded_from)
            )
        if closes is not None and closes >= span.start:
            row = replace(row, recorded_to=None)
        if row.recorded_from < span.start:
            yield row
        else:
            script[row.recorded_from, layer_id].opened.append(row.record)


def _moments(
    replay: Replay,
) -> Iterable[tuple[datetime, list[tuple[str, Recording]], list[Observation]]]:
    """Each instant at which something was recorded, in order, with what."""
    versions: dict[datetime, list[tuple[str, Recording]]] = defaultdict(list)
    for (at, layer_id), recording in replay.script.items():
        versions[at].append((layer_id, recording))
    measured: dict[datetime, list[Observation]] = defaultdict(list)
    for one in replay.observed:
        measured[one.recorded_at].append(one)
    for at in sorted({*versions, *measured}):
        yield at, versions.get(at, []), measured.get(at, [])
