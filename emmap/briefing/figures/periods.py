"""The month or the year that a briefing counts, in Beijing time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from emmap.view import BEIJING

Length = Literal["month", "year"]
_LAST_MINUTE = timedelta(minutes=1)
"""A T of 23:59 on the last day means the whole."""


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) of a month or year, ended early where T lies in it. Aware; `whole`: not ended early."""

    start: datetime
    end: datetime
    length: Length
    whole: bool

    @property
    def name(self) -> str:
        """`2020 年 5 月`, `2020 年（截至 05-22）`."""
        first = self.start.astimezone(BEIJING)
        said = f"{first.year} 年" + (f" {first.month} 月" if self.length == "month" else "")
        return said if self.whole else f"{said}（截至 {self.end.astimezone(BEIJING):%m-%d}）"

    def year_before(self) -> "Period":
        """The same span of the year before."""
        return Period(_year_before(self.start), _year_before(self.end), self.length, self.whole)


class Periodic(BaseModel):
    """Parameters of a block that counts a period. `of`: `2020` or `2020-05`; empty: the month or year of T."""

    period: Length = "month"
    of: Annotated[str, Field(pattern=r"^(|\d{4}|\d{4}-(0[1-9]|1[0-2]))$")] = ""


def period(asked: Periodic, at: datetime) -> Period:
    """What is counted at T. A T on the very bound of two periods closes the first. `of` beyond T is empty."""
    length: Length = asked.period
    if asked.of:
        length = "month" if "-" in asked.of else "year"
        year, _, month = asked.of.partition("-")
        start = datetime(int(year), int(month or 1), 1, tzinfo=BEIJING)
    else:
        within = (at - timedelta(seconds=1)).astimezone(BEIJING)
        start = datetime(within.year, within.month if length == "month" else 1, 1, tzinfo=BEIJING)
    following = (
        (start + timedelta(days=32)).replace(day=1)
        if length == "month"
        else start.replace(year=start.year + 1)
    )
    end = max(start, min(following, at))
    return Period(start, end, length, following - end <= _LAST_MINUTE)


def _year_before(at: datetime) -> datetime:
    local = at.astimezone(BEIJING)
    try:
        return local.replace(year=local.year - 1)
    except ValueError:  # 29 February
        return local.replace(year=local.year - 1, day=28)
