"""What the command line and the worker change stands in the audit, by the system user who did it."""

import os
import pwd
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from served import Web
from sqlalchemy import text
from typer.testing import CliRunner

from emmap import cli
from emmap.ingest import retention
from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.store import audit
from emmap.store.database import Database

TEAMS = "编号,队伍名称,人数,联系电话\nT1,演练一队,3,13800000009\nT2,演练二队,x,13800000008\n"
ME = pwd.getpwuid(os.getuid()).pw_name


def told(database: Database) -> list[tuple[str, str, str, str, dict[str, Any]]]:
    """Act, who, how, what and details, the oldest first."""
    with database.engine("app").connect() as conn:
        found = [kept.entry for kept in audit.entries(conn)]
    return [(one.act, one.actor, one.actor_kind, one.subject, dict(one.details)) for one in reversed(found)]


def test_what_commands_do_is_told_and_what_they_refuse_is_not(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "from_settings", lambda settings: database)
    file = tmp_path / "teams.csv"
    file.write_text(TEAMS, encoding="utf-8")
    given = {"name": "teams", "reader": "table", "layer": "rescue_teams", "every": "1 h"}
    one = SourceConfig.model_validate({**given, "folder": str(tmp_path), "realm": "exercise"})
    plan.configure(database, [one], datetime.now(UTC))
    for command, code in (
        (f"import rescue_teams {file}", 0),
        ("rejected 1", 0),
        ("import --withdraw 1", 0),
        ("import --withdraw 1", 1),
        (f"import rescue_teams {file} --dry-run", 0),
        (f"import volcanoes {file}", 1),
        ("source pause teams --realm exercise", 0),
        ("source resume teams --realm exercise", 0),
        ("source pause nobody --realm exercise", 1),
        ("exercise drop --yes", 0),
    ):
        assert CliRunner().invoke(cli.app, command.split()).exit_code == code, command
    by, realm = (ME, "command"), {"realm": "exercise"}
    assert told(database) == [
        ("change", *by, "emmap import", {**realm, "layer": "rescue_teams", "file": "teams.csv", "run": 1}),
        ("export", *by, "emmap rejected", {**realm, "run": 1}),
        ("change", *by, "emmap import --withdraw", {**realm, "run": 2, "withdraws": 1}),
        ("change", *by, "emmap source pause", {**realm, "source": "teams"}),
        ("change", *by, "emmap source resume", {**realm, "source": "teams"}),
        ("change", *by, "emmap exercise drop", realm),
    ]


def test_originals_that_are_pruned_and_acts_on_sources_are_told(web: Web, tmp_path: Path) -> None:
    given = {"name": "teams", "reader": "table", "layer": "rescue_teams", "every": "1 h", "realm": "exercise"}
    one = SourceConfig.model_validate({**given, "folder": str(tmp_path)})
    plan.configure(web.database, [one], datetime.now(UTC))
    client = web.client()
    client.post("/api/layers/rescue_teams/imports", files={"file": ("teams.csv", TEAMS.encode())})
    with web.database.engine("owner", "exercise").begin() as conn:
        conn.execute(text("update source_message set received_at = received_at - interval '1 year'"))
        conn.execute(text("update ingest_run set started_at = started_at - interval '1 year'"))
    assert retention.prune(web.database, 180) == 1
    assert retention.prune(web.database, 180) == 0
    statuses = [
        client.post(f"/api/sources/teams/{act}").status_code
        for act in ("pause", "resume", "run", "confirm?run=1")
    ]
    assert statuses == [200, 200, 202, 409]
    (_, *pruned), *acts = told(web.database)[1:]
    assert pruned[:3] == ["emmap worker", "command", "prune originals"]
    assert {**pruned[3], "bytes": 0} == {
        "realm": "exercise", "older_than_days": 180, "messages": 1, "bytes": 0,
    }  # fmt: skip
    assert [(actor, subject) for _, actor, _, subject, _ in acts] == [
        ("test administrator", f"POST /api/sources/teams/{act}") for act in ("pause", "resume", "run")
    ]
