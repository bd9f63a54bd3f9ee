"""一年概况: the figures of the year of T in sentences."""

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.year_figures import value
from emmap.briefing.figures.periods import Periodic, period
from emmap.briefing.figures.reckoning import RECKONED, Figure
from emmap.layer import Title

TITLE = Title("一年概况", "A year")


def wording(asked: Asked) -> str:
    """A sentence a subject that the store holds, in the order of the figures."""
    counted = period(Periodic(period="year"), asked.at)
    sentences = []
    for reckon in RECKONED.values():
        known = [one for one in reckon(asked, asked.spec.sight, counted) if one.value is not None]
        if known:
            sentences.append("，".join(map(_said, known)) + "。")
    if not sentences:
        return f"{counted.name}，库中没有数据。"
    return f"{counted.name}：" + "".join(sentences)


def _said(one: Figure) -> str:
    return f"{one.name} {value(one)} {one.unit}" + (f"（{one.note}）" if one.note else "")
