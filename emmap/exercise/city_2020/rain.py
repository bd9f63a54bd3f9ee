"""The year's rain: the city's mean day by day, and the night of the rainstorm hour by hour at two stations.

A day is that of the hydrologists: its 24 hours end at 08:00 Beijing time, when it is read off. Measured, of public
notices: the year's sum, the rainstorm's areal means, its highest rain in one and in three hours, its total at Yonghe,
and what fell at Xintang from 20:00 to 02:00. How all else was spread over days and hours is made up.
"""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from emmap.exercise.city_2020.year import DAYS, START, random
from emmap.exercise.script import beijing
from emmap.store.observations import Observation

YEAR_MM = 1805.2
"""Mean rain over the city in 2020, of the bureau's report."""
STORM_READ_AT = beijing("2020-05-22 08:00")
STORM_MM = {
    "rain_day_440100": 101.0,
    "rain_day_440112": 176.2,
    "rain_day_440117": 114.4,
    "rain_day_440118": 155.4,
}
"""Areal means of the rainstorm: the city, Huangpu, Conghua, Zengcheng."""
MONTHS_MM = (45, 65, 95, 185, 270, 300, 230, 235, 190, 75, 40, 30)
WET_DAYS = (6, 9, 13, 15, 17, 19, 16, 16, 12, 6, 5, 5)
"""What usually falls in a month, and on how many days: the shape of the year, scaled to its sum."""
HEAVIEST_MM = 72.0
"""No other day of the year comes near the rainstorm."""
FIRST_HOUR = beijing("2020-05-21 20:00")
HOURS_MM = {
    # 167.8 in one hour, 288.5 in three, 378.6 in all.
    "rain_hour_yonghe": (2.1, 11.4, 27.3, 58.6, 167.8, 62.1, 24.9, 12.7, 6.4, 3.2, 1.5, 0.6),
    # 297.0 in three hours, 224.5 until 02:00.
    "rain_hour_xintang": (1.8, 4.2, 8.9, 14.3, 85.7, 109.6, 101.7, 24.8, 9.3, 4.1, 1.9, 0.4),
}
READ_WITHIN = timedelta(minutes=35)
"""A day's rain is entered this long after it was read off, an hour's within five minutes."""
AT_ONCE = timedelta(minutes=5)


def observations() -> Iterator[Observation]:
    """Every value, in order of its series."""
    reading = START + timedelta(hours=8)
    for mm in daily():
        yield Observation("rain_day_440100", reading, mm, reading + READ_WITHIN)
        reading += timedelta(days=1)
    for series, mm in STORM_MM.items():
        if series != "rain_day_440100":
            yield Observation(series, STORM_READ_AT, mm, STORM_READ_AT + READ_WITHIN)
    for series, hours in HOURS_MM.items():
        for number, mm in enumerate(hours, 1):
            at = FIRST_HOUR + timedelta(hours=number)
            yield Observation(series, at, mm, at + AT_ONCE)


def daily() -> list[float]:
    """The city's mean rain (mm, to a tenth) of each day that was read off in 2020; adds up to `YEAR_MM`."""
    rng = random(6)
    days = np.datetime64("2020-01-01") + np.arange(DAYS)
    month = days.astype("datetime64[M]").astype(int) % 12
    storm = (STORM_READ_AT - START).days
    tenths: NDArray[np.int64] = np.zeros(DAYS, dtype=np.int64)
    for number, (usual, wet) in enumerate(zip(MONTHS_MM, WET_DAYS, strict=True)):
        free = np.flatnonzero((month == number) & (np.abs(np.arange(DAYS) - storm) > 1))
        chosen = rng.choice(free, wet, replace=False)
        amount = rng.gamma(0.75, 1.0, wet) + 0.02
        tenths[chosen] = np.round(10 * usual * amount / amount.sum()).astype(np.int64)
    left = round(10 * (YEAR_MM - STORM_MM["rain_day_440100"]))
    tenths = np.minimum(np.floor(tenths * (left / tenths.sum())).astype(np.int64), round(10 * HEAVIEST_MM))
    # What the cap and the rounding took is spread over the wet days again, a tenth at a time.
    wet_days = np.flatnonzero((tenths > 0) & (tenths < round(10 * HEAVIEST_MM) // 2))
    missing = left - int(tenths.sum())
    tenths[wet_days] += missing // len(wet_days)
    tenths[wet_days[: missing % len(wet_days)]] += 1
    tenths[storm] = round(10 * STORM_MM["rain_day_440100"])
    return [int(n) / 10 for n in tenths]
