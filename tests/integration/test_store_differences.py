"""What differs between two Views, against the two answers themselves."""

import base64
import csv
import io
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from served import Web
from sqlalchemy import Connection

from emmap.errors import Malformed
from emmap.layer import Act, End
from emmap.store import answers, versions
from emmap.store.database import Database
from emmap.store.differences import differences
from emmap.view import BEIJING, View
from tests.facts import DAY, HOTSPOTS, hotspot, second

DISTRICTS = ("440118", "440112", "440103")


@pytest.fixture(scope="module")
def known(module_database: Database) -> Database:
    """Sixty hotspots, told, corrected and ended in forty reports over a day, many late."""
    chance = random.Random(7)
    for report in range(40):
        acts: list[Act] = []
        for position in range(8):
            name = f"h{chance.randrange(60)}"
            start = chance.randrange(0, 86_400)
            if chance.random() < 0.2:
                acts.append(End(position, name, second(start)))
                continue
            end = start + chance.randrange(600, 40_000) if chance.random() < 0.5 else None
            acts.append(
                hotspot(
                    name, start, end, position=position, severity=chance.randrange(5),
                    status=chance.choice(("open", "rectifying", "rectified")),
                    districts=tuple(sorted(chance.sample(DISTRICTS, chance.randrange(3)))),
                )
            )  # fmt: skip
        with module_database.engine("app", "exercise").begin() as conn:
            versions.write(conn, HOTSPOTS, acts, at=DAY + timedelta(minutes=36 * report))
    return module_database


def told(conn: Connection, view: View) -> dict[str, dict[str, Any]]:
    found = answers.features(conn, HOTSPOTS, view, limit=10_000).features
    return {one["id"]: one["properties"] | {"place": one["geometry"]} for one in found}


OF_THE_RECORD = ("row", "recorded_from", "recorded_to", "source")
OF_THE_SPAN = ("valid_from", "valid_to")


def without(state: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name not in names}


@pytest.mark.parametrize("seed", range(12))
def test_they_are_what_two_answers_show(known: Database, seed: int) -> None:
    chance = random.Random(seed)
    moments = [chance.randrange(0, 90_000) for _ in range(4)]
    filters = {"status": ("open",)} if seed % 3 == 1 else {"district": ("440118",)} if seed % 3 == 2 else {}
    left = View(at=second(moments[0]), known_at=second(moments[1]), **filters)
    at = moments[0] if seed % 2 else moments[2]
    right = View(at=second(at), known_at=second(moments[3]), **filters)
    ignored = OF_THE_RECORD if left.at == right.at else (*OF_THE_RECORD, *OF_THE_SPAN)
    with known.engine("app", "exercise").connect() as conn:
        before, after = told(conn, left), told(conn, right)
        found = differences(
            conn, HOTSPOTS, left, right, by=[["district", "status"], ["severity"]], limit=10_000
        )
    wanted = dict.fromkeys(before.keys() - after.keys(), "gone")
    wanted |= dict.fromkeys(after.keys() - before.keys(), "appeared")
    wanted |= {
        name: "changed"
        for name in before.keys() & after.keys()
        if without(before[name], *ignored) != without(after[name], *ignored)
    }
    assert {row[1]: row[0] for row in found.rows} == wanted
    for kind, name, row_before, row_after in found.rows:
        assert row_before == (before[name]["row"] if kind != "appeared" else None)
        assert row_after == (after[name]["row"] if kind != "gone" else None)
    assert found.totals == {
        kind: sum(one == kind for one in wanted.values()) for kind in ("appeared", "gone", "changed")
    }
    ended = {
        name
        for name, kind in wanted.items()
        if kind == "changed"
        and without(before[name], *OF_THE_RECORD, "valid_to")
        == without(after[name], *OF_THE_RECORD, "valid_to")
    }
    assert found.ended == len(ended)
    counted: Counter[tuple[Any, ...]] = Counter()
    for name, kind in wanted.items():
        old, new = before.get(name, {}), after.get(name, {})
        for district in {*old.get("districts", []), *new.get("districts", [])} or {None}:
            counted[kind, district, old.get("status"), new.get("status")] += 1
    assert {
        (one["kind"], one["district"], one["status_before"], one["status_after"]): one["count"]
        for one in found.counts
        if "district" in one
    } == counted
    levels = Counter(
        (kind, before.get(name, {}).get("severity"), after.get(name, {}).get("severity"))
        for name, kind in wanted.items()
    )
    assert {
        (one["kind"], one["severity_before"], one["severity_after"]): one["count"]
        for one in found.counts
        if "district" not in one
    } == levels


