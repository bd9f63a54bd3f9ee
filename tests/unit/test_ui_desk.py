"""The frame of a desk, and the words of all pages."""

import json
import re
from html import unescape

import pytest
from dash import dcc, html

from emmap.settings import ROOT
from emmap.ui.desk import render
from emmap.ui.desks import DESKS, Desk
from emmap.ui.markup import html_of
from emmap.ui.words import PARTS, WORDS


def test_no_word_stands_in_two_parts() -> None:
    assert sum(len(part) for part in PARTS.values()) == len(WORDS)


def test_every_desk_has_a_name_its_words_and_its_module() -> None:
    for desk in DESKS:
        assert f"desk_{desk.name}" in WORDS
        if desk.path != "/":
            assert desk.name in PARTS
            assert (ROOT / "assets" / "desks" / desk.name / "start.js").is_file()


def test_whatever_a_component_holds_is_text() -> None:
    part = html.P(
        ["<b>&", html.A("在此", href='/?q="x"', hidden=True, className="link", **{"aria-label": "<"})]
    )
    assert html_of(part) == (
        '<p>&lt;b&gt;&amp;<a class="link" hidden href="/?q=&quot;x&quot;" aria-label="&lt;">在此</a></p>'
    )
    with pytest.raises(ValueError, match="Input"):
        html_of(dcc.Input())


def facts_of(page: str) -> dict[str, object]:
    found = re.search(r'data-facts="([^"]*)"', page)
    assert found
    return dict(json.loads(unescape(found[1])))


def test_a_desk_brings_its_words_and_is_refused_to_whoever_may_not_use_it() -> None:
    desk = Desk("sources", "/sources", permission="administer")
    page = render(desk, realm="real", name="<张>", role="viewer", permissions={"read"}, lang="en")
    assert "/static/desks/sources/start.js" not in page
    assert "查看者不能使用「来源」" in page
    assert "sources_title" not in str(facts_of(page)["words"])
    page = render(desk, realm="real", name="<张>", role="administrator", permissions={"read", "administer"})
    assert "/static/desks/sources/start.js" in page
    assert facts_of(page)["me"] == {
        "name": "<张>",
        "role": "administrator",
        "permissions": ["administer", "read"],
    }
    assert "<张>" not in page


def test_a_page_of_an_exercise_bears_its_mark_and_a_real_one_does_not() -> None:
    for realm, marked in (("real", False), ("exercise", True), ("replay_city_2020", True)):
        for desk in (one for one in DESKS if one.path != "/"):
            page = render(desk, realm=realm, name="甲", role="viewer", permissions={"read"})
            assert ('class="watermark"' in page) is marked, (realm, desk)
