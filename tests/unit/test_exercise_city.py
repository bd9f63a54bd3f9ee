"""The made-up city as it is generated: the same at every load, in the layers' own words, inside its districts."""

import hashlib
from datetime import UTC, datetime

import pytest
import shapely

from emmap.exercise.city_2020 import HISTORIES
from emmap.exercise.city_2020.rain import HOURS_MM, daily
from emmap.exercise.knowledge import History
from emmap.ingest.places import boundary_of
from emmap.layer import Row, load_layers
from emmap.settings import ROOT

LAYERS = load_layers(ROOT / "layers")
HOTSPOTS = LAYERS["risk_hotspots"]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def made(layer: str, share: float = 0.005) -> History:
    return HISTORIES[layer](LAYERS[layer], share, NOW)


@pytest.mark.parametrize("layer", HISTORIES)
def test_every_load_brings_the_same(layer: str) -> None:
    first, again = (
        hashlib.sha256("\n".join(map(repr, made(layer, 0.001).rows)).encode()).hexdigest() for _ in range(2)
    )
    assert first == again


def test_a_history_says_beforehand_how_much_it_brings() -> None:
    history = made("risk_hotspots")
    rows = list(history.rows)
    assert len(rows) == history.versions
    assert len({row.record.feature_id for row in rows}) == history.features == round(361_500 * 0.005)
    told = dict(history.personal or ())
    assert all(told[row.record.feature_id] == row.record.personal for row in rows)


def test_hazards_are_written_as_their_layer_writes_them() -> None:
    for row in list(made("risk_hotspots", 0.001).rows):
        record = row.record
        values = {**record.properties, **record.personal, "hazards": record.hazards, "status": record.status}
        stated = HOTSPOTS.properties.model_validate({**values, "severity": record.severity})
        (as_read, *_) = HOTSPOTS.records(
            Row(
                record.position,
                record.feature_id,
                stated,
                record.geometry,
                record.valid_from,
                None,
                record.districts,
            )
        )
        for name in ("hazards", "severity", "districts", "geometry", "properties", "personal"):
            assert getattr(as_read, name) == getattr(record, name)


def test_what_was_known_at_any_time_never_overlaps() -> None:
    by_feature: dict[str, list[tuple[datetime, datetime, datetime, datetime]]] = {}
    end = datetime.max.replace(tzinfo=UTC)
    for row in made("risk_hotspots").rows:
        assert row.record.valid_from is not None
        by_feature.setdefault(row.record.feature_id, []).append(
            (row.record.valid_from, row.record.valid_to or end, row.recorded_from, row.recorded_to or end)
        )
    for spans in by_feature.values():
        for number, (a, b, c, d) in enumerate(spans):
            assert a < b
            assert c < d
            assert not any(e < b and a < f and g < d and c < h for e, f, g, h in spans[:number])


def test_hazards_lie_in_their_district() -> None:
    for row in made("risk_hotspots", 0.001).rows:
        if row.record.geometry:
            (code,) = row.record.districts
            assert shapely.contains(boundary_of(code), shapely.from_wkb(row.record.geometry))


def test_the_rain_adds_up() -> None:
    days = daily()
    assert len(days) == 366
    assert sum(round(10 * mm) for mm in days) == 18_052
    assert max(days) == days[142] == 101.0
    assert min(days) == 0.0
    yonghe, xintang = HOURS_MM["rain_hour_yonghe"], HOURS_MM["rain_hour_xintang"]
    assert (max(yonghe), round(sum(yonghe), 1)) == (167.8, 378.6)
    assert max(round(sum(yonghe[i : i + 3]), 1) for i in range(10)) == 288.5
    assert max(round(sum(xintang[i : i + 3]), 1) for i in range(10)) == 297.0
    assert round(sum(xintang[:6]), 1) == 224.5
