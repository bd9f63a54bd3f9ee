"""Raw messages: which run brought them, and how long they are kept."""

from datetime import UTC, datetime
from pathlib import Path

from served import Web
from sqlalchemy import text

from emmap.ingest import retention
from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.store.database import Database
from tests.faulty_server import in_a_loop
from tests.source_bench import drop, teams


def grow_old(database: Database) -> None:
    """Has everything that came, come a year ago."""
    with database.engine("owner", "exercise").begin() as conn:
        conn.execute(text("update source_message set received_at = received_at - interval '1 year'"))
        conn.execute(text("update ingest_run set started_at = started_at - interval '1 year'"))


def test_old_raw_content_goes_and_its_provenance_stays(web: Web, samples: Path, tmp_path: Path) -> None:
    client = web.client("duty_officer")
    old = teams(range(12))
    client.post("/api/layers/rescue_teams/imports", files={"file": ("队伍.csv", old)})
    warning = (samples / "cap" / "oasiscap-v1dot2_appendix_adot2.xml").read_bytes()
    client.post("/api/alerts", content=warning)
    given = {"name": "t", "reader": "table", "layer": "rescue_teams", "every": "1 h", "mode": "complete"}
    one = SourceConfig.model_validate({**given, "folder": str(tmp_path), "realm": "exercise"})
    plan.configure(web.database, [one], datetime.now(UTC))
    drop(tmp_path, "a.csv", teams(range(2)), 80)  # held: it would end most teams
    in_a_loop(run(one, Means(web.database, Fetcher())))
    grow_old(web.database)
    new = teams(range(13))
    client.post("/api/layers/rescue_teams/imports", files={"file": ("新.csv", new)})

    assert retention.prune(web.database, 0) == 0
    assert retention.prune(web.database, 180) == 1

    (feature,) = client.get("/api/layers/rescue_teams/features?limit=1").json()["features"]
    assert feature["properties"]["source"]["name"] == "队伍.csv"
    runs = client.get("/api/sources/import/runs").json()
    (gone,) = client.get(f"/api/sources/import/runs/{runs[-1]['id']}/messages").json()
    assert (gone["name"], gone["size"]) == ("队伍.csv", len(old))
    assert gone["pruned"] is not None
    answer = client.get(f"/api/messages/{gone['id']}")
    assert answer.status_code == 410
    assert "原文已按留存期限清理" in answer.json()["zh"]

    client.post("/api/layers/rescue_teams/imports", files={"file": ("队伍.csv", old)})
    assert client.get(f"/api/messages/{gone['id']}").content == old


def test_what_is_pushed_has_a_history_with_its_messages(web: Web, samples: Path) -> None:
    client = web.client("duty_officer")
    warning = (samples / "cap" / "oasiscap-v1dot2_appendix_adot2.xml").read_bytes()
    client.post("/api/alerts", content=warning)
    client.post("/api/alerts", content=warning.replace(b"<msgType>Alert", b"<msgType>Alarm"))
    told = {one["name"]: one for one in client.get("/api/sources").json()["inlets"]}
    assert told["api"]["per_day"][0]["records"] == 2
    refused, taken = client.get("/api/sources/api/runs").json()
    assert (refused["outcome"], taken["outcome"]) == ("failed", "taken")
    assert "Alarm" in refused["zh"] or "msgType" in refused["zh"]
    (message, *_) = client.get(f"/api/sources/api/runs/{taken['id']}/messages").json()
    assert client.get(f"/api/messages/{message['id']}").content == warning
    assert client.get(f"/api/messages/{message['id']}?first=5").content == warning[:5]
    assert client.post(f"/api/imports/{taken['id']}/withdraw").json()["code"] == "cap_run"
    assert client.get(f"/api/sources/import/runs/{taken['id']}/messages").status_code == 404
