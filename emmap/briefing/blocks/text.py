"""文字: what the writer says, a paragraph a line."""

from typing import Annotated

from pydantic import Field

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Shape
from emmap.layer import Title

LONGEST_TEXT = 50_000


class TextBlock(Block):
    """`wording`: the name of the first wording that it was filled with, if any."""

    text: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    wording: Annotated[str, Field(max_length=40)] | None = None


def fill(asked: Asked, block: TextBlock) -> Shape:
    """As typed; it takes nothing from the store."""
    return {"shape": "text", "paragraphs": [line.strip() for line in block.text.splitlines() if line.strip()]}


KIND = Kind("text", Title("文字", "Text"), TextBlock, fill, order=10)
