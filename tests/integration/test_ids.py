"""Ids that are somebody else's, of another realm, or no ids at all: every route with an id in its path, tried with each."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from served import Web, application

from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.permissions import PERMISSIONS
from emmap.store import access, tokens
from emmap.store.database import Database
from emmap.web.routes import Routes

NO_IDS = {
    "/api/{rest:path}",
    "{path:path}",
    "/_dash-component-suites/{package_name}/{fingerprinted_path:path}",
    "/briefings/drafts/{draft_id}",
    "/briefings/{briefing_id}",
}
"""What only says that nothing is there, files of the page, and frames of pages, which ask the API for what they show."""
LAYER = {"layer": "rescue_teams"}
TEAMS = (
    "编号,队伍名称,人数,经度,纬度,联系电话\nT1,另库一队,3,113.5,23.1,13800000009\nT2,另库二队,x,,,\n".encode()
)
REFUSED = {403, 404, 422}
STRANGE = ("987654", "-1", "9223372036854775808", "1" * 60, "1' or '1'='1", "另一个", "%00", "..%2f..%2fetc")

OTHER_REALM: dict[str, Any] = {
    "GET /api/layers/{layer}/features/{feature_id:path}": None,
    "GET /api/layers/{layer}/features/{feature_id:path}/history": None,
    "GET /api/layers/{layer}/features/{feature_id:path}.cap": None,
    "GET /api/imports/{run_id}": None,
    "GET /api/imports/{run_id}/rejected": None,
    "GET /api/imports/{run_id}/rejected.csv": None,
    "POST /api/imports/{run_id}/withdraw": None,
    "GET /api/messages/{message_id}": None,
    "GET /api/import-drafts/{draft_id}": None,
    "POST /api/import-drafts/{draft_id}/recognise": LAYER,
    "POST /api/import-drafts/{draft_id}/preview": LAYER,
    "POST /api/import-drafts/{draft_id}/apply": None,
    "DELETE /api/import-drafts/{draft_id}": None,
    "GET /api/sources/{name}/runs": None,
    "GET /api/sources/{name}/runs/{run}/messages": None,
    "POST /api/sources/{name}/run": None,
    "POST /api/sources/{name}/pause": None,
    "POST /api/sources/{name}/resume": None,
    "POST /api/sources/{name}/confirm": None,
    "GET /api/watch/alarms/{alarm_id}": None,
    "POST /api/watch/alarms/{alarm_id}/acts": {"act": "verify", "seen": 2},
    "GET /api/watch/alarms/{alarm_id}/draft": None,
    "POST /api/watch/alarms/{alarm_id}/reports": {
        "kind": "initial",
        "seen": 2,
        "fields": [{"title": "标题", "text": "正文"}],
    },
    "GET /api/watch/alarms/{alarm_id}/reports/{report_id}.{format}": None,
    "POST /api/watch/rota/{rota_id}/withdraw": None,
    "POST /api/watch/handovers/{handover_id}/acts": {"act": "amend", "seen": 1},
    "GET /api/watch/handovers/{handover_id}.pdf": None,
}
"""Routes whose ids are a realm's own, with the body that makes sense of them."""
QUERY = {
    "GET /api/watch/alarms/{alarm_id}/draft": "kind=initial",
    "POST /api/sources/{name}/confirm": "run=1",
}
CITY_WIDE: dict[str, Any] = {
    "GET /exercise/{name}": None,
    "POST /api/account/sessions/{session_id}/close": None,
    "PATCH /api/accounts/{name}": {"disabled": False},
    "POST /api/accounts/{name}/link": None,
    "POST /api/accounts/{name}/sign-out": None,
    "POST /api/tokens/{token_id}/revoke": None,
    "GET /api/briefings/{briefing_id}": None,
    "POST /api/briefings/{briefing_id}/corrections": None,
    "GET /api/briefings/{briefing_id}/verification": None,
    "GET /api/briefings/{briefing_id}/shares": None,
    "POST /api/briefings/{briefing_id}/shares": {"days": 1},
    "DELETE /api/briefings/{briefing_id}/shares/{share_id}": None,
    "GET /s/{secret:path}": None,
    "GET /api/briefings/images/{sha256}": None,
    "DELETE /api/briefings/schedules/{schedule_id}": None,
    "GET /api/briefings/drafts/{draft_id}": None,
    "PUT /api/briefings/drafts/{draft_id}": {"revision": 1, "body": {"template": "map"}},
    "DELETE /api/briefings/drafts/{draft_id}": None,
    "GET /api/briefings/drafts/{draft_id}/number": None,
    "POST /api/briefings/drafts/{draft_id}/preview": {},
    "POST /api/briefings/drafts/{draft_id}/wording": {"block": "b1"},
    "POST /api/briefings/drafts/{draft_id}/data": {},
    "POST /api/briefings/drafts/{draft_id}/duplicate": {},
    "POST /api/briefings/drafts/{draft_id}/stage": {"revision": 1, "to": "checking"},
    "GET /api/briefings/{briefing_id}.{format}": None,
    "GET /api/gauges/{station}": None,
    "GET /api/base-maps/{base_map}/file": None,
    "GET /api/base-maps/{base_map}/tiles/{layer}/{z}/{x}/{y}": None,
    **{
        f"GET /api/layers/{{layer}}{rest}": None
        for rest in (
            "", "/features", "/counts", "/differences", "/timeline", "/next", "/points", "/changes", "/rows",
            "/search", "/template.xlsx", "/cells", "/pieces/{piece}", "/lineage",
        )
    },
    "POST /api/layers/{layer}/imports": None,
}  # fmt: skip
"""Routes whose ids mean the same in every realm."""
ROWS = OTHER_REALM | CITY_WIDE


