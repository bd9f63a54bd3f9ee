"""The audit: what happened stands in it, it cannot be changed quietly, and personal data leave only through it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from served import Web, application
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from emmap.cli import app
from emmap.store import access, audit
from emmap.store.database import Database
from emmap.web.passwords import hashed
from emmap.web.trail import Trail

RUN = CliRunner()
TEAMS = "id,name,leader,phone,districts\nt1,一队,演练张三,13800000001,440118\nt2,二队,,,440103\n"


@pytest.fixture(scope="module")
def served(module_database: Database) -> Iterator[tuple[Web, Trail]]:
    with application(module_database) as (web, inner):
        file = {"file": ("teams.csv", TEAMS.encode())}
        done = web.client().post("/api/layers/rescue_teams/imports", files=file)
        assert done.json()["added"] == 2
        yield web, inner.state.trail


def told(served: tuple[Web, Trail], act: str | None = None) -> list[dict[str, Any]]:
    """The audit's newest entries, what is still gathered included."""
    web, trail = served
    trail.flush(everything=True)
    answer = web.client().get("/api/audit", params={"act": act} if act else {})
    found: list[dict[str, Any]] = answer.json()
    return found


def test_who_sees_a_phone_is_written_down_and_who_may_not_sees_none(served: tuple[Web, Trail]) -> None:
    web, _ = served
    officer = web.client("duty_officer").get("/api/layers/rescue_teams/features").json()
    assert {one["properties"]["phone"] for one in officer["features"]} == {"13800000001", None}
    viewer = web.client("viewer").get("/api/layers/rescue_teams/features").json()
    assert all("phone" not in one["properties"] for one in viewer["features"])
    seen = told(served, "personal")
    assert [one["actor"] for one in seen] == ["test duty_officer"]
    assert seen[0]["details"]["features"] == ["t1"]
    assert "13800000001" not in str(seen)


def test_a_refusal_that_repeats_is_one_entry_with_its_number(served: tuple[Web, Trail]) -> None:
    web, _ = served
    viewer = web.client("viewer")
    for _ in range(3):
        assert viewer.post("/api/alerts", content=b"<alert/>").status_code == 403
    (refused,) = [one for one in told(served, "refused") if one["subject"] == "POST /api/alerts"]
    assert (refused["actor"], refused["times"]) == ("test viewer", 3)


def test_a_change_and_an_export_stand_in_it_when_they_are_answered(served: tuple[Web, Trail]) -> None:
    web, _ = served
    client = web.client("duty_officer")
    file = {"file": ("teams.csv", TEAMS.encode())}
    assert client.post("/api/layers/rescue_teams/imports", files=file).status_code == 200
    assert client.get("/api/selection.xlsx?layers=rescue_teams").status_code == 200
    newest = web.client().get("/api/audit").json()
    assert [(one["act"], one["subject"]) for one in newest[:2]] == [
        ("export", "GET /api/selection.xlsx"),
        ("change", "POST /api/layers/rescue_teams/imports"),
    ]


def test_signing_in_and_failing_to_are_told_without_what_was_typed(served: tuple[Web, Trail]) -> None:
    web, _ = served
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "审计员", "viewer", hashed("雨夜值守-2020-甲", "审计员"))
    for name, password in (
        ("审计员", "wrong-secret"),
        ("typed-password", "x"),
        ("审计员", "雨夜值守-2020-甲"),
    ):
        httpx.post(f"{web.url}/sign-in", data={"name": name, "password": password})
    assert [one["actor"] for one in told(served, "sign_in_failed")[:2]] == ["", "审计员"]
    assert told(served, "sign_in")[0]["actor"] == "审计员"
    assert not {"wrong-secret", "typed-password"} & set(str(told(served)).split("'"))


def test_a_change_that_the_audit_cannot_keep_is_not_confirmed(
    served: tuple[Web, Trail], monkeypatch: pytest.MonkeyPatch
) -> None:
    web, trail = served

    def fail(*entries: audit.Entry) -> None:
        raise DBAPIError("insert", {}, Exception("gone"))

    monkeypatch.setattr(trail, "write", fail)
    file = {"file": ("teams.csv", TEAMS.encode())}
    assert web.client().post("/api/layers/rescue_teams/imports", files=file).status_code == 503


def test_personal_data_are_erased_by_an_act_that_the_audit_tells(served: tuple[Web, Trail]) -> None:
    web, _ = served
    client = web.client()
    asked = {"layer": "rescue_teams", "feature_id": "t1", "reason": "本人要求"}
    assert web.client("duty_officer").post("/api/personal/erase", json=asked).status_code == 403
    done = client.post("/api/personal/erase", json=asked).json()
    assert done["erased"] == 1
    left = client.get("/api/layers/rescue_teams/features/t1").json()["properties"]
    assert (left["name"], left["phone"]) == ("一队", None)
    (original,) = done["originals"]
    assert b"13800000001" in client.get(f"/api/messages/{original}").content
    client.post("/api/personal/erase", json={"message": original, "reason": "本人要求"})
    assert client.get(f"/api/messages/{original}").status_code == 404
    acts = [one for one in told(served, "change") if "reason" in one["details"]]
    assert [one["subject"] for one in acts] == ["erase an original", "erase personal data"]
    assert acts[1]["details"]["feature"] == "t1"


