"""A correction says what is different: figures in a sentence, cells of a table, entries of a list."""

from typing import Any

from emmap.briefing.desk.differing import differences, sentences


def table(*rows: list[str], titles: tuple[str, ...] = ("区", "红", "橙")) -> dict[str, Any]:
    return {
        "shape": "table",
        "columns": [{"title": one} for one in titles],
        "rows": list(rows),
        "total": None,
    }


def test_a_figure_in_a_sentence_is_named_with_what_it_was() -> None:
    before = "全市平均雨量 101 毫米，增城 224.5 毫米。"
    assert sentences(before, before.replace("224.5", "231.0")) == ["“增城 224.5 毫米”更正为“增城 231.0 毫米”"]
    assert sentences("甲，乙。", "甲，丙，乙。") == ["补充“丙”"]
    assert sentences("甲，丙，乙。", "甲，乙。") == ["删去“丙”"]
    assert sentences(before, before) == []


def test_cells_are_named_by_row_and_column() -> None:
    before = table(["增城区", "2", "1"], ["黄埔区", "1", "1"], ["从化区", "0", "1"])
    now = table(["增城区", "3", "1"], ["黄埔区", "1", "1"], ["南沙区", "0", "1"])
    assert differences(before, now) == ["从化区：删去此行", "增城区：红 2 → 3", "南沙区：新增此行"]
    other = table(["增城区", "1"], ["黄埔区", "1"], ["从化区", "1"], titles=("区", "橙"))
    assert differences(before, other) == [
        "增城区：红 2 → –",
        "黄埔区：红 1 → –",
        "从化区：红 0 → –",
    ]


def test_entries_of_a_list_are_named() -> None:
    def listed(*items: tuple[str, str]) -> dict[str, Any]:
        return {
            "shape": "list",
            "items": [{"text": text, "level": level, "note": ""} for text, level in items],
        }

    assert differences(listed(("甲", "橙"), ("乙", "黄")), listed(("甲", "红"), ("丙", "黄"))) == [
        "删去“乙”",
        "补充“丙”",
        "“甲”：橙 → 红",
    ]


def test_drawings_are_not_compared() -> None:
    assert differences({"shape": "pictures"}, {"shape": "pictures"}) == []
