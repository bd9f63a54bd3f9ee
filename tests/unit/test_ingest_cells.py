"""Cells as values."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emmap.codes import SEVERITIES
from emmap.ingest.cells import (
    codes_in,
    degrees_of,
    instant_of,
    integer_of,
    list_of,
    names_of,
    number_of,
    severity_in,
    text_of,
)
from emmap.layer import Rejected, Title, hazard_choices

T = Title("某列", "Column")
AT_2057 = datetime(2020, 5, 21, 12, 57, tzinfo=UTC)
MIDNIGHT = datetime(2020, 5, 20, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("2020-05-21T20:57:00+08:00", AT_2057),
        ("2020-05-21T12:57:00Z", AT_2057),
        ("2020-05-21 20:57", AT_2057),
        ("2020-05-21 20:57:00.9", AT_2057),
        ("2020/5/21 20:57", AT_2057),
        ("2020.5.21 20:57:00", AT_2057),
        ("2020年5月21日 20时57分", AT_2057),
        ("2020年5月21日20时57分0秒", AT_2057),
        ("2020年5月21日20:57", AT_2057),
        ("2020/5/21 20：57", AT_2057),
        ("202005212057", AT_2057),
        ("20200521205700", AT_2057),
        ("1590065820000", AT_2057),
        (1590065820000, AT_2057),
        (datetime(2020, 5, 21, 20, 57), AT_2057),  # noqa: DTZ001 as a spreadsheet gives it
        (43972.872916666667, AT_2057),
        ("43972.872916667", AT_2057),
        ("2020-05-21", MIDNIGHT),
        ("2020年5月21日", MIDNIGHT),
        ("20200521", MIDNIGHT),
        (20200521.0, MIDNIGHT),
        (43972, MIDNIGHT),
        (date(2020, 5, 21), MIDNIGHT),
        ("2020年5月21日20时", datetime(2020, 5, 21, 12, tzinfo=UTC)),
        (" ", None),
        (None, None),
        ("—", None),
        ("无", None),
    ],
)
def test_instants(cell: Any, wanted: datetime | None) -> None:
    assert instant_of(cell, T) == wanted


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2020-02-30", "impossible_instant"),
        ("2020年13月1日", "impossible_instant"),
        ("2020/5/21 25:00", "impossible_instant"),
        ("9999-12-31 23:59:59", "impossible_instant"),
        ("0001-01-01T00:00:00+14:00", "impossible_instant"),
        ("05/06/2020", "ambiguous_instant"),
        ("21.5.2020 20:57", "ambiguous_instant"),
        ("5/6/20", "ambiguous_instant"),
        ("2020052120", "ambiguous_instant"),
        ("yesterday", "bad_instant"),
        (12, "bad_instant"),
        (True, "bad_instant"),
        (float("inf"), "bad_instant"),
        ("x" * 200, "bad_instant"),
    ],
)
def test_instants_that_are_none(cell: Any, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        instant_of(cell, T)
    assert refused.value.code == code


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 Beijing time as written
def test_every_way_to_write_an_instant_means_the_same(at: datetime) -> None:
    at = at.replace(microsecond=0)
    ways = [
        f"{at:%Y-%m-%d %H:%M:%S}", f"{at:%Y/%m/%d %H:%M:%S}", f"{at:%Y年%m月%d日%H时%M分%S秒}",
        f"{at:%Y%m%d%H%M%S}", f"{at.isoformat()}+08:00", at,
    ]  # fmt: skip
    assert len({instant_of(way, T) for way in ways}) == 1


@pytest.mark.parametrize(
    ("cell", "unit", "wanted"),
    [
        ("1,234", "人", 1234), ("1,234人", "人", 1234), ("1，234 人", "人", 1234), ("１２", "", 12), (12.0, "", 12),
        ("12.0", "", 12), ("-", "", None), ("", "", None), ("1e3", "", 1000), ("/", "", None),
    ],
)  # fmt: skip
def test_whole_numbers(cell: Any, unit: str, wanted: int | None) -> None:
    assert integer_of(cell, T, unit) == wanted


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("NaN", "not_finite"), ("Infinity", "not_finite"), ("-inf", "not_finite"), ("1e999", "not_finite"),
        (float("nan"), "not_finite"), (10**400, "not_finite"), ("约12", "not_a_number"), ("12公顷", "not_a_number"),
        ("1_000", "not_a_number"), ("12,34", "not_a_number"), ("1.234,5", "not_a_number"), ("。", "not_a_number"),
    ],
)  # fmt: skip
def test_numbers_that_are_none(cell: Any, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        number_of(cell, T, "亩")
    assert refused.value.code == code


def test_half_a_person_is_no_whole_number() -> None:
    with pytest.raises(Rejected, match="not_a_whole_number"):
        integer_of("12.5", T)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [("113.264", 113.264), ("东经113.264°", 113.264), ("113.264°E", 113.264), ("58.5W", -58.5), (113, 113.0)],
)
def test_degrees(cell: Any, wanted: float) -> None:
    assert degrees_of(cell, T) == wanted


@pytest.mark.parametrize(
    "cell",
    [
        "11B03;11A02",
        "暴雨；内涝",
        "Rainstorm、waterlogging",
        "暴雨,内涝",
        "暴雨；；内涝；暴雨",
        ["暴雨", "11A02"],
    ],
)
def test_hazards_by_code_or_name(cell: Any) -> None:
    assert codes_in(cell, names_of(hazard_choices()), T) == ("11B03", "11A02")


def test_an_unknown_hazard_is_refused_by_name() -> None:
    with pytest.raises(Rejected, match="外星人") as refused:
        codes_in("暴雨;外星人", names_of(hazard_choices()), T)
    assert refused.value.code == "unknown_code"


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [("红", 4), ("橙色", 3), ("Ⅲ级", 2), ("IV", 1), ("蓝色预警", 1), (2.0, 2), ("0", 0), ("无", 0), ("", None), ("不详", None)],
)  # fmt: skip
def test_levels(cell: Any, wanted: int | None) -> None:
    assert severity_in(cell, names_of(SEVERITIES), T) == wanted


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (1.0, "1"),
        (1.5, "1.5"),
        (" a ", "a"),
        ("", None),
        (True, "true"),
        (["a", "b"], "a、b"),
        (2**60, str(2**60)),
    ],
)
def test_text(cell: Any, wanted: str | None) -> None:
    assert text_of(cell) == wanted


@pytest.mark.parametrize(
    ("cell", "code"),
    [("a" * 1_000_001, "field_too_long"), ("a\x00b", "bad_character"), ("a\ud800b", "bad_character")],
)
def test_text_that_cannot_be_stored(cell: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        text_of(cell)
    assert refused.value.code == code
    refused.value.zh.encode()


def test_lists_without_a_code_list_keep_their_commas() -> None:
    assert list_of("a, b；c、d") == ("a, b", "c", "d")
