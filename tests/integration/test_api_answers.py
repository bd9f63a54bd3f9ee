"""What the API answers agrees with the store, with itself and with what is written in docs/api.md."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.ipc
import pytest
from facts import HOTSPOTS, hotspot
from served import Web

from emmap.store import migrate, versions
from emmap.store.database import Database

HERE = "/api/layers/risk_hotspots"
AT = "2020-05-22T01:00:00Z"
LATER = datetime(2020, 5, 22, tzinfo=UTC)


def fill(db: Database) -> None:
    """Five hotspots of the day of the tests: from blue to red, one without a place, one ended at 02:00."""
    with db.engine("app", "exercise").begin() as conn:
        versions.write(
            conn,
            HOTSPOTS,
            [
                hotspot("red", 0, severity=4, at=(113.61, 23.11), position=1),
                hotspot("orange", 0, severity=3, districts=("440118", "440112"), position=2),
                hotspot("yellow", 0, 7200, severity=2, hazards=("11B03", "11A02"), position=3),
                hotspot("blue", 0, severity=1, at=(113.2, 23.3), districts=("440111",), position=4),
                hotspot("unplaced", 0, severity=1, at=None, districts=(), hazards=(), position=5),
            ],
        )


def ids(answer: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in answer["features"]]


def test_features_come_worst_first_with_flat_properties(web: Web) -> None:
    fill(web.database)
    answer = web.client().get(f"{HERE}/features", params={"at": AT})
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert ids(told) == ["red", "orange", "yellow", "blue", "unplaced"]
    assert told["numberMatched"] == 5
    red = told["features"][0]
    assert red["type"] == "Feature"
    assert red["geometry"] == {"type": "Point", "coordinates": [113.61, 23.11]}
    assert red["properties"]["valid_from"] == "2020-05-22T00:00:00Z"
    assert red["properties"]["recorded_to"] is None
    assert red["properties"]["industry"] is None
    assert {
        *HOTSPOTS.fields,
        "districts",
        "valid_from",
        "valid_to",
        "recorded_from",
        "recorded_to",
        "source",
    } <= set(red["properties"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity=3..4", ["red", "orange"]),
        ("severity=1&severity=2", ["yellow", "blue", "unplaced"]),
        ("hazard=11A02", ["yellow"]),
        ("district=440112,440111", ["orange", "blue"]),
        ("bbox=113.6,23.1,113.62,23.12", ["red", "orange", "yellow"]),
        ("status=open&limit=2", ["red", "orange"]),
        ("at=2020-05-22T10:00:00%2B08:00", ["red", "orange", "blue", "unplaced"]),
        ("at=2020-05-21T23:59:59Z", []),
        ("known_at=2019-01-01T00:00:00Z", []),
    ],
)
def test_filters_extent_and_both_times_bind(web: Web, query: str, found: list[str]) -> None:
    fill(web.database)
    asked = query if "at=2020-05-2" in query else f"{query}&at={AT}"
    assert ids(web.client().get(f"{HERE}/features?{asked}").json()) == found


def test_pages_join_without_gap_although_somebody_writes_meanwhile(web: Web) -> None:
    fill(web.database)
    client = web.client()
    first = client.get(f"{HERE}/features", params={"at": AT, "limit": 2}).json()
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("new", 0, severity=4)])
    second = client.get(f"{HERE}/features", params={"at": AT, "limit": 2, "after": first["next"]}).json()
    third = client.get(second["links"][0]["href"]).json()
    assert ids(first) + ids(second) + ids(third) == ["red", "orange", "yellow", "blue", "unplaced"]
    assert third["numberMatched"] == 5
    assert "next" not in third


def test_counts_agree_with_features(web: Web) -> None:
    fill(web.database)
    client = web.client()
    told = client.get(f"{HERE}/counts", params={"at": AT, "by": "district"}).json()
    assert told["total"] == client.get(f"{HERE}/features", params={"at": AT}).json()["numberMatched"]
    assert told["unplaced"] == 1
    by_district = {row["district"]: row["count"] for row in told["counts"]}
    assert by_district == {"440111": 1, "440112": 1, "440118": 3, None: 1}


def test_the_timeline_agrees_with_counts(web: Web) -> None:
    fill(web.database)
    client = web.client()
    given = {"from": "2020-05-22T01:00:00Z", "to": "2020-05-22T03:00:00Z", "step": "3600"}
    steps = client.get(f"{HERE}/timeline", params=given).json()
    assert [step["at"] for step in steps] == ["2020-05-22T01:00:00Z", "2020-05-22T02:00:00Z"]
    for step in steps:
        total = client.get(f"{HERE}/counts", params={"at": step["at"]}).json()["total"]
        assert sum(step["counts"].values()) == total
    following = client.get(f"{HERE}/next", params={"after": AT}).json()
    assert datetime.fromisoformat(following["at"]) == LATER + timedelta(hours=2)


def test_one_feature_at_a_time_and_all_its_versions(web: Web) -> None:
    fill(web.database)
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("red", 0, severity=2, at=(113.61, 23.11))])
    client = web.client()
    now = client.get(f"{HERE}/features/red", params={"at": AT}).json()
    assert now["properties"]["severity"] == 2
    versions_told = client.get(f"{HERE}/features/red/history").json()["features"]
    assert [one["properties"]["severity"] for one in versions_told] == [4, 2]
    assert versions_told[0]["properties"]["recorded_to"] == versions_told[1]["properties"]["recorded_from"]
    assert client.get(f"{HERE}/features/nothing").status_code == 404


def test_an_answer_that_did_not_change_is_not_sent_again(web: Web) -> None:
    fill(web.database)
    client = web.client()
    first = client.get(f"{HERE}/features", params={"at": AT})
    tag = {"if-none-match": first.headers["etag"]}
    assert client.get(f"{HERE}/features", params={"at": AT}, headers=tag).status_code == 304
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("new", 0)])
    assert client.get(f"{HERE}/features", params={"at": AT}, headers=tag).status_code == 200


def test_a_layer_tells_what_the_realm_holds_of_it(web: Web) -> None:
    fill(web.database)
    client = web.client()
    listed = {layer["id"]: layer for layer in client.get("/api/layers").json()}
    one = client.get(HERE).json()
    assert one == listed["risk_hotspots"]
    assert (one["features"], one["versions"]) == (5, 5)
    assert listed["rescue_teams"]["features"] == 0
    assert one["style"]["table"][-1]["value"] is None
    assert client.get(HERE, params={"realm": "real"}).json()["features"] == 0


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "identity"])
def test_the_columns_are_one_batch_and_never_change_at_a_checkpoint(web: Web, encoding: str) -> None:
    fill(web.database)
    client = web.client()
    address = client.get(HERE).json()["points"]
    answer = client.get(address, headers={"accept-encoding": encoding})
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert "immutable" in answer.headers["cache-control"]
    assert "private" in answer.headers["cache-control"]
    stream = pyarrow.ipc.open_stream(io.BytesIO(answer.content))
    batches = list(stream)
    assert [batch.num_rows for batch in batches] == [5]
    assert batches[0]["severity"].to_pylist() == [4, 3, 2, 1, 1]
    assert json.loads(stream.schema.metadata[b"emmap"])["layer"] == "risk_hotspots"
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("red", 0, severity=1)])
    assert client.get(address, headers={"accept-encoding": encoding}).content == answer.content


def test_a_realm_made_anew_has_addresses_of_its_own(web: Web) -> None:
    at = datetime(2021, 1, 1, tzinfo=UTC)
    addresses, contents = [], []
    for name in ("before", "after"):
        with web.database.engine("app", "exercise").begin() as conn:
            versions.write(conn, HOTSPOTS, [hotspot(name, 0, severity=len(name) % 5)], at=at)
        client = web.client()
        addresses.append(client.get(HERE).json()["points"])
        contents.append(client.get(addresses[-1]).content)
        migrate.drop_realm(web.database, "exercise")
        migrate.create_realm(web.database, "exercise")
    assert addresses[0] != addresses[1]
    assert contents[0] != contents[1]


def test_rows_by_number_and_the_rows_that_a_text_finds(web: Web) -> None:
    fill(web.database)
    client = web.client()
    found = client.get(f"{HERE}/search", params={"q": "新塘"}).json()["rows"]
    assert len(found) == 5
    numbers = ",".join(str(row) for row in found[:2])
    told = client.get(f"{HERE}/rows", params={"row": numbers, "geometry": "1"}).json()["rows"]
    assert sorted(row["properties"]["row"] for row in told) == sorted(found[:2])
    assert client.get(f"{HERE}/search", params={"q": "没有这个词"}).json()["rows"] == []


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_search_answers_as_bits_for_the_page(web: Web, encoding: str) -> None:
    fill(web.database)
    client = web.client()

    def bits(q: str) -> list[int]:
        answer = client.get(
            f"{HERE}/search", params={"q": q, "as": "bits"}, headers={"accept-encoding": encoding}
        )
        assert answer.headers["content-type"] == "application/octet-stream"
        first = int.from_bytes(answer.content[:4], "little")
        return [
            first + k for k in range(8 * len(answer.content[4:])) if answer.content[4 + k // 8] >> k % 8 & 1
        ]

    found = client.get(f"{HERE}/search", params={"q": "新塘"}).json()["rows"]
    assert found
    assert bits("新塘") == found
    assert bits("没有这个词") == []
    assert client.get(f"{HERE}/search", params={"q": "新塘", "as": "list"}).status_code == 422


def test_personal_fields_are_for_the_roles_that_may_see_them(web: Web) -> None:
    team = "编号,队伍名称,联系电话,人数\nT1,演练一队,020-00000001,12\n".encode()
    web.client().post("/api/layers/rescue_teams/imports", files={"file": ("teams.csv", team)})
    address = "/api/layers/rescue_teams/features/T1"
    assert web.client("duty_officer").get(address).json()["properties"]["phone"] == "020-00000001"
    assert "phone" not in web.client("viewer").get(address).json()["properties"]
    assert "020-00000001" not in web.client("viewer").get(f"{address}/history").text
