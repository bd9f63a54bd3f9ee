"""What the series of measurements are called, and in which unit they are: the list `data/series.csv`."""

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


def series_named(name: str) -> Series:
    """The description of a series; one that is not described has its name alone."""
    return series().get(name) or Series(name, name, name, "", 0)
