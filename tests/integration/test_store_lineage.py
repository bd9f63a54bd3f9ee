"""Which versions are of one feature and which say the same."""

import json

import numpy as np
import pyarrow as pa
from served import Web

from emmap.layer import End
from emmap.store import versions
from tests.facts import HOTSPOTS, hotspot, second


def test_versions_of_a_corrected_feature_name_the_first_and_the_first_that_said_so(web: Web) -> None:
    engine = web.database.engine("app", "exercise")
    writings = (
        [hotspot("a", 0, severity=1), hotspot("b", 0)],
        [hotspot("a", 0, severity=4)],
        [hotspot("a", 0, severity=1)],
        [End(1, "b", second(0))],
    )
    for acts in writings:
        with engine.begin() as conn:
            versions.write(conn, HOTSPOTS, acts)
    client = web.client()
    found = client.get("/api/layers/risk_hotspots/lineage")
    table = pa.ipc.open_stream(found.content).read_all()
    told = [tuple(one.values()) for one in table.to_pylist()]
    rows = {row for row, *_ in told}
    assert len(rows) == 4
    first, gone, red, again = sorted(rows)
    assert told == [(first, first, first), (gone, gone, gone), (red, first, red), (again, first, first)]
    assert json.loads(table.schema.metadata[b"emmap"])["last"] == again
    assert all(one.type == pa.uint32() for one in table.columns)
    # Of versions that came later it is asked by number.
    asked = client.get("/api/layers/risk_hotspots/lineage", params={"row": f"{red}"})
    assert np.array_equal(pa.ipc.open_stream(asked.content).read_all()["row"], [first, red, again])
    assert client.get("/api/layers/risk_hotspots/lineage", params={"row": "red"}).status_code == 422
