"""The page says what it shows: counts, filters, times, marks; and stays one page whatever comes in."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdf
import pytest
import shapely

from emmap.briefing import fonts, words
from emmap.briefing.drawing import symbols
from emmap.briefing.drawing.legend import LATE_COLOUR
from emmap.briefing.sight import instant
from emmap.errors import SetupError
from emmap.layer import style_table
from emmap.settings import ROOT
from emmap.store.marks import Headline, Marks
from emmap.view import parse_view
from tests.paper import AT, CITY_CENTRE, LAYERS, marks, page_of, pdf_of, spec_of

HERE = [CITY_CENTRE]


def text_of(pdf: bytes) -> str:
    """The selectable text of a one-page PDF, without blanks."""
    reader = pypdf.PdfReader(BytesIO(pdf))
    assert len(reader.pages) == 1
    return "".join(reader.pages[0].extract_text().split())


def legend_of(page: dict, title: str) -> dict:
    return next(one for one in page["legend"] if one["title"] == title)


def test_the_page_can_be_read_as_text() -> None:
    told = text_of(pdf_of(spec_of("hazard=11B03"), {"risk_hotspots": marks({"4": HERE * 3})}))
    for words_ in ("暴雨态势", "画面时间2020-05-2202:10（北京时间）", "当时掌握", "风险隐患点3", "红3", "灾种暴雨",
                   "增城区", "内部用图", "cnmaps", "EPSG:3857", "NASAFIRMS", "第1页共1页", "k7m2p9x4c3da"):  # fmt: skip
        assert words_ in told


def test_an_exercise_is_marked_across_the_page_and_real_data_are_not() -> None:
    assert "演练数据，库exercise" in text_of(pdf_of(spec_of(), {}))
    assert "演练" not in text_of(pdf_of(spec_of(realm="real"), {}))


def test_markup_in_a_title_is_text() -> None:
    title = "*粗* #panic() $x$ <tag> @ref \\u{1} // 注"
    assert "".join(title.split()) in text_of(pdf_of(spec_of(title=title), {}))


def test_the_same_spec_gives_the_same_bytes_in_any_process() -> None:
    script = (
        "import hashlib; from tests.paper import *; "
        "print(hashlib.sha256(pdf_of(spec_of(), {'risk_hotspots': marks({'4': [CITY_CENTRE] * 2, '1': [CITY_CENTRE]},"
        " {'2': [shapely.box(113, 23, 113.5, 23.4)]})})).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "America/New_York"))
    }
    assert len(found) == 1


def test_counts_are_of_all_that_holds_and_the_legend_says_what_the_sheet_lacks() -> None:
    far = [(100.0, 40.0)] * 4
    page = page_of(
        spec_of("bbox=113,23,114,23.5"), {"risk_hotspots": marks({"4": HERE * 2 + far}, unplaced=3)}
    )
    hotspots = legend_of(page, "风险隐患点")
    assert hotspots["count"] == "9"
    assert hotspots["notes"] == "图内 2，未上图 3"
    assert [(entry["label"], entry["count"]) for entry in hotspots["entries"]] == [
        ("红", "6"),
        ("蓝", "3"),
        ("聚合 1 处（数字为点数），共", "2"),
    ]
    assert page["unplaced"] == 3


def test_an_area_that_only_reaches_into_the_sheet_is_in_it() -> None:
    wide = shapely.box(100, 10, 120, 40)
    page = page_of(spec_of("bbox=113,23,114,23.5"), {"flood_warnings": marks(areas={"4": [wide]})})
    assert legend_of(page, "三防预警")["notes"] == ""


def test_values_without_a_symbol_of_their_own_are_counted_together() -> None:
    apart = [(113.3, 23.3), (113.5, 23.3)]
    page = page_of(spec_of(), {"risk_hotspots": marks({"4": HERE, "0": apart})})
    assert [(e["label"], e["count"]) for e in legend_of(page, "风险隐患点")["entries"]] == [
        ("红", "1"),
        ("无级别", "2"),
    ]


def test_an_empty_view_says_so() -> None:
    assert "所选图层和筛选条件下没有要素" in text_of(pdf_of(spec_of(), {}))


def test_filters_name_the_layers_that_they_do_not_bind() -> None:
    view, _ = parse_view("severity=3..4&status=ready&q=新塘&industry=水务", LAYERS, strict=True)
    told = {name: (wanted, free) for name, wanted, free in words.filters(view, list(LAYERS.values()))}
    levels, free = told["级别"]
    assert levels == "红、橙"
    assert {"森林火情", "应急救援队伍"} <= set(free.split("、"))
    assert "三防预警" not in free
    assert told["状态"][0] == "待命"
    assert "风险隐患点" in told["状态"][1]
    assert told["行业"][0] == "水务"
    assert told["文字"] == ("「新塘」", "")


def test_a_layer_past_its_interval_is_late_on_paper() -> None:
    teams = LAYERS["rescue_teams"]
    assert teams.fresh_for == timedelta(days=1)
    held = {"rescue_teams": marks({"4": HERE}, last_recorded=AT - timedelta(hours=27))}
    late = page_of(spec_of(realm="real"), held)
    assert legend_of(late, "应急救援队伍")["late"] == "迟 3 小时，数据 27 小时前"
    assert late["late"] == "应急救援队伍"
    assert LATE_COLOUR in late["map"]
    heard = page_of(spec_of(realm="real", heard={"rescue_teams": instant(AT - timedelta(hours=2))}), held)
    assert legend_of(heard, "应急救援队伍")["late"] == ""
    assert LATE_COLOUR not in heard["map"]
    hourly = spec_of(
        realm="real",
        heard={"rescue_teams": instant(AT - timedelta(hours=2))},
        expected_s={"rescue_teams": 3600.0},
    )
    assert legend_of(page_of(hourly, held), "应急救援队伍")["late"] == "迟 60 分，数据 2 小时前"


def test_history_is_never_late() -> None:
    old = {"rescue_teams": marks({"4": HERE}, last_recorded=AT - timedelta(hours=27))}
    assert page_of(spec_of(realm="exercise"), old)["late"] == ""
    seen_later = spec_of(
        realm="real",
        heard={"rescue_teams": instant(AT + timedelta(hours=1))},
        created_at=instant(AT + timedelta(days=9)),
    )
    assert page_of(seen_later, old)["late"] == ""


def test_the_worst_are_listed_first_and_numbered_where_the_sheet_shows_them() -> None:
    told = [
        Headline("黄色预警（演练）", 2, AT, None, *CITY_CENTRE),
        Headline("红色预警（演练）", 4, AT - timedelta(hours=2), None, 100.0, 40.0),
        Headline("红色预警，较新（演练）", 4, AT - timedelta(hours=1), AT + timedelta(hours=1), *CITY_CENTRE),
    ]
    page = page_of(spec_of("bbox=113,23,114,23.5"), {"flood_warnings": marks({"4": HERE * 9})}, told)
    assert [(one["number"], one["title"]) for one in page["headlines"]] == [
        ("1", "红色预警，较新（演练）"),
        ("", "红色预警（演练）"),
        ("2", "黄色预警（演练）"),
    ]
    assert page["headlines_left"] == 6


def test_districts_are_counted_by_level_and_by_layer() -> None:
    page = page_of(
        spec_of(),
        {
            "risk_hotspots": marks({"4": HERE, "1": HERE * 2}, district="440112"),
            "flood_warnings": marks({"4": HERE}, district="440118"),
        },
    )
    table = page["table"]
    assert table["levels"] == ["红", "蓝"]
    assert table["layers"] == ["风险隐患点", "三防预警"]
    assert table["rows"] == [["黄埔区", "1", "2", "3", "–"], ["增城区", "1", "–", "–", "1"]]
    assert table["total"] == ["合计", "2", "2", "3", "1"]


def test_a_character_that_no_font_has_is_a_sign_and_not_a_box() -> None:
    told = [Headline("新塘 \U00030100 站（演练）", 4, AT, None, *CITY_CENTRE)]
    assert "新塘〓站（演练）" in text_of(pdf_of(spec_of(), {"flood_warnings": marks({"4": HERE})}, told))


def test_rare_characters_of_every_kind_are_set_in_a_font_that_has_them() -> None:
    title = "𠀀𪚥𫠠𬺰 😀🥵 ěřž Привет Ђ αβγ"
    pdf = pdf_of(spec_of(title=title), {})
    assert fonts.MISSING not in text_of(pdf)
    assert "𠀀𪚥𫠠𬺰😀🥵ěřžПриветЂαβγ" in text_of(pdf)


def test_joiners_selectors_and_marks_of_direction_leave_no_trace() -> None:
    assert fonts.printable("葛\U000e0100\u202e火\ufe0f👨\u200d👩\n\x00") == "葛火👨👩"


@pytest.fixture
def fresh_fonts() -> Iterator[None]:
    """What is remembered of the fonts is forgotten, before and after."""
    cached = (fonts.faces, fonts.loaded, fonts.rule, fonts.digests, fonts._own, fonts._others)
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


def test_without_fonts_the_error_says_what_to_install(
    fresh_fonts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "OWN", replace(fonts.OWN, folder=Path("/nowhere")))
    with pytest.raises(SetupError, match="fonts-noto-cjk"):
        fonts.loaded()


def test_a_fallback_font_is_missed_only_where_it_is_needed(
    fresh_fonts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = tuple(replace(one, folder=Path("/nowhere")) for one in fonts.OTHERS)
    monkeypatch.setattr(fonts, "OTHERS", absent)
    assert "暴雨态势" in text_of(pdf_of(spec_of(), {}))
    with pytest.raises(SetupError, match="fonts-hanazono"):
        pdf_of(spec_of(title="𠀀"), {})


def test_everything_at_once_stays_on_one_page() -> None:
    rng = np.random.default_rng(1)
    crowd = [tuple(xy) for xy in rng.normal(CITY_CENTRE, 0.2, (6_000, 2))]
    told = [Headline("长" * 200, 4, AT, None, *CITY_CENTRE) for _ in range(9)]
    every = {
        name: marks(
            {level: crowd[: 300 * int(level)] for level in "1234"}, {"4": [shapely.box(113, 23, 113.4, 23.3)]}
        )
        for name in LAYERS
    }
    every["risk_hotspots"] = marks(dict.fromkeys("1234", crowd))
    query = "hazard=11B03,11B04,11B01&severity=1..4&status=ready,standby,deployed,open,overdue&q=" + "长" * 60
    assert "第1页共1页" in text_of(pdf_of(spec_of(query, title="长" * 80), every, told))


def test_all_the_hazards_of_the_city_stand_on_one_page() -> None:
    rng = np.random.default_rng(1)
    held = marks(dict.fromkeys("1234", rng.normal(CITY_CENTRE, 0.2, (90_375, 2))))
    assert "风险隐患点361,500" in text_of(pdf_of(spec_of(), {"risk_hotspots": held}))


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_every_style_of_a_layer_is_drawn_in_its_colour(name: str) -> None:
    place = np.array([CITY_CENTRE]) * 1e7
    for row in style_table(LAYERS[name]):
        answer = Marks(
            {(row["value"], 0): 1}, {row["value"]: place.astype(np.int32)}, (), {(None, 0): 1}, 0, AT
        )
        assert f'"{row["colour"]}"' in page_of(spec_of(), {name: answer})["map"], row["label"]


def test_a_crowd_does_not_make_the_few_of_another_layer_small() -> None:
    rng = np.random.default_rng(1)
    crowd = [tuple(xy) for xy in rng.normal(CITY_CENTRE, 0.2, (20_000, 2))]
    alone = page_of(spec_of(), {"general_alerts": marks({"2": HERE})})
    beside = page_of(spec_of(), {"general_alerts": marks({"2": HERE}), "risk_hotspots": marks({"1": crowd})})
    yellow = style_table(LAYERS["general_alerts"])[2]
    wide = f'stroke-width="{round(yellow["size"] * symbols.MM_PER_PX * 1.3 * 100)}" stroke-linecap="round"/>'
    assert wide in alone["map"]
    assert wide in beside["map"]


def test_an_area_keeps_its_level_in_grey_print_by_hatching_and_outline() -> None:
    rows = style_table(LAYERS["flood_warnings"])[:4]
    drawn = [symbols.hatch(row, "h").replace(row["colour"], "") for row in rows]
    assert len(set(drawn)) == 4
    outlines = [symbols.outline(row, "M0 0h9").split("stroke-linejoin")[1] for row in rows]
    assert len(set(outlines)) == 4
