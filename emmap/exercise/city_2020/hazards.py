"""The hazards that inspections find through the year, and what becomes of them.

Found: open. Ordered to be put right: being rectified, until it is, or until it is overdue. Half of them and more are
put right on the spot. Whoever finds a hazard reports it with the days of its order and its end, so that it is expected
to grow overdue; that it was put right in time is learned later, and takes the place of what was expected.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from emmap.exercise.city_2020.sites import Site, Sites, sites
from emmap.exercise.city_2020.year import DAYS, START, ground, random
from emmap.exercise.knowledge import History
from emmap.layer import Layer, Record
from emmap.store.history import HistoryRow, Personal

FULL = 361_500
"""Hazards found in 2020, of the bureau's report."""
A_SITE = 8
"""Hazards for each of the premises, on average."""
WITHIN_KM = 0.025
"""How far the hazards of one of the premises lie apart."""
SEVERITIES = (0.01, 0.62, 0.285, 0.075, 0.01)
"""Shares of the levels 0 to 4."""
ON_THE_SPOT = np.array([0.72, 0.72, 0.45, 0.2, 0.0])
"""Share of each level that is put right within a day or so, without an order."""
STAYS, LATE = 0.06, 0.26
"""Of those that were ordered: never put right, and put right after their date."""
NO_DUE_DATE = 0.35
"""Share without a date among those never put right: they stay being rectified instead of growing overdue."""
TOLD_WHEN_DONE = 0.4
"""Share of those put right in time of which the first report says so already."""
SLOW = 0.04
"""Share of the reports that are entered days late."""
NO_PLACE = 0.004
MONTHS = np.array([0.8, 0.35, 0.8, 1.0, 1.1, 1.3, 1.1, 1.1, 1.2, 1.0, 1.1, 1.1])
WEEKDAYS = np.array([1.0, 1.05, 1.0, 1.05, 0.95, 0.35, 0.2])
"""How busy the inspectors are by month (June is safety month, in February the city stood still) and by weekday."""
HOUR = 3600
DAY = 24 * HOUR
CHUNK = 10_000

Seconds = NDArray[np.int64]
"""Spans in whole seconds, instants in whole seconds since 1970-01-01 UTC."""
Columns = Mapping[str, NDArray[Any]]
"""The hazards in the order in which they are found: a column for each field of `_Hazard`."""


class _Hazard(NamedTuple):
    """One hazard. `rectified` counts where it is `done`, `due` where it is `dated`, `ordered` where it is not put
    right on the `spot`. `once`: all is told in one report, at `told`; else it is told at `known`, and again at `told`.
    """

    site: int
    finding: float
    level: int
    geometry: bytes | None
    spot: bool
    dated: bool
    done: bool
    late: bool
    once: bool
    found: datetime
    ordered: datetime
    due: datetime
    rectified: datetime
    known: datetime
    told: datetime


_MOMENTS = ("found", "ordered", "due", "rectified", "known", "told")


