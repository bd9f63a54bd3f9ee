"""What is different in a shape that was filled again: lines for a reader. Pure."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

_PARTS = re.compile(r"[^，。；、（）]+")
"""Of a sentence: what stands between its marks."""

_NOTHING = "–"


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Of two fillings of one block, each in its shape; nothing where it is a drawing or of another shape."""
    if before["shape"] != now["shape"]:
        return []
    match now["shape"]:
        case "text":
            return sentences("".join(before["paragraphs"]), "".join(now["paragraphs"]))
        case "table":
            return _cells(before, now)
        case "list":
            return _items(before["items"], now["items"])
        case _:
            return []


def sentences(before: str, now: str) -> list[str]:
    """The parts of a text that read otherwise."""
    old, new = ([part.strip() for part in _PARTS.findall(one)] for one in (before, now))
    found = []
    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, is_now = "、".join(old[start:end]), "、".join(new[first:last])
        if kind == "replace":
            found.append(f"“{was}”更正为“{is_now}”")
        elif kind == "delete":
            found.append(f"删去“{was}”")
        elif kind == "insert":
            found.append(f"补充“{is_now}”")
    return found


def _cells(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Rows are the same where their first cells are, columns where their titles are."""
    old, new = _rows(before), _rows(now)
    titles = dict.fromkeys(one["title"] for table in (now, before) for one in table["columns"][1:])
    found = [f"{name}：删去此行" for name in old if name not in new]
    for name, row in new.items():
        if name not in old:
            found.append(f"{name}：新增此行")
            continue
        cells = [
            f"{title} {old[name].get(title, _NOTHING)} → {row.get(title, _NOTHING)}"
            for title in titles
            if old[name].get(title, _NOTHING) != row.get(title, _NOTHING)
        ]
        if cells:
            found.append(f"{name}：{'，'.join(cells)}")
    return found


def _rows(table: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The cells of each row by the titles of their columns, by the row's first cell."""
    titles = [one["title"] for one in table["columns"]]
    rows = [*table["rows"], *([table["total"]] if table["total"] else [])]
    return {row[0]: dict(zip(titles, row, strict=False)) for row in rows if row}


def _items(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[str]:
    old, new = {one["text"]: one for one in before}, {one["text"]: one for one in now}
    found = [f"删去“{text}”" for text in old if text not in new]
    found += [f"补充“{text}”" for text in new if text not in old]
    for text, one in new.items():
        if text in old:
            told = [
                f"{old[text][name]} → {one[name]}"
                for name in ("level", "note")
                if old[text][name] != one[name]
            ]
            if told:
                found.append(f"“{text}”：{'，'.join(told)}")
    return found
