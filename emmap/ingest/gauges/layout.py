"""A station's life laid out anew from its measurements: its conditions, and the warnings that they mean. Pure.

Only what can differ is laid out: from `begin` on, an instant at which no level was held. What was known before stays.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from emmap.hydrology import levels
from emmap.hydrology.levels import Change
from emmap.hydrology.rain import LONGEST, Amount
from emmap.hydrology.rules import RainRule, Rules, StageRule
from emmap.ingest.gauges.batch import Told
from emmap.ingest.gauges.warnings import warning
from emmap.layer import Layer, Record, Row
from emmap.series import measured
from emmap.store.observations import Observation
from emmap.store.overlay import EARLIEST
from emmap.store.stations import Version

QUIET = "silent"
KINDS = ("stage", "rain")
CONTEXT = 2 * LONGEST
"""So much before `begin` may bear on what comes after: a rain sum's span, and the longest amount in it."""
_CONDITION = ("status", "severity", "hazards")


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a station itself from `start` on, whatever it measures."""

    start: datetime
    fields: Mapping[str, Any]
    geometry: bytes | None
    districts: tuple[str, ...]

    @property
    def thresholds(self) -> dict[str, float]:
        """Its thresholds that are known, in metres above its own datum."""
        return {
            name: self.fields[name] for name in ("frz", "wrz", "grz") if self.fields.get(name) is not None
        }


@dataclass(frozen=True, slots=True)
class Station:
    """A station as it was before something new was told. `warnings`: the open versions by kind, in order."""

    id: str
    versions: Sequence[Version]
    warnings: Mapping[str, Sequence[Version]]


def lives(station: Station, told: Sequence[Told], now: datetime) -> tuple[list[Life], bool]:
    """What is known of the station itself over time, and whether the past is to be judged anew.

    What was unknown is filled in for all time; what is said otherwise than before holds from `now` on.
    """
    known: list[Life] = []
    for version in station.versions:
        fields = {name: value for name, value in version.properties.items() if name not in _CONDITION}
        if fields.get("name") == station.id:
            del fields["name"]
        life = Life(version.start or EARLIEST, fields, version.geometry, version.districts)
        if not known or replace(known[-1], start=life.start) != life:
            known.append(life)
    known = known or [Life(EARLIEST, {}, None, ())]
    known[0] = replace(known[0], start=EARLIEST)
    if not told:
        return known, False
    fields, geometry, districts = _merged(told)
    filled: list[Life] = []
    for i, life in enumerate(known):
        until = known[i + 1].start if i + 1 < len(known) else None
        if life.start < now:
            old = life.geometry is not None
            filled.append(
                Life(
                    life.start,
                    {**fields, **life.fields},
                    life.geometry if old else geometry,
                    life.districts if old or not districts else districts,
                )
            )
        if until is None or until > now:
            filled.append(
                Life(
                    max(life.start, now),
                    {**life.fields, **fields},
                    geometry or life.geometry,
                    districts if geometry is not None or not life.districts else life.districts,
                )
            )
    past = [life for life in filled if life.start < now]
    return _different(filled), bool(station.versions) and past != [life for life in known if life.start < now]


def _merged(told: Sequence[Told]) -> tuple[dict[str, Any], bytes | None, tuple[str, ...]]:
    """All that is said of a station at once; of two that disagree the last."""
    fields: dict[str, Any] = {}
    geometry: bytes | None = None
    districts: tuple[str, ...] = ()
    for one in told:
        fields |= one.fields
        geometry = one.geometry or geometry
        districts = one.districts or districts
    return fields, geometry, districts


def _different(found: Iterable[Life]) -> list[Life]:
    kept: list[Life] = []
    for life in found:
        if not kept or replace(kept[-1], start=life.start) != life:
            kept.append(life)
    return kept


def life_at(known: Sequence[Life], at: datetime) -> Life:
    """What is known of the station at an instant."""
    return known[max(0, bisect_right([life.start for life in known], at) - 1)]


def begin_of(station: Station, touched: datetime) -> datetime:
    """From when on a station is laid out anew: `touched`, or earlier where a warning holds over that instant."""
    begin = touched
    while True:
        earlier = min((_episode(versions, begin) for versions in station.warnings.values()), default=begin)
        if earlier >= begin:
            return begin
        begin = earlier


def _episode(versions: Sequence[Version], at: datetime) -> datetime:
    """When the run of versions began that holds over `at`; `at` itself where none does."""
    for version in reversed(versions):
        if version.start is not None and version.start < at and (version.end is None or version.end >= at):
            at = version.start
    return at


def judged(
    known: Sequence[Life],
    observations: Sequence[Observation],
    rules: Rules,
    horizon: datetime | None,
) -> dict[str, list[Change]]:
    """When the levels of stage and of rain change, and when they fall silent, by kind; of kinds that were measured."""
    stages: list[tuple[datetime, float]] = []
    amounts: list[Amount] = []
    for one in observations:
        of = measured(one.series)
        if of is None or one.value is None:
            continue
        if of.quantity == "stage":
            stages.append((one.at, one.value))
        elif of.quantity == "rain":
            amounts.append(Amount(one.at, of.period_s, one.value))
    severities = rules.stage_severities()
    starts, thresholds = [life.start for life in known], [life.thresholds for life in known]
    found: dict[str, list[Change]] = {}
    if stages:
        samples = [
            levels.stage_sample(
                at, z, thresholds[max(0, bisect_right(starts, at) - 1)], rules.stage.margin, severities
            )
            for at, z in sorted(stages)
        ]
        found["stage"] = _changes(samples, rules.stage, known, horizon)
    if amounts:
        found["rain"] = _changes(levels.rain_samples(amounts, rules.rain), rules.rain, known, horizon)
    return found


def _changes(
    samples: Sequence[levels.Sample],
    rule: StageRule | RainRule,
    known: Sequence[Life],
    horizon: datetime | None,
) -> list[Change]:
    silence = silence_of(rule, known[-1])
    return levels.changes(levels.held(samples, rule.dwell, rule.kept), silence, rule.kept, horizon)


def silence_of(rule: StageRule | RainRule, life: Life) -> timedelta:
    """After how long without a reading a station is silent: by its own interval, or by the rule's."""
    own = life.fields.get("interval_min")
    return rule.silence(timedelta(minutes=own) if own else None)


