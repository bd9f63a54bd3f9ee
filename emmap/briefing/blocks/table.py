"""表格: typed by hand."""

from typing import Annotated

from pydantic import Field

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Shape
from emmap.layer import Title

Cell = Annotated[str, Field(max_length=500)]


class TableBlock(Block):
    """Rows are cut or filled up to the columns."""

    columns: Annotated[list[Cell], Field(min_length=1, max_length=12)]
    rows: Annotated[list[list[Cell]], Field(max_length=500, default_factory=list)]


def fill(asked: Asked, block: TableBlock) -> Shape:
    """As typed."""
    wide = len(block.columns)
    return {
        "shape": "table",
        "columns": [{"title": title, "align": "left"} for title in block.columns],
        "rows": [(row + [""] * wide)[:wide] for row in block.rows],
        "total": None,
        "note": "",
    }


KIND = Kind("table", Title("自填表格", "Table typed by hand"), TableBlock, fill, order=40)
