"""What slides and text have in common: the shapes of a briefing, its heading, its foot, and how long words run."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

EXERCISE = "演练"
FONT = "微软雅黑"
"""Named in slides: Windows, macOS and WPS have it or replace it by another one that has Chinese."""


def shapes_of(content: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The blocks of a composed briefing; of a quick export, its map, warnings and districts as if they were blocks."""
    if "blocks" in content:
        blocks: Sequence[Mapping[str, Any]] = content["blocks"]
        return blocks
    picture = {
        "svg": content["map"],
        "width_mm": 182.0,
        "height_mm": content["map_height_mm"],
        "alt": content["alt"],
        "caption": "",
        "legend": content["legend"],
        "notes": [content["coordinates"], *([content["empty"]] if content["empty"] else [])],
    }
    found: list[Mapping[str, Any]] = [
        {"shape": "text", "title": "", "paragraphs": [_filters(content)]},
        {"shape": "pictures", "title": "", "columns": 1, "pictures": [picture]},
    ]
    if content["headlines"]:
        items = [
            {"number": one["number"], "level": one["level"], "text": one["title"], "note": one["span"]}
            for one in content["headlines"]
        ]
        found.append(
            {"shape": "list", "title": "生效预警", "items": items, "left": content["headlines_left"]}
        )
    if content["table"]:
        told = content["table"]
        columns = [{"title": "区", "align": "left"}]
        columns += [{"title": name, "align": "right"} for name in [*told["levels"], *told["layers"]]]
        found.append(
            {
                "shape": "table",
                "title": "分区统计",
                "columns": columns,
                "rows": told["rows"],
                "total": told["total"],
                "note": "",
            }
        )
    return found


def _filters(content: Mapping[str, Any]) -> str:
    told = [
        f"{one['name']} {one['wanted']}" + (f"（不作用于 {one['free']}）" if one["free"] else "")
        for one in content["filters"]
    ]
    unplaced = f"，未上图 {content['unplaced']}" if content["unplaced"] else ""
    return f"筛选：{'；'.join(told) or '无'}。共 {content['total']} 处{unplaced}。"


def header(content: Mapping[str, Any], name: str) -> str:
    """A header field, empty where there is none."""
    return str(content.get("header", {}).get(name, ""))


def issue(content: Mapping[str, Any]) -> str:
    """`2020 年第 3 期（总第 41 期）`; empty where the briefing has no number."""
    number = content.get("number")
    if not number:
        return ""
    return f"{number['year']} 年第 {number['issue']} 期（总第 {number['total']} 期）"


def signatures(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who drafted, checked and signed."""
    signed = content.get("signed", {})
    roles = (
        ("拟稿", "drafted_by", "editor"),
        ("核稿", "checked_by", "checker"),
        ("签发", "signed_by", "signer"),
    )
    return [(title, signed.get(key) or header(content, field)) for title, key, field in roles]


def data_until(content: Mapping[str, Any]) -> str:
    """`数据截至 …`: T and what was known."""
    return f"数据截至 {content['at']}，{content['known']}"


def record(content: Mapping[str, Any]) -> str:
    """Which briefing it is: its id and the short form of its spec's hash."""
    named = f"编号 {content['id']} · " if content["id"] else ""
    return f"{named}规格 {content['mark']}"


def foot(content: Mapping[str, Any]) -> list[str]:
    """All that a page's foot says, but its number."""
    told = [data_until(content), content["base_map"], content["approval"], *content["sources"]]
    if content["late"]:
        told.append(f"数据已迟：{content['late']}")
    if content["exercise"]:
        told.append(f"演练数据，库 {content['realm']}")
    return [*told, record(content)]


def length(text: str) -> float:
    """How wide a text runs, in Chinese characters."""
    return sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.55 for one in text)


def lines(text: str, wide: float) -> int:
    """About how many lines a text takes where `wide` Chinese characters fit on one."""
    return max(1, -int(-length(text) // max(wide, 1.0)))


def widths(rows: Sequence[Sequence[str]], room: float) -> list[float]:
    """How wide each column of a table is, by its longest text, where all of them together are as wide as `room`."""
    longest = [max(length(row[at]) for row in rows) for at in range(len(rows[0]))]
    shares = [min(24.0, one) + 1.5 for one in longest]
    return [room * share / sum(shares) for share in shares]
