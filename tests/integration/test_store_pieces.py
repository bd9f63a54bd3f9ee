"""A layer in pieces: the pieces hold every row once, and the cells' spans count as the store does."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from emmap.layer import End
from emmap.store import answers, pieces, points, versions
from emmap.store.database import Database
from emmap.view import View
from tests.facts import HOTSPOTS, hotspot, second

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
FOR_EVER = 2**31 - 1


def read(body: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    table = pa.ipc.open_stream(body).read_all()
    plain = {name: table[name].combine_chunks() for name in table.schema.names}
    found = {
        name: (one.indices if isinstance(one, pa.DictionaryArray) else one).to_numpy()
        for name, one in plain.items()
    }
    return found, json.loads(table.schema.metadata[b"emmap"])


def test_pieces_and_cells_are_the_whole_layer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_ROWS", 12)
    monkeypatch.setattr(pieces, "MOST_CELLS", 16)
    chance = np.random.default_rng(6)
    engine = database.engine("app", "exercise")
    for turn in range(3):
        acts: list[Any] = [
            hotspot(
                str(n),
                int(chance.integers(0, 5)),
                int(chance.integers(5, 9)),
                severity=int(chance.integers(0, 5)),
                status=("open", "overdue", None)[int(chance.integers(0, 3))],
                at=None if n % 17 == 0 else (113 + n / 90, 23 + (n % 13) / 40),
            )
            for n in range(turn, 90, turn + 1)
        ]
        with engine.begin() as conn:
            versions.write(conn, HOTSPOTS, [*acts, End(len(acts), str(10 + turn), second(3))])
    with engine.begin() as conn:
        stamp = points.checkpoint(conn, HOTSPOTS)
        assert stamp is not None
        parts = dict(pieces.parts(conn, HOTSPOTS, "exercise", stamp))
        whole = {
            rows: read(points.columns(conn, HOTSPOTS, "exercise", stamp, rows=rows))[0]
            for rows in ("open", "closed")
        }
        kinds, told = read(parts["cells-kinds"])
        assert len(told["pieces"]) > 4
        assert max(one["open"] + one["closed"] for one in told["pieces"] if one["name"] != "nowhere") <= 12
        for rows in ("open", "closed"):
            found = [read(parts[f"piece-{one['name']}-{rows}"])[0] for one in told["pieces"]]
            assert [len(one["row"]) for one in found] == [one[rows] for one in told["pieces"]]
            order = np.argsort(np.concatenate([one["row"] for one in found]))
            by_row = np.argsort(whole[rows]["row"])
            for name, values in whole[rows].items():
                joined = np.concatenate([one[name] for one in found])[order]
                assert (joined == values[by_row]).all(), (rows, name)
        spans, _ = read(parts["cells-all"])
        t0 = np.cumsum(spans["gap"], dtype=np.int64)
        t1 = np.where(spans["life"] == 0, FOR_EVER, t0 + spans["life"])
        r0 = t0 + spans["late"]
        assert (np.diff(t0) >= 0).all()
        known = -((EPOCH - stamp) // timedelta(seconds=1))
        for at in (2, 4, 6):
            answer = answers.counts(conn, HOTSPOTS, View(at=second(at), known_at=stamp), ["severity"])
            seconds = (second(at) - EPOCH) // timedelta(seconds=1)
            holds = (t0 <= seconds) & (t1 > seconds) & (r0 <= known) & (known < spans["r1"])
            assert int(holds.sum()) == answer["total"] > 0
            assert int((holds & (spans["cell"] == len(told["cells"]))).sum()) == answer["unplaced"]
            levels = np.bincount(kinds["severity"][spans["kind"]][holds], minlength=5)
            assert {one["severity"] or 0: one["count"] for one in answer["counts"]} == {
                level: n for level, n in enumerate(levels.tolist()) if n
            }
        opened, _ = read(parts["cells-open"])
        assert len(opened["gap"]) == told["open"] == int((spans["r1"] == FOR_EVER).sum())
