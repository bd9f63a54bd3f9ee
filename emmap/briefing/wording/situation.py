"""态势: rain, warnings, responses, gauges, hazards and teams, as far as the view shows them; only what the data say."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from emmap.briefing import words
from emmap.briefing.answering import Answered, Asked
from emmap.briefing.figures import subjects
from emmap.briefing.figures.rainfall import Station, rain
from emmap.briefing.figures.responses import course_in_words, in_force
from emmap.codes import SEVERITIES, districts, hazards
from emmap.layer import Layer, Title
from emmap.view import View

TITLE = Title("态势", "Situation")
_MOST_DISTRICTS = 3
_RAIN_H = 24
_GIVEN_STATUSES = 3


def wording(asked: Asked) -> str:
    """A paragraph on rain and water, one on warnings and responses, one on what else the view holds."""
    view, found = asked.answer()
    holding = [one for one in found if one.marks.total]
    begun = f"截至 {words.said(asked.at)}，"
    wet = any(one.layer.comes_and_goes or _is(one.layer, subjects.GAUGE) for one in found)
    water = [*(_rain(asked) if wet else ()), *_gauges(holding)]
    news = [
        *_counts([one for one in holding if one.layer.comes_and_goes]),
        *(_responses(asked) if wet else ()),
    ]
    standing = [
        one
        for one in holding
        if not one.layer.comes_and_goes
        and not _is(one.layer, subjects.GAUGE)
        and not _is(one.layer, subjects.TEAM)
    ]
    rest = [*_counts(standing), *_worst(standing, view), *_teams(holding)]
    paragraphs = ["；".join(one) + "。" for one in (water, news, rest) if one]
    if not paragraphs:
        return f"{begun}所选范围内没有要素。"
    return begun + "\n".join(paragraphs)


def _is(layer: Layer, fields: tuple[str, ...]) -> bool:
    return set(fields) <= set(layer.fields)


def _rain(asked: Asked) -> Iterator[str]:
    start = asked.at - timedelta(hours=_RAIN_H)
    found = rain(asked, asked.spec.sight, start, asked.at)
    if found is None or not found.stations:
        return
    wettest = found.stations[0]
    yield f"过去 {_RAIN_H} 小时最大累计雨量 {wettest.total:.1f} 毫米（{_station(wettest)}）"
    for hours in (1, 3):
        top = max(found.stations, key=lambda one: one.most[hours].mm)
        most = top.most[hours]
        where = f"{_station(top)}，{words.near(most.at, asked.at)} 止"
        yield f"最大 {hours} 小时雨量 {most.mm:.1f} 毫米（{where}）"


def _station(one: Station) -> str:
    return words.area_names(one.districts) + one.name if one.districts else one.name


def _gauges(holding: list[Answered]) -> Iterator[str]:
    for one in holding:
        if not _is(one.layer, subjects.GAUGE):
            continue
        over: Counter[str | None] = Counter()
        for (status, severity), n in one.marks.counts.items():
            if severity:
                over[status] += n
        names = subjects.choices(one.layer, "status")
        told = "、".join(f"{name} {over[code]} 站" for code, name in names.items() if over[code])
        yield f"{one.layer.title.zh} {one.marks.total} 站" + (f"，其中{told}" if told else "，均未超限")


def _counts(holding: list[Answered]) -> Iterator[str]:
    """How many of each layer, by level."""
    for one in holding:
        levels: Counter[int] = Counter()
        for (_, level), n in one.marks.counts.items():
            levels[level] += n
        graded = "、".join(
            f"{SEVERITIES[level].zh} {levels[level]:,}" for level in (4, 3, 2, 1) if levels[level]
        )
        yield f"{one.layer.title.zh} {one.marks.total:,} 处" + (f"（{graded}）" if graded else "")


def _responses(asked: Asked) -> Iterator[str]:
    for one in in_force(asked, asked.spec.sight):
        last = one.last(asked.at)
        if last is None:
            continue
        names = "、".join(hazards()[code].zh for code in last.told["hazards"] if code in hazards())
        level = words.RESPONSE_LEVELS.get(last.severity, "")
        issuer = last.told.get("issuer") or ""
        yield f"{issuer}{names}应急响应{level}（{course_in_words(one, asked.at)}）"


def _worst(standing: list[Answered], view: View) -> Iterator[str]:
    """The districts that hold the most."""
    if len(view.district) == 1:
        return
    held: Counter[str | None] = Counter()
    for one in standing:
        for (code, _), n in one.marks.districts.items():
            held[code] += n
    most = [districts()[code].zh for code, _ in held.most_common() if code is not None][:_MOST_DISTRICTS]
    if most:
        yield f"以{'、'.join(most)}为多"


def _teams(holding: list[Answered]) -> Iterator[str]:
    for one in holding:
        if not _is(one.layer, subjects.TEAM):
            continue
        by_status: Counter[str | None] = Counter()
        for (status, _), n in one.marks.counts.items():
            by_status[status] += n
        names = list(subjects.choices(one.layer, "status").items())[:_GIVEN_STATUSES]
        told = "、".join(f"{name} {by_status[code]:,}" for code, name in names if by_status[code])
        yield f"{one.layer.title.zh} {one.marks.total:,} 支" + (f"（{told}）" if told else "")
