"""Readers of tables: CSV in the encodings met in China, and spreadsheets (XLSX, XLS, ODS)."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from emmap.errors import Malformed, TooLarge, Unreadable
from emmap.ingest.archives import damaged
from emmap.ingest.formats import Format, unknown_format
from emmap.ingest.formulas import untamed
from emmap.ingest.headers import Header, Names, find_header, is_reason
from emmap.ingest.sheet import Origin, Sheet, no_rows
from emmap.layer import Rejected

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
HEADER_WITHIN = 20
"""The header stands in the first rows; titles and notes may stand above it."""

MOST_CELLS = 30_000_000
"""Largest sheet, as rows times columns: a spreadsheet takes memory for its whole extent, even where one far
cell is all there is."""

_LONGEST_CELL = 16_000_000
"""Characters at which reading stops. Up to here an endless cell refuses its row alone (`MAX_CELL`)."""
_CODECS = {"UTF-8": "utf-8", "UTF-8 BOM": "utf-8-sig", "UTF-16": "utf-16", "GB18030": "gb18030"}
"""The encodings by the names that people are told."""
_END = "\x00end of the text"


def decoded(content: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding: UTF-8, UTF-16 with a byte-order mark, or GB18030.

    Raises `Unreadable` for anything else, since a guess would store wrong words.
    """
    encodings = [("utf-8", "UTF-8"), ("gb18030", "GB18030")]
    if content.startswith(b"\xef\xbb\xbf"):
        encodings = [("utf-8-sig", "UTF-8 BOM")]
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = [("utf-16", "UTF-16")]
    for codec, name in encodings:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        start = text[:65_536]
        if sum(1 for char in start if char < " " and char not in "\t\n\r\f\v") * 20 > len(start):
            raise unknown_format()
        return text, name
    raise Unreadable(
        "文字编码不是 UTF-8、UTF-16 或 GB18030(GBK)。请在 Excel 里另存为「CSV UTF-8」或 .xlsx 后再导入。",
        "The text is not encoded in UTF-8, UTF-16 or GB18030 (GBK). Save it as “CSV UTF-8” or .xlsx and import "
        "that.",
        code="wrong_encoding",
    )


def read_csv(content: bytes, names: Names) -> Sheet:
    """A CSV file; its delimiter is the one with which the header names most fields.

    Raises `Unreadable` (encoding) and `Malformed` (empty, no header).
    """
    text, encoding = decoded(content)
    if not text or text.isspace():
        raise no_rows()
    csv.field_size_limit(_LONGEST_CELL)
    start = text[:200_000]
    del text
    delimiter = max(DELIMITERS, key=lambda one: _named(names, start, one))
    # Read from the bytes: a text in memory would take four bytes for each of its characters.
    records = _records(io.TextIOWrapper(io.BytesIO(content), _CODECS[encoding], newline=""), delimiter)
    top = list(islice(records, HEADER_WITHIN))
    found = find_header(names, [cells for _, cells in top])
    header = found.titles
    rows: list[Sequence[Any]] = []
    lines: list[int] = []
    broken: dict[int, Rejected] = {}
    width = len(header)
    for line, cells in chain(top[found.rows_from :], records):
        if len(cells) != width:
            refused = _ragged(cells, width)
            if refused is not None:
                broken[len(rows)] = refused
            cells = (cells + [""] * width)[:width]
        rows.append(cells)
        lines.append(line)
    if any(map(is_reason, header)):
        rows = [list(map(untamed, cells)) for cells in rows]
    origin = Origin("csv", encoding, delimiter, header_line=top[found.rows_from - 1][0])
    described = f"CSV, {encoding}, {DELIMITERS[delimiter]}"
    return Sheet(described, header, rows, lines, broken=broken, found=origin)


