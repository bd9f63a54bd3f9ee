"""What a map draws: layers with their answers, and what is numbered or named on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emmap.store.marks import Marks

Style = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One layer on the map: its flat style table and its answer."""

    table: Sequence[Style]
    marks: Marks

    def style(self, value: str | None) -> Style:
        """The row of a value; the last one for every other."""
        return next((row for row in self.table if row["value"] == value), self.table[-1])


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number on the map that a list below repeats; lon and lat in degrees. `name` stands beside it, where given."""

    number: int
    lon: float
    lat: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A name beside a symbol, away on a leader line where it must; lon and lat in degrees."""

    name: str
    lon: float
    lat: float