def test_nothing_differs_from_itself(known: Database) -> None:
    with known.engine("app", "exercise").connect() as conn:
        found = differences(conn, HOTSPOTS, View(), View())
        assert set(found.totals.values()) == {0}
        with pytest.raises(Malformed, match="color"):
            differences(conn, HOTSPOTS, View(), View(), by=[["color"]])


def test_the_route_takes_two_addresses_of_the_page(web: Web) -> None:
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(
            conn, HOTSPOTS, [hotspot("h", 100, status="open"), hotspot("h", 200, status="rectified")]
        )
    client = web.client()
    asked = {"left": "at=2020-05-22T08:02:00%2B08:00", "right": "layers=risk_hotspots", "by": "status"}
    body = client.get("/api/layers/risk_hotspots/differences", params=asked).json()
    assert body["totals"] == {"appeared": 0, "gone": 0, "changed": 1}
    assert body["counts"] == [
        {"kind": "changed", "status_before": "open", "status_after": "rectified", "count": 1}
    ]
    assert body["left"]["at"] == "2020-05-22T00:02:00.000000Z"
    refused = client.get("/api/layers/risk_hotspots/differences", params={"left": "colour=red"})
    assert refused.status_code == 422
    assert "left" in refused.json()["detail"]


def test_everything_that_differs_comes_as_bits_as_a_table_and_as_a_layer(web: Web) -> None:
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(
            conn,
            HOTSPOTS,
            [
                hotspot("h", 100, status="open", severity=3, districts=("440118",)),
                hotspot("h", 200, status="rectified", severity=3, districts=("440118",)),
                hotspot("=later", 150, status="open", severity=1),
                hotspot("same", 50, status="open"),
            ],
        )
    client = web.client()
    asked = {"left": f"at={second(120).isoformat()}", "right": f"at={second(220).isoformat()}"}
    asked = {side: query.replace("+", "%2B") for side, query in asked.items()}
    path = "/api/layers/risk_hotspots/differences"
    body = client.get(path, params={**asked, "versions": True}).json()
    told = {side: numbers(base64.b64decode(body["versions"][side])) for side in ("left", "right")}
    assert told["left"] == {one["before"] for one in body["rows"]} - {None}
    assert told["right"] == {one["after"] for one in body["rows"]} - {None}
    answer = client.get(path, params={**asked, "as": "csv"})
    assert "filename" in answer.headers["content-disposition"]
    table = {row["编号"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    assert table.keys() == {"h", "'=later"}
    changed = table["h"]
    assert [changed["【演练】差异"], changed["区"], changed["状态（原来）"], changed["状态（后来）"]] == [
        "有变化", "增城区", "未整改", "已整改",
    ]  # fmt: skip
    assert changed["有效起（后来）"] == second(200).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    layer = client.get(path, params={**asked, "as": "geojson"}).json()
    assert layer["exercise"] is True
    states = {
        one["id"]: [one["properties"][name] for name in ("kind", "status_before", "status_after")]
        for one in layer["features"]
    }
    assert states == {"h": ["changed", "open", "rectified"], "=later": ["appeared", None, "open"]}


def numbers(bits: bytes) -> set[int]:
    """The row numbers of an answer in bits."""
    first = int.from_bytes(bits[:4], "little")
    return {first + k for k in range(8 * (len(bits) - 4)) if bits[4 + k // 8] >> (k % 8) & 1}
