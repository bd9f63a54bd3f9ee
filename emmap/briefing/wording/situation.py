"""态势: how many hold, of which level, in which districts most."""

from emmap.briefing import figures
from emmap.briefing.answering import Asked
from emmap.briefing.words import beijing
from emmap.codes import SEVERITIES
from emmap.layer import Title

TITLE = Title("态势", "Situation")
_MOST_DISTRICTS = 3


def wording(asked: Asked) -> str:
    """One sentence a layer that holds anything."""
    view, found = asked.answer()
    told = [f"截至 {beijing(asked.at)}"]
    for one in found:
        if not one.marks.total:
            continue
        levels = dict.fromkeys((4, 3, 2, 1), 0)
        for (_, level), n in one.marks.counts.items():
            if level in levels:
                levels[level] += n
        graded = "、".join(f"{SEVERITIES[level].zh} {n}" for level, n in levels.items() if n)
        told.append(f"{one.layer.title.zh} {one.marks.total} 处" + (f"（{graded}）" if graded else ""))
    table = figures.by_district(found, view.district)
    if table is None:
        return f"{told[0]}，所选范围内没有要素。"
    names = [row[0] for row in table["rows"][:_MOST_DISTRICTS]]
    return "，".join(told) + f"；以{'、'.join(names)}为重。"