def _named(names: Names, text: str, delimiter: str) -> tuple[int, int]:
    """How many fields the best header names with this delimiter, and how many columns there are."""
    top = [cells for _, cells in islice(_records(io.StringIO(text, newline=""), delimiter), HEADER_WITHIN)]
    try:
        return find_header(names, top).fields, max(map(len, top))
    except Malformed:
        return 0, max(map(len, top), default=0)


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line that it begins at. Raises `Malformed` for an endless cell.

    A mark after the text tells whether the last quote was closed: the row that swallowed it keeps it.
    """
    reader = csv.reader(chain(lines, [_END]), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if any(cells) and cells != [_END]:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise Malformed(
            f"从第 {line} 行起有一格超过 {_LONGEST_CELL:,} 个字符，没有读取；可能有一个引号没有配对。",
            f"From line {line} on a cell has more than {_LONGEST_CELL:,} characters; nothing was read. Perhaps a quote was "
            "not closed.",
            code="field_too_long",
        ) from None


def _ragged(cells: list[str], width: int) -> Rejected | None:
    """Why a row of another length cannot go in; a shorter one can, its last cells are unknown."""
    if cells and cells[-1].endswith(_END):
        return Rejected(
            "unclosed_quote",
            "这一行有一个引号没有配对,它后面的内容直到文件末尾都被当作一格。请补上或删去引号。",
            "A quote that opens in this row is never closed, so that the rest of the file is one cell. Close or "
            "remove it.",
        )
    if any(cell.strip() for cell in cells[width:]):
        return Rejected(
            "too_many_cells",
            f"这一行有 {len(cells)} 格,表头只有 {width} 格;很可能某一格里的分隔符没有加引号。",
            f"The row has {len(cells)} cells, the header {width}: most likely a delimiter inside a cell lacks "
            "quotes.",
        )
    return None


def read_workbook(content: bytes, kind: Format, names: Names, archive: zipfile.ZipFile | None) -> Sheet:
    """The worksheet of a spreadsheet whose header names most fields; merged cells hold their value throughout.

    Raises `Unreadable`, `TooLarge` and `Malformed`.
    """
    if archive is not None:
        _bearable(archive)
    try:
        found = _best_sheet(content, names)
    except (CalamineError, OSError, ValueError) as error:
        raise damaged() from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the reader's own crash on a damaged file
            raise damaged() from error
        raise
    name, grid, header = found
    width = max((i + 1 for i, title in enumerate(header.titles) if title), default=0)
    rows, lines = [], []
    for i, cells in enumerate(grid[header.rows_from :], header.rows_from + 1):
        kept = cells[:width]
        if any(cell not in ("", None) for cell in kept):
            rows.append(kept)
            lines.append(i)
    origin = Origin(kind, table=name, header_line=header.rows_from)
    return Sheet(f"{kind.upper()}, {name}", header.titles[:width], rows, lines, found=origin)


def _best_sheet(content: bytes, names: Names) -> tuple[str, list[list[Any]], Header]:
    """Name, cells and header row of the worksheet that names most fields."""
    best: tuple[str, list[list[Any]], Header] | None = None
    problem = no_rows()
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        for sheet in book.sheets_metadata:
            if sheet.typ != SheetTypeEnum.WorkSheet or sheet.visible != SheetVisibleEnum.Visible:
                continue
            opened = book.get_sheet_by_name(sheet.name)
            grid = opened.to_python(skip_empty_area=False)
            if not any(cell not in ("", None) for row in grid for cell in row):
                continue
            _fill_merged(grid, opened.merged_cell_ranges or ())
            try:
                header = find_header(names, grid[:HEADER_WITHIN])
            except Malformed as error:
                problem = error
                continue
            if best is None or header.fields > best[2].fields:
                best = (sheet.name, grid, header)
    if best is None:
        raise problem
    return best


def _fill_merged(grid: list[list[Any]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Gives every cell of a merged range its value, which the file holds in the first one only."""
    for (top, left), (bottom, right) in ranges:
        if top < len(grid) and left < len(grid[top]):
            value = grid[top][left]
            for row in grid[top : bottom + 1]:
                row[left : right + 1] = [value] * len(row[left : right + 1])


_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})(\d{1,7})["']""")
_ODS_REPEATED = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}number-%s-repeated"


def _bearable(archive: zipfile.ZipFile) -> None:
    """Raises `TooLarge` where a worksheet spans more than the reader could hold."""
    for entry in archive.infolist():
        path = entry.filename.lower()
        if path.startswith("xl/") and path.endswith(".xml") and not path.endswith("sharedstrings.xml"):
            width = height = 0
            for part in _parts(archive, entry):
                for column, row in _PLACE.findall(part):
                    width, height = max(width, _column(column)), max(height, int(row))
            _check_extent(width * height)
        elif path == "content.xml":
            _bearable_ods(archive, entry)


def _bearable_ods(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """The same for an OpenDocument sheet, which says once what it repeats."""
    tags = ("{*}table-cell", "{*}covered-table-cell", "{*}table-row", "{*}table")
    width = height = row = column = 0
    filled = False
    try:
        with archive.open(entry) as stream:
            for _, element in etree.iterparse(stream, tag=tags, resolve_entities=False, no_network=True):
                name = etree.QName(element).localname
                if name.endswith("table-cell"):
                    column += int(element.get(_ODS_REPEATED % "columns") or 1)
                    if len(element):
                        filled, width = True, max(width, column)
                elif name == "table-row":
                    row += int(element.get(_ODS_REPEATED % "rows") or 1)
                    height = row if filled else height
                    column, filled = 0, False
                else:
                    _check_extent(width * height)
                    width = height = row = 0
                element.clear()
    except TooLarge:
        raise
    except Exception as error:  # zlib and lxml each have errors of their own
        raise damaged() from error


def _parts(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry in parts, each with the end of the one before, so that nothing is cut in two."""
    try:
        with archive.open(entry) as stream:
            tail = b""
            while part := stream.read(1 << 20):
                yield tail + part
                tail = part[-200:]
    except Exception as error:  # zlib, lzma and bz2 each have errors of their own
        raise damaged() from error


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_extent(cells: int) -> None:
    if cells > MOST_CELLS:
        raise TooLarge(
            f"表格的范围有 {cells:,} 格(上限 {MOST_CELLS:,}),多半是很远处有一个多余的单元格。"
            "请删去空白的行和列后再导入。",
            f"The sheet spans {cells:,} cells (limit {MOST_CELLS:,}); most likely one cell stands far away. Delete "
            "the blank rows and columns and import again.",
            code="sheet_too_large",
        )
