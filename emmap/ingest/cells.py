"""Cells of a table as values: text, numbers, instants, codes and lists.

A cell is what a reader found: text, a number, a date, a list (GeoJSON), or None. Each function here gives its
value, None where the cell says nothing, or raises `Rejected` with a sentence that names the cell.
"""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from emmap.codes import Code, severity_of
from emmap.ingest.sheet import MAX_CELL
from emmap.layer import Field, Rejected, Title
from emmap.view import BEIJING

NOTHING = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "无", "暂无", "未知", "不详", "null", "none", "n/a"}
)
"""Cells that say nothing, where a number, an instant, a code or a list is wanted."""

CELL_YEARS = (1900, 2199)
"""Years that an instant may lie in; anything else is a slip of the pen."""

_SERIALS = (32_874, 73_415)
"""Excel serials of 1990-01-01 and 2100-12-31: bare numbers outside are not dates."""
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 a serial counts local days

_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]?(\d{1,2})(?:[:时点](?:(\d{1,2})(?:[:分](?:(\d{1,2})(?:[.]\d+)?)?秒?)?)?)?)?"
    r" ?(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_AMBIGUOUS = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})\b.*|\d{10}")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_MILLISECONDS = re.compile(r"\d{13}")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(e[+-]?\d+)?")
_ANGLE = re.compile(r"(东经|北纬|西经|南纬|[NSEW])?(.*?)°?([NSEW])?", re.IGNORECASE)
_SPLIT = re.compile(r"[;；、\n]")
_SPLIT_CODES = re.compile(r"[;；、\n,，]")


def shown(cell: Any) -> str:
    """A cell as a sentence quotes it."""
    text = str(cell)
    return text if len(text) <= 40 else text[:40] + "…"


def text_of(cell: Any) -> str | None:
    """The text of a cell, without blanks around it; numbers as Excel shows them."""
    if cell is None:
        return None
    if isinstance(cell, str):
        text = cell
    elif isinstance(cell, bool):
        text = "true" if cell else "false"
    elif isinstance(cell, float):
        if math.isnan(cell):
            return None
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    elif isinstance(cell, datetime):
        text = f"{cell:%Y-%m-%d %H:%M:%S}" if cell.time() != time() else f"{cell:%Y-%m-%d}"
    elif isinstance(cell, list | tuple):
        text = "、".join(filter(None, map(text_of, cell)))
    elif isinstance(cell, dict):
        text = json.dumps(cell, ensure_ascii=False)
    else:
        text = str(cell)
    if len(text) > MAX_CELL:
        raise Rejected(
            "field_too_long",
            f"一个单元格有 {len(text):,} 个字符,上限为 {MAX_CELL:,}。请检查引号是否成对。",
            f"A cell holds {len(text):,} characters, the limit is {MAX_CELL:,}. Check that quotes are paired.",
        )
    if "\x00" in text or not (text.isascii() or _encodable(text)):
        raise Rejected(
            "bad_character",
            f"「{shown(text.encode('ascii', 'backslashreplace').decode())}」含有不能保存的字符,请删去后再导入。",
            f"“{shown(text.encode('ascii', 'backslashreplace').decode())}” holds a character that cannot be "
            "stored: remove it and import again.",
        )
    return text.strip() or None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def id_of(cell: Any) -> str | None:
    """A feature's id: at most 200 characters."""
    text = text_of(cell)
    if text is not None and len(text) > 200:
        raise Rejected(
            "field_too_long",
            f"编号「{shown(text)}」超过 200 个字符。",
            f"The id “{shown(text)}” is longer than 200 characters.",
        )
    return text


def number_of(cell: Any, title: Title, unit: str = "") -> float | None:
    """A finite number; thousand separators and the field's own unit may stand with it."""
    if (plain_number := _float(cell)) is not None:
        return plain_number
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        try:
            return _finite(float(cell), cell, title)
        except OverflowError:
            raise _not_finite(cell, title) from None
    text = text_of(cell)
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    if plain in NOTHING:
        return None
    own = unicodedata.normalize("NFKC", unit).casefold()
    plain = "".join((plain.removesuffix(own) if own else plain).split())
    if plain in ("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"):
        raise _not_finite(text, title)
    if _NUMBER.fullmatch(plain):
        try:
            return _finite(float(plain.replace(",", "")), text, title)
        except ValueError:
            pass
    raise Rejected(
        "not_a_number",
        f"「{title.zh}」的值「{shown(text)}」不是数字{f',单位应为{unit}' if unit else ''}。",
        f"“{title.en}”: “{shown(text)}” is not a number{f' (unit {unit})' if unit else ''}.",
    )


