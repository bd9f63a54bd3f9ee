"""隐患排查: the month of T, by industry and by district."""

from collections import Counter
from collections.abc import Callable

from emmap.briefing import subjects, words
from emmap.briefing.answering import Asked
from emmap.briefing.hazards import OVERDUE, RECTIFIED, found_in
from emmap.briefing.periods import Periodic, period
from emmap.codes import districts
from emmap.layer import Title
from emmap.store.tallies import DISTRICT, Tally

TITLE = Title("隐患排查", "Hazards of a month")
_MOST = 3


def wording(asked: Asked) -> str:
    """What was found and put right, and where most of it lies."""
    counted = period(Periodic(), asked.at)
    of = subjects.declaring(asked, subjects.HAZARD, asked.spec.sight)
    found = found_in(asked, of, counted, "industry") if of else []
    total = sum(one.count for one in found)
    if of is None or not total:
        return f"{counted.name}，库中没有排查发现的隐患。"
    done = sum(one.count for one in found if one.by[1] == RECTIFIED)
    late = sum(one.count for one in found if one.by[1] == OVERDUE)
    said = f"{counted.name}，排查发现隐患 {total:,} 处，已整改 {done:,} 处，整改率 {words.share(done, total)}"
    said += f"；逾期未整改 {late:,} 处" if late else "；没有逾期未整改的"
    by_district = found_in(asked, of, counted, DISTRICT)
    return (
        f"{said}。\n按行业，{_most(found, lambda code: code or '行业不明')}居前；"
        f"按区，{_most(by_district, lambda code: districts()[code].zh if code else '区外或不明')}居前。"
    )


def _most(found: list[Tally], called: Callable[[str | None], str]) -> str:
    held: Counter[str | None] = Counter()
    for one in found:
        held[one.by[0]] += one.count
    return "、".join(f"{called(code)} {n:,} 处" for code, n in held.most_common(_MOST))
