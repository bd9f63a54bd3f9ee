"""A shared link opens one PDF to whoever holds it, until it ends; its secret is in no log and no table."""

from collections.abc import Iterator

import httpx
import pytest
from served import Web, application
from sqlalchemy import text

from emmap.store import audit
from emmap.store.database import Database


@pytest.fixture(scope="module")
def web(module_database: Database) -> Iterator[Web]:
    with application(module_database) as (served, _):
        yield served


@pytest.fixture(scope="module")
def briefing(web: Web) -> str:
    view = {"realm": "exercise", "at": "2020-05-22T20:00:00+08:00"}
    answer = web.client("briefing_writer").post("/api/briefings", json={"title": "给市领导", "view": view})
    return str(answer.json()["id"])


@pytest.fixture
def stranger() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def test_it_opens_that_pdf_and_nothing_else(
    web: Web, briefing: str, stranger: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    writer = web.client("briefing_writer")
    made = writer.post(f"/api/briefings/{briefing}/shares", json={"days": 3}).json()
    secret = made["url"].rpartition("/")[2]
    answer = stranger.get(made["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content == writer.get(f"/api/briefings/{briefing}.pdf").content
    bearer = {"authorization": f"Bearer {secret}"}
    assert stranger.get(f"{web.url}/api/briefings/{briefing}.pdf", headers=bearer).status_code == 401
    assert stranger.get(f"{web.url}/s/{secret}x").status_code == 404
    (listed,) = writer.get(f"/api/briefings/{briefing}/shares").json()
    assert (listed["opened"], "url" in listed) == (1, False)
    with web.database.engine("app").connect() as conn:
        told = audit.entries(conn, limit=20)
        kept = conn.execute(text("select briefing_share::text from briefing_share")).scalars().all()
    read = next(one.entry for one in told if one.entry.act == "export" and one.entry.subject == "GET /s/…")
    assert read.details == {"briefing": briefing, "share": made["id"]}
    assert secret not in repr(told) + repr(kept) + "".join(capfd.readouterr())


def test_it_ends_and_can_be_revoked(web: Web, briefing: str, stranger: httpx.Client) -> None:
    writer, address = web.client("briefing_writer"), f"/api/briefings/{briefing}/shares"
    revoked, ended = (writer.post(address, json={}).json() for _ in range(2))
    assert writer.delete(f"{address}/{revoked['id']}").status_code == 204
    with web.database.engine("owner").begin() as conn:
        conn.execute(
            text("update briefing_share set expires_at = clock_timestamp() where share_id = :id"),
            {"id": ended["id"]},
        )
    for one in (revoked, ended):
        answer = stranger.get(one["url"])
        assert (answer.status_code, "已到期或被收回" in answer.text) == (410, True)
    assert writer.delete(f"/api/briefings/another/shares/{ended['id']}").status_code == 404


@pytest.mark.parametrize("days", [0, 91, "long", None])
def test_it_never_lasts_for_ever(web: Web, briefing: str, days: object) -> None:
    answer = web.client("briefing_writer").post(f"/api/briefings/{briefing}/shares", json={"days": days})
    assert answer.status_code == 422


def test_a_viewer_makes_none(web: Web, briefing: str) -> None:
    assert web.client("viewer").post(f"/api/briefings/{briefing}/shares", json={}).status_code == 403
