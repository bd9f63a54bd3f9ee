"""What a gauge measured, as known at K: its readings over a span, and how it stands at T."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from emmap.hydrology.rain import LONGEST, WINDOWS_H, Amount, Rainfall, Sum, day_of
from emmap.series import Measured, measured, series_of
from emmap.store import observations
from emmap.store.observations import Observation


@dataclass(frozen=True, slots=True)
class Readings:
    """A gauge's readings, as known at K. `values` by series, in order, over the span that was asked; `last` the latest one
    of stage and of discharge up to T; `sums` the rain of so many hours up to `rain_until`, the end of the last amount before
    T (T itself where that is over a day ago), `day` that of the hydrological day since `day_from`; both empty where no rain
    was measured."""

    station: str
    values: Mapping[Measured, Sequence[Observation]]
    last: Mapping[str, Observation]
    sums: Mapping[int, Sum]
    rain_until: datetime
    day: Sum | None
    day_from: datetime
    hours: Sequence[tuple[datetime, Sum]]
    """The rain of each clock hour of the span, by its end, as far as it was measured."""

    @property
    def measured(self) -> bool:
        """Whether it ever measured anything up to T."""
        return bool(self.last or self.sums)


def readings(
    conn: Connection,
    station: str,
    at: datetime,
    known_at: datetime | None,
    start: datetime,
    end: datetime,
) -> Readings:
    """What the gauge measured in [start, end), and how it stands at T. Aware UTC; `known_at` None: as known now."""
    names = [one.name for one in series_of(station)]
    earliest = min(start, at) - 2 * LONGEST
    found = observations.several(conn, names, earliest, max(end, at + timedelta(seconds=1)), known_at)
    values: dict[Measured, list[Observation]] = {}
    last: dict[str, Observation] = {}
    amounts: list[Amount] = []
    for one in found:
        of = measured(one.series)
        if of is None:
            continue
        if start <= one.at < end:
            values.setdefault(of, []).append(one)
        if one.value is None:
            continue
        if of.quantity == "rain":
            amounts.append(Amount(one.at, of.period_s, one.value))
        elif one.at <= at:
            last[of.quantity] = one
    for name, when in observations.last_at(conn, names, known_at, at).items():
        of = measured(name)
        if of is not None and of.quantity != "rain" and of.quantity not in last:
            (last[of.quantity],) = observations.several(
                conn, [name], when, when + timedelta(seconds=1), known_at
            )
    fallen = Rainfall(amounts)
    by_then = Rainfall(one for one in amounts if one.at <= at)
    latest = max((one.at for one in amounts if one.at <= at), default=at)
    until = latest if at - latest <= LONGEST else at
    day_from = day_of(until - timedelta(seconds=1))  # the amount that ends at 08:00 closes the day
    begun = until - day_from
    return Readings(
        station,
        values,
        last,
        {hours: by_then.over(until, timedelta(hours=hours)) for hours in WINDOWS_H} if amounts else {},
        until,
        by_then.over(until, begun) if amounts else None,
        day_from,
        list(_by_hour(fallen, start, end)) if amounts else [],
    )


def _by_hour(fallen: Rainfall, start: datetime, end: datetime) -> Sequence[tuple[datetime, Sum]]:
    hour = timedelta(hours=1)
    at = start.replace(minute=0, second=0, microsecond=0) + hour
    found = []
    while at <= end:
        one = fallen.over(at, hour)
        if one.coverage > 0:
            found.append((at, one))
        at += hour
    return found
