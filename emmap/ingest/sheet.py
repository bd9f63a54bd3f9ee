"""A file as a table: what every reader hands on, whatever the format was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from emmap.errors import Malformed
from emmap.ingest.formats import Format
from emmap.layer import Rejected

MAX_CELL = 1_000_000
"""Longest cell, in characters."""

EXAMPLE = "【示例】"
"""A table's row whose first cell begins so is an example, such as the template's, and no data."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file was found to be: its kind, the encoding and delimiter of its text, the worksheet or layer that was
    read, and the line of its header (0: it has none)."""

    kind: Format
    encoding: str = ""
    delimiter: str = ""
    table: str = ""
    header_line: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """Column headers and rows of cells, one cell a column, blank rows left out.

    `format` says what was read and how (`CSV, GB18030, comma`). `lines` are the rows' lines in the spreadsheet
    or text file, empty for GIS files. `shapes` holds the rows' geometry as WKB (None: no place) in the system
    `crs` (anything pyproj takes; None: degrees); `mends` names those of `broken` columns that cannot be read.
    `broken` are rows that the reader itself had to refuse, by index. `clipped` is the length in bytes to which
    the format cuts headers (shapefile: 10), 0 for none. `examples` counts rows that are marked as examples and left
    out. `origins` numbers, from 1, the input row behind each row where one input row speaks of several features; empty
    where they are the same. `ending` are rows, by index, that only say that their feature holds no longer from
    `valid_from` on. `found`: the same as `format`, in parts; what a service's reader reads goes back as a CSV.
    """

    format: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    lines: Sequence[int] = ()
    shapes: Sequence[bytes | None] | None = None
    crs: str | None = None
    broken: Mapping[int, Rejected] = field(default_factory=dict)
    clipped: int = 0
    examples: int = 0
    origins: Sequence[int] = ()
    ending: frozenset[int] = frozenset()
    found: Origin = Origin("csv", "UTF-8 BOM", ",")

    @property
    def positions(self) -> Sequence[int]:
        """For each row the number of its input row, from 1."""
        return self.origins or range(1, len(self.rows) + 1)

    @property
    def read(self) -> int:
        """How many input rows there are."""
        return len(set(self.positions))

    def where(self, index: int) -> tuple[str, str]:
        """How a person finds the row, in Chinese and English."""
        if self.lines:
            return f"表格第 {self.lines[index]} 行", f"line {self.lines[index]} of the table"
        number = self.positions[index]
        return f"第 {number} 个要素", f"feature {number}"


def without_examples(sheet: Sheet) -> Sheet:
    """The sheet without the rows that are marked as examples."""
    rows = sheet.rows
    marked = {
        i for i, row in enumerate(rows) if row and row[0].__class__ is str and row[0].startswith(EXAMPLE)
    }
    if not marked:
        return sheet
    kept = [i for i in range(len(rows)) if i not in marked]
    return replace(
        sheet,
        rows=[rows[i] for i in kept],
        lines=[sheet.lines[i] for i in kept],
        broken={new: sheet.broken[old] for new, old in enumerate(kept) if old in sheet.broken},
        examples=len(marked),
    )


def no_rows() -> Malformed:
    """What a person is told of a file without anything in it."""
    return Malformed(
        "文件是空的:没有表头,也没有数据。请确认导出的是正确的文件。",
        "The file is empty: no header and no data. Check that the right file was exported.",
        code="empty_file",
    )
