"""The briefing desk over HTTP: written by several, checked by another, signed and numbered, corrected by a new issue."""

import hashlib
import http.client
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from served import Web, application
from sqlalchemy import text

from emmap.store import audit, versions
from emmap.store.database import Database
from tests.facts import HOTSPOTS, hotspot

VIEW = {"realm": "exercise", "at": "2020-05-22T20:00:00+08:00"}
DRAFTS = "/api/briefings/drafts"


@pytest.fixture(scope="module")
def web(module_database: Database) -> Iterator[Web]:
    with application(module_database) as (served, _):
        write(served, hotspot("one", 0, severity=4), hotspot("two", 0, severity=4, at=(113.3, 23.5)))
        yield served


def write(web: Web, *acts: Any) -> None:
    with web.database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, acts)


@pytest.fixture
def writer(web: Web) -> httpx.Client:
    return web.client("briefing_writer")


def opened(client: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = client.post(DRAFTS, json={"template": "flood_report", "view": VIEW, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def saved(client: httpx.Client, draft: dict[str, Any], revision: int = 0, **changes: Any) -> httpx.Response:
    body = {**draft["body"], **changes}
    return client.put(
        f"{DRAFTS}/{draft['id']}", json={"revision": revision or draft["revision"], "body": body}
    )


def stepped(client: httpx.Client, draft: dict[str, Any], to: str, **more: Any) -> httpx.Response:
    revision = client.get(f"{DRAFTS}/{draft['id']}").json()["revision"]
    return client.post(
        f"{DRAFTS}/{draft['id']}/stage", json={"revision": revision, "to": to, **more}, timeout=60
    )


def signed(web: Web, draft: dict[str, Any]) -> dict[str, Any]:
    assert stepped(web.client("briefing_writer"), draft, "checking").status_code == 200
    assert stepped(web.client("duty_officer"), draft, "checked").status_code == 200
    answer = stepped(web.client("commander"), draft, "signed")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def first_text(draft: dict[str, Any]) -> str:
    return str(next(one for one in draft["body"]["blocks"] if one.get("wording"))["text"])


def test_a_draft_opens_with_first_wordings_and_shows_the_page_as_it_will_print(writer: httpx.Client) -> None:
    draft = opened(writer, title="5·22 暴雨")
    assert (draft["stage"], draft["title"], draft["exercise"]) == ("drafting", "5·22 暴雨", True)
    assert "2" in first_text(draft)
    assert {"realm", "at", "taken_at", "stamps", "heard", "expected_s"} <= set(draft["data"])
    shown = writer.post(f"{DRAFTS}/{draft['id']}/preview", json={"body": draft["body"]}).json()
    assert shown["pages"][0].startswith("<svg")
    assert writer.get(DRAFTS).json()[0]["id"] == draft["id"]
    assert "body" not in writer.get(DRAFTS).json()[0]


def test_who_saves_over_another_s_text_is_given_it(web: Web, writer: httpx.Client) -> None:
    draft = opened(writer)
    assert saved(writer, draft, title="甲的题目").json()["revision"] == 2
    answer = saved(web.client("duty_officer"), draft, title="乙的题目")
    assert (answer.status_code, answer.json()["code"]) == (409, "draft_conflict")
    current = answer.json()["current"]
    assert (current["body"]["title"], current["updated_by"]) == ("甲的题目", "test briefing_writer")
    assert saved(web.client("duty_officer"), draft, current["revision"], title="合并").status_code == 200


def test_a_briefing_goes_through_three_hands_and_is_numbered(web: Web, writer: httpx.Client) -> None:
    draft = opened(writer)
    assert stepped(web.client("commander"), draft, "signed").json()["code"] == "draft_stage"
    assert stepped(writer, draft, "checking").json()["stage"] == "checking"
    assert stepped(writer, draft, "checked").json()["code"] == "own_draft"
    back = stepped(web.client("duty_officer"), draft, "drafting", comment="请补雨量").json()
    assert (back["stage"], back["comment"]) == ("drafting", "请补雨量")
    assert stepped(writer, draft, "checking").status_code == 200
    assert stepped(web.client("duty_officer"), draft, "checked").status_code == 200
    assert stepped(writer, draft, "signed").status_code == 403
    due = writer.get(f"{DRAFTS}/{draft['id']}/number").json()
    made = stepped(web.client("commander"), draft, "signed").json()
    assert made["number"] == due
    assert due["series"] == "三防专报（演练）"
    told = writer.get(f"/api/briefings/{made['briefing_id']}").json()
    assert (told["drafted_by"], told["checked_by"], told["signed_by"]) == (
        "test briefing_writer", "test duty_officer", "test commander",
    )  # fmt: skip
    assert told["pages"] >= 1
    again = saved(writer, {**draft, "revision": made["revision"]}, title="改一改")
    assert (again.status_code, again.json()["code"]) == (409, "draft_signed")
    assert writer.delete(f"{DRAFTS}/{draft['id']}").status_code == 409
    acts = [one.entry.details for one in entries(web) if one.entry.details.get("to") == "signed"]
    assert acts[0]["sha256"] == told["sha256"]


def test_another_spec_in_the_place_of_a_signed_one_is_told_by_the_audit(
    web: Web, writer: httpx.Client
) -> None:
    made = signed(web, opened(writer))
    address = f"/api/briefings/{made['briefing_id']}/verification"
    assert writer.get(address).json()["differs"] == []
    with web.database.engine("owner").begin() as conn:
        conn.execute(
            text(
                "update briefing set spec = replace(spec, '内部资料', '公开资料'),"
                " sha256 = encode(sha256(convert_to(replace(spec, '内部资料', '公开资料'), 'UTF8')), 'hex')"
                " where briefing_id = :id"
            ),
            {"id": made["briefing_id"]},
        )
    assert [one["where"] for one in writer.get(address).json()["differs"]] == ["audit"]


def entries(web: Web) -> list[audit.Kept]:
    with web.database.engine("app").connect() as conn:
        return audit.entries(conn, limit=50, act="change")


def test_looking_at_a_page_is_no_change_that_the_audit_tells(web: Web, writer: httpx.Client) -> None:
    draft = opened(writer)
    writer.post(f"{DRAFTS}/{draft['id']}/preview", json={})
    assert not any("preview" in one.entry.subject for one in entries(web))
    assert entries(web)[0].entry.details["draft"] == draft["id"]


def test_new_data_reword_what_nobody_touched(web: Web, writer: httpx.Client) -> None:
    draft, other = opened(writer), opened(writer)
    blocks = [{**one, "text": "我写的"} if one.get("wording") else one for one in other["body"]["blocks"]]
    assert saved(writer, other, blocks=blocks).status_code == 200
    write(web, hotspot("late", 0, severity=4))
    fresh = writer.post(f"{DRAFTS}/{draft['id']}/data", json={}).json()
    assert first_text(fresh) != first_text(draft)
    assert fresh["data"]["taken_at"] > draft["data"]["taken_at"]
    assert first_text(writer.post(f"{DRAFTS}/{other['id']}/data").json()) == "我写的"
    worded = writer.post(f"{DRAFTS}/{other['id']}/wording", json={"block": "b1"}).json()["text"]
    assert worded == first_text(fresh)


def test_a_copy_is_for_the_next_day(writer: httpx.Client) -> None:
    draft = opened(writer)
    copy = writer.post(f"{DRAFTS}/{draft['id']}/duplicate").json()
    assert copy["body"]["view"]["at"] == "2020-05-23T20:00:00+08:00"
    assert (copy["body"]["header"]["date"], copy["came_from"]) == ("2020-05-23", {"draft": draft["id"]})
    at = "2020-05-22T02:00:00+08:00"
    assert (
        writer.post(f"{DRAFTS}/{draft['id']}/duplicate", json={"at": at}).json()["body"]["view"]["at"] == at
    )


def test_a_correction_names_the_old_issue_which_stays_the_same(web: Web, writer: httpx.Client) -> None:
    old = signed(web, opened(writer))
    before = writer.get(f"/api/briefings/{old['briefing_id']}.pdf").content
    write(web, hotspot("later", 0, severity=3))
    draft = writer.post(f"/api/briefings/{old['briefing_id']}/corrections").json()
    assert (draft["corrects"], draft["body"]["view"]["at"]) == (old["briefing_id"], VIEW["at"])
    said = draft["body"]["blocks"][0]
    assert said["wording"] == "correction"
    assert f"编号 {old['briefing_id']}" in said["text"]
    assert "→" in said["text"]
    assert "更正为" in said["text"]
    copy = writer.post(f"{DRAFTS}/{draft['id']}/duplicate").json()
    assert (copy["corrects"], "correction" in str(copy["body"]["blocks"])) == (None, False)
    new = signed(web, draft)
    assert new["number"]["issue"] == old["number"]["issue"] + 1
    assert writer.get(f"/api/briefings/{old['briefing_id']}.pdf").content == before
    assert writer.get(f"/api/briefings/{old['briefing_id']}").json()["corrected_by"] == [new["briefing_id"]]


def test_a_quick_export_is_corrected_too(writer: httpx.Client) -> None:
    quick = writer.post("/api/briefings", json={"title": "导出", "view": {**VIEW, "known_at": "at"}}).json()
    draft = writer.post(f"/api/briefings/{quick['id']}/corrections").json()
    view = draft["body"]["view"]
    assert (draft["template"], view["at"], view["known_at"]) == ("map", VIEW["at"], None)


def test_only_its_writer_or_an_administrator_deletes_a_draft(web: Web, writer: httpx.Client) -> None:
    draft = opened(writer)
    assert web.client("duty_officer").delete(f"{DRAFTS}/{draft['id']}").json()["code"] == "not_own_draft"
    assert writer.delete(f"{DRAFTS}/{draft['id']}").status_code == 204
    assert writer.get(f"{DRAFTS}/{draft['id']}").status_code == 404


def block(**more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {**body, "blocks": [{"key": "b1", "kind": "text", **more}]}


def nested(deep: int) -> dict[str, Any]:
    return {"a": nested(deep - 1)} if deep else {}


def text_block(number: int) -> dict[str, Any]:
    return {"key": f"b{number}", "kind": "text", "text": "雨" * 50_000}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (block(kind="pie"), "没有种类"),
        (block(text="长" * 50_001), "过长"),
        (block(text="\ud800"), "不成字"),
        (block(text="\x00"), "NUL"),
        (block(text=["a"]), "text"),
        (block(colour="red"), "没有这一项"),
        (lambda body: {**body, "view": nested(500)}, "过深"),
        (lambda body: {**body, "blocks": [text_block(n) for n in range(8)]}, "过大"),
        (lambda body: {**body, "blocks": [1]}, "blocks"),
        (lambda body: {**body, "blocks": {}}, "blocks"),
        (lambda body: {**body, "template": "none"}, "没有模板"),
        (lambda body: {**body, "header": {"masthead": "长" * 301}}, "过长"),
        (lambda body: {**body, "view": []}, "view"),
        (lambda body: {}, "template"),
    ],
)
def test_a_body_that_is_none_is_refused_in_a_sentence(
    writer: httpx.Client, change: Callable[[dict[str, Any]], dict[str, Any]], says: str
) -> None:
    draft = one_draft(writer)
    told = json.dumps({"revision": 1, "body": change(draft["body"])})
    headers = {"content-type": "application/json"}
    answer = writer.put(f"{DRAFTS}/{draft['id']}", content=told, headers=headers)
    assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text


def one_draft(client: httpx.Client) -> dict[str, Any]:
    (found, *_) = client.get(DRAFTS).json() or [opened(client)]
    whole: dict[str, Any] = client.get(f"{DRAFTS}/{found['id']}").json()
    return whole


def test_a_text_of_50_000_characters_flows_over_pages(writer: httpx.Client) -> None:
    draft = opened(writer)
    long = block(text="暴雨。" * 16_666)(draft["body"])
    assert writer.put(f"{DRAFTS}/{draft['id']}", json={"revision": 1, "body": long}).status_code == 200
    shown = writer.post(f"{DRAFTS}/{draft['id']}/preview", json={}, timeout=60).json()
    assert len(shown["pages"]) > 10


def test_a_layer_that_was_removed_is_said_and_the_text_is_kept(writer: httpx.Client) -> None:
    draft = opened(writer)
    view = {**VIEW, "layers": ["rescue_teams", "gone_layer"]}
    assert saved(writer, draft, view=view, title="还在").status_code == 200
    for act in ("preview", "duplicate", "data"):
        answer = writer.post(f"{DRAFTS}/{draft['id']}/{act}", json={})
        assert (answer.status_code, "layers" in answer.json()["detail"]) == (422, True), act
    assert writer.get(f"{DRAFTS}/{draft['id']}").json()["title"] == "还在"


def test_a_draft_of_a_realm_that_is_gone_says_so(web: Web, writer: httpx.Client) -> None:
    draft = opened(writer)
    quick = writer.post("/api/briefings", json={"view": VIEW}).json()
    with web.database.engine("owner").begin() as conn:
        conn.execute(text("alter schema realm_exercise rename to realm_away"))
    try:
        told = {
            act: writer.post(f"{DRAFTS}/{draft['id']}/{act}", json={}).json().get("code")
            for act in ("preview", "data", "duplicate")
        }
        assert told == {"preview": "data_gone", "data": "unknown_realm", "duplicate": "unknown_realm"}
        assert writer.get(f"{quick['formats']['pdf']}").json()["code"] == "data_gone"
        assert writer.get(f"/api/briefings/{quick['id']}").json()["data_gone"]
    finally:
        with web.database.engine("owner").begin() as conn:
            conn.execute(text("alter schema realm_away rename to realm_exercise"))


def test_a_photograph_is_kept_once_and_given_back(writer: httpx.Client) -> None:
    into = BytesIO()
    Image.radial_gradient("L").save(into, "JPEG")
    made = [
        writer.post("/api/briefings/images", files={"file": ("a.jpg", into.getvalue())}).json()
        for _ in (1, 2)
    ]
    assert made[0] == made[1]
    back = writer.get(f"/api/briefings/images/{made[0]['sha256']}")
    assert back.headers["content-type"] == "image/jpeg"
    assert hashlib.sha256(back.content).hexdigest() == made[0]["sha256"]
    broken = writer.post("/api/briefings/images", files={"file": ("a.jpg", into.getvalue()[:100])})
    assert (broken.status_code, broken.json()["code"]) == (400, "unreadable_image")


def test_a_photograph_over_100_mb_is_refused_before_it_is_sent(web: Web) -> None:
    line = http.client.HTTPConnection(httpx.URL(web.url).host, httpx.URL(web.url).port)
    line.putrequest("POST", "/api/briefings/images")
    line.putheader("authorization", f"Bearer {web.token('briefing_writer')}")
    line.putheader("content-length", str(120 << 20))
    line.endheaders()
    answer = line.getresponse()
    assert (answer.status, "100 MiB" in json.load(answer)["detail"]) == (413, True)
    line.close()
