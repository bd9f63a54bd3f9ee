"""Facts for tests of the store: risk hotspots, made up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import shapely

from emmap.layer import Record, load_layers
from emmap.settings import ROOT

LAYERS = load_layers(ROOT / "layers")
HOTSPOTS = LAYERS["risk_hotspots"]
DAY = datetime(2020, 5, 22, tzinfo=UTC)


def second(n: int | None) -> datetime | None:
    """The n-th second of the day of the tests; None stays None."""
    return None if n is None else DAY + timedelta(seconds=n)


def point(lon: float, lat: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.Point(lon, lat)))


def hotspot(
    feature_id: str,
    start: int | datetime | None = None,
    end: int | datetime | None = None,
    *,
    position: int = 1,
    name: str = "新塘镇仓库(演练)",
    at: tuple[float, float] | None = (113.6, 23.1),
    properties: dict[str, Any] | None = None,
    **columns: Any,
) -> Record:
    """A hotspot in one state; `start` and `end` are instants, or seconds of the day."""
    given: dict[str, Any] = {"hazards": ("11B03",), "severity": 2, "status": "open", "districts": ("440118",)}
    return Record(
        position=position,
        feature_id=feature_id,
        valid_from=second(start) if isinstance(start, int) else start,
        valid_to=second(end) if isinstance(end, int) else end,
        geometry=point(*at) if at else None,
        properties={"name": name, **(properties or {})},
        **(given | columns),
    )
