"""NASA FIRMS files: MODIS and VIIRS, near real time and archive."""

from pathlib import Path

import pytest
from ingest_reading import codes, understood

from emmap.ingest.detections.sightings import sighting_of
from emmap.ingest.detections.standing import listed, sources

SAMPLES = Path(__file__).parent.parent / "samples" / "firms"
LAYER = "forest_fire_alerts"
MODIS = "latitude,longitude,brightness,acq_date,acq_time,satellite,instrument,confidence,version,frp,daynight,type\n"


def one(row: str) -> object:
    return understood(MODIS + row, LAYER).records[0]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("modis_c6_1_nrt_24h_2022-02-26_east_asia", 1414),
        ("modis_c6_archive_2019-08_australia", 6000),
        ("modis_c61_europe_24h", 203),
        ("viirs_noaa20_c2_europe_24h", 1332),
        ("viirs_snpp_c2_nrt_24h_2022_europe", 1205),
    ],
)
def test_every_detection_goes_in(name: str, rows: int) -> None:
    found = understood((SAMPLES / f"{name}.csv").read_bytes(), LAYER)
    assert len(found.records) == len({r.feature_id for r in found.records}) == rows


def test_lost_zeros_of_the_time_do_not_make_other_fires() -> None:
    padded, lost = (
        understood((SAMPLES / f"{name}.csv").read_bytes(), LAYER).records
        for name in ("viirs_noaa20_c2_europe_24h", "DERIVED_noaa20_acq_time_unpadded")
    )
    assert padded == lost


@pytest.mark.parametrize(
    ("code", "name", "sensor"),
    [
        ("T", "Terra", "MODIS"), ("Terra", "Terra", "MODIS"), ("A", "Aqua", "MODIS"), ("N", "Suomi NPP", "VIIRS"),
        ("1", "NOAA-20", "VIIRS"), ("N20", "NOAA-20", "VIIRS"), ("2", "NOAA-21", "VIIRS"), ("N21", "NOAA-21", "VIIRS"),
    ],
)  # fmt: skip
def test_satellite_codes(code: str, name: str, sensor: str) -> None:
    record = understood(MODIS + f"23.2,113.4,310,2022-02-26,5,{code},,71,6.1NRT,12,D,\n", LAYER).records[0]
    assert (record.properties["satellite"], record.properties["sensor"]) == (name, sensor)
    assert record.feature_id == f"{name.replace(' ', '-')}_20220226T000500Z_113.4000_23.2000"


@pytest.mark.parametrize(
    ("cell", "grade", "percent"),
    [("0", "low", 0), ("29", "low", 29), ("30", "nominal", 30), ("79", "nominal", 79), ("80", "high", 80),
     ("l", "low", None), ("nominal", "nominal", None), ("H", "high", None), ("", None, None)],
)  # fmt: skip
def test_confidence_of_both_scales(cell: str, grade: str | None, percent: int | None) -> None:
    record = understood(MODIS + f"23.2,113.4,310,2022-02-26,5,T,MODIS,{cell},6.1NRT,12,D,\n", LAYER).records[
        0
    ]
    kept = record.properties
    assert (kept.get("confidence"), kept.get("confidence_percent")) == (grade, percent)


def test_a_detection_is_a_hotspot_for_a_day_and_keeps_its_source_type() -> None:
    record = understood(MODIS + "23.2,113.4,310,2022-02-26,0245,T,MODIS,71,6.3,12.5,D,0\n", LAYER).records[0]
    assert (record.form, record.status, record.districts) == ("satellite", "hotspot", ("440106",))
    assert (record.properties["source_type"], record.properties["frp_mw"]) == ("vegetation", 12.5)
    assert record.valid_from is not None
    assert record.valid_to is not None
    assert (record.valid_to - record.valid_from).total_seconds() == 86_400


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("23.2,113.4,310,2022-02-30,0245,T,MODIS,71,6.3,12,D,", "impossible_instant"),
        ("23.2,113.4,310,2022-02-26,2460,T,MODIS,71,6.3,12,D,", "impossible_instant"),
        ("23.2,113.4,310,2022-02-26,noon,T,MODIS,71,6.3,12,D,", "impossible_instant"),
        ("23.2,113.4,310,2022-02-26,0245,T,MODIS,171,6.3,12,D,", "unknown_code"),
        ("23.2,113.4,310,2022-02-26,0245,T,MODIS,71,6.3,NaN,D,", "not_finite"),
        ("113.4,23.2,310,2022-02-26,0245,T,MODIS,71,6.3,12,D,", "swapped_coordinates"),
        (",,310,2022-02-26,0245,T,MODIS,71,6.3,12,D,", "missing_id"),
    ],
)
def test_a_detection_that_cannot_be_is_refused_alone(row: str, code: str) -> None:
    good = "23.2,113.4,310,2022-02-26,0245,T,MODIS,71,6.3,12,D,\n"
    found = understood(f"{MODIS}{row}\n{good}", LAYER)
    assert (codes(found), len(found.records)) == ({1: code}, 1)


@pytest.mark.parametrize("kind", ["2", "3"])
def test_what_the_archive_knows_as_no_fire_is_no_hotspot(kind: str) -> None:
    record = understood(
        MODIS + f"23.2,113.4,310,2022-02-26,0245,T,MODIS,71,6.3,12.5,D,{kind}\n", LAYER
    ).records[0]
    assert (record.status, record.properties["static_reason"]) == ("static", "archive")


def test_the_operators_list_masks_a_place_for_as_long_as_it_burns(tmp_path: Path) -> None:
    path = tmp_path / "heat_sources.csv"
    path.write_text(
        "name,lon,lat,radius_m,from,to\n【演练】窑,113.4,23.2,600,2022-02-01,2022-02-27\n", "utf-8"
    )
    rows = "".join(
        f"{lat},113.4,310,2022-{day},0245,T,MODIS,71,6.3,12.5,D,\n"
        for lat, day in (("23.204", "02-27"), ("23.204", "02-28"), ("23.206", "02-10"))
    )
    seen = [sighting_of([record]) for record in understood(MODIS + rows, LAYER).records]
    assert listed([one for one in seen if one], sources(path)) == {0: "【演练】窑"}
