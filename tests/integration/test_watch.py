"""The duty room through its routes: alarms live append-only, conflicts are told, nothing rings twice or is left off."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import xlsxwriter
from served import Web
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from emmap.layer import load_layers
from emmap.settings import ROOT, Settings
from emmap.store import access, rota
from emmap.store.database import Database
from emmap.store.rota import Turn
from emmap.view import BEIJING
from emmap.watch import ringing
from tests.red_warning import warning

NOW = datetime.now(UTC)


def phoned(client: httpx.Client, title: str = "开源大道隧道积水", **facts: Any) -> dict[str, Any]:
    """An alarm taken down from a call by whoever asks."""
    given = {"title": title, "district": "440112", **facts}
    answer = client.post("/api/watch/alarms", json={"facts": given, "source": "phone", "take": True})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def act(client: httpx.Client, alarm: dict[str, Any], what: str, **more: Any) -> httpx.Response:
    given = {"act": what, "seen": alarm["number"], **more}
    return client.post(f"/api/watch/alarms/{alarm['id']}/acts", json=given)


def rota_of(db: Database, *names: str) -> None:
    """These people are on now, in this order of duty."""
    duties = ("officer", "deputy", "leader")
    hour = timedelta(hours=1)
    turns = [
        Turn(0, NOW - hour, NOW + 12 * hour, duty, name, None, "020-0000")
        for duty, name in zip(duties, names, strict=False)
    ]
    with db.engine("app", "exercise").begin() as conn:
        rota.add(conn, turns, "test")


def look(web: Web, layers: Any, settings: Any, at: datetime) -> None:
    with web.database.engine("app", "exercise").begin() as conn:
        ringing.look(conn, layers, settings, at)


def queue(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/watch").json()["queue"]
    return found


def test_an_alarm_goes_through_its_life_and_every_step_stays(web: Web) -> None:
    officer = web.client("duty_officer")
    alarm = phoned(officer, lon=113.50, lat=23.17, district="")
    assert (alarm["stage"], alarm["holder"], alarm["facts"]["district"]) == (
        "received",
        "test duty_officer",
        "440112",
    )
    assert alarm["event_no"].startswith(datetime.now(BEIJING).strftime("%Y%m%d"))
    for what in ("verify", "phone", "handle", "feedback", "close"):
        answer = act(officer, alarm, what, note=f"说明 {what}")
        assert answer.status_code == 200, answer.text
        alarm = answer.json()
    assert [one["act"] for one in alarm["events"]] == [
        "open",
        "take",
        "verify",
        "phone",
        "handle",
        "feedback",
        "close",
    ]
    assert alarm["deadlines"]["phoned_at"] is not None
    assert queue(officer) == []
    back = act(officer, alarm, "verify")
    assert (back.status_code, back.json()["code"]) == (409, "not_at_this_stage")
    assert act(officer, alarm, "reopen").json()["stage"] == "feedback"
    logged = [one["body"] for one in officer.get(f"/api/watch/log?alarm={alarm['id']}").json()]
    assert any("办结：说明 close" in one for one in logged)


def test_what_was_written_down_cannot_be_changed_even_by_its_owner(web: Web) -> None:
    alarm = phoned(web.client("duty_officer"))
    attempts = [
        ("app", "update alarm_event set note = 'x'"),
        ("app", "update alarm set stage = 'closed'"),
        (
            "app",
            "insert into alarm (source, received_at, opened_by, stage) values ('api', now(), 'x', 'closed')",
        ),
        ("owner", "delete from alarm_event"),
        ("owner", "update log_entry set body = 'x'"),
        ("owner", f"update alarm set event_no = 'x' where alarm_id = {alarm['id']}"),
        ("owner", "truncate log_entry cascade"),
    ]
    for role, statement in attempts:
        with pytest.raises(DBAPIError), web.database.engine(role, "exercise").begin() as conn:
            conn.execute(text(statement))


def test_an_act_on_an_older_state_is_refused_and_told_what_happened(web: Web) -> None:
    first, second = web.client("duty_officer"), web.client("administrator")
    alarm = phoned(first)
    taken = act(second, alarm, "take").json()
    assert taken["holder"] == "test administrator"
    late = act(first, alarm, "verify", note="我这边已核实")
    assert late.status_code == 409
    told = late.json()
    assert told["code"] == "overtaken"
    assert [(one["act"], one["account"]) for one in told["events"]] == [("take", "test administrator")]
    assert (act(first, taken, "verify").json()["code"]) == "not_yours"
    assert (
        first.get(f"/api/watch/alarms/{alarm['id']}").json()["events"][-1]["told"]["from"]
        == "test duty_officer"
    )


def test_a_form_and_an_act_sent_twice_count_once(web: Web) -> None:
    officer = web.client("duty_officer")
    given = {"facts": {"title": "树木倒伏"}, "source": "phone", "take": True, "client_id": str(uuid4())}
    first, again = (officer.post("/api/watch/alarms", json=given) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    once = str(uuid4())
    for _ in range(2):
        assert act(officer, first.json(), "verify", client_id=once).status_code == 200
    assert [one["act"] for one in officer.get(f"/api/watch/alarms/{again.json()['id']}").json()["events"]] == [
        "open", "take", "verify",
    ]  # fmt: skip


def test_a_duplicate_near_by_is_offered_merged_and_taken_out_again(web: Web) -> None:
    officer = web.client("duty_officer")
    first = phoned(officer, lon=113.5000, lat=23.1700)
    second = phoned(officer, "隧道口有车被淹", lon=113.5030, lat=23.1710)
    far = phoned(officer, "增城倒树", lon=113.80, lat=23.30, district="440118")
    assert [one["id"] for one in second["near"]] == [first["id"]]
    assert far["near"] == []
    assert 250 < second["near"][0]["metres"] < 400
    merged = act(officer, second, "merge", into=first["id"], note="同一起").json()
    assert (merged["stage"], merged["merged_into"]) == ("merged", first["id"])
    kept = officer.get(f"/api/watch/alarms/{first['id']}").json()
    assert [one["event_no"] for one in kept["merged"]] == [second["event_no"]]
    assert {one["id"] for one in queue(officer)} == {first["id"], far["id"]}
    assert act(officer, first, "merge", into=merged["id"]).status_code == 409
    assert act(officer, merged, "split").json()["stage"] == "received"
    assert len(queue(officer)) == 3


def test_a_red_warning_rings_once_and_again_when_it_is_raised(web: Web) -> None:
    officer = web.client("duty_officer")
    rota_of(web.database, "演练甲", "演练乙")
    officer.post("/api/alerts", content=warning("橙"), headers={"content-type": "application/xml"})
    officer.post("/api/alerts", content=warning("红", "T", status="Test"))
    layers, settings = load_layers(ROOT / "layers"), Settings()
    for _ in range(3):
        look(web, layers, settings, datetime.now(UTC))
    (alarm,) = queue(officer)
    assert (alarm["ringing"], alarm["severity"], alarm["called"], alarm["source"]) == (
        True,
        3,
        "演练甲",
        "feature",
    )
    taken = act(officer, alarm, "take").json()
    assert taken["ringing"] is False
    raising = warning("红", "B", refers_to=_reference(web, "A"))
    officer.post("/api/alerts", content=raising)
    look(web, layers, settings, datetime.now(UTC))
    (raised,) = queue(officer)
    assert (raised["id"], raised["severity"], raised["ringing"], raised["holder"]) == (
        alarm["id"],
        4,
        True,
        None,
    )
    # Nobody answers: whoever looks, the next one is called once.
    late = datetime.fromisoformat(raised["rang_at"]) + timedelta(minutes=settings.watch_escalate_minutes)
    with ThreadPoolExecutor() as workers:
        list(workers.map(lambda _: look(web, layers, settings, late), range(4)))
    (passed,) = queue(officer)
    assert (passed["number"], passed["called"]) == (raised["number"] + 1, "演练甲")


def _reference(web: Web, identifier: str) -> str:
    with web.database.engine("app", "exercise").connect() as conn:
        sent = conn.execute(
            text("select sent_at from message_chain where identifier = :it"), {"it": identifier}
        ).scalar_one()
    return f"gd@example.cn,{identifier},{sent.astimezone(BEIJING).isoformat(timespec='seconds')}"


def test_the_log_keeps_what_was_typed_in_order_once_and_amends_beside_it(web: Web) -> None:
    officer = web.client("duty_officer")
    typed = [(str(uuid4()), f"断网时第 {n} 条：与永和街核对积水") for n in range(3)]
    for client_id, body in [*typed, *typed]:
        answer = officer.post(
            "/api/watch/log", json={"body": body, "client_id": client_id, "place": "永和街"}
        )
        assert answer.status_code in (200, 201)
    found = officer.get("/api/watch/log?q=永和 积水").json()
    assert [one["body"] for one in found] == [body for _, body in reversed(typed)]
    assert officer.get("/api/watch/log?q=永街").json() == []
    amended = officer.post(
        "/api/watch/log", json={"body": "更正：应为永顺街", "amends": found[0]["stamp"]}
    ).json()
    assert amended["amends"] == found[0]["stamp"]
    assert [one["stamp"] for one in officer.get("/api/watch/log?q=永顺").json()] == [amended["stamp"]]
    assert officer.post("/api/watch/log", json={"body": "x", "amends": 10**9}).status_code == 404


def test_reports_are_composed_numbered_and_kept_as_they_went_out(web: Web) -> None:
    officer = web.client("duty_officer")
    alarm = phoned(officer, hazard="11B03", casualties="2 人被困", severity=3)
    where = f"/api/watch/alarms/{alarm['id']}"
    early = officer.post(
        f"{where}/reports", json={"kind": "further", "seen": alarm["number"], "fields": [{"title": "x"}]}
    )
    assert (early.status_code, early.json()["code"]) == (409, "initial_first")
    for kind, correcting in (
        ("initial", False),
        ("further", False),
        ("further", False),
        ("further", True),
        ("final", False),
    ):
        draft = officer.get(f"{where}/draft?kind={kind}").json()
        given = {"kind": kind, "seen": draft["seen"], "fields": draft["fields"], "correcting": correcting}
        last = officer.post(f"{where}/reports", json=given).json()
    assert [(one["kind"], one["number"], one["revision"]) for one in officer.get(where).json()["reports"]] == [
        ("initial", 1, 1), ("further", 1, 1), ("further", 2, 1), ("further", 2, 2), ("final", 1, 1),
    ]  # fmt: skip
    assert "伤亡：2 人被困" in last["body"]
    assert "财产" not in last["body"]
    assert "领导到位情况：暂不清楚" in last["body"]
    assert "演练" in last["body"]
    assert officer.get(where).json()["deadlines"]["reported_at"] is not None
    assert officer.get(f"{where}/reports/{last['id']}.txt").text == last["body"]
    assert officer.get(f"{where}/reports/{last['id']}.pdf").content.startswith(b"%PDF")


def test_a_handover_leaves_nothing_open_off_and_is_signed_by_both(web: Web) -> None:
    first, second = web.browser("administrator"), _person(web, "演练乙")
    begun = first.post("/api/watch/handovers", json={}).json()
    assert begun["leaving"] is None
    signed = first.post(
        f"/api/watch/handovers/{begun['id']}/acts", json={"act": "sign_taking", "seen": begun["number"]}
    )
    assert signed.json()["stage"] == "taken"
    alarm = phoned(first)
    drawn = first.post("/api/watch/handovers", json={"taking": "演练乙"}).json()
    (item,) = drawn["sheet"]["items"]
    assert alarm["event_no"] in item["text"]
    where = f"/api/watch/handovers/{drawn['id']}/acts"
    assert (
        second.post(where, json={"act": "sign_taking", "seen": drawn["number"]}).json()["code"]
        == "not_signed"
    )
    left = first.post(
        where,
        json={
            "act": "sign_leaving",
            "seen": drawn["number"],
            "remarks": {item["key"]: "等待排水队反馈"},
            "equipment": "电台电池已换",
            "marks": {"room 卫星电话": "fault", "database": "fault"},
        },
    ).json()
    devices = {one["key"]: one["mark"] for one in left["sheet"]["devices"]}
    assert (devices["room 卫星电话"], devices["room 电台"]) == ("fault", "unchecked")
    assert devices["database"] == "ok"  # what emmap measures, nobody marks
    assert left["sheet"]["devices_default"] is True
    assert left["sheet"]["items"][0]["remark"] == "等待排水队反馈"
    later = phoned(first, "又一起")
    refused = second.post(where, json={"act": "sign_taking", "seen": left["number"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "open_since")
    again = first.post(where, json={"act": "sign_leaving", "seen": left["number"]}).json()
    done = second.post(where, json={"act": "sign_taking", "seen": again["number"]}).json()
    assert done["stage"] == "taken"
    assert done["sheet"]["devices"] == again["sheet"]["devices"]
    assert {one["key"]: one["mark"] for one in done["sheet"]["devices"]}["room 卫星电话"] == "fault"
    assert second.get("/api/watch").json()["on_duty"]["on_watch"]["account"] == "演练乙"
    assert {one["holder"] for one in queue(second)} == {"演练乙"}
    assert later["id"] in {one["id"] for one in queue(second)}
    assert second.get(f"/api/watch/handovers/{done['id']}.pdf").content.startswith(b"%PDF")


def _person(web: Web, name: str) -> httpx.Client:
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, name, "duty_officer")
    return web.browser(name)


def test_the_rota_is_read_from_a_spreadsheet_and_says_who_is_on(web: Web) -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    sheet = book.add_worksheet()
    today = datetime.now(BEIJING)
    begins, ends = (today + timedelta(hours=n) for n in (-1, 8))
    rows = [
        ("开始", "结束", "岗位", "姓名", "电话"),
        (f"{begins:%Y-%m-%d %H:%M}", f"{ends:%Y-%m-%d %H:%M}", "带班领导", "演练丙", "020-0001"),
        (f"{begins:%Y-%m-%d %H:%M}", f"{ends:%Y-%m-%d %H:%M}", "值班员", "演练甲", "020-0002"),
        (f"{begins:%Y-%m-%d %H:%M}", "", "值班员", "演练乙", ""),
    ]
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    book.close()
    officer = web.client("duty_officer")
    for added in (2, 0):
        told = officer.post(
            "/api/watch/rota/imports", files={"file": ("值班表.xlsx", held.getvalue())}
        ).json()
        assert (told["added"], told["rejected"], told["rejected_records"][0]["position"]) == (added, 1, 4)
    on = officer.get("/api/watch").json()["on_duty"]["rota"]
    assert [(one["duty"], one["name"], one["phone"]) for one in on] == [
        ("officer", "演练甲", "020-0002"), ("leader", "演练丙", "020-0001"),
    ]  # fmt: skip
    tomorrow = (today + timedelta(days=1)).isoformat()
    assert officer.get("/api/watch/rota", params={"from": tomorrow}).json() == []
    officer.post(f"/api/watch/rota/{on[0]['id']}/withdraw")
    assert [one["name"] for one in officer.get("/api/watch").json()["on_duty"]["rota"]] == ["演练丙"]


def test_who_called_is_shown_to_those_who_need_it_and_can_be_erased(web: Web) -> None:
    given = {
        "facts": {"title": "积水"},
        "caller": {"name": "演练来电人", "phone": "020-0003"},
        "source": "phone",
    }
    officer, admin = web.client("duty_officer"), web.client()
    alarm = officer.post("/api/watch/alarms", json=given).json()
    where = f"/api/watch/alarms/{alarm['id']}"
    assert officer.get(where).json()["caller"]["phone"] == "020-0003"
    erased = admin.post("/api/personal/erase", json={"alarm": alarm["id"], "reason": "本人要求"})
    assert erased.status_code == 200, erased.text
    assert officer.get(where).json()["caller"] == {}
    told = [one["subject"] for one in admin.get("/api/audit").json()]
    assert "erase a caller" in told


def test_changes_after_a_stamp_are_all_and_once(web: Web) -> None:
    officer = web.client("duty_officer")
    before = officer.get("/api/watch").json()["stamp"]
    alarm = phoned(officer)
    officer.post("/api/watch/log", json={"body": "一条"})
    told = officer.get(f"/api/watch/changes?after={before}").json()
    assert [one["id"] for one in told["alarms"]] == [alarm["id"]]
    assert [one["body"] for one in told["log"] if not one["by_system"]] == ["一条"]
    again = officer.get(f"/api/watch/changes?after={told['stamp']}").json()
    assert (again["alarms"], again["log"]) == ([], [])
    assert web.client("viewer").get("/api/watch").status_code == 403