def test_phones_on_duty_are_told_when_seen_and_can_be_erased(served: tuple[Web, Trail]) -> None:
    web, _ = served
    officer, admin = web.client("duty_officer"), web.client()
    now = datetime.now(UTC)
    begins, ends = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=8)).isoformat()
    for name in ("演练甲", "演练乙"):
        turn = {"begins": begins, "ends": ends, "duty": "officer", "name": name, "phone": "020-0001"}
        assert officer.post("/api/watch/rota", json=turn).status_code == 201
    for _ in range(3):  # a page asks anew at each wake
        officer.get("/api/watch/changes?after=0")
    seen = [one["details"] for one in told(served, "personal") if "on_duty" in one["details"]]
    assert [set(one["on_duty"]) for one in seen] == [{"演练甲", "演练乙"}]
    leaving = {"on_duty": "演练甲", "reason": "离职"}
    assert admin.post("/api/personal/erase", json=leaving).json()["erased"] == 1
    phones = {one["name"]: one["phone"] for one in officer.get("/api/watch/rota").json()}
    assert phones == {"演练甲": "", "演练乙": "020-0001"}
    assert "erase duty phones" in [one["subject"] for one in told(served)]
    assert admin.post("/api/personal/erase", json=leaving).status_code == 404


def test_the_application_can_neither_change_nor_remove_an_entry(database: Database) -> None:
    write(database, 2)
    for statement in (
        "update emmap.audit set actor = 'nobody'",
        "delete from emmap.audit",
        "insert into emmap.audit_seal (seal_id, audit_id, hash) values (9, 9, '')",
        "delete from emmap.audit_pending",
    ):
        with pytest.raises(DBAPIError), database.engine("app").begin() as conn:
            conn.execute(text(statement))
    for statement in ("update emmap.audit set actor = 'nobody'", "delete from emmap.audit_seal"):
        with pytest.raises(DBAPIError, match="append only"), database.engine("owner").begin() as conn:
            conn.execute(text(statement))


def write(database: Database, number: int) -> audit.Proof:
    """Entries, sealed; what a verification says of them."""
    with database.engine("app").begin() as conn:
        audit.note(conn, [audit.Entry("change", f"甲{n}", "account", "POST /x") for n in range(number)])
    with database.engine("app").begin() as conn:
        audit.seal(conn)
        return audit.verify(conn)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("update emmap.audit set actor = 'nobody' where audit_id = 3", "changed"),
        ("delete from emmap.audit where audit_id = 3", "removed"),
        ("delete from emmap.audit_seal where seal_id = 3", "removed"),
        (
            "update emmap.audit_seal s set audit_id = 7 - s.audit_id where seal_id in (3, 4)",
            "changed",
        ),
        ("delete from emmap.audit where audit_id = 5; delete from emmap.audit_seal where seal_id = 5", None),
    ],
    ids=["changed", "removed", "unsealed", "reordered", "cut off the end"],
)
def test_whoever_owns_the_database_cannot_change_it_unseen(
    database: Database, statement: str, kind: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = write(database, 5)
    assert (head.seals, head.faults) == (5, ())
    with database.engine("owner").begin() as conn:
        for table in ("audit", "audit_seal"):
            conn.execute(text(f"alter table emmap.{table} disable trigger all"))
        conn.exec_driver_sql("alter table emmap.audit_seal drop constraint audit_seal_audit_id_key")
        for one in statement.split(";"):
            conn.execute(text(one))
    with database.engine("app").connect() as conn:
        found = audit.verify(conn)
        noted = audit.verify(conn, (head.seals, head.hash))
    # What was cut off the end is found by whoever noted the head.
    assert kind is None or kind in {fault.kind for fault in found.faults}
    assert noted.faults
    monkeypatch.setattr(Database, "from_settings", lambda settings: database)
    monkeypatch.setattr(Database, "ensure_running", lambda self: None)
    assert RUN.invoke(app, ["audit", "verify", "--head", f"{head.seals}:{head.hash}"]).exit_code == 1


def test_an_act_that_waits_holds_up_no_other(database: Database) -> None:
    with database.engine("app").begin() as slow:
        audit.note(slow, [audit.Entry("change", "慢", "account", "POST /slow")])
        assert write(database, 2).seals == 2
    last = write(database, 1)
    assert (last.seals, last.pending, last.faults) == (4, 0, ())
