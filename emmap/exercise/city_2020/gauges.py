"""Gauges on the night of the rainstorm and in the present: all made up, but for the hours of rain of two of them.

Stations, thresholds and courses are invented; their conditions and warnings follow from the readings by the same rules as
real ones do, as they were known at each moment. Between the rainstorm and the present there are no such stations.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from math import exp, sin

from emmap.exercise.city_2020.rain import AT_ONCE, FIRST_HOUR, HOURS_MM
from emmap.exercise.city_2020.year import random, table
from emmap.exercise.ground import point
from emmap.exercise.knowledge import History, Step, history
from emmap.exercise.script import beijing
from emmap.hydrology.levels import Change
from emmap.hydrology.rules import Rules, rules
from emmap.ingest.gauges import layout
from emmap.ingest.gauges.layout import Life, Station
from emmap.layer import Layer, Record
from emmap.series import Measured
from emmap.store.history import HistoryRow
from emmap.store.observations import Observation
from emmap.store.overlay import EARLIEST

States = Callable[[Mapping[str, Sequence[Change]], datetime, datetime | None], list[Record]]
"""From the changes of a gauge's levels, when they were known, and when the station was taken down, to its records."""
MARK = "【演练】"
DATUM = "演练基面"
STORM_FROM, STORM_UNTIL = beijing("2020-05-21 14:00"), beijing("2020-05-22 20:00")
PRESENT = timedelta(hours=36)
"""So long before the loading the present's readings begin."""
EVERY = timedelta(minutes=15)
EVERY_NOW = timedelta(minutes=30)
ENTERED_AFTER = timedelta(minutes=3)
MISREAD = ("rain_hour_yonghe", beijing("2020-05-22 01:00"), 67.8, beijing("2020-05-22 01:20"))
"""The worst hour was entered as 67.8 mm at first, and put right at 01:20."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A row of `gauges.csv`."""

    row: Mapping[str, str]

    @property
    def id(self) -> str:
        """The station's id."""
        return self.row["id"]

    @property
    def life(self) -> Life:
        """What is known of it."""
        row = self.row
        fields = {
            "name": MARK + row["name"],
            "river": row["river"] or None,
            "basin": row["basin"] or None,
            "kind": row["kind"],
            "datum": None if row["rain"] else DATUM,
            **{name: float(row[name]) for name in ("frz", "wrz", "grz") if row[name]},
            "interval_min": 60.0 if row["rain"] else EVERY_NOW.total_seconds() / 60,
            "authority": "演练水文站网",
        }
        where = point(float(row["lon"]), float(row["lat"]))
        known = {name: value for name, value in fields.items() if value is not None}
        return Life(EARLIEST, known, where, (row["district"],))


def gauges() -> list[Gauge]:
    """Every gauge of the scenario."""
    return [Gauge(row) for row in table("gauges.csv")]


def observations(now: datetime) -> Iterator[Observation]:
    """Every reading of every gauge, in the order in which each gauge's were recorded."""
    for number, gauge in enumerate(gauges()):
        yield from _storm(gauge, number)
        yield from _present(gauge, number, now)


def _storm(gauge: Gauge, number: int) -> Iterator[Observation]:
    if gauge.row["rain"]:
        yield from sorted(_hours(gauge), key=lambda one: one.recorded_at)
        return
    of = Measured(gauge.id, "stage").name
    rng = random(200 + number)
    row = gauge.row
    base, rise, peak = float(row["base"]), float(row["rise"]), float(row["peaks_after_h"])
    begins = beijing(row["begins"])
    lost = (beijing(row["lost_from"]), beijing(row["lost_until"])) if row["lost_from"] else None
    for at in _every(STORM_FROM, STORM_UNTIL, EVERY):
        hours = max(0.0, (at - begins).total_seconds() / 3600) / peak
        stage = base + rise * (hours * exp(1 - hours)) ** 2 + float(rng.normal(0, 0.012))
        if lost is None or not lost[0] <= at < lost[1]:
            yield Observation(of, at, round(stage, 2), at + ENTERED_AFTER)


def _hours(gauge: Gauge) -> Iterator[Observation]:
    """The station's hours of rain, as measured; dry before and after."""
    of = Measured(gauge.id, "rain", 3600).name
    fallen = {FIRST_HOUR + timedelta(hours=n): mm for n, mm in enumerate(HOURS_MM[gauge.row["rain"]], 1)}
    for at in _every(STORM_FROM, STORM_UNTIL, timedelta(hours=1)):
        mm = fallen.get(at, 0.0)
        series, misread_at, wrong, corrected_at = MISREAD
        if (gauge.row["rain"], at) == (series, misread_at):
            yield Observation(of, at, wrong, at + AT_ONCE)
            yield Observation(of, at, mm, corrected_at)
        else:
            yield Observation(of, at, mm, at + AT_ONCE)


