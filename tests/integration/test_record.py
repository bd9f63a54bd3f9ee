"""What the log and the measures tell, and what they never tell."""

import httpx
import pytest
from served import Web, application
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emmap.permissions import needs
from emmap.store.database import Database
from emmap.web.access import new_sign_in_link


def test_no_secret_is_ever_logged(web: Web, capfd: pytest.CaptureFixture[str]) -> None:
    code = httpx.URL(new_sign_in_link(web.database, web.url)).params["code"]
    httpx.get(f"{web.url}/sign-in", params={"code": code})
    entered = httpx.post(f"{web.url}/sign-in", data={"code": code})
    session = entered.cookies["emmap_session"]
    httpx.post(f"{web.url}/sign-in", data={"name": "甲", "password": "geheim-und-falsch"})
    token = web.token()
    bearer = {"authorization": f"Bearer {token}"}
    httpx.post(f"{web.url}/api/alerts", params={"realm": "exercise"}, headers=bearer, content=b"x")
    httpx.get(f"{web.url}/api/layers", headers={"authorization": f"Bearer {token}wrong"})
    logged = "".join(capfd.readouterr())
    assert '"path": "/api/alerts"' in logged
    for secret in (code, session, token, "geheim-und-falsch"):
        assert secret not in logged


def test_a_request_carries_its_number_from_log_to_answer(web: Web, capfd: pytest.CaptureFixture[str]) -> None:
    with web.client() as client:
        given = client.post("/api/alerts", content=b"x", headers={"x-request-id": "duty-desk-0042"})
        made = client.get("/api/me")
    assert given.headers["x-request-id"] == "duty-desk-0042"
    assert len(made.headers["x-request-id"]) == 16
    assert '"request_id": "duty-desk-0042"' in capfd.readouterr().out


def test_measures_count_requests_by_route(web: Web) -> None:
    with web.client("viewer") as client:
        client.get("/api/layers/risk_hotspots")
        told = client.get("/metrics").text
    assert 'emmap_requests_total{method="GET",route="/api/layers/{layer}",status="200"}' in told
    assert "emmap_request_seconds_bucket" in told
    assert "emmap_live_pages" in told


def test_an_error_that_nobody_foresaw_is_told_as_a_problem_and_logged(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    @needs("read")
    async def broken(request: Request) -> Response:
        raise RuntimeError("the pump fell over")

    with application(database, Route("/api/broken", broken)) as (web, _):
        answer = web.client("viewer").get("/api/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "已记入日志" in answer.json()["detail"]
    assert "the pump fell over" not in answer.text
    assert "the pump fell over" in capfd.readouterr().out
