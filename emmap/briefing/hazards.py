"""Hazards that were found in a period, and how they stand at its end."""

from emmap.briefing.answering import Asked
from emmap.briefing.periods import Period
from emmap.briefing.subjects import Subject
from emmap.store.tallies import During, Tally

RECTIFIED, OVERDUE = "rectified", "overdue"
_FOUND_AT = "found_at"


def found_in(asked: Asked, of: Subject, counted: Period, *by: str) -> list[Tally]:
    """Those found in the period by the groups `by` and their status at its end. One whose day of finding nobody told is
    in no period."""
    during = During(_FOUND_AT, counted.start, counted.end)
    return of.at(counted.end).tally(asked, *by, "status", during=during)
