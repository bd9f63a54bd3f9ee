"""A file is recognised before anything is imported: how it is written, what its columns mean, and in which datum."""

import numpy as np
import pytest
from ingest_reading import LAYERS, LIMIT

from emmap.ingest.datums import Datum, gcj02_of_wgs84
from emmap.ingest.evidence import weigh
from emmap.ingest.headers import Names
from emmap.ingest.recognise import Recognised, recognise
from tests.boundary_places import near_boundaries

TEAMS = LAYERS["rescue_teams"]


def table(datum: str, header: str = "编号,队伍名称,区,经度,纬度", count: int = 20) -> bytes:
    places = near_boundaries(count, datum)
    rows = [f"T{n},演练{n}队,{district},{x},{y}" for n, (district, x, y) in enumerate(places)]
    return "\n".join([header, *rows]).encode()


def looked_at(content: bytes, mapping: dict[str, str] | None = None) -> Recognised:
    return recognise(TEAMS, "队伍.csv", content, mapping or {}, LIMIT)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_the_datum_is_told_by_the_districts_that_rows_name(datum: Datum) -> None:
    points = looked_at(table(datum)).points
    assert points is not None
    found = weigh(points, {})
    assert (found.datum, found.sure, found.because) == (datum, True, "districts")
    assert found.named == 220
    assert found.inside[found.datum] > 215
    assert all(found.inside[other] < 190 for other in ("wgs84", "gcj02", "bd09") if other != datum)


def test_districts_are_found_in_addresses_too() -> None:
    content = table("gcj02").replace("队伍名称,区".encode(), "队伍名称,驻地".encode())
    points = looked_at(content).points
    assert points is not None
    assert weigh(points, {}).datum == "gcj02"


def test_features_that_are_known_tell_the_datum_although_no_district_is_named() -> None:
    x, y = gcj02_of_wgs84(np.array([113.4, 113.5, 113.6]), np.array([23.2, 23.1, 23.3]))
    rows = "".join(f"T{n},演练{n}队,{x[n]},{y[n]}\n" for n in range(3))
    points = looked_at(f"编号,队伍名称,经度,纬度\n{rows}".encode()).points
    assert points is not None
    found = weigh(points, {"T0": (113.4, 23.2), "T1": (113.5, 23.1), "T2": (113.6, 23.3)})
    assert (found.datum, found.sure, found.because, found.met) == ("gcj02", True, "known", 3)
    assert found.median_m["gcj02"] < 1
    assert found.median_m["wgs84"] > 400


def test_without_evidence_nothing_is_claimed() -> None:
    points = looked_at("编号,队伍名称,区,经度,纬度\nT1,演练一队,增城区,113.8,23.3\n".encode()).points
    assert points is not None
    found = weigh(points, {})
    assert (found.datum, found.sure, found.because) == ("wgs84", False, "nothing")


def test_a_table_says_how_it_is_written_and_what_its_columns_mean() -> None:
    content = "演练数据,,,\n编号;队伍全称;人数(人);X\nT1;演练一队;12;1\nT2;演练二队;;2\n".encode("gb18030")
    found = looked_at(content)
    assert (found.found.kind, found.found.encoding, found.found.delimiter) == ("csv", "GB18030", ";")
    assert (found.found.header_line, found.rows) == (2, 2)
    assert [(column.title, column.field) for column in found.columns] == [
        ("编号", "id"), ("队伍全称", ""), ("人数(人)", "people"), ("X", "lon"),
    ]  # fmt: skip
    assert found.columns[1].samples == ("演练一队", "演练二队")
    assert found.missing == ("name",)


def test_a_table_of_which_no_column_is_known_still_shows_its_columns() -> None:
    found = looked_at("甲,乙,丙\n1,2,3\n".encode())
    assert [(column.title, column.field, column.samples) for column in found.columns] == [
        ("甲", "", ("1",)), ("乙", "", ("2",)), ("丙", "", ("3",)),
    ]  # fmt: skip
    assert found.missing == ("id", "name")


def test_what_a_person_says_of_a_column_goes_before_its_title() -> None:
    content = "编号,队伍名称,备注\nT1,旧名,演练一队\n".encode()
    found = looked_at(content, {"队伍名称": "-", "备注": "name", "没有的列": "people"})
    assert [column.field for column in found.columns] == ["id", "", "name"]
    assert Names(TEAMS, {"队伍名称": "-"}).find("队伍名称") is None


def test_the_order_of_columns_and_a_reason_make_no_other_kind_of_table() -> None:
    one, other = (
        looked_at(f"{header}\nT1,演练一队,1\n".encode()).signature
        for header in ("编号,队伍名称,拒收原因", "队伍名称,编号,拒收原因")
    )
    assert one == other == looked_at("编号,队伍名称\nT1,演练一队\n".encode()).signature
