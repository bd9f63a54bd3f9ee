"""Readers of gauges: SL 323 tables and USGS values as they come, and whatever else comes instead."""

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emmap.errors import EmmapError
from emmap.ingest.gauges import reading, sl323
from emmap.ingest.gauges.batch import Batch
from emmap.layer import Rejected, load_layers
from emmap.series import PERIODS_S, measured, series_named
from emmap.settings import ROOT

LAYER = load_layers(ROOT / "layers")["gauge_stations"]
LIMIT = 1 << 22


def read(content: bytes) -> Batch:
    found = reading.read(content, LAYER, "wgs84", LIMIT)
    assert found is not None
    return found


def values(batch: Batch) -> list[tuple[str, int, datetime, float | None]]:
    return [(one.of.quantity, one.of.period_s, one.at, one.value) for one in batch.readings]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
def test_a_station_table_is_read_whatever_the_case_of_its_columns(encoding: str) -> None:
    text = "stcd,StNm,RVNM,lgtd,LTTD,sttp,dtmnm,ADDVCD\n81200100,太平场,流溪河,113.53,23.44,zq,珠基,440117\n9,无名,,0,0,X,,\n"
    batch = read(text.encode(encoding))
    first, second = batch.stations
    assert first.fields == {"name": "太平场", "river": "流溪河", "kind": "ZQ", "datum": "珠基"}
    assert first.districts == ("440117",)
    assert (second.fields, second.geometry) == ({"name": "无名"}, None)


def test_river_and_rain_rows_give_readings_in_beijing_time() -> None:
    river = read(b"STCD,TM,Z,Q\nA,2020-05-22 01:00,12.34,\nA,2020-05-22 01:05,,880\nA,2020-05-22 01:10,,\n")
    assert values(river) == [
        ("stage", 0, utc(2020, 5, 21, 17, 0), 12.34),
        ("flow", 0, utc(2020, 5, 21, 17, 5), 880.0),
    ]
    assert river.read == 3
    rain = read(b"STCD,TM,DRP,INTV,DYP\nA,2020-05-22 08:00,3.5,0.05,120.5\nA,2020-05-22 09:00,8,1.00,8\n")
    assert values(rain) == [
        ("rain", 300, utc(2020, 5, 22), 3.5),
        ("rain", 86_400, utc(2020, 5, 22), 120.5),
        ("rain", 3600, utc(2020, 5, 22, 1), 8.0),
    ]


@pytest.mark.parametrize(
    ("intv", "seconds"), [(0.05, 300), (0.1, 600), (0.3, 1800), (1.0, 3600), (6.0, 21_600), (24.0, 86_400)]
)
def test_an_interval_is_hours_and_minutes(intv: float, seconds: int) -> None:
    assert sl323.seconds_of(intv) == seconds


@given(st.floats(-5, 30, allow_nan=False))
def test_any_other_interval_is_refused(intv: float) -> None:
    try:
        found = sl323.seconds_of(intv)
    except Rejected:
        return
    assert found in PERIODS_S


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A,2020-05-22 01:00,99999,,,", "implausible"),
        ("A,2020-05-22 01:00,,-1,1.00,", "implausible"),
        ("A,2020-05-22 01:00,,5,,", "missing_value"),
        ("A,,12,,,", "missing_value"),
        (",2020-05-22 01:00,12,,,", "missing_id"),
        ("a b,2020-05-22 01:00,12,,,", "bad_station"),
        ("A,2020-13-22 01:00,12,,,", "impossible_instant"),
        ("A,2020-05-22 01:00,x,,,", "not_a_number"),
        ("A,2020-05-22 01:00,,5,0.65,", "bad_interval"),
    ],
)
def test_what_cannot_be_is_refused_row_by_row(row: str, code: str) -> None:
    batch = read(f"STCD,TM,Z,DRP,INTV,DYP\n{row}\nB,2020-05-22 01:00,1.5,,,\n".encode())
    assert [one.code for one in batch.refused] == [code]
    assert [one.value for one in batch.readings] == [1.5]


