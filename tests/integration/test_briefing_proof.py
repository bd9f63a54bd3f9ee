"""One changed byte of what was stored, of a photograph or of the versions behind a page is found, and named."""

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from emmap.briefing import photographs, proof, render
from emmap.briefing.desk import signing, writing
from emmap.briefing.sight import take
from emmap.permissions import Caller
from emmap.settings import ROOT, Settings
from emmap.store import briefing_images, briefings, migrate, versions
from emmap.store.briefings import Stored
from emmap.store.database import Database
from tests.facts import HOTSPOTS, LAYERS, hotspot

ALONE = Caller("值班室", "administrator")


@pytest.fixture
def signed(database: Database) -> Stored:
    """A signed report of two hazards."""
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("one", 0, severity=4), hotspot("two", 0, severity=2)])
    view = {"realm": "exercise", "at": "2020-05-22T20:00:00+08:00"}
    draft_id = writing.open_draft(
        database, LAYERS, Settings(), template="flood_report", view=view, account=ALONE.name
    )
    signing.step(database, draft_id, 1, "checking", "", ALONE)
    return signing.sign(database, LAYERS, Settings(), draft_id, 2, ALONE, "http://127.0.0.1:8050/")


def found(database: Database, one: Stored) -> list[str]:
    verdict = proof.verify(database, LAYERS, one.briefing_id)
    assert verdict.same == (not verdict.differs)
    return [f"{each.where} {each.name.split()[0]}" for each in verdict.differs]


def change(database: Database, statement: str, realm: str | None = None) -> None:
    """What only who owns the database can do."""
    with database.engine("owner", realm).begin() as conn:
        conn.execute(text(statement))


def test_what_is_untouched_is_the_same(database: Database, signed: Stored) -> None:
    assert found(database, signed) == []
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("one", 0, severity=1), hotspot("three", 0)])
    assert found(database, signed) == []


def test_a_changed_record_is_found_and_named(database: Database, signed: Stored) -> None:
    kept = "create table kept as select * from briefing"
    back = (
        "update briefing b set (spec, title, signed_by, created_at, issue, total, account) ="
        " (k.spec, k.title, k.signed_by, k.created_at, k.issue, k.total, k.account) from kept k"
    )
    change(database, kept)
    changes = {
        "spec = replace(spec, '三防专报', '三防专報')": ["record spec"],
        "title = title || '。'": ["record title"],
        "signed_by = '别人'": ["record signed_by"],
        "created_at = created_at + interval '1 microsecond'": ["record created_at"],
        "issue = 2, total = 2": ["record number"],
        "account = '别人'": ["record account"],
    }
    told = {}
    for one in changes:
        change(database, f"update briefing set {one}")
        told[one] = found(database, signed)
        change(database, back)
    assert told == changes
    assert found(database, signed) == []


@pytest.mark.parametrize(
    "statement",
    [
        # Nothing of this is on the page.
        "update {} set properties = properties || '{{\"address\": \"x\"}}' where feature_id = 'two'",
        "update {} set status = 'rectifying' where feature_id = 'one'",
        "update {} set recorded = tstzrange(lower(recorded), lower(recorded) + interval '1 microsecond')"
        " where feature_id = 'two'",
    ],
)
def test_one_changed_value_of_a_version_behind_it_is_found_though_no_page_shows_it(
    database: Database, signed: Stored, statement: str
) -> None:
    with database.engine("owner", "exercise").begin() as conn:
        for partition in ("version", "version_risk_hotspots"):
            conn.execute(text(f"alter table {partition} disable trigger user"))
        conn.execute(text(statement.format("version")))
    assert found(database, signed)[0] == "versions risk_hotspots"


def test_other_software_is_named(database: Database, signed: Stored) -> None:
    change(
        database,
        "update briefing_output set sha256 = 'other', manifest = manifest || '{\"typst\": \"0.1\"}'",
    )
    assert found(database, signed) == ["pdf typst"]


def test_a_dropped_exercise_leaves_its_record(database: Database, signed: Stored) -> None:
    migrate.drop_realm(database, "exercise")
    verdict = proof.verify(database, LAYERS, signed.briefing_id)
    assert (verdict.same, verdict.gone, found(database, signed)) == (False, True, ["realm exercise"])


def test_another_process_on_another_day_renders_the_same_bytes(database: Database, signed: Stored) -> None:
    before = render.render(database, LAYERS, signed.briefing_id, "pdf")
    script = (
        "import hashlib, sys; from tests.databases import database_named; from tests.facts import LAYERS;"
        "from emmap.store.cluster import Cluster; from pathlib import Path; from emmap.briefing import render;"
        "db = database_named(Cluster(Path(sys.argv[1])), sys.argv[2]);"
        "print(hashlib.sha256(render.render(db, LAYERS, sys.argv[3], 'pdf')).hexdigest())"
    )
    other: dict[str, Any] = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York", "LANG": "C"}
    ran = subprocess.run(
        [sys.executable, "-c", script, str(database.data_dir), database.name, signed.briefing_id],
        cwd=ROOT, env=other, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.stdout.strip() == hashlib.sha256(before).hexdigest(), ran.stderr


def test_a_signed_one_holds_who_did_what(database: Database, signed: Stored) -> None:
    with database.engine("app").connect() as conn:
        one = briefings.find(conn, signed.briefing_id)
    assert one is not None
    assert one.number == briefings.Number("三防专报（演练）", signed.created_at.year, 1, 1)
    assert (one.drafted_by, one.checked_by, one.signed_by) == ("值班室",) * 3


def test_one_changed_byte_of_a_photograph_is_found(database: Database) -> None:
    into = BytesIO()
    Image.radial_gradient("L").save(into, "JPEG")
    photo = photographs.prepared(into.getvalue())
    with database.engine("app").begin() as conn:
        briefing_images.keep(conn, photo, ALONE.name)
    block = {"key": "p", "kind": "photos", "photos": [{"image": photo.sha256, "caption": "现场"}]}
    body = {
        "template": "duty_brief",
        "title": "现场",
        "view": {"at": "2020-05-22T20:00:00+08:00"},
        "blocks": [block],
    }
    data = take(database, "exercise", LAYERS)
    with database.engine("app").begin() as conn:
        draft_id = writing.keep(conn, writing.checked(body), data, account=ALONE.name)
    signing.step(database, draft_id, 1, "checking", "", ALONE)
    one = signing.sign(database, LAYERS, Settings(), draft_id, 2, ALONE, "http://127.0.0.1:8050/")
    assert found(database, one) == []
    change(database, "alter table briefing_image drop constraint briefing_image_check")
    change(database, "update briefing_image set body = set_byte(body, 700, 1 + get_byte(body, 700) % 254)")
    assert found(database, one) == [f"photographs {photo.sha256[:12]}"]
