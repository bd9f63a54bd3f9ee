"""A briefing is frozen: whatever happens afterwards, it renders to the same bytes, and can be proved to."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from emmap.briefing import fonts, proof, render
from emmap.briefing.outputs.formats import FORMATS, MEDIA_TYPES
from emmap.cli import app as cli
from emmap.errors import Conflict, NotFound
from emmap.settings import Settings
from emmap.store import answers, briefings, versions
from emmap.store.database import Database
from emmap.store.history import HistoryRow, load_history
from emmap.view import View
from tests.facts import DAY, HOTSPOTS, LAYERS, hotspot, second
from tests.served import Web

NOON = second(43_200)
assert NOON is not None
AT_NOON = {"realm": "exercise", "at": "2020-05-22T20:00:00+08:00"}


def write(db: Database, *acts: Any) -> None:
    with db.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, acts)


def create(db: Database, view: Mapping[str, Any] = AT_NOON, title: str = "隐患分布") -> briefings.Stored:
    return render.create(db, LAYERS, Settings(), title=title, view=view, account="信息员")


def rendered(db: Database, one: briefings.Stored, format: str = "pdf") -> bytes:
    return render.render(db, LAYERS, one.briefing_id, format)


def words_of(pdf: bytes) -> str:
    reader = pypdf.PdfReader(BytesIO(pdf))
    assert len(reader.pages) == 1
    return "".join(reader.pages[0].extract_text().split())


@pytest.fixture
def known(database: Database) -> Database:
    """Two red hazards and a blue one without a place."""
    write(
        database,
        hotspot("one", 0, severity=4),
        hotspot("two", 0, severity=4, at=(113.3, 23.5)),
        hotspot("lost", 0, severity=1, at=None),
    )
    return database


def test_the_page_says_what_the_store_answers(known: Database) -> None:
    told = words_of(rendered(known, create(known)))
    with known.engine("app", "exercise").connect() as conn:
        counted = answers.counts(conn, HOTSPOTS, View(at=NOON), ["severity"])
    assert counted["total"] == 3
    assert "风险隐患点3未上图1" in told
    assert "红2蓝1" in told
    assert "数据截至2020-05-2220:00（北京时间）" in told


def test_what_is_written_later_does_not_change_it(known: Database) -> None:
    one = create(known)
    before = {name: rendered(known, one, name) for name in FORMATS}
    write(known, hotspot("three", 0, severity=4), hotspot("one", 0, severity=2))
    after = {name: rendered(known, one, name) for name in FORMATS}
    assert after == before
    assert proof.verify(known, LAYERS, one.briefing_id).same
    assert "风险隐患点4" in words_of(rendered(known, create(known)))


def test_a_live_view_is_frozen_at_this_second(known: Database) -> None:
    one = create(known, {"realm": "exercise"})
    before = rendered(known, one)
    write(known, hotspot("three", DAY, severity=4))
    assert rendered(known, one) == before
    assert "实时画面" in words_of(before)


def test_what_was_not_known_then_is_not_on_a_page_of_then(known: Database) -> None:
    told = words_of(rendered(known, create(known, {**AT_NOON, "known_at": "at"})))
    assert "风险隐患点0" in told
    assert "当时掌握" in told


def test_filters_and_extent_bind_it_as_they_bind_the_api(known: Database) -> None:
    view = {**AT_NOON, "severity": [4], "bbox": "113.2,23.4,113.4,23.6", "layers": ["risk_hotspots"]}
    told = words_of(rendered(known, create(known, view)))
    assert "风险隐患点2图内1" in told
    assert "应急救援队伍" not in told


def test_a_layer_never_written_stays_empty_when_history_is_loaded(database: Database) -> None:
    one = create(database)
    before = rendered(database, one)
    with database.engine("app", "exercise").begin() as conn:
        load_history(conn, HOTSPOTS, [HistoryRow(hotspot("old", 0, severity=4), DAY, None)])
    assert rendered(database, one) == before
    assert proof.verify(database, LAYERS, one.briefing_id).same


def test_a_long_import_does_not_hold_it_up(known: Database) -> None:
    with known.engine("app", "exercise").connect() as importing, importing.begin():
        versions.write(importing, HOTSPOTS, [hotspot("coming", 0, severity=4)])
        one = create(known)
        before = rendered(known, one)
    assert "风险隐患点3" in words_of(before)
    assert rendered(known, one) == before


def test_other_data_under_the_same_stamps_are_found_out_and_named(known: Database) -> None:
    one = create(known)
    with known.engine("owner", "exercise").begin() as conn:
        conn.execute(text("alter table version disable trigger user"))
        for partition in ("version", "version_risk_hotspots"):
            conn.execute(text(f"alter table {partition} disable trigger user"))
        conn.execute(text("update version set severity = 2 where feature_id = 'one'"))
    found = proof.verify(known, LAYERS, one.briefing_id)
    assert not found.same
    assert str(found.differs[0]).startswith("versions: risk_hotspots ")
    assert "pdf: data" in " ".join(map(str, found.differs))


def test_other_fonts_are_found_out_and_named(known: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one = create(known)
    with known.engine("owner").begin() as conn:
        conn.execute(
            text(
                "update briefing_output set sha256 = 'other',"
                ' manifest = manifest || \'{"NotoSansCJK-Bold.ttc": "older"}\''
            )
        )
    found = proof.verify(known, LAYERS, one.briefing_id)
    assert [one.name for one in found.differs] == ["NotoSansCJK-Bold.ttc"]


def test_an_altered_spec_is_refused(known: Database) -> None:
    one = create(known)
    with known.engine("owner").begin() as conn:
        conn.execute(text("update briefing set spec = replace(spec, '隐患分布', '一切正常')"))
    with pytest.raises(Conflict, match="校验值"):
        rendered(known, one)


@pytest.mark.parametrize(
    "statement",
    [
        "update briefing set spec = '{}'",
        "delete from briefing",
        "update briefing_output set sha256 = ''",
        "delete from briefing_output",
        "truncate briefing cascade",
    ],
)
def test_the_application_may_only_add(known: Database, statement: str) -> None:
    create(known)
    with pytest.raises(DBAPIError, match="permission denied"), known.engine("app").begin() as conn:
        conn.execute(text(statement))


def test_png_and_svg_are_what_they_say(known: Database) -> None:
    one = create(known)
    png = rendered(known, one, "png")
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == pytest.approx(210 / 25.4 * 150, abs=1)
    finer = render.render(known, LAYERS, one.briefing_id, "png", 300)
    assert int.from_bytes(finer[16:20], "big") == pytest.approx(210 / 25.4 * 300, abs=1)
    assert rendered(known, one, "svg").startswith(b"<svg")
    assert set(proof.verify(known, LAYERS, one.briefing_id).formats) == {"pdf", "png", "png-300", "svg"}


def test_a_realm_that_is_gone_is_said(known: Database) -> None:
    with pytest.raises(NotFound, match="没有库 nowhere"):
        create(known, {"realm": "nowhere"})


def test_the_api_freezes_lists_and_renders(web: Web) -> None:
    write(web.database, hotspot("one", 0, severity=4))
    writer = web.client("briefing_writer")
    answer = writer.post("/api/briefings", json={"title": "5·22 暴雨", "view": AT_NOON})
    assert answer.status_code == 201
    made = answer.json()
    assert [one["id"] for one in writer.get("/api/briefings").json()] == [made["id"]]
    assert made.items() <= writer.get(f"/api/briefings/{made['id']}").json().items()
    for format, address in made["formats"].items():
        first = writer.get(address)
        assert first.headers["content-type"] == MEDIA_TYPES[format]
        assert writer.get(address).content == first.content
        unchanged = writer.get(address, headers={"if-none-match": first.headers["etag"]})
        assert unchanged.status_code == 304
    assert "5·22暴雨" in words_of(writer.get(made["formats"]["pdf"]).content)


def test_a_viewer_may_read_briefings_but_not_make_them(web: Web) -> None:
    made = web.client("briefing_writer").post("/api/briefings", json={"title": "", "view": AT_NOON}).json()
    assert made["title"] == "应急一张图"
    viewer = web.client("viewer")
    assert viewer.get(made["formats"]["pdf"]).status_code == 200
    assert viewer.post("/api/briefings", json={"title": "", "view": AT_NOON}).status_code == 403
    assert httpx.get(web.url + made["formats"]["pdf"]).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"title": "长" * 81, "view": {}}, 422, "标题过长"),
        ({"title": "火情 \U00030100", "view": {}}, 422, "「\U00030100」"),
        ({"title": "x", "view": {"severity": "9"}}, 422, "severity"),
        ({"title": "x", "view": {"colour": "red"}}, 422, "不认识参数 colour"),
        ({"title": "x", "view": {"layers": ["none"]}}, 422, "layers"),
        ({"title": "x", "view": {"realm": "nowhere"}}, 404, "没有库 nowhere"),
        ({"title": "x", "view": {}, "template": "posters"}, 422, "没有模板 posters"),
        ({"title": "x"}, 422, "view"),
        ({"title": "x", "view": {}, "texts": {}}, 422, "texts"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(
    web: Web, body: dict[str, Any], status: int, says: str
) -> None:
    answer = web.client().post("/api/briefings", json=body)
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    assert web.client().get("/api/briefings").json() == []


@pytest.mark.parametrize(
    ("ending", "status", "says"),
    [
        (".odt", 404, "可用：pdf, png, svg, pptx, docx, zip"),
        (".png?dpi=97", 422, "96, 150, 300"),
        (".png?dpi=many", 422, "dpi"),
        (".png?page=2", 404, "只有 1 页"),
        (".svg?page=-1", 422, "从 1 数起"),
    ],
)
def test_a_format_that_does_not_exist_names_those_that_do(
    web: Web, ending: str, status: int, says: str
) -> None:
    made = web.client().post("/api/briefings", json={"title": "x", "view": {}}).json()
    answer = web.client().get(f"/api/briefings/{made['id']}{ending}")
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    assert web.client().get("/api/briefings/nothere.pdf").status_code == 404


def test_a_missing_font_is_said_and_nothing_is_stored(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for cached in (fonts.faces, fonts.loaded, fonts.digests, render.manifest):
        cached.cache_clear()
    monkeypatch.setattr(fonts, "OWN", replace(fonts.OWN, folder=Path("/nowhere")))
    answer = web.client().post("/api/briefings", json={"title": "x", "view": {}})
    assert answer.status_code == 503
    assert "fonts-noto-cjk" in answer.json()["detail"]
    assert web.client().get("/api/briefings").json() == []


def test_the_command_lists_renders_and_verifies(
    known: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "from_settings", lambda settings: known)
    one = create(known)
    listed = CliRunner().invoke(cli, ["briefing", "list", "--json"])
    assert [found["id"] for found in json.loads(listed.stdout)] == [one.briefing_id]
    path = tmp_path / "out.pdf"
    assert CliRunner().invoke(cli, ["briefing", "render", one.briefing_id, "-o", str(path)]).exit_code == 0
    assert path.read_bytes() == rendered(known, one)
    assert CliRunner().invoke(cli, ["briefing", "verify", one.briefing_id]).exit_code == 0
    with known.engine("owner").begin() as conn:
        conn.execute(text("update briefing_output set sha256 = 'other'"))
    found = CliRunner().invoke(cli, ["briefing", "verify", one.briefing_id, "--json"])
    assert found.exit_code == 1
    assert json.loads(found.stdout)["same"] is False


def test_the_newest_come_first(known: Database) -> None:
    made = [create(known, title=f"第 {number} 期").briefing_id for number in range(3)]
    with known.engine("app").connect() as conn:
        assert [one.briefing_id for one in briefings.latest(conn)] == made[::-1]
        assert abs(briefings.latest(conn)[0].created_at - datetime.now(UTC)) < timedelta(minutes=5)
