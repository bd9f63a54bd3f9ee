"""What the series of measurements are called, and in which unit they are: the list `data/series.csv`, and the series of
gauges, which are named by station, quantity and period."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from emmap.codes import DATA, Code


@dataclass(frozen=True, slots=True)
class Series(Code):
    """A series: its unit, and for amounts the seconds that one value counts over (0: a reading of the moment)."""

    unit: str
    period_s: int


@lru_cache(maxsize=1)
def series() -> Mapping[str, Series]:
    """The described series by name."""
    with (DATA / "series.csv").open(encoding="utf-8", newline="") as lines:
        return MappingProxyType(
            {
                row["series"]: Series(
                    row["series"], row["zh"], row["en"], row["unit"], int(row["period_s"] or 0)
                )
                for row in csv.DictReader(lines)
            }
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """Which series of a gauge: `stage` (m, in the station's own datum), `flow` (m³/s) or `rain` (mm over `period_s`)."""

    station: str
    quantity: str
    period_s: int = 0

    @property
    def name(self) -> str:
        """The series' name."""
        return f"gauge:{self.station}:{self.quantity}:{self.period_s}"


QUANTITIES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "stage": ("水位", "Stage", "m"),
        "flow": ("流量", "Discharge", "m³/s"),
        "rain": ("雨量", "Rain", "mm"),
    }
)
"""What gauges measure: Chinese, English, unit."""
PERIODS_S = tuple(60 * minutes for minutes in (1, 2, 3, 5, 6, 10, 12, 15, 20, 30)) + tuple(
    3600 * hours for hours in (1, 2, 3, 4, 6, 8, 12, 24)
)
"""The periods that rain is measured over, in seconds. A fixed list: all series of a station are found by their names."""


def series_of(station: str) -> tuple[Measured, ...]:
    """Every series that a gauge may have."""
    rain = (Measured(station, "rain", period_s) for period_s in PERIODS_S)
    return (Measured(station, "stage"), Measured(station, "flow"), *rain)


def measured(name: str) -> Measured | None:
    """What a series of a gauge is; None for any other."""
    parts = name.split(":")
    if len(parts) != 4 or parts[0] != "gauge" or parts[2] not in QUANTITIES or not parts[3].isdecimal():
        return None
    return Measured(parts[1], parts[2], int(parts[3]))


def series_named(name: str) -> Series:
    """The description of a series; one that is not described has its name alone."""
    if (gauge := measured(name)) is not None:
        zh, en, unit = QUANTITIES[gauge.quantity]
        return Series(name, f"{gauge.station} {zh}", f"{en} at {gauge.station}", unit, gauge.period_s)
    return series().get(name) or Series(name, name, name, "", 0)
