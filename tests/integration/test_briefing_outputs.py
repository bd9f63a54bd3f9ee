"""A briefing beside its pages: slides and text that can be edited, the data behind it, many readers at once, and
what becomes of it when parts of the system are gone."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pptx
import pyogrio
import pypdf
import pytest
from PIL import Image
from pptx.util import Emu, Mm

from emmap.briefing import blocks, parts, photographs, proof, render
from emmap.briefing.body import read_body
from emmap.briefing.freeze import spec_of
from emmap.briefing.sight import take
from emmap.errors import Gone
from emmap.settings import Settings
from emmap.store import answers, briefing_images, briefings, versions
from emmap.store.database import Database
from emmap.view import View
from tests.facts import HOTSPOTS, LAYERS, hotspot, second
from tests.served import Web, application

HOSTILE = "=cmd|'/C calc'!A0 #panic(1) $x^2$ *粗* <b> @ref \\u{41} ]]"
RARE = "𠀀𪚥 😀 ě Привет"
SECRET = "13800138000"
NOON = second(43_200)
VIEW = {"realm": "exercise", "layers": ["risk_hotspots", "rescue_teams"], "at": "2020-05-22T20:00:00+08:00"}
BODY = {
    "title": f"专报 {RARE}",
    "template": "flood_report",
    "view": VIEW,
    "header": {
        "masthead": "三防专报 *x*",
        "office": HOSTILE,
        "date": "2020-05-22",
        "to": HOSTILE,
        "cc": "#cc",
        "phone": "#phone",
    },
    "blocks": [
        {"key": "b1", "kind": "text", "title": HOSTILE, "text": f"{HOSTILE}\n{RARE}"},
        {"key": "b2", "kind": "map", "title": "地图", "caption": HOSTILE},
        {"key": "b3", "kind": "maps", "maps": [{}, {"view": {"severity": "4"}, "caption": "#red"}]},
        {"key": "b4", "kind": "districts", "title": "分区统计"},
        {"key": "b5", "kind": "table", "title": "自填", "columns": [HOSTILE, "数"], "rows": [[HOSTILE, "-1"]] * 40},
        {"key": "b6", "kind": "warnings", "title": "生效预警"},
    ],
}  # fmt: skip


@dataclass
class Made:
    """A composed briefing, and each of its outputs once."""

    db: Database
    stored: briefings.Stored
    outputs: Mapping[str, bytes]


def keep(db: Database, body: Mapping[str, Any]) -> briefings.Stored:
    spec = spec_of(read_body(body), take(db, "exercise", LAYERS), LAYERS, Settings())
    stored = render.stored_of(spec, account="信息员")
    with db.engine("app").begin() as conn:
        render.keep(conn, db, LAYERS, stored)
    return stored


@pytest.fixture(scope="module")
def made(module_database: Database) -> Made:
    """Hazards with hostile names, one without a place, one with a phone."""
    db = module_database
    with db.engine("app", "exercise").begin() as conn:
        acts = (
            hotspot("one", 0, severity=4, name=HOSTILE),
            hotspot("two", 0, severity=4, name=RARE, at=(113.3, 23.5)),
            hotspot("lost", 0, severity=1, at=None),
            hotspot("call", 0, severity=2, personal={"phone": SECRET}),
            hotspot("over", 0, 60, severity=3),
        )
        versions.write(conn, HOTSPOTS, acts)
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    photo = photographs.prepared(picture.getvalue())
    with db.engine("app").begin() as conn:
        briefing_images.keep(conn, photo, "信息员")
    block = {"key": "b7", "kind": "photos", "photos": [{"image": photo.sha256, "caption": HOSTILE}]}
    stored = keep(db, {**BODY, "blocks": [*BODY["blocks"], block]})
    formats = ("pdf", "pptx", "docx", "zip")
    return Made(db, stored, {one: render.render(db, LAYERS, stored.briefing_id, one) for one in formats})


def files(made: Made) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(made.outputs["zip"])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))


def test_slides_hold_text_and_tables_that_can_be_edited_and_are_marked_as_an_exercise(made: Made) -> None:
    deck = pptx.Presentation(io.BytesIO(made.outputs["pptx"]))
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=0.001)
    told = [shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    for words in (HOSTILE, RARE, f"专报 {RARE}", "三防专报 *x*"):
        assert any(words in one for one in told), words
    assert all(any(shape.name == "演练" for shape in slide.shapes) for slide in deck.slides)
    assert all(made.stored.briefing_id in _words(slide) for slide in list(deck.slides)[1:])
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    typed = [table for table in tables if table.cell(0, 0).text == HOSTILE]
    assert sum(len(table.rows) - 1 for table in typed) == 40
    assert len(typed) > 1
    assert sum(shape.shape_type == 13 for slide in deck.slides for shape in slide.shapes) >= 4
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left + shape.width <= deck.slide_width + Emu(9000), shape.name


def _words(slide: Any) -> str:
    return "".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


@pytest.mark.parametrize(("format", "part"), [("pptx", "ppt/slides/slide2.xml"), ("docx", "word/styles.xml")])
def test_chinese_is_set_in_a_chinese_typeface_and_the_file_holds_no_time_but_the_briefings(
    made: Made, format: str, part: str
) -> None:
    with ZipFile(io.BytesIO(made.outputs[format])) as archive:
        assert {one.date_time[0] for one in archive.infolist()} == {1980}
        assert ("微软雅黑" if format == "pptx" else "仿宋") in archive.read(part).decode()
        core = archive.read("docProps/core.xml").decode()
    assert core.count(f"{made.stored.created_at:%Y-%m-%dT%H:%M:%SZ}") == 2


def test_the_text_for_the_office_has_headings_paragraphs_tables_and_its_foot(made: Made) -> None:
    document = docx.Document(io.BytesIO(made.outputs["docx"]))
    told = [paragraph.text for paragraph in document.paragraphs]
    assert HOSTILE in told
    assert RARE in told
    assert f"主送：{HOSTILE}" in told
    headings = [one.text for one in document.paragraphs if one.style.name.startswith("Heading")]
    assert headings[:2] == [f"专报 {RARE}", HOSTILE]
    assert [len(table.rows) for table in document.tables if table.cell(0, 0).text == HOSTILE] == [41]
    assert len(document.inline_shapes) >= 3
    section = document.sections[0]
    assert made.stored.briefing_id in "".join(one.text for one in section.footer.paragraphs)
    assert "【演练】" in section.header.paragraphs[0].text
    assert "演练" in section.header._element.xml.split("textpath")[-1]


def test_the_data_behind_it_are_what_the_api_answers(made: Made, tmp_path: Path) -> None:
    found = files(made)
    package = tmp_path / "data.gpkg"
    package.write_bytes(found["data.gpkg"])
    with made.db.engine("app", "exercise").connect() as conn:
        held = answers.features(conn, HOTSPOTS, View(at=NOON)).features
        red = answers.features(conn, HOTSPOTS, View(at=NOON, severity=(4,))).features
    names = {name for name, _ in pyogrio.list_layers(package)}
    assert names == {"risk_hotspots", "rescue_teams", "risk_hotspots_2", "rescue_teams_2"}
    frame = pyogrio.read_dataframe(package, layer="risk_hotspots", fid_as_index=False)
    assert sorted(frame.feature_id) == sorted(one["id"] for one in held) == ["call", "lost", "one", "two"]
    assert frame.crs == "EPSG:4326"
    by_id = frame.set_index("feature_id")
    assert by_id.geometry["two"].coords[0] == (113.3, 23.5)
    assert by_id.geometry["lost"] is None
    assert by_id.name["one"] == HOSTILE
    table = rows(found["data/risk_hotspots_2.csv"])
    assert sorted(row[0] for row in table[1:]) == sorted(one["id"] for one in red) == ["one", "two"]


def test_tables_open_in_a_spreadsheet_and_compute_nothing(made: Made) -> None:
    found = files(made)
    assert all(body.startswith(b"\xef\xbb\xbf") for name, body in found.items() if name.endswith(".csv"))
    table = rows(found["data/risk_hotspots.csv"])
    hostile = next(row for row in table if row[0] == "one")
    assert f"'{HOSTILE}" in hostile
    assert hostile[-2:] == ["113.6000000", "23.1000000"]
    assert "暴雨" in hostile
    typed = rows(next(body for name, body in found.items() if "自填" in name))
    assert typed[1] == [f"'{HOSTILE}", "-1"]
    assert len(typed) == 41


def test_the_archive_says_what_it_is_and_holds_no_personal_data(made: Made) -> None:
    found = files(made)
    assert SECRET.encode() not in b"".join(found.values())
    assert hashlib.sha256(found["spec.json"]).hexdigest() == made.stored.sha256
    assert json.loads(found["manifest.json"])["typst"]
    told = found["README.txt"].decode("utf-8-sig")
    for words in ("演练", made.stored.briefing_id, made.stored.sha256, "risk_hotspots: 4", "级别 红"):
        assert words in told


def test_what_a_writer_or_a_feed_typed_is_text_on_the_page(made: Made) -> None:
    told = "".join(
        "".join(page.extract_text().split())
        for page in pypdf.PdfReader(io.BytesIO(made.outputs["pdf"])).pages
    )
    plain = "".join(HOSTILE.split())
    assert told.count(plain) >= 45  # office, heading, text, captions, column, forty cells
    assert "".join(RARE.split()) in told


def test_the_pdf_is_archival_tagged_and_carries_its_fonts(made: Made) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made.outputs["pdf"]))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/StructTreeRoot"]["/K"]
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    fonts = [one for one in (reader.get_object(n) for n in range(1, len(reader.xref[0]))) if _is_font(one)]
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(one) for one in fonts)


def _is_font(one: Any) -> bool:
    return isinstance(one, pypdf.generic.DictionaryObject) and one.get("/Type") == "/FontDescriptor"


def test_every_output_is_proved_and_a_changed_version_behind_the_data_is_named(database: Database) -> None:
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("one", 0, severity=4)])
    stored = keep(database, {**BODY, "blocks": BODY["blocks"][:1]})
    for format in ("pptx", "docx", "zip"):
        render.render(database, LAYERS, stored.briefing_id, format)
    with database.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("one", 0, severity=1), hotspot("new", 0, severity=4)])
    found = proof.verify(database, LAYERS, stored.briefing_id)
    assert found.same
    assert set(found.formats) == {"pdf", "pptx", "docx", "zip"}


def test_a_layer_or_a_kind_of_block_that_was_removed_is_said(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = {name: layer for name, layer in LAYERS.items() if name != "rescue_teams"}
    with pytest.raises(Gone, match="图层 rescue_teams 已从系统中移除"):
        render.render(made.db, rest, made.stored.briefing_id, "pdf")
    found = proof.verify(made.db, rest, made.stored.briefing_id)
    assert [str(one) for one in found.differs] == ["layer: rescue_teams there → gone"]
    monkeypatch.setattr(parts, "kinds", lambda: {k: v for k, v in blocks.kinds().items() if k != "table"})
    with pytest.raises(Gone, match="版块种类 table 已从系统中移除"):
        render.render(made.db, LAYERS, made.stored.briefing_id, "pdf")


def test_a_long_text_runs_over_pages_and_slides_and_none_of_it_is_lost(made: Made) -> None:
    text = "\n".join("".join(chr(0x4E00 + (n * 97 + k) % 20_000) for k in range(999)) for n in range(50))
    stored = keep(made.db, {**BODY, "blocks": [{"key": "b1", "kind": "text", "text": text}]})
    pdf = pypdf.PdfReader(io.BytesIO(render.render(made.db, LAYERS, stored.briefing_id, "pdf")))
    assert len(pdf.pages) > 15
    assert text.replace("\n", "")[-400:-350] in "".join(pdf.pages[-1].extract_text().split())
    deck = pptx.Presentation(io.BytesIO(render.render(made.db, LAYERS, stored.briefing_id, "pptx")))
    bodies = [shape for slide in deck.slides for shape in slide.shapes if shape.top == Mm(30)]
    assert text.replace("\n", "") in "".join(one.text_frame.text.replace("\n", "") for one in bodies)


def test_a_view_with_nothing_in_it_gives_every_output(database: Database) -> None:
    stored = keep(database, {**BODY, "blocks": BODY["blocks"][1:4]})
    for format in ("pdf", "pptx", "docx", "zip"):
        assert render.render(database, LAYERS, stored.briefing_id, format)


@pytest.fixture(scope="module")
def web(made: Made) -> Iterator[Web]:
    with application(made.db) as (found, _):
        yield found


def test_twenty_readers_at_once_all_get_the_same_page(web: Web, made: Made) -> None:
    stored = keep(made.db, {**BODY, "blocks": BODY["blocks"][:1]})
    client = web.client()
    with ThreadPoolExecutor(20) as pool:
        address = f"/api/briefings/{stored.briefing_id}.pdf"
        found = list(pool.map(lambda _: client.get(address, timeout=120), range(20)))
    assert {one.status_code for one in found} == {200}
    assert len({one.content for one in found}) == 1
