"""隐患排查: the month of T, by industry and by district."""

from collections.abc import Callable, Mapping

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.figures import subjects
from emmap.briefing.figures.hazards import Found, found_in
from emmap.briefing.figures.periods import Periodic, period
from emmap.codes import districts
from emmap.layer import Title

TITLE = Title("隐患排查", "Hazards of a month")
_MOST = 3


def wording(asked: Asked) -> str:
    """What was found and put right, and where most of it lies."""
    counted = period(Periodic(), asked.at)
    of = subjects.declaring(asked, subjects.HAZARD, asked.spec.sight)
    found = found_in(asked, of, counted) if of else None
    if found is None or not found.every.total:
        return f"{counted.name}，库中没有排查发现的隐患。"
    every = found.every
    said = f"{counted.name}，排查发现隐患 {every.total:,} 处，已整改 {every.rectified:,} 处"
    said += f"，整改率 {words.share(every.rectified, every.total)}"
    said += f"；逾期未整改 {every.overdue:,} 处" if every.overdue else "；没有逾期未整改的"
    return (
        f"{said}。\n按行业，{_most(found.by_industry, lambda code: code or '行业不明')}居前；"
        f"按区，{_most(found.by_district, lambda code: districts()[code].zh if code else '区外或不明')}居前。"
    )


def _most(by: Mapping[str | None, Found], called: Callable[[str | None], str]) -> str:
    most = sorted(by.items(), key=lambda one: -one[1].total)[:_MOST]
    return "、".join(f"{called(code)} {one.total:,} 处" for code, one in most)