@pytest.fixture(scope="module")
def served(
    module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Web, Routes]]:
    with application(module_database) as (web, inner):
        fill(web, tmp_path_factory.mktemp("drop"))
        yield web, inner.state.guard.routes


def fill(web: Web, folder: Path) -> None:
    """One of everything, in realm `real`; realm `exercise` stays empty."""
    client = web.client()
    client.params = httpx.QueryParams(realm="real")
    files = {"file": ("teams.csv", TEAMS)}
    assert client.post("/api/layers/rescue_teams/imports", files=files).json()["run_id"] == 1
    alarm = {"facts": {"title": "另库警情", "district": "440112"}, "source": "phone", "take": True}
    assert client.post("/api/watch/alarms", json=alarm).json()["id"] == 1
    report = OTHER_REALM["POST /api/watch/alarms/{alarm_id}/reports"]
    assert client.post("/api/watch/alarms/1/reports", json=report).json()["id"] == 1
    now = datetime.now(UTC)
    turn = {"begins": now.isoformat(), "ends": (now + timedelta(hours=8)).isoformat()}
    told = client.post("/api/watch/rota", json={**turn, "duty": "officer", "name": "另库值班员"})
    assert told.json() == {"added": 1}
    given = {"name": "teams", "reader": "table", "layer": "rescue_teams", "every": "1 h", "realm": "real"}
    plan.configure(web.database, [SourceConfig.model_validate({**given, "folder": str(folder)})], now)
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "leaving", "duty_officer")
    browser = web.browser("leaving")
    assert browser.post("/api/watch/handovers?realm=real", json={}).json()["id"] == 1


def pattern(path: str) -> list[str]:
    return re.findall(r"{(\w+)", path)


def request(client: httpx.Client, row: str, ids: dict[str, str], realm: str = "exercise") -> httpx.Response:
    method, path = row.split(" ", 1)
    for name in pattern(path):
        path = re.sub(rf"{{{name}(:path)?}}", lambda _, name=name: ids[name], path)
    query = f"?realm={realm}&{QUERY.get(row, '')}" if row in OTHER_REALM else ""
    if row == "POST /api/layers/{layer}/imports":
        return client.request(method, path + query, files={"file": ("t.csv", TEAMS)})
    return client.request(method, path + query, json=ROWS[row])


