"""Drafts are saved one after the other; what was signed stays; numbers have no gaps and no doubles."""

import hashlib
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from emmap.errors import Conflict, NotFound
from emmap.store import briefing_drafts as drafts
from emmap.store import briefing_images, briefings
from emmap.store.briefing_drafts import Listed
from emmap.store.database import Database

BODY = {"title": "暴雨快报", "template": "flood_report", "blocks": []}
DATA = {"realm": "exercise", "at": "2020-05-21T18:00:00+00:00", "stamps": {}}


def add(conn: Connection, name: str = "d1", account: str = "拟稿人") -> Listed:
    drafts.add(conn, name, BODY, DATA, account=account)
    return about(conn, name)


def about(conn: Connection, name: str = "d1") -> Listed:
    found = drafts.find(conn, name)
    assert found is not None
    return found.about


def signed(conn: Connection, briefing_id: str, number: briefings.Number | None = None) -> briefings.Stored:
    one = briefings.Stored(
        briefing_id, "快报", "flood_report", "exercise", "{}", "0", "签发人", datetime.now(UTC), number
    )
    briefings.add(conn, one)
    return one


def test_who_saves_over_what_another_saved_is_told_so(database: Database) -> None:
    with database.engine("app").begin() as conn:
        add(conn)
    with database.engine("app").begin() as conn:
        assert drafts.save(conn, "d1", 1, "甲", body={**BODY, "title": "甲的"}) == 2
        assert drafts.save(conn, "d1", 1, "乙", body={**BODY, "title": "乙的"}) is None
        one = about(conn)
        assert (one.title, one.revision, one.updated_by) == ("甲的", 2, "甲")


def test_two_who_save_at_once_do_not_overwrite_each_other(database: Database) -> None:
    with database.engine("app").begin() as conn:
        add(conn)
    kept: list[int | None] = []
    together = threading.Barrier(8)

    def save(number: int) -> None:
        together.wait()
        with database.engine("app").begin() as conn:
            kept.append(drafts.save(conn, "d1", 1, f"人{number}", body={**BODY, "title": str(number)}))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(kept, key=str) == [2, *[None] * 7]


def test_every_step_is_a_revision_and_a_signed_draft_never_changes(database: Database) -> None:
    with database.engine("app").begin() as conn:
        add(conn)
        drafts.submit(conn, "d1", "拟稿人")
        drafts.give_back(conn, "d1", "核稿人", "请补雨量")
        assert (about(conn).stage, about(conn).comment, about(conn).revision) == ("drafting", "请补雨量", 3)
        drafts.submit(conn, "d1", "拟稿人")
        drafts.pass_check(conn, "d1", "核稿人")
        signed(conn, "b1")
        drafts.close(conn, "d1", "签发人", "b1")
        one = about(conn)
        assert (one.stage, one.briefing_id, one.checked_by, one.comment) == ("signed", "b1", "核稿人", "")
    for change in (
        "update briefing_draft set body = '{}'",
        "update briefing_draft set stage = 'drafting', briefing_id = null",
        "delete from briefing_draft",
    ):
        for role in ("app", "owner"):
            with pytest.raises(DBAPIError, match="never changes"), database.engine(role).begin() as conn:
                conn.execute(text(change))


def test_a_schedule_s_draft_is_whoever_s_that_takes_it_up(database: Database) -> None:
    with database.engine("app").begin() as conn:
        assert add(conn, account="").drafted_by == ""
        assert drafts.save(conn, "d1", 1, "甲", body=BODY) == 2
        drafts.save(conn, "d1", 2, "乙", body=BODY)
        assert about(conn).drafted_by == "甲"


def test_numbers_have_no_gaps_and_no_doubles_however_many_sign_at_once(database: Database) -> None:
    together = threading.Barrier(6)
    failed: list[Exception] = []

    def sign(place: int) -> None:
        together.wait()
        try:
            with database.engine("app").begin() as conn:
                number = briefings.next_number(conn, "三防专报", 2026)
                signed(conn, f"b{place}", number)
                if place % 2:
                    raise RuntimeError  # cannot be set after all
        except RuntimeError:
            pass
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=sign, args=(place,)) for place in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    with database.engine("app").begin() as conn:
        issues = [one.number for one in briefings.latest(conn)]
        assert sorted((one.issue, one.total) for one in issues if one) == [(1, 1), (2, 2), (3, 3)]
        next_year = briefings.next_number(conn, "三防专报", 2027)
        assert (next_year.issue, next_year.total) == (1, 4)
        other = briefings.next_number(conn, "值班快报", 2026)
        assert (other.issue, other.total) == (1, 1)


def test_a_series_goes_on_from_what_was_issued_before(database: Database) -> None:
    with database.engine("owner").begin() as conn:
        briefings.continue_series(conn, briefings.Number("三防专报", 2026, 41, 1207))
    with database.engine("app").begin() as conn:
        number = briefings.next_number(conn, "三防专报", 2026)
        assert (number.issue, number.total) == (42, 1208)
        signed(conn, "b1", number)
        assert briefings.next_number(conn, "三防专报", 2027) == briefings.Number("三防专报", 2027, 1, 1209)
    with database.engine("owner").begin() as conn, pytest.raises(Conflict, match="已有"):
        briefings.continue_series(conn, briefings.Number("三防专报", 2026, 0, 0))


def test_a_number_that_does_not_follow_is_refused(database: Database) -> None:
    for issue, total in ((2, 2), (1, 7), (0, 0)):
        with pytest.raises(DBAPIError, match="does not follow"), database.engine("app").begin() as conn:
            signed(conn, "b1", briefings.Number("三防专报", 2026, issue, total))


@pytest.mark.parametrize(
    "statement",
    ["update briefing_image set account = ''", "delete from briefing_image", "truncate briefing_image",
     "update briefing set issue = 7", "update briefing_series set issue = 0"],
)  # fmt: skip
def test_the_application_cannot_take_back_what_it_kept(module_database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), module_database.engine("app").begin() as conn:
        conn.execute(text(statement))


def test_a_photograph_is_known_by_its_bytes(database: Database) -> None:
    body = b"a photograph"
    one = briefing_images.Image(hashlib.sha256(body).hexdigest(), "image/jpeg", 4, 3, body)
    with database.engine("app").begin() as conn:
        briefing_images.keep(conn, one, "甲")
        briefing_images.keep(conn, one, "乙")
        assert briefing_images.images(conn, [one.sha256]) == {one.sha256: one}
        with pytest.raises(NotFound, match="没有照片"):
            briefing_images.images(conn, ["0" * 64])
    with database.engine("owner").begin() as conn:
        conn.execute(text("alter table briefing_image drop constraint briefing_image_check"))
        conn.execute(text("update briefing_image set body = set_byte(body, 0, 98)"))
        with pytest.raises(Conflict, match="可能被改动过"):
            briefing_images.images(conn, [one.sha256])
