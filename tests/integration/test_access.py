"""Accounts, passwords and tokens, by the command line and at the door."""

import json
import re
from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher
from served import Web
from sqlalchemy import text
from typer.testing import CliRunner

from emmap.cli import app
from emmap.errors import EmmapError
from emmap.permissions import ROLES, Caller
from emmap.store import access
from emmap.store.database import Database
from emmap.web.access import disable_practice_accounts, make_practice_accounts

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _this_store(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "from_settings", lambda settings: database)
    monkeypatch.setattr(Database, "ensure_running", lambda self: None)


def test_a_token_is_printed_alone_and_works(web: Web) -> None:
    done = RUN.invoke(app, ["token", "create", "--role", "viewer", "--name", "QGIS"])
    assert done.exit_code == 0
    assert re.fullmatch(r"emmap_[\w-]{40,}\n", done.output)
    me = httpx.get(f"{web.url}/api/me", headers={"authorization": f"Bearer {done.output.strip()}"})
    assert (me.json()["name"], me.json()["role"]) == ("QGIS", "viewer")


def test_a_person_is_added_linked_listed_and_disabled(web: Web) -> None:
    assert RUN.invoke(app, ["user", "add", "值班甲", "--role", "duty_officer"]).exit_code == 0
    link = httpx.URL(RUN.invoke(app, ["user", "link", "值班甲", "--base-url", web.url]).output.strip())
    assert httpx.post(f"{web.url}/sign-in", data={"code": link.params["code"]}).status_code == 303
    assert RUN.invoke(app, ["user", "disable", "值班甲"]).exit_code == 0
    listed = json.loads(RUN.invoke(app, ["user", "list", "--json"]).output)
    assert {"name": "值班甲", "role": "duty_officer", "districts": None, "disabled": True} in listed


@pytest.mark.parametrize(
    "words",
    [
        ["token", "create", "--role", "king", "--name", "x"],
        ["user", "add", "甲", "--role", "king"],
        ["user", "link", "nobody"],
        ["user", "disable", "nobody"],
    ],
)
def test_what_cannot_be_done_is_said(database: Database, words: list[str]) -> None:
    done = RUN.invoke(app, words)
    assert isinstance(done.exception, EmmapError)
    assert done.exception.zh
    assert done.exception.en


def sign_in(web: Web, password: str) -> int:
    return httpx.post(f"{web.url}/sign-in", data={"name": "指挥乙", "password": password}).status_code


def test_a_password_lets_in_and_a_wrong_one_does_not(web: Web) -> None:
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "指挥乙", "commander", PasswordHasher().hash("雨夜值守-2020"))
    assert sign_in(web, "雨夜值守-2021") == 401
    assert sign_in(web, "雨夜值守-2020") == 303


def test_guessing_is_slowed_down_and_the_wait_ends(web: Web) -> None:
    with web.database.engine("app").begin() as conn:
        access.add_account(conn, "指挥乙", "commander", PasswordHasher().hash("雨夜值守-2020"))
    for _ in range(access.FREE_FAILURES + 1):
        assert sign_in(web, "guess") == 401
    assert sign_in(web, "雨夜值守-2020") == 401
    with web.database.engine("app").begin() as conn:
        conn.execute(text("update account set locked_until = clock_timestamp() - interval '1 second'"))
    assert sign_in(web, "雨夜值守-2020") == 303


def test_a_session_ends_when_it_was_not_used_for_long(database: Database) -> None:
    with database.engine("app").begin() as conn:
        access.add_account(conn, "丙", "viewer")
        secret = access.open_session(conn, "丙")
        assert access.session_caller(conn, secret, timedelta(hours=1)) == Caller("丙", "viewer")
        conn.execute(text("update session set used_at = clock_timestamp() - interval '2 hours'"))
        assert access.session_caller(conn, secret, timedelta(hours=1)) is None


def test_exercise_accounts_come_once_and_are_shut_out_of_a_real_store(web: Web) -> None:
    made = make_practice_accounts(web.database)
    assert [name.removeprefix("exercise-") for name in made] == list(ROLES)
    assert make_practice_accounts(web.database) == {}
    entry = {"name": "exercise-viewer", "password": made["exercise-viewer"]}
    assert httpx.post(f"{web.url}/sign-in", data=entry).status_code == 303
    web.browser()
    assert sorted(disable_practice_accounts(web.database)) == sorted(made)
    assert httpx.post(f"{web.url}/sign-in", data=entry).status_code == 401