def test_every_route_with_an_id_has_a_row(served: tuple[Web, Routes]) -> None:
    _, routes = served
    there = {
        f"{method} {one.path}"
        for one in routes.every
        for method in one.methods - {"HEAD"}
        if "{" in one.path and one.path not in NO_IDS
    }
    assert there == set(ROWS)


def test_what_is_no_id_finds_nothing_and_breaks_nothing(served: tuple[Web, Routes]) -> None:
    web, _ = served
    client = web.client()
    told = []
    for row in ROWS:
        for strange in STRANGE:
            if row == "GET /exercise/{name}" and "%2f" in strange:
                continue  # another address: the map's page, which holds nothing by itself
            name = strange if "%" in strange else quote(strange, safe="")
            answer = request(client, row, dict.fromkeys(pattern(row), name))
            if answer.status_code not in REFUSED or "Traceback" in answer.text:
                told.append(f"{row} with {strange}: {answer.status_code} {answer.text[:300]}")
    assert told == []


def of_the_other_realm(web: Web) -> dict[str, str]:
    """Ids that are there, in realm `real`."""
    staged = web.client().post(
        "/api/import-drafts?realm=real",
        data={"layer": "rescue_teams"},
        files={"file": ("teams.csv", TEAMS)},
    )
    ids = dict.fromkeys(
        ("run_id", "message_id", "alarm_id", "report_id", "rota_id", "handover_id", "run"), "1"
    )
    return {
        **ids, **LAYER, "feature_id": "T1", "name": "teams", "format": "txt", "draft_id": staged.json()["draft"],
    }  # fmt: skip


def test_what_another_realm_holds_is_not_told_in_this_one(served: tuple[Web, Routes]) -> None:
    web, _ = served
    client, ids = web.client(), of_the_other_realm(served[0])
    for row in OTHER_REALM:
        answer = request(client, row, ids)
        assert answer.status_code == 404, f"{row}: {answer.status_code} {answer.text}"
        assert "另库" not in answer.text
    # The ids are good ones: in their own realm they are answered, but for what only warnings and runs have.
    none = {"/api/layers/{layer}/features/{feature_id:path}.cap", "/api/sources/{name}/runs/{run}/messages"}
    for row in OTHER_REALM:
        method, path = row.split(" ", 1)
        if method == "GET" and path not in none and "drafts" not in path:
            assert request(client, row, ids, "real").status_code == 200, row


def test_what_is_another_account_s_is_not_mine(served: tuple[Web, Routes]) -> None:
    web, _ = served
    ids = of_the_other_realm(web)
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "other", "administrator")
    other, own = web.browser("other"), web.browser()
    for row in OTHER_REALM:
        if "{draft_id}" in row:
            assert request(other, row, ids, "real").status_code == 404, row
    (session,) = own.get("/api/account").json()["sessions"]
    assert other.post(f"/api/account/sessions/{session['id']}/close").status_code == 404
    assert own.get("/api/account").status_code == 200
    for role in set(PERMISSIONS) - {"administrator"}:
        for row in (one for one in CITY_WIDE if "/api/accounts/" in one or "/api/tokens/" in one):
            assert request(web.client(role), row, {"name": "other", "token_id": "1"}).status_code == 403


def test_what_lies_in_another_district_is_not_mine_to_change(served: tuple[Web, Routes]) -> None:
    web, _ = served
    with web.database.engine("app").begin() as conn:
        secret = tokens.make_token(conn, "zengcheng", "duty_officer", districts=frozenset({"440118"}))
    ids = of_the_other_realm(web)
    with httpx.Client(base_url=web.url, headers={"authorization": f"Bearer {secret}"}) as client:
        for row in (
            "POST /api/imports/{run_id}/withdraw",
            "POST /api/watch/alarms/{alarm_id}/acts",
            "POST /api/watch/alarms/{alarm_id}/reports",
            "POST /api/sources/{name}/run",
            "POST /api/sources/{name}/confirm",
        ):
            answer = request(client, row, ids, "real")
            assert (answer.status_code, answer.json()["code"]) == (403, "other_district"), row
