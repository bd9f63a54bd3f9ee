"""Made-up hotspots in the number that a city has, for the rows about the store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely

from emmap.layer import Record, load_layers
from emmap.settings import ROOT

HOTSPOTS = load_layers(ROOT / "layers")["risk_hotspots"]
FEATURES = 361_500
"""What the city's inspections found in 2020."""
YEAR = datetime(2020, 1, 1, tzinfo=UTC)
_DISTRICTS = (
    "440103",
    "440104",
    "440105",
    "440106",
    "440111",
    "440112",
    "440113",
    "440114",
    "440115",
    "440117",
    "440118",
)
_HAZARDS = ("11B03", "11A02", "11G", "11A01")
_INDUSTRIES = ("工贸", "建筑施工", "交通运输", "消防", "水务", "林业", "燃气", "危险化学品")


def hotspots(features: int = FEATURES) -> list[Record]:
    """One state each, spread over city and year; the same ones at every call."""
    return list(each_hotspot(features))


def each_hotspot(features: int) -> Iterator[Record]:
    """The same, one after the other."""
    chance = np.random.default_rng(2020)
    places = shapely.to_wkb(shapely.points(chance.normal((113.4, 23.2), 0.2, (features, 2))))
    picks = chance.integers(0, 2**31, (features, 4))
    for n, (place, (a, b, c, d)) in enumerate(zip(places, picks, strict=True)):
        began = YEAR + timedelta(seconds=int(a) % 31_536_000)
        yield Record(
            position=n + 1,
            feature_id=f"YL-{n:06d}",
            valid_from=began,
            valid_to=None,
            geometry=place,
            hazards=(_HAZARDS[b % 4],),
            severity=int(b % 5),
            status=("open", "rectifying", "rectified")[c % 3],
            districts=(_DISTRICTS[c % 11],),
            properties={
                "name": f"{_INDUSTRIES[d % 8]}隐患(演练)",
                "industry": _INDUSTRIES[d % 8],
                "found_at": began.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "responsible_unit": f"第{d % 900}单位",
                "address": f"解放路{a % 999}号",
            },
        )
