"""Files and CAP messages over HTTP, and how requests that cannot be met are answered."""

import csv
import io
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from served import Web

from emmap.settings import Settings

TEAMS = "编号,队伍名称,人数,经度,纬度\nT1,演练一队,12,113.5,23.1\nT2,演练二队,x,113.5,23.1\n".encode()
PROBLEM = {"type", "title", "status", "detail", "instance"}


def test_an_import_counts_every_row_and_says_why_one_was_refused(web: Web) -> None:
    client = web.client("duty_officer")
    for added, unchanged in ((1, 0), (0, 1)):
        answer = client.post("/api/layers/rescue_teams/imports", files={"file": ("teams.csv", TEAMS)})
        assert answer.status_code == 200
        told = answer.json()
        assert (told["read"], told["added"], told["unchanged"], told["rejected"]) == (2, added, unchanged, 1)
        assert told["rejected_records"][0]["position"] == 2
    run = client.get(f"/api/imports/{told['run_id']}").json()
    assert run["rejected_records"] == told["rejected_records"]


def test_the_error_file_has_every_refused_row_with_its_reason(web: Web) -> None:
    client = web.client("duty_officer")
    rows = "".join(f"T{n},演练{n}队,很多\n" for n in range(1200))
    table = f"编号,队伍名称,人数\n{rows}".encode()
    told = client.post("/api/layers/rescue_teams/imports", files={"file": ("t.csv", table)}).json()
    assert (told["rejected"], len(told["rejected_records"])) == (1200, 1000)
    answer = client.get(f"/api/imports/{told['run_id']}/rejected.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    refused = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [int(row["position"]) for row in refused] == list(range(1, 1201))
    assert {row["code"] for row in refused} == {"not_a_number"}
    last = refused[-1]
    assert last["message_zh"].startswith("表格第 1201 行")
    assert last["message_en"].startswith("Line 1201 of the table")
    assert json.loads(last["raw"]) == {"编号": "T1199", "队伍名称": "演练1199队", "人数": "很多"}
    assert "演练1199队" in last["raw"]
    back = client.get(f"/api/imports/{told['run_id']}/rejected")
    assert back.content.decode().splitlines()[1].startswith('T0,演练0队,很多,"表格第 2 行')
    mended = {"file": ("t.csv", back.content.replace("很多".encode(), b"7"))}
    again = client.post("/api/layers/rescue_teams/imports", files=mended).json()
    assert (again["added"], again["rejected"], again["columns_ignored"]) == (1200, 0, [])
    assert web.client("viewer").get(f"/api/imports/{told['run_id']}/rejected.csv").status_code == 403
    assert client.get("/api/imports/987654/rejected.csv").status_code == 404


def test_a_dry_run_changes_nothing(web: Web) -> None:
    client = web.client()
    form = {"dry_run": "true"}
    told = client.post("/api/layers/rescue_teams/imports", files={"file": ("t.csv", TEAMS)}, data=form).json()
    assert told["added"] == 1
    assert client.get("/api/layers/rescue_teams").json()["versions"] == 0


def test_columns_may_be_named_and_coordinates_in_another_datum(web: Web) -> None:
    table = b"nr,who,lon,lat\n7,Team seven,113.5,23.1\n"
    form = {"map": ["nr=id", "who=name"], "datum": "gcj02"}
    client = web.client()
    told = client.post("/api/layers/rescue_teams/imports", files={"file": ("t.csv", table)}, data=form).json()
    assert told["added"] == 1
    lon, lat = client.get("/api/layers/rescue_teams/features/7").json()["geometry"]["coordinates"]
    assert 0.001 < 113.5 - lon < 0.01
    assert 0.001 < abs(23.1 - lat) < 0.01


def test_a_cap_message_is_new_once(web: Web, samples: Path) -> None:
    content = (samples / "cap" / "oasiscap-v1dot2_appendix_adot2.xml").read_bytes()
    client = web.client("duty_officer")
    first = client.post("/api/alerts", content=content)
    again = client.post("/api/alerts", content=content)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["feature_ids"] == again.json()["feature_ids"]
    layer, feature_id = first.json()["layer"], first.json()["feature_ids"][0]
    history = client.get(f"/api/layers/{layer}/features/{feature_id}/history").json()["features"]
    source = history[0]["properties"]["source"]
    original = client.get(f"/api/messages/{source['message_id']}")
    assert original.content == content


def test_an_original_message_cannot_act_in_the_page(web: Web) -> None:
    client = web.client()
    alert = (
        b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>x</identifier><sender>s</sender>'
        b"<sent>2020-05-22T01:00:00+08:00</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>"
        b"<info><category>Met</category><event>Rainstorm</event><urgency>Immediate</urgency><severity>Severe</severity>"
        b"<certainty>Observed</certainty><headline>&lt;script&gt;alert(1)&lt;/script&gt;</headline></info></alert>"
    )
    told = client.post("/api/alerts", content=alert).json()
    found = client.get(f"/api/layers/{told['layer']}/features/{told['feature_ids'][0]}/history").json()
    answer = client.get(f"/api/messages/{found['features'][0]['properties']['source']['message_id']}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/nothing", 404),
        ("/api/layers/nothing", 404),
        ("/api/layers/nothing/features", 404),
        ("/api/layers?realm=nowhere", 404),
        ("/api/layers?realm=No%20realm", 422),
        ("/api/layers?unknown=1", 422),
        ("/api/status?unknown=1", 422),
        ("/api/layers/risk_hotspots/features?unknown=1", 422),
        ("/api/layers/risk_hotspots/features?team_class=social", 422),
        ("/api/layers/risk_hotspots/features?status=ready", 422),
        ("/api/layers/risk_hotspots/features?severity=5", 422),
        ("/api/layers/risk_hotspots/features?bbox=1,2,3", 422),
        ("/api/layers/risk_hotspots/features?at=2020-05-22T01:00:00", 422),
        ("/api/layers/risk_hotspots/features?limit=10001", 422),
        ("/api/layers/risk_hotspots/features?limit=many", 422),
        ("/api/layers/risk_hotspots/features?after=guess", 422),
        ("/api/layers/risk_hotspots/features/a%00b", 422),
        ("/api/layers/risk_hotspots/points?rows=some", 422),
        ("/api/layers/risk_hotspots/points?checkpoint=2999-01-01T00:00:00Z", 422),
        ("/api/layers/risk_hotspots/points?unknown=1", 422),
        ("/api/layers/risk_hotspots/changes?after=then", 422),
        ("/api/layers/risk_hotspots/rows?row=first", 422),
        ("/api/layers/risk_hotspots/rows", 422),
        ("/api/layers/risk_hotspots/counts?by=mood", 422),
        ("/api/layers/risk_hotspots/timeline?from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z&step=1", 422),
        ("/api/messages/12345", 404),
    ],
)
def test_what_cannot_be_met_is_a_problem_in_both_languages(web: Web, path: str, status: int) -> None:
    answer = web.client().get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert set(told) >= PROBLEM
    assert told["status"] == status
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told["detail"])
    assert "Traceback" not in answer.text


def test_a_method_that_a_route_does_not_take_is_405(web: Web) -> None:
    answer = web.client().delete("/api/layers")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "content",
    [b"", b"not xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', b"<note/>"],
)
def test_what_is_no_alert_is_refused(web: Web, content: bytes) -> None:
    answer = web.client().post("/api/alerts", content=content)
    assert answer.status_code == 400
    assert set(answer.json()) >= PROBLEM
    assert "root:" not in answer.text


def test_a_body_that_is_announced_too_large_is_refused_unread(web: Web) -> None:
    address = urlsplit(web.url)
    connection = HTTPConnection(address.hostname or "", address.port)
    connection.putrequest("POST", "/api/layers/rescue_teams/imports")
    connection.putheader("authorization", f"Bearer {web.token()}")
    connection.putheader("content-type", "multipart/form-data; boundary=x")
    connection.putheader("content-length", str(Settings().max_upload_mb << 21))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["status"] == 413
    connection.close()


def test_a_body_of_unannounced_length_is_cut_off(web: Web) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 20)

    answer = web.client().post("/api/alerts", content=endless())
    assert answer.status_code == 413
