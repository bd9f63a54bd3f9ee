"""生效预警: what comes and goes and holds now, the worst and newest first, numbered as on the maps."""

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen
from emmap.briefing.figures import standing
from emmap.briefing.sight import moment_of
from emmap.codes import SEVERITIES
from emmap.layer import Title


class WarningsBlock(Block, Seen):
    """The warnings of a sight."""


def fill(asked: Asked, block: WarningsBlock) -> Shape:
    """One item a warning; how many more there are is said."""
    sight = asked.sight(seen(block))
    _, found = asked.answer(sight)
    told = standing.worst(found)
    numbers = standing.numbers(told)
    return {
        "shape": "list",
        "items": [
            {
                "number": str(numbers[place].number) if place in numbers else "",
                "level": SEVERITIES[one.severity].zh if one.severity else "",
                "text": standing.short(one.title),
                "note": words.span(one.valid_from, one.valid_to, moment_of(sight.at)),
            }
            for place, (_, one) in enumerate(told)
        ],
        "left": sum(one.marks.total for one in found if one.headlines) - len(told),
    }


KIND = Kind("warnings", Title("生效预警", "Warnings in force"), WarningsBlock, fill, order=60)
