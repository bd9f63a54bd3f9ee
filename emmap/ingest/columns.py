"""Columns read at once: what one cell after the other would give, where every cell is written in the plain way."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from emmap.ingest.cells import CELL_YEARS

_PLAIN = "0000-00-00 00:00:00"
"""How a plain instant looks: 0 for any digit."""
_MARKS = np.array([_PLAIN]).view(np.uint32)
_DIGIT = np.array([mark == "0" for mark in _PLAIN])
_BEIJING = np.timedelta64(8, "h")
_FIRST, _LAST = (np.datetime64(f"{year}-01-01T00:00:00") for year in (CELL_YEARS[0], CELL_YEARS[1] + 1))


def plain_instants(cells: Sequence[str]) -> list[datetime | None] | None:
    """A column of instants in Beijing time, each `2020-05-21 20:57:00` or empty, as `instant_of` reads them; None
    where one is written otherwise or is not in the calendar."""
    if max(map(len, cells), default=0) != len(_PLAIN):
        return None
    texts = np.array(cells, f"U{len(_PLAIN)}")
    filled = np.flatnonzero(texts != "")
    marks = texts[filled].view(np.uint32).reshape(-1, len(_PLAIN))
    if not np.where(_DIGIT, (marks >= ord("0")) & (marks <= ord("9")), marks == _MARKS).all():
        return None
    try:
        local = texts[filled].astype("datetime64[s]")
    except ValueError:
        return None
    if ((local < _FIRST) | (local >= _LAST)).any():
        return None
    found: list[datetime | None] = [None] * len(cells)
    for i, at in zip(filled.tolist(), (local - _BEIJING).tolist(), strict=True):
        found[i] = at.replace(tzinfo=UTC)
    return found
