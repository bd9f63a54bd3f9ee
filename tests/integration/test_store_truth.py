"""The boundaries of time: the truth table of data/time_truth.json, by SQL and by the columns of the download."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from emmap.settings import ROOT
from emmap.store import answers, points
from emmap.store.database import Database
from emmap.store.history import HistoryRow, load_history
from emmap.view import View
from tests.facts import HOTSPOTS, hotspot

ROWS: list[dict[str, Any]] = json.loads((ROOT / "data" / "time_truth.json").read_text(encoding="utf-8"))


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


@pytest.fixture(scope="module")
def told(module_database: Database) -> Database:
    history = [
        HistoryRow(
            hotspot(str(number), instant(row["valid_from"]), instant(row["valid_to"])),
            instant(row["recorded_from"]),  # type: ignore[arg-type]
            instant(row["recorded_to"]),
        )
        for number, row in enumerate(ROWS)
    ]
    with module_database.engine("app", "exercise").begin() as conn:
        load_history(conn, HOTSPOTS, history)
    return module_database


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[row["why"] for row in ROWS])
def test_sql_says_so(told: Database, number: int) -> None:
    row = ROWS[number]
    view = View(at=instant(row["at"]), known_at=instant(row["known_at"]))
    with told.engine("app", "exercise").connect() as conn:
        assert (answers.feature(conn, HOTSPOTS, str(number), view) is not None) == row["holds"]


def test_the_columns_say_so(told: Database) -> None:
    """Whole seconds, r0 and r1 rounded up: the browser compares integers."""
    held: dict[int, dict[str, int]] = {}
    with told.engine("app", "exercise").connect() as conn:
        stamp = points.checkpoint(conn, HOTSPOTS)
        assert stamp is not None
        for rows in ("open", "closed"):
            stream = points.columns(conn, HOTSPOTS, "exercise", stamp, rows=rows)
            for one in pa.ipc.open_stream(stream).read_all().to_pylist():
                held[one["row"]] = one
        ids = {
            found["properties"]["row"]: int(found["id"]) for found in answers.rows(conn, HOTSPOTS, list(held))
        }
    epoch = answers.EPOCH.timestamp()
    for number, one in held.items():
        row = ROWS[ids[number]]
        at, known_at = (
            int(datetime.fromisoformat(row[name]).timestamp() - epoch) for name in ("at", "known_at")
        )
        holds = one["t0"] <= at < one["t1"] and one["r0"] <= known_at < one["r1"]
        assert holds == row["holds"], row["why"]
    assert len(held) == len(ROWS)