def station_records(
    layer: Layer,
    station: Station,
    known: Sequence[Life],
    found: Mapping[str, Sequence[Change]],
    begin: datetime | None,
    rules: Rules,
    now: datetime,
) -> list[Record]:
    """The station's whole life: what stands before `begin` (None: all of it), and from there on what was found."""
    conditions: list[tuple[datetime, str, int, tuple[str, ...]]] = [
        (version.start or EARLIEST, version.status or "unknown", version.severity, version.hazards)
        for version in station.versions
        if begin is None or version.start is None or version.start < begin
    ]
    if begin is not None:
        conditions += _conditions(known, found, begin, rules)
    if not conditions:
        conditions = [(now, "unknown", 0, ())]
    starts = sorted(
        {at for at, *_ in conditions} | {life.start for life in known if life.start > conditions[0][0]}
    )
    records: list[Record] = []
    at = 0
    for i, start in enumerate(starts):
        while at + 1 < len(conditions) and conditions[at + 1][0] <= start:
            at += 1
        _, status, severity, hazards = conditions[at]
        life = life_at(known, start)
        end = starts[i + 1] if i + 1 < len(starts) else None
        values = {
            "name": station.id,
            **life.fields,
            "status": status,
            "severity": severity,
            "hazards": hazards,
        }
        row = Row(
            position=1,
            feature_id=station.id,
            properties=layer.properties.model_validate(values),
            geometry=life.geometry,
            valid_from=None if start == EARLIEST else start,
            valid_to=end,
            districts=life.districts,
        )
        (record,) = layer.records(row)
        records = _appended(records, record)
    return records


def _appended(records: list[Record], record: Record) -> list[Record]:
    """The record after the others; one that says the same as the last prolongs it."""
    last = records[-1] if records else None
    if last is not None and replace(last, valid_from=record.valid_from, valid_to=record.valid_to) == record:
        return [*records[:-1], replace(last, valid_to=record.valid_to)]
    return [*records, record]


def _conditions(
    known: Sequence[Life], found: Mapping[str, Sequence[Change]], begin: datetime, rules: Rules
) -> Iterator[tuple[datetime, str, int, tuple[str, ...]]]:
    """The station's conditions from `begin` on, from how its stage and its rain stand; and the hazards that it tells of,
    high water or not."""
    now: dict[str, Change | None] = dict.fromkeys(KINDS)
    moments = sorted({change.at for changes in found.values() for change in changes})
    by_time = {kind: {change.at: change for change in changes} for kind, changes in found.items()}
    for at in moments:
        for kind, changes in by_time.items():
            now[kind] = changes.get(at, now[kind])
        if at < begin:
            continue
        status, severity = levels.condition(
            now["stage"], now["rain"], has_thresholds=bool(life_at(known, at).thresholds), rules=rules
        )
        hazards = tuple(
            rule.hazard
            for kind, rule in (("stage", rules.stage), ("rain", rules.rain))
            if now[kind] is not None
        )
        yield at, status, severity, hazards


def warning_records(
    layer: Layer,
    station: str,
    kind: str,
    known: Sequence[Life],
    changes: Sequence[Change],
    begin: datetime,
    rules: Rules,
) -> list[Record]:
    """The warnings of one kind from `begin` on: a version for each level, and for each silence while one holds."""
    records: list[Record] = []
    for i, change in enumerate(changes):
        if change.at < begin or not change.level:
            continue
        end = changes[i + 1].at if i + 1 < len(changes) else None
        life = life_at(known, change.at)
        row = warning(layer, station, kind, life.fields, life.geometry, life.districts, change, rules)
        (record,) = layer.records(row)
        records.append(
            replace(record, valid_to=end)
        )  # not the layer's time to live: it ends when the water has fallen
    return records
