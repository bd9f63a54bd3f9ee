"""The rota from a spreadsheet: one row a turn, in the columns 开始, 结束, 岗位, 姓名, 账号 and 电话."""

import io
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from emmap.errors import Malformed, Unreadable
from emmap.ingest.cells import instant_of, text_of
from emmap.layer import Rejected, Title
from emmap.store.rota import Turn

COLUMNS = {
    "begins": ("开始", "开始时间", "begins"),
    "ends": ("结束", "结束时间", "ends"),
    "duty": ("岗位", "duty"),
    "name": ("姓名", "name"),
    "account": ("账号", "account"),
    "phone": ("电话", "手机", "phone"),
}
NEEDED = ("begins", "ends", "duty", "name")
DUTIES = {
    "值班员": "officer", "主班": "officer", "officer": "officer",
    "副班": "deputy", "deputy": "deputy",
    "带班领导": "leader", "带班": "leader", "leader": "leader",
}  # fmt: skip
MOST_ROWS = 20_000
Refused = list[dict[str, Any]]


def read(content: bytes) -> tuple[list[Turn], Refused]:
    """The turns of a spreadsheet's first sheet, and the rows that are none: position, Chinese and English sentence.

    Times without an offset are Beijing's. Raises `Unreadable` for what is no spreadsheet, `Malformed` where a column is
    missing.
    """
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            grid = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise Unreadable(
            "读不出这个表格；请用 Excel 另存为 .xlsx 后再导入。",
            "The spreadsheet cannot be read; save it as .xlsx in Excel and import that.",
        ) from error
    if len(grid) > MOST_ROWS:
        raise Malformed(f"值班表超过 {MOST_ROWS} 行。", f"The rota has more than {MOST_ROWS} rows.")
    titles = [str(cell).strip().lower() for cell in grid[0]] if grid else []
    places = {
        name: next((titles.index(one) for one in spellings if one in titles), None)
        for name, spellings in COLUMNS.items()
    }
    if missing := [COLUMNS[name][0] for name in NEEDED if places[name] is None]:
        raise Malformed(
            f"值班表第一行缺少列：{'、'.join(missing)}。",
            f"The rota's first row lacks the columns {', '.join(missing)}.",
            code="missing_columns",
        )
    turns: list[Turn] = []
    refused: Refused = []
    for position, row in enumerate(grid[1:], 2):
        cells = {
            name: row[place] if place is not None and place < len(row) else None
            for name, place in places.items()
        }
        if not any(text_of(cell) for cell in cells.values()):
            continue
        try:
            turns.append(_turn(cells))
        except Rejected as error:
            refused.append({"position": position, "code": error.code, "zh": error.zh, "en": error.en})
    return turns, refused


def _turn(cells: dict[str, Any]) -> Turn:
    begins = instant_of(cells["begins"], Title("开始", "begins"))
    ends = instant_of(cells["ends"], Title("结束", "ends"))
    duty, name = text_of(cells["duty"]) or "", text_of(cells["name"]) or ""
    if begins is None or ends is None or ends <= begins:
        raise Rejected(
            "bad_span", "开始和结束都要填，且结束晚于开始。", "Give begin and end, the end after the begin."
        )
    if duty not in DUTIES:
        raise Rejected(
            "unknown_duty",
            f"岗位「{duty[:40]}」不认识；可用 值班员、副班、带班领导。",
            f"The duty “{duty[:40]}” is not known: use 值班员, 副班 or 带班领导.",
        )
    if not 1 <= len(name) <= 80:
        raise Rejected("no_name", "缺少姓名。", "The name is missing.")
    account, phone = text_of(cells["account"]), text_of(cells["phone"]) or ""
    return Turn(0, begins, ends, DUTIES[duty], name, account, phone[:40])
