"""Rain sums: amounts of any periods laid side by side, none counted twice, gaps told.

SL 323 gives an amount (DRP) over an interval that ends at TM, and the day's amount (DYP) over the 24 hours that end at
08:00 Beijing time. Where amounts overlap, the finer ones count and the coarser one fills what they leave open.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WINDOWS_H = (1, 3, 6, 12, 24)
"""Hours over which rain is summed."""
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Amount:
    """Rain in mm over the `period_s` seconds that end at `at` (aware UTC)."""

    at: datetime
    period_s: int
    mm: float


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum in mm, and the share of its span that amounts cover: below 1 it may only be too low."""

    mm: float
    coverage: float


class Rainfall:
    """A station's rain, as disjoint pieces of even rain."""

    def __init__(self, amounts: Iterable[Amount]) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._mm: list[float] = []
        finest_first = sorted(amounts, key=lambda one: (one.period_s, one.at, one.mm))
        for of_period in _by_period(finest_first):
            self._fill(of_period)
        self._sums = [0.0]
        self._seconds = [0.0]
        for start, end, mm in zip(self._starts, self._ends, self._mm, strict=True):
            self._sums.append(self._sums[-1] + mm)
            self._seconds.append(self._seconds[-1] + end - start)

    def over(self, end: datetime, span: timedelta) -> Sum:
        """The sum over the span that ends at `end`."""
        until = end.timestamp()
        since = until - span.total_seconds()
        mm_a, s_a = self._until(since)
        mm_b, s_b = self._until(until)
        return Sum(max(0.0, round(mm_b - mm_a, 6)), min(1.0, round((s_b - s_a) / (until - since), 6)))

    def _until(self, at: float) -> tuple[float, float]:
        """Rain and covered seconds before an instant; a piece that it divides counts in part."""
        n = bisect_right(self._starts, at)
        mm, seconds = self._sums[n], self._seconds[n]
        if n and (over := self._ends[n - 1] - at) > 0:
            mm -= self._mm[n - 1] * over / (self._ends[n - 1] - self._starts[n - 1])
            seconds -= over
        return mm, seconds

    def _fill(self, amounts: Iterable[Amount]) -> None:
        """Adds amounts of one period: each fills what finer ones and those before it leave open."""
        added: list[tuple[float, float, float]] = []
        reached = float("-inf")
        for one in amounts:
            end = one.at.timestamp()
            start = end - one.period_s
            known = 0.0
            gaps: list[tuple[float, float]] = []
            at = start
            if reached > start:  # two of the same period overlap: the earlier one has its part
                at = min(reached, end)
                known += one.mm * (at - start) / one.period_s
            i = bisect_left(self._ends, at)
            while i < len(self._starts) and self._starts[i] < end:
                piece_start, piece_end = self._starts[i], self._ends[i]
                if piece_end <= at:
                    i += 1
                    continue
                inside = min(piece_end, end) - max(piece_start, at)
                known += self._mm[i] * inside / (piece_end - piece_start)
                if piece_start > at:
                    gaps.append((at, piece_start))
                at = max(at, piece_end)
                i += 1
            if at < end:
                gaps.append((at, end))
            reached = max(reached, end)
            open_s = sum(b - a for a, b in gaps)
            rest = max(0.0, one.mm - known)
            added += [(a, b, rest * (b - a) / open_s) for a, b in gaps]
        if added:
            whole = sorted([*zip(self._starts, self._ends, self._mm, strict=True), *added])
            self._starts, self._ends, self._mm = (list(column) for column in zip(*whole, strict=True))


def day_of(at: datetime) -> datetime:
    """When the hydrological day began that `at` lies in: 08:00 Beijing time, which is midnight UTC."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _by_period(amounts: list[Amount]) -> Iterable[list[Amount]]:
    begun = 0
    for i in range(1, len(amounts) + 1):
        if i == len(amounts) or amounts[i].period_s != amounts[begun].period_s:
            yield amounts[begun:i]
            begun = i
