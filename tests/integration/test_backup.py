"""A backup restored into an empty cluster: the audit's chain holds, the map answers, people come in."""

from pathlib import Path

import pytest
from served import application

from emmap.errors import Conflict, NotFound, SetupError
from emmap.store import access, audit, backup, migrate
from emmap.store.database import Database
from emmap.web.passwords import hashed
from tests.databases import database_named, private_cluster

TEAMS = b"id,name,phone,districts\nt1,One,13800000001,440118\nt2,Two,,440103\n"


def test_a_backup_comes_back_whole_in_an_empty_cluster(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "emmap.dump"
    with application(database) as (web, _):
        client = web.client()
        for done in ("t1", "t1 again"):
            rows = TEAMS if done == "t1" else TEAMS.replace(b"One", b"Uno")
            client.post("/api/layers/rescue_teams/imports", files={"file": ("teams.csv", rows)})
        with database.engine("app").begin() as conn:
            access.add_account(conn, "值班甲", "duty_officer", hashed("雨夜值守-2020-甲", "值班甲"))
        before = client.get("/api/layers/rescue_teams/features/t1/history").json()
        with database.engine("app").begin() as conn:
            audit.seal(conn)
            head = audit.verify(conn)
        assert backup.backup(database, file) > 0
    assert file.stat().st_mode & 0o077 == 0
    with private_cluster() as cluster:
        restored = database_named(cluster, "emmap")
        restored.ensure_running()
        backup.restore(restored, file)
        with application(restored) as (web, _):
            client = web.client()
            assert client.get("/readyz").status_code == 200
            assert client.get("/api/layers/rescue_teams/features/t1/history").json() == before
            signed_in = client.post("/sign-in", data={"name": "值班甲", "password": "雨夜值守-2020-甲"})
            assert signed_in.status_code == 303
            again = client.post("/api/layers/rescue_teams/imports", files={"file": ("teams.csv", TEAMS)})
            assert again.json()["changed"] == 1
        with restored.engine("app").begin() as conn:
            audit.seal(conn)
            proof = audit.verify(conn, (head.seals, head.hash))
        assert proof.faults == ()
        assert proof.seals > head.seals > 0
        assert migrate.pending(restored) == []
        with pytest.raises(Conflict, match="not empty"):
            backup.restore(restored, file)
        restored.dispose()


def test_a_backup_overwrites_nothing_and_a_restore_needs_a_backup(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "there"
    file.write_text("dear")
    with pytest.raises(Conflict):
        backup.backup(database, file)
    assert file.read_text() == "dear"
    with pytest.raises(NotFound):
        backup.restore(database, tmp_path / "missing")
    with pytest.raises(SetupError):
        backup.backup(database, tmp_path / "no folder" / "file")
