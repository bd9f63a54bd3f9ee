"""A selection as an Excel workbook: totals, who answers, and one sheet for each layer.

Rows are streamed from the database to the file (`constant_memory`). Texts are written as texts, never as formulas, and
those that look like one carry Excel's own mark for text, so that saving as CSV does not bring them to life.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Connection

from emmap.codes import SEVERITIES, districts, hazards
from emmap.errors import TooLarge
from emmap.layer import Field, Layer
from emmap.store import inbox, selection, source_states
from emmap.store.selection import Selected, Totals
from emmap.ui.asked import area_words, filters
from emmap.ui.times import age, instant
from emmap.ui.words import word
from emmap.view import BEIJING, KNOWN_THEN, View

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575
"""Excel's 1,048,576 rows a sheet, less the header."""
LONGEST_TEXT = 32_767
"""Characters in a cell, by Excel's limit."""
_FORMULA_LIKE = tuple("=+-@\t\r")
_LEVELS = (4, 3, 2, 1, 0)
_SHAPES = ("no_place_short", "shape_point", "shape_line", "shape_area")
_EARLIEST = datetime(1900, 3, 1, tzinfo=UTC)
"""Before this Excel has no dates, or counts a day that never was."""


Answers = Sequence[tuple[Layer, Totals]]


@dataclass(frozen=True, slots=True)
class Written:
    """A workbook on disk, the name to save it under, and how many features it lists."""

    path: Path
    file_name: str
    features: int


class _Sheet:
    """A worksheet that is filled from the top down."""

    def __init__(self, book: "_Book", name: str, widths: Sequence[float]) -> None:
        self.book = book
        self.sheet = book.file.add_worksheet(name)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.next = 0

    def write(self, values: Iterable[Any], style: str = "plain") -> None:
        """One row: texts, numbers and aware instants, each as a cell of its kind; None stays empty."""
        for column, value in enumerate(values):
            self.cell(column, value, style)
        self.next += 1

    def cell(self, column: int, value: Any, style: str) -> None:
        """A cell of the next row."""
        if isinstance(value, str):
            if value:
                marked = f"{style}_text" if value.startswith(_FORMULA_LIKE) else style
                self.sheet.write_string(self.next, column, value[:LONGEST_TEXT], self.book.formats[marked])
        elif isinstance(value, datetime):
            if value < _EARLIEST:
                self.cell(column, value.astimezone(BEIJING).isoformat(sep=" ")[:19], style)
            else:
                local = value.astimezone(BEIJING).replace(tzinfo=None)
                self.sheet.write_datetime(self.next, column, local, self.book.formats["instant"])
        elif value is not None:
            self.sheet.write_number(self.next, column, value, self.book.formats[style])


class _Book:
    """The file with its formats, in one language."""

    def __init__(self, path: Path, realm: str, lang: str) -> None:
        self.lang = lang
        self.realm = realm
        self.exercise = realm != "real"
        self.file = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
        looks: dict[str, dict[str, Any]] = {
            "plain": {},
            "head": {"bold": True, "bottom": 1, "bg_color": "#E6F0FA", "text_wrap": True, "valign": "top"},
            "title": {"bold": True, "font_size": 16},
            "mark": {"bold": True, "font_size": 16, "font_color": "#6B1FB1"},
            "late": {"font_color": "#808080", "italic": True},
        }
        self.formats = {name: self.file.add_format(look) for name, look in looks.items()}
        for name, look in looks.items():
            self.formats[f"{name}_text"] = self.file.add_format({**look, "quote_prefix": True})
        self.formats["instant"] = self.file.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def word(self, key: str, **values: object) -> str:
        return word(key, self.lang, **values)

    def sheet(self, title: str, widths: Sequence[float]) -> _Sheet:
        """A sheet named so, as far as Excel allows (31 characters, no []:*?/\\), marked where it is an exercise."""
        mark = self.word("exercise_mark") if self.exercise else ""
        plain = "".join(" " if letter in "[]:*?/\\'" else letter for letter in title)
        used = {one.get_name().casefold() for one in self.file.worksheets()}
        names = (f"{mark}{plain}"[:31], *(f"{mark}{plain}"[:28] + f" {n}" for n in range(2, 100)))
        made = _Sheet(self, next(name for name in names if name.casefold() not in used), widths)
        made.sheet.set_header(f"&L{mark}{self.word('title')}&R&A")
        made.sheet.set_footer("&R&P / &N")
        made.sheet.set_landscape()
        made.sheet.fit_to_pages(1, 0)
        if self.exercise:
            made.sheet.set_tab_color("#6B1FB1")
        return made


