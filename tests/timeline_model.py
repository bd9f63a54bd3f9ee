"""What the store should answer, said as simply as possible: one cell for every second, one snapshot a stamp."""

from dataclasses import dataclass, field
from itertools import count

LAST = 31
"""Seconds 0 to 30, and one cell for ever after."""

Cell = tuple[str, int] | None
"""A state and the number of the piece that says it."""


@dataclass
class Timeline:
    """One feature, second by second."""

    cells: list[Cell] = field(default_factory=lambda: [None] * (LAST + 1))
    pieces: count = field(default_factory=count)

    def states(self) -> tuple[str | None, ...]:
        return tuple(cell[0] if cell else None for cell in self.cells)

    def end(self, start: int) -> None:
        for second in range(start, LAST + 1):
            self.cells[second] = None

    def put(
        self, state: str, start: int, end: int | None, *, whole: bool = False, unless_so: bool = False
    ) -> None:
        before = list(self.cells)
        here = before[start]
        if unless_so and here and here[0] == state:
            return
        stop = self._next_start(start) if end is None else end
        news = start
        while news < stop and (cell := before[news]) and cell[0] == state:
            news += 1
        # The known state that reaches `news` is left as it is, so a put of what is known changes nothing.
        inside = {cell[1] for cell in before[start:stop] if cell}
        number = next(self.pieces)
        for second in range(news, stop):
            self.cells[second] = (state, number)
        rest: dict[int, int] = {}
        for second in range(stop, LAST + 1):
            cell = before[second]
            if cell is None or cell[1] not in inside:
                continue
            if whole:
                self.cells[second] = None
            elif news < stop:
                self.cells[second] = (cell[0], rest.setdefault(cell[1], next(self.pieces)))

    def _next_start(self, start: int) -> int:
        for second in range(start + 1, LAST + 1):
            cell, before = self.cells[second], self.cells[second - 1]
            if cell and (before is None or before[1] != cell[1]):
                return second
        return LAST + 1
