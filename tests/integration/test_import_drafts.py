"""A dropped file: looked at, previewed and applied. What a person applies is what they saw."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from served import Web

from emmap.ingest.importer import import_file
from emmap.ingest.preview import Options, apply, preview
from emmap.store import drafts
from emmap.store.database import Database

TEAMS = "rescue_teams"
HEADER = "编号,队伍全称,人数,电话,经度,纬度\n"
FIRST = "T1,演练一队,12,1,113.4,23.2\nT2,演练二队,7,2,113.5,23.3\nT3,演练三队,5,3,,\n"
SECOND = (
    "T1,演练一队,99,1,113.4,23.2\nT2,演练二队,7,2,113.5,23.3\nT4,演练四队,1,4,113.6,23.1\nT5,演练五队,多,,,\n"
)
MAPPED = {"队伍全称": "name"}
COUNTS = ("read", "added", "changed", "unchanged", "ended", "rejected")


def stage(client: httpx.Client, content: bytes, layer: str = TEAMS, name: str = "队伍.csv") -> dict[str, Any]:
    answer = client.post("/api/import-drafts", files={"file": (name, content)}, data={"layer": layer})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def previewed(client: httpx.Client, draft: str, **chosen: Any) -> dict[str, Any]:
    answer = client.post(f"/api/import-drafts/{draft}/preview", json={"layer": TEAMS, **chosen})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_file_is_looked_at_previewed_applied_and_remembered(web: Web) -> None:
    client = web.client("duty_officer")
    found = stage(client, (HEADER + FIRST).encode("gb18030"))
    assert found["recognised"]["found"]["encoding"] == "GB18030"
    assert found["recognised"]["missing"] == ["name"]
    draft = found["draft"]
    refused = client.post(f"/api/import-drafts/{draft}/preview", json={"layer": TEAMS})
    assert (refused.status_code, refused.json()["code"]) == (422, "missing_columns")
    seen = previewed(client, draft, mapping=MAPPED)
    assert [seen["counts"][name] for name in COUNTS] == [3, 3, 0, 0, 0, 0]
    assert client.get(f"/api/layers/{TEAMS}").json()["versions"] == 0
    assert {one["id"] for one in seen["samples"]["added"]} == {"T1", "T2", "T3"}
    assert {one["id"] for one in seen["map"]["features"]} == {"T1", "T2"}
    assert client.get(f"/api/import-drafts/{draft}").json()["preview"] == seen
    done = client.post(f"/api/import-drafts/{draft}/apply").json()
    assert [done[name] for name in COUNTS] == [3, 3, 0, 0, 0, 0]
    assert client.get(f"/api/import-drafts/{draft}").status_code == 404
    again = stage(client, (HEADER + SECOND).encode())
    assert again["options"]["mapping"]["队伍全称"] == "name"
    assert again["recognised"]["habit"]["account"] == "test duty_officer"
    run = client.get("/api/imports").json()["imports"][0]
    assert (run["run_id"], run["withdrawable"]) == (done["run_id"], True)


def test_a_preview_shows_each_outcome_with_what_differs(web: Web) -> None:
    client = web.client("duty_officer")
    first = stage(client, (HEADER + FIRST).encode())["draft"]
    previewed(client, first, mapping=MAPPED)
    client.post(f"/api/import-drafts/{first}/apply")
    seen = previewed(
        client, stage(client, (HEADER + SECOND).encode())["draft"], mapping=MAPPED, mode="complete"
    )
    assert [seen["counts"][name] for name in COUNTS] == [4, 1, 1, 1, 1, 1]
    samples = seen["samples"]
    assert {name: [one.get("id") for one in samples[name]] for name in ("added", "changed", "ended", "unchanged")} == {
        "added": ["T4"], "changed": ["T1"], "ended": ["T3"], "unchanged": ["T2"],
    }  # fmt: skip
    people = [one for one in samples["changed"][0]["differs"] if one["field"] == "people"]
    assert people == [{"field": "people", "before": 12, "after": 99}]
    assert samples["rejected"][0]["code"] == "not_a_number"
    assert "phone" not in str(samples)
    drawn = {one["id"]: one["properties"]["outcome"] for one in seen["map"]["features"]}
    assert drawn == {"T1": "changed", "T4": "added"}


def test_where_the_store_changed_since_applying_says_what_differs_and_does_nothing(web: Web) -> None:
    client = web.client("duty_officer")
    draft = stage(client, (HEADER + FIRST).encode())["draft"]
    previewed(client, draft, mapping=MAPPED)
    other = HEADER.replace("全称", "名称") + "T2,演练二队改,8,2,113.5,23.3\n"
    client.post(f"/api/layers/{TEAMS}/imports", files={"file": ("o.csv", other.encode())})
    answer = client.post(f"/api/import-drafts/{draft}/apply")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "changed_since_preview")
    assert told["counts"] == {"added": [3, 2], "changed": [0, 1]}
    assert [one["feature_id"] for one in told["features"]] == ["T2"]
    assert client.get(f"/api/layers/{TEAMS}").json()["features"] == 1
    done = client.post(f"/api/import-drafts/{draft}/apply").json()
    assert (done["added"], done["changed"]) == (2, 1)


def test_a_draft_is_its_accounts_alone_and_needs_the_permission(web: Web) -> None:
    client = web.client("duty_officer")
    draft = stage(client, (HEADER + FIRST).encode())["draft"]
    for other, status in (("administrator", 404), ("viewer", 403)):
        assert web.client(other).get(f"/api/import-drafts/{draft}").status_code == status
    assert client.post(f"/api/import-drafts/{draft}/apply").json()["code"] == "no_preview"
    assert client.delete(f"/api/import-drafts/{draft}").status_code == 204
    assert client.post(f"/api/import-drafts/{draft}/apply").json()["code"] == "draft_gone"


@pytest.mark.parametrize(
    ("layer", "file", "datum"),
    [
        (TEAMS, "teams_gcj02.xlsx", "gcj02"),
        ("forest_fire_alerts", "firms/viirs_noaa20_c2_europe_24h.csv", "wgs84"),
        ("general_alerts", "cap/google-australia.cap", "wgs84"),
    ],
)
def test_previews_of_every_kind_of_file_come_true(
    database: Database, samples: Path, layer: str, file: str, datum: str
) -> None:
    content = (samples / file).read_bytes()
    seen, done = tried(database, layer, content, Options(datum=datum))
    assert seen == done
    assert done["added"] == done["read"] > 0


def tried(
    database: Database, layer: str, content: bytes, options: Options
) -> tuple[dict[str, int], dict[str, int]]:
    """The counts of a preview and of the application after it."""
    with database.engine("app", "exercise").begin() as conn:
        draft_id = drafts.keep(conn, "duty", layer, "f", content)
        drafts.choose(conn, draft_id, layer, options.as_json())
        draft = drafts.draft(conn, draft_id, "duty")
    assert draft is not None
    seen = preview(database, "exercise", draft)
    with database.engine("app", "exercise").connect() as conn:
        draft = drafts.draft(conn, draft_id, "duty")
    assert draft is not None
    result = apply(database, "exercise", draft)
    return {name: seen["counts"][name] for name in COUNTS}, {name: getattr(result, name) for name in COUNTS}


tables = st.dictionaries(st.sampled_from("ABCDE"), st.sampled_from(["1", "2", "x", ""]), min_size=1)


@settings(max_examples=10)
@given(tables, tables, st.sampled_from(["partial", "complete"]))
def test_the_counts_of_a_preview_are_those_of_its_application(
    module_database: Database, known: dict[str, str], coming: dict[str, str], mode: str
) -> None:
    first, second = (
        ("编号,队伍名称,人数\n" + "".join(f"{t},演练{t}队,{n}\n" for t, n in table.items())).encode()
        for table in (known, coming)
    )
    import_file(module_database, "exercise", TEAMS, "t.csv", first)
    seen, done = tried(module_database, TEAMS, second, Options(mode=mode))
    assert seen == done
