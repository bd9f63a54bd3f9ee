"""Accounts, sessions and tokens over the API: what people do with their own, what administrators do with all."""

import time
from collections.abc import Iterator

import httpx
import pytest
from served import Web, application
from sqlalchemy import text

from emmap.store import access, tokens
from emmap.store.database import Database

PASSWORD = "雨夜值守-2020-甲"


@pytest.fixture(scope="module")
def web(module_database: Database) -> Iterator[Web]:
    with application(module_database) as (found, _):
        yield found


def added(web: Web, name: str, role: str = "duty_officer") -> httpx.Client:
    """A browser in which a new person with a password is signed in."""
    link = httpx.URL(web.client().post("/api/accounts", json={"name": name, "role": role}).json()["link"])
    browser = web.browser(name)
    assert browser.post("/sign-in", data={"code": link.params["code"]}).status_code == 303
    assert browser.post("/api/account/password", json={"new": PASSWORD}).status_code == 204
    return browser


def test_a_person_sets_a_password_and_comes_in_by_it(web: Web) -> None:
    added(web, "值班甲")
    entered = httpx.post(f"{web.url}/sign-in", data={"name": "值班甲", "password": PASSWORD})
    assert entered.status_code == 303
    assert "secure" not in entered.headers["set-cookie"].lower()


@pytest.mark.parametrize("password", ["short", "值班乙", "x" * 201])
def test_a_weak_password_is_refused(web: Web, password: str) -> None:
    if password == "short":
        added(web, "值班乙")
    browser = web.browser("值班乙")
    refused = browser.post("/api/account/password", json={"old": PASSWORD, "new": password})
    assert (refused.status_code, refused.json()["code"]) == (422, "weak_password")


def test_a_password_is_not_changed_without_the_present_one(web: Web) -> None:
    browser = added(web, "值班丙")
    refused = browser.post("/api/account/password", json={"old": "guess-guess", "new": PASSWORD + "2"})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_password")


def test_changing_the_password_ends_every_other_session_and_renews_this_one(web: Web) -> None:
    browser = added(web, "值班丁")
    other = web.browser("值班丁")
    before = browser.cookies["emmap_session"]
    assert (
        browser.post("/api/account/password", json={"old": PASSWORD, "new": PASSWORD + "2"}).status_code
        == 204
    )
    assert browser.cookies["emmap_session"] != before
    assert browser.get("/api/account").status_code == 200
    with web.database.engine("app").connect() as conn:
        open_ones = access.sessions(conn, "值班丁", access.LINK_LIFE)
        assert access.session_number(conn, browser.cookies["emmap_session"]) == open_ones[0].session_id
        assert len(open_ones) == 1
        assert access.session_number(conn, other.cookies["emmap_session"]) != open_ones[0].session_id


def test_a_session_known_before_signing_in_is_worth_nothing_afterwards(web: Web) -> None:
    """Fixation: whoever planted a cookie in the browser must not come in with it."""
    planted = httpx.post(
        f"{web.url}/sign-in",
        data={"code": httpx.URL(web.sign_in_link()).params["code"]},
        headers={"cookie": "emmap_session=planted", "origin": web.url},
    )
    assert planted.cookies["emmap_session"] != "planted"
    assert httpx.get(f"{web.url}/api/me", cookies={"emmap_session": "planted"}).status_code == 401
    first = web.browser()
    old = first.cookies["emmap_session"]
    first.post("/sign-in", data={"code": httpx.URL(web.sign_in_link()).params["code"]})
    assert first.cookies["emmap_session"] != old
    with web.database.engine("app").connect() as conn:
        assert access.session_caller(conn, old, access.LINK_LIFE) is None


def test_a_person_sees_and_ends_their_own_sessions_and_nobody_elses(web: Web) -> None:
    one, other = added(web, "值班戊"), web.browser("值班戊")
    stranger = added(web, "值班己")
    mine = one.get("/api/account").json()["sessions"]
    assert {session["current"] for session in mine} == {True, False}
    theirs = stranger.get("/api/account").json()["sessions"][0]["id"]
    assert one.post(f"/api/account/sessions/{theirs}/close").status_code == 404
    assert stranger.get("/api/account").status_code == 200
    (number,) = [session["id"] for session in mine if not session["current"]]
    assert one.post(f"/api/account/sessions/{number}/close").status_code == 204
    assert one.post("/api/account/sign-out-everywhere").status_code == 204
    assert one.get("/api/account").status_code == 401
    with web.database.engine("app").connect() as conn:
        assert access.session_caller(conn, other.cookies["emmap_session"], access.LINK_LIFE) is None


