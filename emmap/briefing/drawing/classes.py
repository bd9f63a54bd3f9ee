"""Classes of numbers for maps: rounded bounds, and colours that keep their order in grey print."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

RAMP = ("#dcebea", "#aacfcd", "#6ea9aa", "#387b80", "#0e4a54")
"""Light to dark, even steps in lightness: in grey the order stays. No colour of the levels is among them."""
_EVEN = 3.0
"""Where the greatest number is less than this many times the smallest, classes are equally wide, else each is so many
times the one below."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Lower bounds, rising; a number belongs to the last class whose bound it reaches."""

    lows: tuple[float, ...]
    greatest: float

    @classmethod
    def of(cls, numbers: npt.NDArray[Any]) -> "Classes":
        """At most five classes from the smallest number to the greatest, at rounded bounds; 0 is a class of its own.
        `numbers` is not empty and holds nothing below 0."""
        values = np.unique(numbers.astype(np.float64))
        greatest = float(values[-1])
        if values[0] > 0:
            return cls(_lows(values, len(RAMP)), greatest)
        return cls((0.0, *_lows(values[1:], len(RAMP) - 1)) if greatest > 0 else (0.0,), greatest)

    def places(self, numbers: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """The class of each number, from 0."""
        return np.searchsorted(np.array(self.lows), numbers, side="right").astype(np.int64) - 1

    def colour(self, place: int) -> str:
        """The colour of a class: few classes take the ramp's ends too."""
        if len(self.lows) == 1:
            return RAMP[2]
        return RAMP[round(place * (len(RAMP) - 1) / (len(self.lows) - 1))]

    def words(self, place: int, digits: int = 0) -> str:
        """From and to: whole numbers with both ends, others up to below the next bound."""
        low = self.lows[place]
        if low == 0:
            return "0"
        last = place == len(self.lows) - 1
        if digits == 0:
            high = self.greatest if last else self.lows[place + 1] - 1
            return f"{low:.0f}" if high <= low else f"{low:.0f}–{high:.0f}"
        high = self.greatest if last else self.lows[place + 1]
        return f"{low:.{digits}f}" if high <= low else f"{low:.{digits}f}–{high:.{digits}f}"


def _lows(values: npt.NDArray[np.float64], most: int) -> tuple[float, ...]:
    """Lower bounds of at most so many classes of numbers above 0: the roundest of those that give the most."""
    whole = bool(np.all(values == np.rint(values)))
    if whole and len(values) <= most:
        return tuple(values.tolist())
    least, greatest = float(values[0]), float(values[-1])
    spread = np.geomspace if greatest / least >= _EVEN else np.linspace
    wanted = spread(least, greatest, most + 1)[1:-1]
    bounds: list[float] = []
    for digits in (1, 2, 3):
        rounded = {_rounded(float(one), digits) for one in wanted}
        found = sorted(b for b in rounded if least < b <= greatest and (not whole or b == int(b)))
        bounds = max(bounds, found, key=len)
    return least, *bounds


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")
