"""What people may ask of sources and have them do."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from served import Web
from sqlalchemy import text
from typer.testing import CliRunner

from emmap import cli
from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.settings import get_settings
from emmap.store.database import Database
from tests.faulty_server import in_a_loop
from tests.source_bench import drop, teams


def shrunk(database: Database, folder: Path) -> None:
    """A source of thirty teams that then says there are three, which is held."""
    given = {"name": "teams", "reader": "table", "layer": "rescue_teams", "every": "1 h", "mode": "complete"}
    one = SourceConfig.model_validate({**given, "folder": str(folder), "realm": "exercise"})
    plan.configure(database, [one], datetime.now(UTC))
    drop(folder, "a.csv", teams(range(30)), 90)
    drop(folder, "b.csv", teams(range(3)), 80)
    in_a_loop(run(one, Means(database, Fetcher())))


def test_each_act_needs_its_permission_and_names_a_source(web: Web, tmp_path: Path) -> None:
    shrunk(web.database, tmp_path)
    viewer, officer, admin = (web.client(role) for role in ("viewer", "duty_officer", "administrator"))
    (one,) = viewer.get("/api/sources").json()["sources"]
    assert (one["state"], one["held"]["counts"]["ended"]) == ("held", 27)
    assert [row["outcome"] for row in viewer.get("/api/sources/teams/runs").json()] == ["held", "taken"]
    refused = [
        viewer.post(f"/api/sources/teams/{act}").status_code
        for act in ("run", "pause", "resume", "confirm?run=1")
    ]
    assert refused == [403] * 4
    assert officer.post("/api/sources/teams/pause").status_code == 403
    assert admin.post("/api/sources/teams/pause").json()["paused"]["by"] == "test administrator"
    assert officer.post("/api/sources/teams/run").status_code == 409
    assert admin.post("/api/sources/teams/resume").json()["state"] == "held"
    assert officer.post("/api/sources/teams/run").status_code == 202
    held = one["held"]["run"]
    assert officer.post(f"/api/sources/teams/confirm?run={held + 7}").status_code == 409
    assert officer.post(f"/api/sources/teams/confirm?run={held}").json()["held"]["confirmed"] is True
    assert officer.post("/api/sources/nobody/run").status_code == 404
    assert viewer.get("/api/sources/nobody/runs").status_code == 404


def test_a_silent_source_makes_its_layer_late_whatever_others_bring(web: Web, tmp_path: Path) -> None:
    given = {"name": "teams", "reader": "table", "layer": "rescue_teams", "every": "1 h", "realm": "exercise"}
    one = SourceConfig.model_validate({**given, "folder": str(tmp_path / "gone"), "late_after": "1 s"})
    plan.configure(web.database, [one], datetime.now(UTC))
    with web.database.engine("owner", "exercise").begin() as conn:
        conn.execute(text("update source set configured_at = now() - interval '1 minute'"))
    client = web.client("duty_officer")
    client.post("/api/layers/rescue_teams/imports", files={"file": ("t.csv", teams([1]))})
    told = {layer["id"]: layer for layer in client.get("/api/status").json()["layers"]}
    assert told["rescue_teams"]["late"] is True
    assert told["rescue_teams"]["last_success"] is None
    assert told["risk_hotspots"]["late"] is False


def test_the_commands_list_run_confirm_and_pause(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "from_settings", lambda settings: database)
    file = tmp_path / "sources.toml"
    folder = tmp_path / "drop"
    folder.mkdir()
    file.write_text(
        f"[sources.teams]\nreader = 'table'\nlayer = 'rescue_teams'\nfolder = '{folder}'\nevery = '1 h'\nmode = 'complete'\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("EMMAP_SOURCES_FILE", str(file))
    get_settings.cache_clear()
    told = CliRunner()

    def emmap(*words: str) -> str:
        answer = told.invoke(cli.app, ["source", *words])
        return f"{answer.exit_code} {answer.output} {answer.exception or ''}"

    try:
        drop(folder, "a.csv", teams(range(30)), 90)
        assert "新增 30" in emmap("run", "teams")
        drop(folder, "b.csv", teams(range(3)), 80)
        assert emmap("run", "teams").startswith("1 ✗ 这次只有 3 条")
        listed = emmap("list")
        assert re.search(r"records per day +\d\d-\d\d 30\n", listed)
        assert "emmap source confirm teams" in listed
        assert "no worker is running" in listed
        assert '"state": "held"' in emmap("list", "--json")
        assert "结束 27" in emmap("confirm", "teams")
        assert "没有等待确认" in emmap("confirm", "teams")
        assert emmap("pause", "teams").startswith("0")
        assert "已暂停" in emmap("run", "teams")
        assert emmap("resume", "teams").startswith("0")
        assert "没有来源「x」" in emmap("run", "x")
    finally:
        get_settings.cache_clear()
