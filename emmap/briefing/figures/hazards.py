"""Hazards that were found in a period, and how they stand at its end."""

from collections import Counter
from dataclasses import dataclass

from emmap.briefing.answering import Asked
from emmap.briefing.figures.periods import Period
from emmap.briefing.figures.subjects import Subject
from emmap.store.tallies import DISTRICTS, During

RECTIFIED, OVERDUE = "rectified", "overdue"
_FOUND_AT = "found_at"


@dataclass(frozen=True, slots=True)
class Found:
    """How many were found, how many of them are put right, and how many are late."""

    total: int
    rectified: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Findings:
    """All that were found in a period; by industry; and by district, where one that touches two counts in each."""

    every: Found
    by_industry: dict[str | None, Found]
    by_district: dict[str | None, Found]


def found_in(asked: Asked, of: Subject, counted: Period) -> Findings:
    """Those found in the period. One whose day of finding nobody told is in no period."""
    during = During(_FOUND_AT, counted.start, counted.end)
    every: Counter[str | None] = Counter()
    industries: dict[str | None, Counter[str | None]] = {}
    districts: dict[str | None, Counter[str | None]] = {}
    # All of a city are looked at once, whatever is asked of them.
    for one in of.at(counted.end).tally(asked, "industry", DISTRICTS, "status", during=during):
        industry, codes, status = one.by
        every[status] += one.count
        industries.setdefault(industry, Counter())[status] += one.count
        for code in codes or (None,):
            districts.setdefault(code, Counter())[status] += one.count
    return Findings(
        _found(every),
        {name: _found(by) for name, by in industries.items()},
        {code: _found(by) for code, by in districts.items()},
    )


def _found(by_status: Counter[str | None]) -> Found:
    return Found(by_status.total(), by_status[RECTIFIED], by_status[OVERDUE])


def together(every: list[Found]) -> Found:
    """Several as one."""
    return Found(
        sum(one.total for one in every),
        sum(one.rectified for one in every),
        sum(one.overdue for one in every),
    )
