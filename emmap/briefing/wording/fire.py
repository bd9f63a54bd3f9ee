"""火情: what was reported in the last day, what burns, and who is nearest."""

from datetime import timedelta

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.figures import subjects
from emmap.briefing.figures.fires import BURNING, area, fires, subject
from emmap.briefing.figures.readiness import near
from emmap.layer import Title

TITLE = Title("火情", "Fires")
_HOURS = 24


def wording(asked: Asked) -> str:
    """A paragraph on all fires, and a sentence for each that is confirmed or looked into."""
    begun = f"截至 {words.said(asked.at)}，"
    of, teams = subject(asked, asked.spec.sight), subjects.declaring(asked, subjects.TEAM, asked.spec.sight)
    if of is None:
        return f"{begun}库中没有森林火情数据。"
    start = asked.at - timedelta(hours=_HOURS)
    found = fires(asked, of, start, asked.at + timedelta(seconds=1))
    if not found:
        return f"{begun}过去 {_HOURS} 小时没有森林火情。"
    names = subjects.choices(of.layer, "status")
    by_status = {code: sum(one.status == code for one in found) for code in names}
    counted = "、".join(f"{names[code]} {n} 起" for code, n in by_status.items() if n)
    burnt = area([one.burnt_mu for one in found])
    told = [f"{begun}过去 {_HOURS} 小时森林火情 {len(found)} 起，其中{counted}"]
    told += [f"过火面积合计 {words.number(burnt, 2)} 亩"] if burnt else []
    lines = ["，".join(told) + "。"]
    for one in found:
        if one.status not in BURNING or not one.holds:
            continue
        said = f"{one.name}（{words.area_names(one.districts)}"
        said += f"，{words.near(one.since, asked.at)} 发现" if one.since else ""
        said += f"）{names[one.status]}"
        by = near(asked, teams, one.place, 1, of.layer.hazards).teams if teams and one.place else ()
        if by:
            said += f"，可出动的最近队伍为{by[0].name}，直线距离 {by[0].distance}"
        lines.append(f"{said}。")
    return "\n".join(lines)
