"""A large layer over HTTP: where its parts are told, and that pages need not wait for a new checkpoint's."""

import threading
from typing import Any

import pyarrow as pa
import pytest
from served import application

from emmap.store import points, versions
from emmap.store.database import Database
from tests.facts import HOTSPOTS, hotspot

LAYER = "/api/layers/risk_hotspots"


def write(database: Database, first: int, last: int) -> None:
    with database.engine("app", "exercise").begin() as conn:
        versions.write(
            conn, HOTSPOTS, [hotspot(str(n), 0, at=(113 + n / 90, 23.1)) for n in range(first, last)]
        )


def rows(body: bytes) -> int:
    found: int = pa.ipc.open_stream(body).read_all().num_rows
    return found


def test_a_layer_over_the_threshold_comes_in_pieces_that_outlast_a_checkpoint(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "CHECKPOINT_AFTER", 5)
    write(database, 0, 9)
    with application(database, pieces_from=10) as (web, _):
        client = web.client("viewer")

        def listed() -> dict[str, Any]:
            answer: dict[str, Any] = client.get(LAYER, params={"realm": "exercise"}).json()
            return answer

        assert listed()["cells"] is None
        write(database, 9, 40)
        first = listed()
        cells = first["cells"]
        assert rows(client.get(f"{cells}&part=kinds").content) == 1
        assert rows(client.get(f"{cells}&part=open").content) == first["versions"] == 40
        kinds = pa.ipc.open_stream(client.get(f"{cells}&part=kinds").content).schema.metadata[b"emmap"]
        assert b'"name": "0-0-0"' in kinds
        found = {"realm": "exercise", "q": "仓库", "as": "columns"}
        assert rows(client.get(f"{LAYER}/search", params=found).content) == 40
        assert rows(client.get(f"{LAYER}/search", params=found | {"q": "水库"}).content) == 0
        piece = cells.replace("/cells?", "/pieces/0-0-0?")
        assert rows(client.get(piece).content) == 40
        missing = client.get(cells.replace("/cells?", "/pieces/9-9-9?"))
        assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
        write(database, 40, 60)
        assert listed()["cells"] == cells, "the parts that are there serve while the new ones are built"
        for thread in threading.enumerate():
            if thread.name.startswith("pieces-"):
                thread.join(30)
        second = listed()
        assert second["cells"] != cells
        assert rows(client.get(f"{second['cells']}&part=open").content) == 60
        assert rows(client.get(piece).content) == 40, "an address never changes what it answers"
