"""What every part of the year shares: its clock, its ground, its random numbers."""

import csv
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from emmap.codes import DATA
from emmap.exercise.ground import Ground
from emmap.view import BEIJING

FOLDER = DATA / "exercises" / "city-2020"
START = datetime(2020, 1, 1, tzinfo=BEIJING).astimezone(UTC)
DAYS = 366
SEED = 2020


@lru_cache(maxsize=1)
def ground() -> Ground:
    """The city, read once."""
    return Ground(FOLDER / "towns.csv")


def table(name: str) -> list[dict[str, str]]:
    """A table of the scenario's folder."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def random(part: int) -> np.random.Generator:
    """The random numbers of one part of the scenario: the same at every load."""
    return np.random.default_rng((SEED, part))


def day(number: float) -> datetime:
    """An instant of the year, counted in days from its start (Beijing time), whole seconds."""
    return START + timedelta(seconds=round(number * 86_400))
