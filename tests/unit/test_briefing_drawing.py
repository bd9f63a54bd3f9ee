"""The map on paper: names that do not touch, points of which none is lost, and a sheet whatever comes in."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from emmap.briefing import fonts
from emmap.briefing.drawing import base_map, lettering
from emmap.briefing.drawing.classes import RAMP, Classes
from emmap.briefing.drawing.clusters import clusters
from emmap.briefing.drawing.draw import Drawing, Drawn, Named, Numbered, Shading, draw_map, inside
from emmap.briefing.drawing.frame import Box, Frame
from emmap.briefing.drawing.hexagons import hexagons
from emmap.briefing.drawing.labels import crosses
from emmap.briefing.drawing.points import DENSE
from emmap.codes import districts
from emmap.layer import style_table
from tests.paper import CITY_CENTRE, LAYERS, marks

CITY = base_map.city_extent()
PROVINCE = (109.6, 20.2, 117.4, 25.6)
SIZES = ((182.0, 190.0), (88.0, 60.0), (267.0, 300.0), (220.0, 140.0))
LEVELS = style_table(LAYERS["risk_hotspots"])
SEEDS = st.integers(0, 2**32 - 1)


def hotspots(points: dict[str, Sequence[tuple[float, float]]], areas: dict[str, Any] | None = None) -> Drawn:
    return Drawn(LEVELS, marks(points, areas))


def crowd(n: int, spread: float = 0.2, seed: int = 1) -> list[tuple[float, float]]:
    return [(x, y) for x, y in np.random.default_rng(seed).normal(CITY_CENTRE, spread, (n, 2)).tolist()]


def frame_of(box: Box = CITY, size: tuple[float, float] = SIZES[0]) -> Frame:
    return Frame.around(box, *size)


def touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def discs(drawing: Drawing) -> list[Box]:
    found = re.findall(r'<circle cx="(-?\d+)" cy="(-?\d+)" r="180"', drawing.svg)
    return [(int(x) - 180, int(y) - 180, int(x) + 180, int(y) + 180) for x, y in found]


@given(
    seed=SEEDS,
    size=st.sampled_from(SIZES),
    wide=st.sampled_from((0.05, 0.4, 1.5, 8.0)),
    points=st.sampled_from(("symbols", "auto")),
)
@settings(max_examples=15, deadline=None)
def test_names_touch_neither_each_other_nor_a_number_nor_the_edge(
    seed: int, size: tuple[float, float], wide: float, points: Any
) -> None:
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform((112, 22), (115, 24)).tolist()
    frame = frame_of((lon, lat, lon + wide, lat + wide * rng.uniform(0.3, 2)), size)
    west, south, east, north = frame.box
    somewhere = rng.uniform((west, south), (east, north), (40, 2)).tolist()
    drawing = draw_map(
        frame,
        [hotspots({"4": [(x, y) for x, y in somewhere]})],
        [Numbered(i + 1, *somewhere[i // 2], "暴雨红色预警信号生效" * (i % 3)) for i in range(6)],
        names=[Named("一二三四五六七八九十甲乙"[: rng.integers(1, 12)], x, y) for x, y in somewhere[:9]],
        points=points,
    )
    boxes = [one.box for one in drawing.labels] + discs(drawing)
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if touch(a, b)]
    for left, top, right, bottom in (one.box for one in drawing.labels):
        assert left >= 0
        assert top >= 0
        assert right <= frame.width
        assert bottom <= frame.height
    leaders = [(one.leader, one.box) for one in drawing.labels if one.leader]
    assert not [
        1
        for leader, own in leaders
        for box in boxes[: len(drawing.labels)]
        if box != own and crosses(leader, box)
    ]


def test_a_name_without_room_beside_its_place_stands_away_on_a_line() -> None:
    here = [Named(f"第{i}救援队", *CITY_CENTRE) for i in range(10)]
    named = [
        one for one in draw_map(frame_of(), [], names=here).labels if one.label.lines[0].startswith("第")
    ]
    assert len(named) == len(here)
    assert sum(one.leader is not None for one in named) >= 2


def test_each_district_is_named_and_every_number_stands_even_where_all_coincide() -> None:
    drawing = draw_map(frame_of(), [], [Numbered(i, *CITY_CENTRE) for i in range(1, 7)])
    assert {one.zh for one in districts().values()} <= {one.label.lines[0] for one in drawing.labels}
    assert len(discs(drawing)) == 6


def test_no_text_is_wider_than_the_room_that_is_kept_for_it() -> None:
    texts = [
        "增城区暴雨红色预警",
        "NASA FIRMS VIIRS",
        "WMWM mmmm @%",
        "1:116 万",
        "113.55°E",
        "Ещё Ω",
        "①②—…·",
        "iljt",
    ]
    source = (
        '#set text(font: "Noto Sans CJK SC", size: 100pt, weight: "bold", lang: "zh")\n#context [#metadata('
        + "("
        + "".join(f'measure("{one}").width.pt(), ' for one in texts)
        + ")) <widths>]"
    )
    found = typst.Compiler(source.encode(), font_paths=fonts.loaded()).query(
        "<widths>", field="value", one=True
    )
    real = [float(one) for one in re.findall(r"[\d.]+", str(found))]
    assert [one for one, wide in zip(texts, real, strict=True) if lettering.width(one, 100) < wide] == []


@given(
    seed=SEEDS,
    n=st.integers(0, 3_000),
    spread=st.sampled_from((0.0, 0.01, 0.2, 3.0)),
    size=st.sampled_from(SIZES),
)
@settings(max_examples=25, deadline=None)
def test_clusters_and_hexagons_hold_every_point_of_the_sheet_once(
    seed: int, n: int, spread: float, size: tuple[float, float]
) -> None:
    rng = np.random.default_rng(seed)
    levels = rng.choice(("1", "4", "none"), n)
    places = np.rint(rng.normal(CITY_CENTRE, spread, (n, 2)) * 1e7).astype(np.int32)
    by_value = {str(value): places[levels == value] for value in np.unique(levels)}
    frame = frame_of(CITY, size)
    shown = int(frame.shows(places).sum())

    found = clusters(frame, by_value, 90.0)
    assert sum(one.total for one in found) == shown
    for value, xy in by_value.items():
        assert sum(one.counts.get(value, 0) for one in found) == int(frame.shows(xy).sum())
    middles = np.array([(one.x, one.y) for one in found]).reshape(-1, 2)
    radii = np.array([one.radius for one in found])
    away = np.hypot(*(middles[:, None] - middles[None]).T)
    np.fill_diagonal(away, np.inf)
    assert (away > radii[:, None] + radii[None]).all()

    grid = hexagons(frame, places)
    assert grid.total == shown
    for x, y in frame.put(places[frame.shows(places)])[:200].tolist():
        assert np.hypot(grid.x - x, grid.y - y).min() <= grid.width / np.sqrt(3) + 1e-6


def test_the_legend_of_a_crowd_sums_to_what_the_sheet_shows_of_it() -> None:
    layers = [
        hotspots({"4": crowd(DENSE), "1": crowd(DENSE, 2.0, 2)}),
        hotspots({"2": crowd(900, 0.01)}),
        hotspots({"3": crowd(3)}),
    ]
    frame = frame_of()
    drawing = draw_map(frame, layers, points="auto")
    assert drawing.ways == ("density", "clusters", "symbols")
    for layer, key in zip(layers[:2], drawing.keys, strict=False):
        assert key is not None
        assert sum(entry.count for entry in key.entries) == inside(frame, layer.marks)
    assert drawing.keys[2] is None


def test_the_order_in_which_the_store_brings_points_changes_nothing() -> None:
    many, few, some = crowd(DENSE + 500, 0.1), crowd(900, 0.02), crowd(60)
    there, back = (
        draw_map(
            frame_of(),
            [
                hotspots({"4": order(many)}),
                hotspots(dict(order([("2", order(few)), ("1", order(some))]))),
                hotspots({"3": order(some)}),
            ],
            points="auto",
        )
        for order in (list, lambda found: list(reversed(found)))
    )
    assert there.ways == ("density", "clusters", "symbols")
    assert there.svg == back.svg


def test_as_symbols_none_is_left_out_however_many_there_are() -> None:
    places = sorted({(round(x, 4), round(y, 4)) for x, y in crowd(4_000, 0.1)})
    drawing = draw_map(frame_of((113.0, 22.7, 113.8, 23.5)), [hotspots({"2": places})], points="symbols")
    shown = max(re.findall(r'd="((?:M\d+ \d+h1)+)"', drawing.svg), key=len)
    assert len(re.findall("M", shown)) > 0.99 * inside(
        frame_of((113.0, 22.7, 113.8, 23.5)), marks({"2": places})
    )


def test_a_hexagon_is_as_wide_as_the_key_says() -> None:
    frame = frame_of()
    grid = hexagons(frame, marks({"1": crowd(2_000)}).places["1"])
    assert grid.width / 100 * frame.denominator / 1000 == pytest.approx(grid.width_m)
    key = draw_map(frame, [hotspots({"1": crowd(2_000)})], points="density").keys[0]
    assert key is not None
    assert f"对边 {grid.width_m / 1000:g} 千米" in key.note


def test_colours_of_classes_grow_darker_in_grey() -> None:
    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    steps = [grey(one) - grey(darker) for one, darker in pairwise(RAMP)]
    assert min(steps) > 0.1


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([1, 2, 9, 40, 300, 7312], ["1–5", "6–39", "40–199", "200–999", "1000–7312"]),
        ([3, 3, 3], ["3"]),
        ([1, 2], ["1", "2"]),
        ([0, 0, 10], ["0", "10"]),
        ([0, 1, 2, 3], ["0", "1", "2", "3"]),
        ([0], ["0"]),
    ],
)
def test_classes_have_round_bounds_and_leave_no_number_out(numbers: list[int], words: list[str]) -> None:
    found = Classes.of(np.array(numbers))
    assert [found.words(i) for i in range(len(found.lows))] == words
    assert found.places(np.array(numbers)).min() == 0
    assert found.places(np.array(numbers)).max() == len(found.lows) - 1


def test_filled_districts_say_their_number_and_which_have_none() -> None:
    shading = Shading("隐患密度", "处/平方千米", {"440118": 28.06, "440112": 57.2, "440103": 271.6}, 1)
    drawing = draw_map(frame_of(), [], shaded=shading)
    assert ("增城区", "28.1") in [one.label.lines for one in drawing.labels]
    assert ("从化区", "无数据") in [one.label.lines for one in drawing.labels]
    assert drawing.shades is not None
    assert sum(entry.count for entry in drawing.shades.entries) == len(districts())
    assert drawing.shades.entries[-1].label == "无数据"


def test_the_inset_shows_the_city_for_a_district_and_the_province_for_the_city() -> None:
    assert ">广州市<" in draw_map(frame_of((113.4, 23.1, 113.6, 23.3)), []).svg
    assert ">广东省<" in draw_map(frame_of(), []).svg
    for box in (PROVINCE, (150, 0, 160, 10), (-180, -90, 180, 90)):
        assert ">广东省<" not in draw_map(frame_of(box), []).svg


def test_towns_are_named_with_their_source_where_a_sheet_shows_little() -> None:
    near, far = draw_map(frame_of((113.5, 23.0, 113.7, 23.2)), []), draw_map(frame_of(), [])
    assert "新塘镇" in {line for one in near.labels for line in one.label.lines}
    assert any("GeoNames" in one for one in near.notes)
    assert not any("GeoNames" in one for one in far.notes)


def test_a_sheet_that_reaches_beyond_the_province_says_what_is_not_drawn() -> None:
    assert any("未绘" in one for one in draw_map(frame_of((106, 14, 126, 27)), []).notes)
    assert draw_map(frame_of(), []).notes == ()


def test_areas_that_overlap_are_both_filled_and_a_broken_one_too() -> None:
    bow_tie = shapely.Polygon([(113, 23), (113.4, 23.4), (113.4, 23), (113, 23.4)])
    drawing = draw_map(
        frame_of(),
        [
            hotspots(
                {},
                {
                    "4": [
                        shapely.box(113.1, 23.1, 113.5, 23.5),
                        shapely.box(113.3, 23.3, 113.7, 23.7),
                        bow_tie,
                    ]
                },
            )
        ],
    )
    fill = re.search(r'<path d="([^"]+)" fill="#[0-9a-f]+"/><path d="[^"]+" fill="url', drawing.svg)
    assert fill is not None
    assert fill[1].count("z") == 4
    assert "evenodd" not in drawing.svg


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 0, 0),
        (113.3, 23.1, 113.3, 23.1),
        (-180, -90, 180, 90),
        (179, -20, 180, 20),
        (113.3, -80, 113.3, 80),
        (150, 0, 160, 10),
    ],
)
@pytest.mark.parametrize("points", ["auto", "density"])
def test_any_extent_makes_a_sheet(box: Box, points: Any) -> None:
    layer = hotspots(
        {"4": [*crowd(50), (0.0, 0.0), (180.0, 90.0), (-180.0, -90.0)]},
        {"3": [shapely.box(-180, -90, 180, 90)]},
    )
    drawing = draw_map(frame_of(box, (120, 80)), [layer], [Numbered(1, *CITY_CENTRE, "预警")], points=points)
    assert "nan" not in drawing.svg
    assert "inf" not in drawing.svg
    png = typst.Compiler(
        b'#set page(width: auto, height: auto)\n#image(bytes(sys.inputs.map), format: "svg")',
        font_paths=fonts.loaded(),
        sys_inputs={"map": drawing.svg},
    ).compile(format="png", ppi=30.0)
    assert isinstance(png, bytes)