def test_guessing_over_many_names_is_slowed_down_by_address(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(web, "值班庚")
    monkeypatch.setattr(access, "FREE_FAILURES_OF_ADDRESS", 1)
    with web.database.engine("app").begin() as conn:
        conn.execute(text("delete from sign_in_tries"))
        for name in ("nobody", "no one", "none"):
            access.note_failure(conn, name, "127.0.0.1")
    right = {"name": "值班庚", "password": PASSWORD}
    assert httpx.post(f"{web.url}/sign-in", data=right).status_code == 401
    with web.database.engine("app").begin() as conn:
        conn.execute(text("update sign_in_tries set waits_until = clock_timestamp()"))
    assert httpx.post(f"{web.url}/sign-in", data=right).status_code == 303


def test_an_unknown_name_costs_as_much_as_a_known_one(web: Web) -> None:
    added(web, "值班辛")
    with web.database.engine("app").begin() as conn:
        conn.execute(text("delete from sign_in_tries"))

    def seconds(name: str) -> float:
        began = time.process_time()
        assert (
            httpx.post(f"{web.url}/sign-in", data={"name": name, "password": "guess-guess"}).status_code
            == 401
        )
        return time.process_time() - began

    known, unknown = (min(seconds(name) for _ in range(3)) for name in ("值班辛", "nobody"))
    assert unknown > known / 2


def test_an_administrator_adds_limits_and_shuts_out(web: Web) -> None:
    client = web.client()
    added(web, "增城值班员")
    changed = client.patch(
        "/api/accounts/增城值班员", json={"districts": ["440118"], "role": "duty_officer"}
    ).json()
    assert changed["districts"] == ["440118"]
    assert client.patch("/api/accounts/增城值班员", json={"districts": ["990000"]}).status_code == 422
    assert client.patch("/api/accounts/增城值班员", json={"role": "king"}).status_code == 422
    assert client.patch("/api/accounts/nobody", json={"disabled": True}).status_code == 404
    assert client.patch("/api/accounts/增城值班员", json={"disabled": True}).json()["disabled_at"]
    assert (
        httpx.post(f"{web.url}/sign-in", data={"name": "增城值班员", "password": PASSWORD}).status_code == 401
    )
    listed = {one["name"]: one for one in client.get("/api/accounts").json()["accounts"]}
    assert listed["增城值班员"]["disabled_at"]
    assert not any("hash" in key for key in listed["增城值班员"])


def test_the_last_administrator_stays(database: Database) -> None:
    with application(database) as (web, _):
        web.browser()
        refused = web.client().patch("/api/accounts/administrator", json={"disabled": True})
        assert refused.status_code == 409
        assert web.client().patch("/api/accounts/administrator", json={"role": "viewer"}).status_code == 409


def test_a_token_has_its_scope_and_its_end(web: Web) -> None:
    client = web.client()
    wanted = {"name": "雨量站", "role": "duty_officer", "scope": ["read", "alert"], "days": 1}
    token = client.post("/api/tokens", json=wanted).json()["token"]
    program = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{web.url}/api/me", headers=program).json()["permissions"] == ["alert", "read"]
    assert httpx.post(f"{web.url}/api/sources/x/run", headers=program).status_code == 403
    assert client.post("/api/tokens", json=wanted | {"scope": ["administer"]}).status_code == 422
    (kept,) = [one for one in client.get("/api/tokens").json() if one["name"] == "雨量站"]
    assert token not in str(kept)
    with web.database.engine("app").begin() as conn:
        assert tokens.token_caller(conn, token) is not None
        conn.execute(text("update api_token set expires_at = clock_timestamp() where name = '雨量站'"))
        assert tokens.token_caller(conn, token) is None


def test_a_revoked_token_is_out(web: Web) -> None:
    client = web.client()
    token = client.post("/api/tokens", json={"name": "旧", "role": "viewer"}).json()["token"]
    (kept,) = [one for one in client.get("/api/tokens").json() if one["name"] == "旧"]
    assert client.post(f"/api/tokens/{kept['id']}/revoke").status_code == 204
    with web.database.engine("app").connect() as conn:
        assert tokens.token_caller(conn, token) is None


def test_a_token_has_no_account(web: Web) -> None:
    client = web.client("duty_officer")
    assert client.post("/api/account/password", json={"new": PASSWORD}).status_code == 403
    assert client.post("/api/account/sign-out-everywhere").status_code == 403


@pytest.fixture(scope="module")
def of_zengcheng(web: Web) -> httpx.Client:
    """A program that may change 增城 only, where the city's officer imported a team there and one in 荔湾."""
    token = (
        web.client()
        .post("/api/tokens", json={"name": "增城", "role": "duty_officer", "districts": ["440118"]})
        .json()["token"]
    )
    both = {"file": ("both.csv", b"id,name,districts\nz,Z,440118\nl,L,440103\n")}
    assert (
        web.client("duty_officer").post("/api/layers/rescue_teams/imports", files=both).json()["added"] == 2
    )
    client = web.client()
    client.headers["authorization"] = f"Bearer {token}"
    return client


@pytest.mark.parametrize(
    ("rows", "mode", "status"),
    [
        ("z,Z2,440118", "partial", 200),
        ("z,Z3,440118\nnew,N,440103", "partial", 403),
        ("both,B,440118;440103", "partial", 403),
        ("nowhere,N,", "partial", 403),
        ("l,Taken over,440118", "partial", 403),
        ("z,Z4,440118", "complete", 403),
    ],
    ids=["own", "another's", "both", "nowhere", "taking over", "ending another's"],
)
def test_who_is_limited_to_a_district_changes_that_one_alone(
    of_zengcheng: httpx.Client, rows: str, mode: str, status: int
) -> None:
    before = of_zengcheng.get("/api/layers/rescue_teams/features/l").json()["properties"]
    file = {"file": ("teams.csv", f"id,name,districts\n{rows}\n".encode())}
    done = of_zengcheng.post("/api/layers/rescue_teams/imports", files=file, data={"mode": mode})
    assert done.status_code == status
    if status == 403:
        assert done.json()["code"] == "other_district"
        assert "增城区" in done.json()["zh"]
    after = of_zengcheng.get("/api/layers/rescue_teams/features/l").json()["properties"]
    assert after == before
    assert of_zengcheng.get("/api/layers/rescue_teams/features").json()["numberMatched"] == 2


def test_who_is_limited_to_a_district_lets_no_source_of_the_city_in(of_zengcheng: httpx.Client) -> None:
    assert of_zengcheng.post("/api/sources/any/confirm?run=1").json()["code"] == "other_district"
