"""What a kind of block is, and the parameters that every block has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emmap.briefing.answering import Asked
from emmap.layer import Title

Shape = dict[str, Any]


class Block(BaseModel):
    """Parameters of every block. `key` names it within its briefing."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    kind: str
    title: Annotated[str, Field(max_length=200)] = ""
    width: Literal["full", "half"] = "full"


class Seen(BaseModel):
    """Parameters of what is seen at a time: `view` holds what differs from the briefing's own view. In a spec a
    `sight` stands in its place."""

    view: dict[str, Any] | None = None
    sight: dict[str, Any] | None = None


GUTTER_MM = 6.0
"""Between two halves that stand side by side."""


def width_mm(asked: Asked, block: Block) -> float:
    """How wide a drawing of the block is."""
    full = asked.room_mm[0]
    return full if block.width == "full" else round((full - GUTTER_MM) / 2, 1)


@dataclass(frozen=True, slots=True)
class Kind:
    """`fill` answers a block's parameters with its shape. `order`: where it stands in the list of kinds."""

    name: str
    title: Title
    parameters: type[Block]
    fill: Callable[[Asked, Any], Shape]
    order: int = 100


def seen(parameters: Seen) -> Mapping[str, Any]:
    """A block's parameters as `Asked.sight` takes them."""
    return {"sight": parameters.sight}


def chart(
    svg: str, wide_mm: float, high_mm: float, *, alt: str, notes: Sequence[str], legend: Sequence[Any] = ()
) -> Shape:
    """A drawing that is no map, alone."""
    made = {
        "svg": svg,
        "width_mm": wide_mm,
        "height_mm": high_mm,
        "alt": alt,
        "caption": "",
        "legend": list(legend),
        "notes": list(notes),
    }
    return {"shape": "pictures", "columns": 1, "pictures": [made]}


def table(
    columns: Sequence[tuple[str, Literal["left", "right", "center"]]],
    rows: Sequence[Sequence[str]],
    *,
    total: Sequence[str] | None = None,
    note: str = "",
) -> Shape:
    """A table: titles and how each column is aligned, rows, a total that stands below a line. A block that has nothing
    to show gives no columns, and says so in `note`."""
    return {
        "shape": "table",
        "columns": [{"title": title, "align": align} for title, align in columns],
        "rows": [list(row) for row in rows],
        "total": list(total) if total is not None else None,
        "note": note,
    }