def test_daylight_saving_and_its_missing_hour_come_out_a_quarter_of_an_hour_apart(samples: Path) -> None:
    batch = read((samples / "gauges" / "usgs_iv_data_startDST.json").read_bytes())
    times = [one.at for one in batch.readings]
    assert times[0] == utc(2018, 3, 10, 5, 0)
    assert Counter((b - a).total_seconds() for a, b in pairwise(times)) == {900.0: 283}


def test_feet_become_metres_and_no_data_a_known_gap(samples: Path) -> None:
    content = json.loads((samples / "gauges" / "usgs_iv_data_two_sites_two_params_iv.json").read_bytes())
    content["value"]["timeSeries"][1]["values"][0]["value"][1]["value"] = "-999999"
    batch = read(json.dumps(content).encode())
    stages = [one.value for one in batch.readings if one.of.quantity == "stage"]
    assert stages[:2] == [pytest.approx(6.55 * 0.3048), None]
    assert {one.station for one in batch.stations} == {"USGS-01541000", "USGS-01541200"}


def test_every_sample_is_read_or_refused_as_the_page_says(samples: Path) -> None:
    page = (ROOT / "docs" / "gauges.md").read_text(encoding="utf-8")
    for path in sorted((samples / "gauges").iterdir()):
        if path.suffix == ".md":
            continue
        batch = read(path.read_bytes())
        stations = len({one.station for one in batch.stations})
        codes = (
            ", ".join(f"{n} `{code}`" for code, n in Counter(r.code for r in batch.refused).items()) or "—"
        )
        assert f"| `{path.name}` | {batch.read} | {stations} | {len(batch.readings)} | {codes} |" in page


def test_a_table_of_another_kind_is_none_of_ours() -> None:
    assert reading.read("编号,站名\n1,某站\n".encode(), LAYER, "wgs84", LIMIT) is None
    assert reading.read(b'{"type": "FeatureCollection", "features": []}', LAYER, "wgs84", LIMIT) is None


def test_a_gauges_series_is_described_by_its_name() -> None:
    series = series_named("gauge:81200100:rain:300")
    assert (series.unit, series.period_s, series.zh) == ("mm", 300, "81200100 雨量")
    assert measured("rain_day_440100") is None


SEEDS = (
    b"STCD,TM,Z,Q\nA,2020-05-22 01:00,12.34,\n",
    b"STCD,TM,DRP,INTV,DYP\nA,2020-05-22 08:00,3.5,0.05,120.5\n",
    b'{"value": {"timeSeries": [{"sourceInfo": {"siteCode": [{"value": "1"}]}, "variable": {"variableCode": '
    b'[{"value": "00065"}]}, "values": [{"value": [{"value": "1.0", "dateTime": "2018-01-24T00:00:00Z"}]}]}]}}',
    b"# x\nagency_cd\tsite_no\tstation_nm\n5s\t15s\t50s\nUSGS\t01491000\tCHOPTANK\n",
)


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=6)), max_size=6))
def test_damaged_files_are_read_or_refused_and_never_break_the_reader(
    seed: bytes, damages: list[tuple[int, bytes]]
) -> None:
    content = bytearray(seed)
    for at, piece in damages:
        content[at : at + len(piece)] = piece
    try:
        batch = reading.read(bytes(content), LAYER, "wgs84", LIMIT)
    except EmmapError:
        return
    if batch is not None:
        positions = {one.position for one in batch.refused}
        assert len(batch.refused) == len(positions) <= batch.read
        assert not positions & {one.position for one in batch.readings}


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("00065"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "value",
                    "timeSeries",
                    "sourceInfo",
                    "variable",
                    "values",
                    "siteCode",
                    "variableCode",
                    "dateTime",
                    "options",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_json)
def test_any_json_that_calls_itself_a_time_series_is_read_or_refused(told: object) -> None:
    try:
        reading.read(json.dumps({"value": {"timeSeries": told}}).encode(), LAYER, "wgs84", LIMIT)
    except EmmapError:
        return
