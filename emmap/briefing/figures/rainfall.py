"""The rain before T: what each station measured, and the areal means, as known at K."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from emmap.briefing.answering import Asked
from emmap.briefing.figures import subjects
from emmap.briefing.sight import Sight
from emmap.hydrology.rain import Amount, Rainfall
from emmap.series import Series, measured, series, series_of
from emmap.store import answers, observations
from emmap.store.answers import MOST_FEATURES, Page
from emmap.store.observations import Observation

HOUR = timedelta(hours=1)
_DAY_S, _HOUR_S = 86_400, 3_600


@dataclass(frozen=True, slots=True)
class Most:
    """The most rain of a length of time: mm, and the end of that time. Aware UTC."""

    mm: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Station:
    """What a station measured in [start, end). `total`: mm; `hours`: mm of each clock hour by its end, None where less than
    the whole hour is known."""

    name: str
    districts: tuple[str, ...]
    total: float
    hours: tuple[tuple[datetime, float | None], ...]
    most: Mapping[int, Most]
    """By 1, 3 and 24 hours, as far as the span is as long."""


@dataclass(frozen=True, slots=True)
class Rain:
    """Stations that measured any rain, the wettest first; how many measured at all; the latest areal means, mm of the day
    that ended at `at`, by the name of the area."""

    stations: tuple[Station, ...]
    measured: int
    means: tuple[tuple[str, datetime, float], ...]


def rain(asked: Asked, sight: Sight, start: datetime, end: datetime) -> Rain | None:
    """The rain of [start, end], `end` being T. None where nothing had ever been measured."""
    known_at = asked.measured_known_at(sight)
    if known_at is None:
        return None
    named = _stations(asked, sight)
    described = {name: one for name, one in series().items() if one.unit == "mm"}
    names = [one.name for station in named for one in series_of(station) if one.quantity == "rain"]
    found = asked.read(
        f"rain {sorted(named)} {start} {end} {known_at}",
        lambda: observations.several(
            asked.conn, [*names, *described], start, end + timedelta(seconds=1), known_at
        ),
    )
    by_station = _by_station(found, described)
    wanted = asked.view(sight).district
    if any(id in named for id in by_station):
        # The same rain may stand in a series of its own, from before there were stations.
        by_station = {id: amounts for id, amounts in by_station.items() if id in named}
    else:
        named = {id: (described[id].zh.removesuffix("小时雨量"), ()) for id in by_station}
    stations = [
        _station(*named[id], amounts, start, end)
        for id, amounts in by_station.items()
        if not wanted or set(named[id][1]) & set(wanted)
    ]
    wet = sorted((one for one in stations if one.total > 0), key=lambda one: (-one.total, one.name))
    return Rain(tuple(wet), len(stations), _means(found, described))


def _stations(asked: Asked, sight: Sight) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name and districts of every gauge, by its id."""
    of = subjects.declaring(asked, subjects.GAUGE, sight)
    if of is None:
        return {}

    def ask() -> Page:
        return answers.features(asked.conn, of.layer, of.view, limit=MOST_FEATURES, moment=of.moment)

    page = asked.read(f"stations {of.view.to_query()} {of.moment}", ask)
    return {
        one["id"]: (one["properties"]["name"], tuple(one["properties"]["districts"])) for one in page.features
    }


def _by_station(found: Iterable[Observation], described: Mapping[str, Series]) -> dict[str, list[Amount]]:
    amounts: dict[str, list[Amount]] = {}
    for one in found:
        of = measured(one.series)
        station = of.station if of else one.series
        period_s = of.period_s if of else described[one.series].period_s
        if one.value is not None and (of is not None or period_s == _HOUR_S):
            amounts.setdefault(station, []).append(Amount(one.at, period_s, one.value))
    return amounts


def _station(
    name: str, districts: tuple[str, ...], amounts: list[Amount], start: datetime, end: datetime
) -> Station:
    fallen = Rainfall(amounts)
    span = end - start
    most = {}
    for hours in (1, 3, 24):
        length = hours * HOUR
        # The most of any length ends where an amount ends.
        ends = sorted({one.at for one in amounts if start + length <= one.at <= end} | {end})
        if length <= span:
            sums = [(fallen.over(at, length).mm, at) for at in ends]
            mm, at = max(sums, key=lambda one: (one[0], -one[1].timestamp()))
            most[hours] = Most(round(mm, 1), at)
    return Station(
        name, districts, round(fallen.over(end, span).mm, 1), tuple(_hours(fallen, start, end)), most
    )


def _hours(fallen: Rainfall, start: datetime, end: datetime) -> Iterable[tuple[datetime, float | None]]:
    at = start.replace(minute=0, second=0, microsecond=0) + HOUR
    while at <= end:
        one = fallen.over(at, HOUR)
        yield at, round(one.mm, 1) if one.coverage >= 1 else None
        at += HOUR


def _means(
    found: Iterable[Observation], described: Mapping[str, Series]
) -> tuple[tuple[str, datetime, float], ...]:
    latest = {
        one.series: one
        for one in found
        if one.series in described and described[one.series].period_s == _DAY_S and one.value is not None
    }
    return tuple(
        (described[name].zh.removesuffix("日面雨量"), one.at, one.value)
        for name in described
        if (one := latest.get(name)) is not None and one.value is not None
    )