def histories(layer: Layer, share: float, now: datetime) -> History:
    """The hazards, `share` of the full number."""
    count = round(FULL * share)
    rng = random(2)
    premises = sites(rng, max(1, count // A_SITE))
    year = _year(rng, count, premises)
    return History(count, _versions(year), _rows(premises, year), _personal(premises, year))


def _year(rng: np.random.Generator, count: int, premises: Sites) -> Columns:
    busy = rng.gamma(1.2, 1.0, len(premises.sites))
    site = rng.choice(len(busy), count, p=busy / busy.sum())
    level = rng.choice(5, count, p=SEVERITIES)
    spot = rng.random(count) < ON_THE_SPOT[level]
    fate = rng.random(count)
    stays = ~spot & (fate < STAYS)
    late = ~spot & ~stays & (fate < STAYS + LATE)
    dated = ~spot & ~(stays & (rng.random(count) < NO_DUE_DATE))
    found = _found(rng, count)
    ordered = found + _seconds(rng.uniform(0.04, 1.6, count))
    days = rng.choice((7, 15, 30, 60, 90), count, p=(0.2, 0.35, 0.28, 0.12, 0.05))
    due = (found + 8 * HOUR) // DAY * DAY + days * DAY + 10 * HOUR  # at 18:00 Beijing time
    in_time = ordered + 1 + ((due - ordered - 1) * rng.beta(2.0, 1.6, count)).astype(np.int64)
    within_days = found + _seconds(rng.gamma(1.5, 0.25, count) + 0.02)
    too_late = due + _seconds(rng.gamma(1.6, 40.0, count) + 0.1)
    rectified = np.select([spot, late], [within_days, too_late], in_time)
    slow = rng.random(count) < SLOW
    known = found + _seconds(np.where(slow, rng.uniform(2, 12, count), rng.uniform(0.005, 0.25, count)))
    told = rectified + _seconds(rng.uniform(0.02, 0.6, count))
    at_once = (rng.random(count) < TOLD_WHEN_DONE) & ~late
    places = ground().strew(rng, premises.places[site], premises.codes[site], WITHIN_KM)
    geometry = np.array(shapely.to_wkb(shapely.points(places)), dtype=object)
    geometry[rng.random(count) < NO_PLACE] = None
    return {
        "site": site,
        "finding": rng.random(count),
        "level": level,
        "geometry": geometry,
        "spot": spot,
        "dated": dated,
        "done": ~stays,
        "late": late,
        "once": spot | (~stays & (at_once | (told <= known))),
        "found": found,
        "ordered": ordered,
        "due": due,
        "rectified": rectified,
        "known": known,
        "told": told,
    }


def _found(rng: np.random.Generator, count: int) -> Seconds:
    """When they are found: on the days when inspectors go out, in working hours, in order."""
    days = np.datetime64("2020-01-01") + np.arange(DAYS)
    month = days.astype("datetime64[M]").astype(int) % 12
    weekday = (days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    busy = MONTHS[month] * WEEKDAYS[weekday]
    day = rng.choice(DAYS, count, p=busy / busy.sum())
    hour = np.clip(rng.normal(13.5, 2.6, count), 8.0, 20.0)
    return np.sort(int(START.timestamp()) + day * DAY + (hour * HOUR).astype(np.int64))


def _seconds(days: NDArray[np.float64]) -> Seconds:
    return (days * DAY).astype(np.int64)


def _versions(year: Columns) -> int:
    """How many versions `_history` makes of them."""
    spot, once, late, done, dated = (year[name] for name in ("spot", "once", "late", "done", "dated"))
    twice = ~once & done
    return int(
        2 * spot.sum()
        + 3 * (once & ~spot).sum()
        + (once & late).sum()
        + 5 * twice.sum()
        + (2 + dated)[~once & ~done].sum()
    )


def _name(number: int) -> str:
    return f"YH-2020-{number + 1:06d}"


def _personal(premises: Sites, year: Columns) -> Iterator[Personal]:
    for number, site in enumerate(year["site"].tolist()):
        yield _name(number), _known_of(premises.sites[site])


def _known_of(site: Site) -> dict[str, str]:
    """The personal fields of every hazard of a site."""
    return {"responsible_person": site.person, "phone": site.phone}


def _rows(premises: Sites, year: Columns) -> Iterator[HistoryRow]:
    for begin in range(0, len(year["site"]), CHUNK):
        part = {name: column[begin : begin + CHUNK].tolist() for name, column in year.items()}
        for name in _MOMENTS:
            part[name] = [datetime.fromtimestamp(at, UTC) for at in part[name]]
        for number, hazard in enumerate(map(_Hazard._make, zip(*part.values(), strict=True)), begin):
            yield from _history(number, hazard, premises)


def _history(number: int, hazard: _Hazard, premises: Sites) -> Iterator[HistoryRow]:
    """One hazard's versions, in the order in which they were recorded."""
    site = premises.sites[hazard.site]
    found, ordered, due, rectified = hazard.found, hazard.ordered, hazard.due, hazard.rectified
    finding = site.findings[int(hazard.finding * len(site.findings))]
    name, districts, personal = _name(number), (site.town.district,), _known_of(site)
    expected = {
        "name": f"{site.town.name}{site.kind}{finding}",
        "industry": site.industry,
        "found_at": _text(found),
        "responsible_unit": site.unit,
        "address": site.address,
    }
    if hazard.dated:
        expected["due_at"] = _text(due)
    final = expected | {"rectified_at": _text(rectified)} if hazard.done else expected

    def state(status: str, start: datetime, end: datetime | None, properties: Mapping[str, Any]) -> Record:
        return Record(
            number + 1, name, start, end, hazard.geometry, site.hazards, hazard.level, status, None, districts,
            properties, personal,
        )  # fmt: skip

    if hazard.once:
        at = hazard.told
        yield HistoryRow(state("open", found, rectified if hazard.spot else ordered, final), at)
        if not hazard.spot:
            yield HistoryRow(state("rectifying", ordered, due if hazard.late else rectified, final), at)
        if hazard.late:
            yield HistoryRow(state("overdue", due, rectified, final), at)
        yield HistoryRow(state("rectified", rectified, None, final), at)
        return
    at, again = hazard.known, hazard.told if hazard.done else None
    in_time = hazard.done and not hazard.late
    yield HistoryRow(state("open", found, ordered, expected), at)
    yield HistoryRow(
        state("rectifying", ordered, due if hazard.dated else None, expected), at, again if in_time else None
    )
    if hazard.dated:
        yield HistoryRow(state("overdue", due, None, expected), at, again)
    if again is None:
        return
    if in_time:
        yield HistoryRow(state("rectifying", ordered, rectified, final), again)
    else:
        yield HistoryRow(state("overdue", due, rectified, final), again)
    yield HistoryRow(state("rectified", rectified, None, final), again)


def _text(at: datetime) -> str:
    """An instant as properties hold it."""
    return at.isoformat()[:19] + "Z"
