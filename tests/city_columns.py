"""A made-up city of hotspots as the columnar download, at full scale and in a second: what browser tests and benches load.

361,500 hotspots, each with its life through 2020 (open, overdue or not, rectified), so about a million spans, of which
some 50,000 are not rectified at any time; clustered as a city is. The same bytes at every call.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from emmap.codes import districts, hazards
from emmap.layer import Layer, load_layers
from emmap.settings import ROOT
from emmap.store.packing import in_order

FEATURES = 361_500
HOTSPOTS: Layer = load_layers(ROOT / "layers")["risk_hotspots"]
YEAR_STARTS = 631_152_000
"""2020-01-01T00:00:00Z in seconds since 2000."""
DAY = 86_400
MIDDLE = YEAR_STARTS + 200 * DAY
"""A time at which the city is as busy as it gets."""
YEAR_ENDS = YEAR_STARTS + 366 * DAY
FOR_EVER = 2**31 - 1
INDUSTRIES = 41
_LEVEL_SHARES = (0.0, 0.62, 0.25, 0.1, 0.03)
_STATUSES = ("", "open", "rectifying", "overdue", "rectified")


def city(features: int = FEATURES, *, lives: bool = True) -> dict[str, np.ndarray]:
    """The columns by name, codes and masks packed. Without `lives` one open span each, from ever on."""
    chance = np.random.default_rng(2020)
    hubs = chance.normal((113.4, 23.2), (0.18, 0.2), (400, 2))
    weight = chance.pareto(2.0, 400) + 0.2
    hub = chance.choice(400, features, p=weight / weight.sum())
    place = hubs[hub] + chance.laplace(0, 0.012, (features, 2))
    level = chance.choice(5, features, p=_LEVEL_SHARES).astype(np.uint8)
    industry = chance.integers(1, INDUSTRIES + 1, features).astype(np.uint8)
    district = np.uint32(1) << (hub % len(districts())).astype(np.uint32)
    hazard = np.uint64(1) << (hub % len(hazards())).astype(np.uint64)
    found = YEAR_STARTS + chance.integers(0, 366 * DAY, features)
    due = found + 30 * DAY
    rectified = found + (chance.gamma(4.0, 12.0, features) * DAY).astype(np.int64)
    late = rectified > due
    spans: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]] = [(np.arange(features), found, found, 1)]
    if lives:
        one = np.arange(features)
        spans = [
            (one, found, np.where(late, due, rectified), 1),
            (one[late], due[late], rectified[late], 3),
            (one, rectified, np.full(features, FOR_EVER), 4),
        ]
    of = np.concatenate([which for which, *_ in spans])
    t0 = np.concatenate([start for _, start, *_ in spans])
    t1 = np.concatenate([end for *_, end, _ in spans])
    status = np.concatenate([np.full(len(which), code, np.uint8) for which, *_, code in spans])
    if not lives:
        t0, t1 = np.full(features, -(2**31)), np.full(features, FOR_EVER)
    born = np.lexsort((t0, of))
    of, t0, t1, status = of[born], t0[born], t1[born], status[born]
    columns: dict[str, np.ndarray] = {
        "row": np.arange(1, len(of) + 1, dtype=np.uint32),
        "x": np.rint(place[of, 0] * 1e7).astype(np.int32),
        "y": np.rint(place[of, 1] * 1e7).astype(np.int32),
        "t0": t0.astype(np.int32),
        "t1": t1.astype(np.int32),
        "r0": np.maximum(t0, YEAR_STARTS).astype(np.int32),
        "r1": np.full(len(of), FOR_EVER, np.int32),
        "shape": np.ones(len(of), np.uint8),
        "severity": level[of],
        "industry": industry[of],
        "status": status,
        "districts_0": district[of],
    }
    for word in range(-(-len(hazards()) // 32)):
        columns[f"hazards_{word}"] = ((hazard[of] >> np.uint64(32 * word)) & np.uint64(0xFFFFFFFF)).astype(
            np.uint32
        )
    order = in_order(columns["x"], columns["y"], columns["severity"], columns["row"])
    return {name: values[order] for name, values in columns.items()}


def stream(columns: Mapping[str, np.ndarray], layer: Layer = HOTSPOTS) -> bytes:
    """The columns as the application would send them."""
    dictionaries = {
        "industry": ["", *(f"行业{n:02d}(演练)" for n in range(1, INDUSTRIES + 1))],
        "status": list(_STATUSES),
    }
    masks = {"districts": list(districts()), "hazards": list(hazards())}
    told: dict[str, Any] = {"layer": layer.id, "rows": "open", "masks": masks, "dictionaries": dictionaries}
    arrays = {
        name: pa.DictionaryArray.from_arrays(pa.array(values), pa.array(dictionaries[name], pa.string()))
        if name in dictionaries
        else pa.array(values)
        for name, values in columns.items()
    }
    batch = pa.record_batch(arrays).replace_schema_metadata({"emmap": json.dumps(told, ensure_ascii=False)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())
