"""Nobody comes in without a session or a token, and nothing changes but from our own pages."""

import re
from datetime import timedelta

import httpx
import pytest
from served import Web
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from emmap.permissions import PERMISSIONS, ROLES
from emmap.store import access
from emmap.web.access import new_sign_in_link


@pytest.mark.parametrize(
    "path",
    ["/api/layers", "/api/me", "/api/unknown/path", "/api/openapi.json", "/metrics", "/static/sign-in.css"],
)
def test_reading_without_signing_in_is_refused_as_a_problem(web: Web, path: str) -> None:
    answer = httpx.get(web.url + path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == path


@pytest.mark.parametrize("path", ["/_dash-layout", "/_dash-dependencies", "/assets/sign-in.css"])
def test_the_parts_of_the_page_are_guarded_too(web: Web, path: str) -> None:
    assert httpx.get(web.url + path).status_code == 401


def test_health_is_told_without_signing_in(web: Web) -> None:
    assert httpx.get(f"{web.url}/healthz").status_code == 200
    assert httpx.get(f"{web.url}/readyz").status_code == 200


def test_a_page_leads_to_sign_in_and_back_with_its_whole_address(web: Web) -> None:
    answer = httpx.get(f"{web.url}/?hazard=11B03&at=2020-05-22T01:12:00%2B08:00")
    assert answer.status_code == 303
    target = httpx.URL(answer.headers["location"])
    assert target.path == "/sign-in"
    link = httpx.URL(new_sign_in_link(web.database, web.url))
    entered = httpx.post(
        f"{web.url}/sign-in", data={"code": link.params["code"], "next": target.params["next"]}
    )
    assert entered.headers["location"] == "/?hazard=11B03&at=2020-05-22T01:12:00%2B08:00"


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:1"]
)
def test_sign_in_never_leads_to_another_site(web: Web, target: str) -> None:
    link = httpx.URL(new_sign_in_link(web.database, web.url))
    entered = httpx.post(f"{web.url}/sign-in", data={"code": link.params["code"], "next": target})
    assert entered.headers["location"] == "/"


def test_a_link_works_once_and_looking_at_it_does_not_use_it_up(web: Web) -> None:
    link = httpx.URL(new_sign_in_link(web.database, web.url))
    shown = httpx.get(link)
    assert shown.status_code == 200
    assert 'method="post"' in shown.text
    first = httpx.post(f"{web.url}/sign-in", data={"code": link.params["code"]})
    assert first.status_code == 303
    again = httpx.post(f"{web.url}/sign-in", data={"code": link.params["code"]})
    assert again.status_code == 401
    assert "set-cookie" not in again.headers


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(web: Web) -> None:
    link = httpx.URL(new_sign_in_link(web.database, web.url))
    cookie = httpx.post(f"{web.url}/sign-in", data={"code": link.params["code"]}).headers["set-cookie"]
    assert re.search("httponly", cookie, re.I)
    assert re.search("samesite=lax", cookie, re.I)


def test_a_stale_link_is_refused(web: Web) -> None:
    link = httpx.URL(new_sign_in_link(web.database, web.url))
    with web.database.engine("app").begin() as conn:
        conn.execute(text("update sign_in_link set expires_at = clock_timestamp() - interval '1 second'"))
    assert httpx.post(f"{web.url}/sign-in", data={"code": link.params["code"]}).status_code == 401


def test_signing_out_ends_the_session(web: Web) -> None:
    browser = web.browser()
    assert browser.get("/api/me").status_code == 200
    kept = dict(browser.cookies)
    browser.post("/sign-out")
    assert httpx.get(f"{web.url}/api/me", cookies=kept).status_code == 401


def test_a_change_from_another_site_is_refused(web: Web) -> None:
    browser = web.browser()
    forged = browser.post("/sign-out", headers={"origin": "https://elsewhere.example"})
    assert forged.status_code == 403
    assert browser.get("/api/me").status_code == 200


def test_a_change_with_a_cookie_but_without_origin_is_refused(web: Web) -> None:
    browser = web.browser()
    del browser.headers["origin"]
    assert browser.post("/sign-out").status_code == 403


def test_a_token_may_change_without_origin(web: Web) -> None:
    answer = web.client().post("/api/alerts", content=b"no alert at all")
    assert answer.status_code not in (401, 403)


def test_a_wrong_token_is_refused_even_beside_a_good_cookie(web: Web) -> None:
    browser = web.browser()
    assert browser.get("/api/me", headers={"authorization": "Bearer emmap_wrong"}).status_code == 401


def test_a_disabled_account_is_out(web: Web) -> None:
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "值班甲", "duty_officer")
    browser = web.browser("值班甲")
    assert browser.get("/api/me").json()["role"] == "duty_officer"
    with web.database.engine("app").begin() as conn:
        access.disable_account(conn, "值班甲")
        assert access.session_caller(conn, browser.cookies["emmap_session"], timedelta(hours=1)) is None


def test_the_link_of_a_disabled_account_lets_nobody_in(web: Web) -> None:
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "值班乙", "viewer")
    link = httpx.URL(new_sign_in_link(web.database, web.url, "值班乙"))
    with web.database.engine("app").begin() as conn:
        access.disable_account(conn, "值班乙")
    assert httpx.post(f"{web.url}/sign-in", data={"code": link.params["code"]}).status_code == 401


def test_every_role_may_read_and_only_the_named_ones_more(web: Web) -> None:
    for role in ROLES:
        me = web.client(role).get("/api/me").json()
        assert set(me["permissions"]) == set(PERMISSIONS[role])
        assert "read" in me["permissions"]


def test_a_viewer_may_neither_import_nor_post_alerts(web: Web) -> None:
    viewer = web.client("viewer")
    refused = viewer.post("/api/alerts", content=b"<alert/>")
    assert refused.status_code == 403
    assert "viewer" in refused.json()["detail"]
    upload = {"file": ("teams.csv", "id,name\n1,一队\n".encode())}
    assert viewer.post("/api/layers/rescue_teams/imports", files=upload).status_code == 403


def test_secrets_are_not_kept_as_they_are(web: Web) -> None:
    token = web.token()
    session = web.browser().cookies["emmap_session"]
    with web.database.engine("owner").connect() as conn:
        kept = "".join(
            str(
                conn.execute(text(f"select coalesce(string_agg(t::text, ''), '') from {name} t")).scalar_one()
            )
            for name in ("account", "session", "sign_in_link", "api_token")
        )
    for secret in (token, session):
        assert secret not in kept
        assert secret.encode().hex() not in kept


def test_the_content_security_policy_admits_nothing_from_elsewhere(web: Web) -> None:
    answer = web.client().get("/api/me")
    policy = answer.headers["content-security-policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert "'unsafe-inline'" not in directives["script-src"]
    assert "'unsafe-eval'" not in directives["script-src"]
    assert directives["connect-src"] == ["'self'"]
    assert directives["frame-ancestors"] == ["'self'"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_socket_without_a_session_is_told_so(web: Web) -> None:
    with connect(web.socket_url()) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_a_socket_from_another_site_is_refused(web: Web) -> None:
    cookie = f"emmap_session={web.browser().cookies['emmap_session']}"
    headers = {"cookie": cookie, "origin": "https://elsewhere.example"}
    with (
        connect(web.socket_url(), additional_headers=headers) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