def write(
    folder: Path,
    conn: Connection,
    layers: Sequence[Layer],
    view: View,
    *,
    realm: str,
    lang: str,
    personal: bool,
) -> Written:
    """Writes what a View selects of these layers into a file in `folder`. `conn` is a `selection.snapshot`.

    Raises `TooLarge` where a layer has more than a sheet can hold.
    """
    found = [(layer, selection.totals(conn, layer, view, personal=personal)) for layer in layers]
    for layer, one in found:
        if one.total > MOST_ROWS:
            raise TooLarge(
                f"{layer.title.zh}选中 {one.total:,} 个，超过 Excel 一张表的 {MOST_ROWS:,} 行；请用筛选或区域缩小范围。",
                f"{layer.title.en}: {one.total:,} are selected, a sheet holds {MOST_ROWS:,}; narrow it by filters or area.",
            )
    path = folder / "selection.xlsx"
    book = _Book(path, realm, lang)
    _summary(book, conn, view, found, personal)
    for layer, one in found:
        if one.responsible:
            _responsible(book, layer, one, personal)
    for layer, _ in found:
        _features(book, layer, selection.rows(conn, layer, view, personal=personal), personal)
    book.file.close()
    at = max((one.moment.at for _, one in found), default=datetime.now(UTC)).astimezone(BEIJING)
    mark = book.word("exercise_mark") if book.exercise else ""
    return Written(
        path,
        f"{mark}{book.word('title')} {at:%Y%m%d-%H%M}.xlsx",
        sum(one.total for _, one in found),
    )


def _summary(book: _Book, conn: Connection, view: View, found: Answers, personal: bool) -> None:
    """The first sheet: what was asked, how fresh it is, and how many."""
    layers = [layer for layer, _ in found]
    sheet = book.sheet(book.word("workbook_totals"), [26, 22, *[11] * max(8, len(layers) + 1)])
    if book.exercise:
        sheet.write([book.word("workbook_exercise", realm=book.realm)], "mark")
    sheet.write([book.word("workbook_title")], "title")
    for line in _asked(book, view, found, personal):
        sheet.write(line)
    levels = [getattr(SEVERITIES[level], book.lang) for level in _LEVELS]
    heard, vouching = inbox.last_success(conn), source_states.vouching(conn)
    sheet.write([])
    sheet.write(
        [book.word("layer"), book.word("data_time"), *levels, book.word("sum"), book.word("unplaced")], "head"
    )
    for layer, one in found:
        late = _late(book, layer, one, heard.get(layer.id), vouching.get(layer.id))
        sheet.write(
            [
                getattr(layer.title, book.lang),
                one.moment.stamp and min(one.moment.stamp, one.moment.known_at),
                *(one.severity[level] for level in _LEVELS),
                one.total,
                one.unplaced,
                late,
            ],
            "late" if late else "plain",
        )
    sums = [(layer, layer.fields[name], n) for layer, one in found for name, n in one.sums.items()]
    for layer, field, n in sums:
        if n is not None:
            sheet.write([getattr(layer.title, book.lang), _title(field, book.lang), n])
    titles = [getattr(layer.title, book.lang) for layer in layers]
    for title, entries, counted in (
        ("districts", districts(), [one.districts for _, one in found]),
        ("hazards", hazards(), [one.hazards for _, one in found]),
    ):
        sheet.write([])
        sheet.write([book.word(title), "", *titles], "head")
        for code in [*entries, None]:
            if any(one[code] for one in counted):
                name = getattr(entries[code], book.lang) if code else book.word("not_stated")
                sheet.write([name, code, *(one[code] for one in counted)])
    sheet.write([book.word("several")])


def _asked(book: _Book, view: View, found: Answers, personal: bool) -> Iterable[tuple[str, Any]]:
    """The View in words: each line a name and a value. Instants are Beijing time, as their names say."""
    moments = [one.moment for _, one in found]
    if moments:
        yield book.word("workbook_at"), moments[0].at
    if view.known_at is None or view.live:
        yield book.word("workbook_known"), book.word("known_now")
    elif view.known_at == KNOWN_THEN:
        yield book.word("workbook_known"), book.word("known_then")
    else:
        yield book.word("workbook_known"), view.known_at
    yield book.word("area"), area_words(view.area, book.lang) if view.area else book.word("area_none")
    if view.bbox:
        yield book.word("extent"), ", ".join(f"{n:.6g}" for n in view.bbox)
    told = filters(view, [layer for layer, _ in found], book.lang)
    yield from told or [(book.word("filters_word"), book.word("filters_none"))]
    yield book.word("crs"), "WGS 84 (EPSG:4326)"
    yield book.word("personal_fields"), book.word("personal_shown" if personal else "personal_hidden")
    yield book.word("workbook_made"), datetime.now(UTC).replace(microsecond=0)


