"""A composed briefing: what its template declares, filled from the store, frozen and set."""

import pytest

from emmap.briefing import preview, proof, render
from emmap.briefing.desk.drafting import first_body
from emmap.briefing.sight import take
from emmap.errors import Malformed
from emmap.settings import Settings
from emmap.store import versions
from emmap.store.database import Database
from tests.facts import HOTSPOTS, LAYERS, hotspot
from tests.paper import words_of

VIEW = {"realm": "exercise", "layers": ["risk_hotspots"], "at": "2020-05-22T20:00:00+08:00"}


@pytest.fixture
def known(database: Database) -> Database:
    """Two red hazards and a blue one without a place."""
    with database.engine("app", "exercise").begin() as conn:
        acts = (
            hotspot("one", 0, severity=4),
            hotspot("two", 0, severity=4, at=(113.3, 23.5)),
            hotspot("lost", 0, severity=1, at=None),
        )
        versions.write(conn, HOTSPOTS, acts)
    return database


def test_a_template_is_filled_from_the_store_and_rendered_the_same_after_new_data(known: Database) -> None:
    one = render.create(
        known, LAYERS, Settings(), title="夜间态势", view=VIEW, template="flood_report", account="信息员"
    )
    before = render.render(known, LAYERS, one.briefing_id, "pdf")
    told = words_of(before)
    assert "三防专报" in told
    assert "风险隐患点3处（红2、蓝1）" in told
    with known.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, [hotspot("one", 0, severity=1), hotspot("late", 0, severity=4)])
    assert render.render(known, LAYERS, one.briefing_id, "pdf") == before
    assert proof.verify(known, LAYERS, one.briefing_id).same


def test_a_preview_shows_the_typed_text_and_never_runs_it(known: Database) -> None:
    data = take(known, "exercise", LAYERS)
    body = first_body(
        known, LAYERS, Settings(), named="flood_report", view=VIEW, title="预览", data=data
    ).model_dump()
    text = next(block for block in body["blocks"] if block["kind"] == "text")
    quiet = preview.preview(known, LAYERS, Settings(), body, data).pages
    text["text"] = '#panic("x") $x^2$ *b* \\u{41}'
    typed = preview.preview(known, LAYERS, Settings(), body, data).pages
    assert typed != quiet
    assert len(typed) == len(quiet)


def test_a_block_that_cannot_be_used_is_named(known: Database) -> None:
    body = {"template": "flood_report", "view": VIEW, "blocks": [{"key": "b1", "kind": "map", "scale": 3}]}
    with pytest.raises(Malformed, match=r"第 1 个版块（地图）的 scale"):
        preview.preview(known, LAYERS, Settings(), body, take(known, "exercise", LAYERS))