def _float(cell: Any) -> float | None:
    """The number of a text that holds a finite one and nothing else."""
    if cell.__class__ is not str or "_" in cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _finite(number: float, cell: Any, title: Title) -> float:
    if not math.isfinite(number):
        raise _not_finite(cell, title)
    return number


def _not_finite(cell: Any, title: Title) -> Rejected:
    return Rejected(
        "not_finite",
        f"「{title.zh}」的值「{shown(cell)}」不是有限的数(NaN、无穷大或超出范围);不知道时请留空。",
        f"“{title.en}”: “{shown(cell)}” is not a finite number; leave the cell empty where it is unknown.",
    )


def integer_of(cell: Any, title: Title, unit: str = "") -> int | None:
    """A whole number."""
    number = number_of(cell, title, unit)
    if number is None:
        return None
    if not number.is_integer() or abs(number) > 2**53:
        raise Rejected(
            "not_a_whole_number",
            f"「{title.zh}」的值「{shown(cell)}」应为整数。",
            f"“{title.en}”: “{shown(cell)}” should be a whole number.",
        )
    return int(number)


def degrees_of(cell: Any, title: Title) -> float | None:
    """A longitude or latitude in decimal degrees; 东经/西经/E/W/N/S and ° may stand with it."""
    if (plain_number := _float(cell)) is not None:
        return plain_number
    if not isinstance(cell, str):
        return number_of(cell, title)
    plain = unicodedata.normalize("NFKC", cell).strip()
    parts = _ANGLE.fullmatch(plain)
    if parts is None or not (parts[1] or parts[3] or plain.endswith("°")):
        return number_of(cell, title)
    number = number_of(parts[2], title)
    if number is not None and {parts[1], (parts[3] or "").upper()} & {"西经", "南纬", "S", "W"}:
        return -number
    return number


