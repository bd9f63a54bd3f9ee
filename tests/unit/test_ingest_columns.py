"""A column that is read at once says what its cells say one by one."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emmap.ingest.cells import instant_of
from emmap.ingest.columns import plain_instants
from emmap.layer import Title

TITLE = Title("发现时间", "Found")
FIRST, LAST = datetime(1900, 1, 1), datetime(2199, 12, 31)  # noqa: DTZ001 local time, as tables write it
written = st.datetimes(FIRST, LAST).map(lambda at: f"{at:%Y-%m-%d %H:%M:%S}")


@given(st.lists(written | st.just(""), min_size=1))
def test_plain_instants_are_those_of_the_cells(cells: list[str]) -> None:
    expected = [instant_of(cell, TITLE) for cell in cells]
    assert plain_instants(cells) == (expected if any(cells) else None)


@pytest.mark.parametrize(
    "odd",
    [
        "2020/05/21 20:57:00", "2020-05-21 20:57", "2020-02-30 20:57:00", "2020-05-21 24:57:00",
        "1899-12-31 23:59:59", "2200-01-01 00:00:00", "２020-05-21 20:57:00", "2020-05-21T20:57:00Z",
        "2020-05-21 20:57:00.5", "不详", "2020-05-21T20:57:00",
    ],
)  # fmt: skip
def test_one_cell_that_is_not_plain_leaves_the_column_to_its_cells(odd: str) -> None:
    assert plain_instants(["2020-05-21 20:57:00", odd]) is None