def _present(gauge: Gauge, number: int, now: datetime) -> Iterator[Observation]:
    """Quiet water in the hours before the loading."""
    hour = timedelta(hours=1)
    last = now.replace(minute=30 * (now.minute // 30), second=0, microsecond=0) - EVERY_NOW
    for n, at in enumerate(_every(last - PRESENT, last, EVERY_NOW)):
        if gauge.row["rain"]:
            if at.minute == 0:
                yield Observation(Measured(gauge.id, "rain", 3600).name, at, 0.0, at + AT_ONCE)
        else:
            tide = 0.12 * sin((at - last) / hour / 2 + number)
            stage = float(gauge.row["base"]) + tide + 0.004 * (n % 5)
            yield Observation(Measured(gauge.id, "stage").name, at, round(stage, 2), at + ENTERED_AFTER)


def _every(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start <= end:
        yield start
        start += step


def histories(layer: Layer, share: float, now: datetime) -> History:
    """The stations; their number does not depend on `share`."""
    return History.of(row for gauge in gauges() for row in _rows(gauge, layer, now))


def _rows(gauge: Gauge, layer: Layer, now: datetime) -> Iterator[HistoryRow]:
    rule = rules()

    def states(
        found: Mapping[str, Sequence[Change]], known_at: datetime, until: datetime | None
    ) -> list[Record]:
        bare = Station(gauge.id, (), {})
        records = layout.station_records(layer, bare, [gauge.life], found, EARLIEST, rule, known_at)
        return _until(records, until)

    yield from history(_known(gauge, now, rule, states))


def warning_rows(layer: Layer, now: datetime) -> Iterator[HistoryRow]:
    """The warnings of the stages, as versions of the warnings' layer. Those of the rain stand in the script."""
    rule = rules()
    for gauge in gauges():

        def states(
            found: Mapping[str, Sequence[Change]],
            known_at: datetime,
            until: datetime | None,
            gauge: Gauge = gauge,
        ) -> list[Record]:
            changes = found.get("stage", ())
            records = layout.warning_records(layer, gauge.id, "stage", [gauge.life], changes, EARLIEST, rule)
            return _until([_as_exercise(one) for one in records], until)

        yield from history(_known(gauge, now, rule, states))


def _as_exercise(record: Record) -> Record:
    return replace(record, properties={**record.properties, "cap_status": "Exercise"})


def _until(records: Iterable[Record], until: datetime | None) -> list[Record]:
    """What begins before `until`, nothing lasting beyond it."""
    if until is None:
        return list(records)
    return [
        replace(one, valid_to=until if one.valid_to is None else min(one.valid_to, until))
        for one in records
        if one.valid_from is None or one.valid_from < until
    ]


def _known(gauge: Gauge, now: datetime, rule: Rules, states: States) -> Iterator[Step]:
    """All that was known of the gauge after each recording, and when it fell silent, wherever that changed it. The storm's
    stations are taken down when it is over; the present's are quiet, and not silent while nobody measures."""
    number = [one.id for one in gauges()].index(gauge.id)
    before: list[Record] = []
    found: Mapping[str, Sequence[Change]] = {}
    known: dict[datetime, Observation] = {}
    silence = layout.silence_of(rule.stage, gauge.life)
    for recorded_at, together in groupby(_storm(gauge, number), key=lambda one: one.recorded_at):
        moments = [recorded_at]
        if known and not gauge.row["rain"] and max(known) + silence < recorded_at:
            moments.insert(0, max(known) + silence)
        for moment in moments:
            if moment == recorded_at:
                known |= {one.at: one for one in together}
            found = layout.judged([gauge.life], list(known.values()), rule, moment)
            told = states(found, moment, None)
            if told != before:
                yield moment, told
                before = told
    over = states(found, STORM_UNTIL, STORM_UNTIL)
    yield STORM_UNTIL + timedelta(hours=1), over
    quiet = list(_present(gauge, number, now))
    first = quiet[0].recorded_at
    yield first, [*over, *states(layout.judged([gauge.life], quiet, rule, quiet[-1].at), first, None)]