def instant_of(cell: Any, title: Title) -> datetime | None:
    """An instant as aware UTC, cut to the second.

    With an offset as it says, without one in Beijing time; a date alone is 00:00 Beijing. Takes ISO 8601,
    2020/5/21 20:57, 2020年5月21日 20时57分, 20200521, Excel serials and epoch milliseconds (13 digits). What can
    be read in two ways is `ambiguous_instant`.
    """
    if isinstance(cell, datetime):
        return _checked(cell, cell, title)
    if isinstance(cell, date):
        return _checked(datetime.combine(cell, time()), cell, title)
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        cell = repr(cell).removesuffix(".0")
    text = text_of(cell)
    if text is None:
        return None
    if len(text) > 100:
        raise _bad_instant(text, title)
    try:
        if text[4:5] == "-":
            return _checked(datetime.fromisoformat(text), text, title)
    except ValueError:
        pass
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if plain.casefold() in NOTHING:
        return None
    compact = plain.replace(" ", "") if "年" in plain else plain
    parts = _MOMENT.fullmatch(compact) or _COMPACT.fullmatch(compact)
    if parts is not None:
        numbers = [int(part or 0) for part in parts.groups()[:6]]
        offset = parts[7] if parts.re is _MOMENT else None
        try:
            found = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 the offset follows
            if offset:
                zone = datetime.fromisoformat(f"2000-01-01T00:00{offset.upper()}").tzinfo
                found = found.replace(tzinfo=zone)
        except ValueError:
            raise _impossible(text, title) from None
        return _checked(found, text, title)
    if _SERIAL.fullmatch(plain) and _SERIALS[0] <= float(plain) < _SERIALS[1]:
        return _checked(_EXCEL_ZERO + timedelta(seconds=round(float(plain) * 86400)), text, title)
    if _MILLISECONDS.fullmatch(plain):
        return _checked(datetime.fromtimestamp(int(plain) // 1000, UTC), text, title)
    if _AMBIGUOUS.fullmatch(plain):
        raise Rejected(
            "ambiguous_instant",
            f"「{title.zh}」的值「{shown(text)}」可以有几种读法,请写成 2020-05-21 20:57。",
            f"“{title.en}”: “{shown(text)}” can be read in several ways; write 2020-05-21 20:57.",
        )
    raise _bad_instant(text, title)


def _bad_instant(text: str, title: Title) -> Rejected:
    return Rejected(
        "bad_instant",
        f"「{title.zh}」的值「{shown(text)}」不是时间,请写成 2020-05-21 20:57。",
        f"“{title.en}”: “{shown(text)}” is no instant; write 2020-05-21 20:57.",
    )


def _impossible(cell: Any, title: Title) -> Rejected:
    return Rejected(
        "impossible_instant",
        f"「{title.zh}」的值「{shown(cell)}」是不存在的日期或时刻(年份应在 {CELL_YEARS[0]}—{CELL_YEARS[1]} 之间);"
        "没有期限时请留空。",
        f"“{title.en}”: “{shown(cell)}” does not exist in the calendar (years {CELL_YEARS[0]} to {CELL_YEARS[1]}); "
        "leave the cell empty where there is no end.",
    )


def _checked(found: datetime, cell: Any, title: Title) -> datetime:
    if not CELL_YEARS[0] <= found.year <= CELL_YEARS[1]:
        raise _impossible(cell, title)
    aware = found if found.tzinfo else found.replace(tzinfo=BEIJING)
    return aware.astimezone(UTC).replace(microsecond=0)


def names_of(choices: Iterable[Code]) -> Mapping[str, str]:
    """Code, Chinese and English names of the choices, folded, to the code."""
    found: dict[str, str] = {}
    for choice in choices:
        for name in (choice.code, choice.zh, choice.en):
            found.setdefault(folded(name), choice.code)
    return found


def folded(text: str) -> str:
    """Text for comparing: NFKC, no case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def code_in(cell: Any, names: Mapping[str, str], title: Title) -> str | None:
    """The code that a cell names."""
    text = text_of(cell)
    if text is None:
        return None
    plain = folded(text)
    if plain in names:
        return names[plain]
    if plain in NOTHING:
        return None
    raise _unknown_code(text, names, title)


def _unknown_code(text: str, names: Mapping[str, str], title: Title) -> Rejected:
    codes = list(dict.fromkeys(names.values()))
    some = "、".join(codes[:8]) + ("…" if len(codes) > 8 else "")
    return Rejected(
        "unknown_code",
        f"「{title.zh}」的值「{shown(text)}」不在代码表中;可用 {some} 或其中文名称。",
        f"“{title.en}”: “{shown(text)}” is not in the code list; use {some} or their names.",
    )


def list_of(cell: Any) -> tuple[str, ...]:
    """The entries of a cell, separated by `;`, `；`, `、` or a new line."""
    if isinstance(cell, list | tuple):
        parts: Sequence[str | None] = [text_of(part) for part in cell]
    else:
        text = text_of(cell)
        parts = _SPLIT.split(text) if text and folded(text) not in NOTHING else []
    return tuple(dict.fromkeys(part.strip() for part in parts if part and part.strip()))


def codes_in(cell: Any, names: Mapping[str, str], title: Title) -> tuple[str, ...]:
    """The codes that a cell lists; no code holds a comma, so that commas separate them too."""
    if isinstance(cell, list | tuple):
        parts: Sequence[Any] = cell
    else:
        text = text_of(cell)
        if text is None:
            return ()
        whole = names.get(folded(text))
        parts = (whole,) if whole else _SPLIT_CODES.split(text)
    return tuple(dict.fromkeys(code for part in parts if (code := code_in(part, names, title)) is not None))


def severity_in(cell: Any, names: Mapping[str, str], title: Title) -> int | None:
    """A level from 0 to 4: a digit, a colour (红, red) or a level word (Ⅰ级)."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = text_of(cell)
    if text is None:
        return None
    found = severity_of(folded(text).removesuffix("预警"))
    if found is not None:
        return found
    code = code_in(text, names, title)
    return int(code) if code is not None else None


def reader_of(field: Field) -> Callable[[Any], Any]:
    """The function that reads a cell of this field."""
    title, unit, choices = Title(field.info.zh, field.info.en), field.info.unit, field.info.choices
    names = names_of(choices)
    match field.kind:
        case "instant":
            return lambda cell: instant_of(cell, title)
        case "integer" if field.name == "severity":
            return lambda cell: severity_in(cell, names, title)
        case "integer" if choices:
            return lambda cell: None if (code := code_in(cell, names, title)) is None else int(code)
        case "integer":
            return lambda cell: integer_of(cell, title, unit)
        case "number":
            return lambda cell: number_of(cell, title, unit)
        case "list" if choices:
            return lambda cell: codes_in(cell, names, title)
        case "list":
            return list_of
        case "text" if choices:
            return lambda cell: code_in(cell, names, title)
    return text_of