def _late(
    book: _Book, layer: Layer, found: Totals, heard: datetime | None, voucher: source_states.Voucher | None
) -> str | None:
    """How late a layer is in the picture, as the page says it: what an exercise was loaded with is no news."""
    own = (heard, None if book.exercise else found.moment.stamp)
    news = [at for at in ((voucher.last_success_at,) if voucher else own) if at]
    expected = voucher.expected if voucher else layer.fresh_for
    now = datetime.now(UTC)
    if expected is None or not news or min(now, found.moment.at) - max(news) <= expected:
        return None
    old = now - max(news)
    late = age((old - expected).total_seconds(), book.lang)
    return book.word("late_and_age", late=late, age=age(old.total_seconds(), book.lang))


def _responsible(book: _Book, layer: Layer, found: Totals, personal: bool) -> None:
    """Who answers, the most first."""
    fields = selection.responsible_fields(layer, personal=personal)
    title = book.word("by_responsible", layer=getattr(layer.title, book.lang))
    sheet = book.sheet(title, [*[28] * len(fields), *[9] * (len(_LEVELS) + 1)])
    levels = [getattr(SEVERITIES[level], book.lang) for level in _LEVELS]
    sheet.sheet.freeze_panes(1, 0)
    sheet.write([*(_title(field, book.lang) for field in fields), *levels, book.word("sum")], "head")
    for one in found.responsible:
        names = [name or book.word("not_stated") for name in one.names]
        sheet.write([*names, *(one.severity[level] for level in _LEVELS), one.total])


def _features(book: _Book, layer: Layer, rows: Iterable[Selected], personal: bool) -> None:
    """A layer's features, one a row under one frozen header, worst first."""
    fields = [one for one in layer.fields.values() if personal or not one.info.personal]
    beijing = book.word("in_beijing")
    heads = [book.word("feature_id"), *(_title(field, book.lang) for field in fields)]
    heads += [book.word(key) for key in ("districts", "longitude", "latitude", "shape")]
    heads += [f"{book.word(key)}{beijing}" for key in ("valid_from", "valid_to", "recorded")]
    widths = [18, *(_width(field) for field in fields), 14, 11, 11, 8, 19, 19, 19, 20]
    sheet = book.sheet(getattr(layer.title, book.lang), widths)
    sheet.sheet.freeze_panes(1, 2)
    sheet.write([*heads, book.word("source")], "head")
    names = {field.name: {c.code: getattr(c, book.lang) for c in field.info.choices} for field in fields}
    districts_by_code = {code: getattr(one, book.lang) for code, one in districts().items()}
    shapes = [book.word(key) for key in _SHAPES]
    join = book.word("list_join")
    for row in rows:
        sheet.write(
            [
                row.feature_id,
                *(_value(field, row.values[field.name], names[field.name], join) for field in fields),
                join.join(districts_by_code.get(code, code) for code in row.districts),
                row.lon,
                row.lat,
                shapes[row.shape],
                row.valid_from,
                row.valid_to,
                row.recorded_at,
                row.source,
            ]
        )
    if sheet.next > 1:
        sheet.sheet.autofilter(0, 0, sheet.next - 1, len(heads))


def _title(field: Field, lang: str) -> str:
    """A field's title, with its unit, or that it is Beijing time."""
    title = str(getattr(field.info, lang))
    if field.kind == "instant":
        return title + word("in_beijing", lang)
    return title + word("in_unit", lang, unit=field.info.unit_in(lang)) if field.info.unit else title


def _width(field: Field) -> float:
    if field.kind == "instant":
        return 19
    if field.kind in ("integer", "number") or (field.info.choices and field.kind != "list"):
        return 10
    return 30 if field.required else 18


def _value(field: Field, value: Any, names: dict[str, str], join: str) -> Any:
    """A value as its cell holds it: names for codes, numbers and instants as such."""
    if value is None:
        return None
    if field.kind == "list":
        return join.join(names.get(str(one), str(one)) for one in value)
    if names:
        return names.get(str(value), str(value))
    return instant(value) if field.kind == "instant" else value
