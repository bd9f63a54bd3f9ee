"""What the page says in words: times, what was known, filters, lateness. Beijing time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from emmap.briefing.sight import Sight, moment_of
from emmap.codes import SEVERITIES, districts, hazards
from emmap.layer import Layer
from emmap.view import BEIJING, View


def beijing(at: datetime) -> str:
    """`2020-05-22 02:10`, with seconds where there are any."""
    local = at.astimezone(BEIJING)
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def said(at: datetime) -> str:
    """`2020 年 5 月 22 日 02:10`, as a sentence says it."""
    local = at.astimezone(BEIJING)
    return f"{local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M}"


def near(at: datetime, other: datetime) -> str:
    """`02:10` on the same day as `other`, `05-22 02:10` in the same year, else with the year."""
    local, day = at.astimezone(BEIJING), other.astimezone(BEIJING)
    if local.date() == day.date():
        return local.strftime("%H:%M")
    return local.strftime("%m-%d %H:%M" if local.year == day.year else "%Y-%m-%d %H:%M")


def span(start: datetime | None, end: datetime | None, at: datetime) -> str:
    """From and to, as near to `at` as they are."""
    if start is None and end is None:
        return ""
    return f"{near(start, at) if start else '…'} 至 {near(end, at) if end else '解除'}"


def known(sight: Sight) -> str:
    """What was known: the K of a sight."""
    stamps = [moment_of(stamp) for stamp in sight.known_at.values() if stamp]
    if not stamps:
        return "尚无数据"
    if sight.knowledge == "then":
        return "当时掌握"
    if sight.knowledge == "fixed":
        return f"掌握至 {beijing(max(stamps).replace(microsecond=0))}"
    return f"现在掌握（{beijing(max(stamps).replace(microsecond=0))} 止）"


def late(last: datetime | None, shown: datetime, now: datetime, fresh_for: timedelta | None) -> str:
    """`迟 47 分，数据 107 分前`, where the picture at `shown` is of a time for which news was overdue. `last`: when
    something last came in. What is told is how it stands `now`, when the page is made, as the map page tells it."""
    if last is None or fresh_for is None or min(shown, now) - last <= fresh_for:
        return ""
    return f"迟 {_length(now - last - fresh_for)}，数据 {_length(now - last)}前"


def _length(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} 分"
    return f"{minutes // 60} 小时" if minutes < 48 * 60 else f"{minutes // (24 * 60)} 天"


def filters(view: View, shown: Sequence[Layer]) -> Iterator[tuple[str, str, str]]:
    """Each filter in words: its name, the wanted values, and the layers that it does not bind."""
    for name, title, values, told in _wanted(view, shown):
        binds = [layer for layer in shown if name in view.bound(layer)]
        free = "、".join(layer.title.zh for layer in shown if layer not in binds)
        yield title, "、".join(told(value) for value in values), free
    if view.q:
        yield "文字", f"「{view.q}」", ""


def _wanted(
    view: View, shown: Sequence[Layer]
) -> Iterator[tuple[str, str, Sequence[str], Callable[[str], str]]]:
    """Field name, title, wanted values, and how a value is said."""
    if view.hazard:
        yield "hazards", "灾种", view.hazard, lambda code: hazards()[code].zh
    if view.severity:
        levels = [str(level) for level in sorted(view.severity, reverse=True)]
        yield "severity", "级别", levels, lambda level: SEVERITIES[int(level)].zh
    if view.district:
        yield "districts", "区", view.district, lambda code: districts()[code].zh
    choices = {
        (name, choice.code): choice.zh
        for layer in shown
        for name, field in layer.fields.items()
        for choice in field.info.choices
    }
    if view.status:
        yield "status", "状态", view.status, lambda code: choices.get(("status", code), code)
    for name in sorted(view.fields):
        declared = next((layer.fields[name] for layer in shown if name in layer.fields), None)
        if declared is not None:
            yield name, declared.info.zh, view.fields[name], _said(name, choices)


def _said(name: str, choices: dict[tuple[str, str], str]) -> Callable[[str], str]:
    return lambda value: choices.get((name, value), value)


def scale(denominator: float) -> str:
    """`1:107 万`, with as many digits as a reader can use."""
    if denominator >= 10_000:
        return f"1:{float(f'{denominator / 10_000:.3g}'):g} 万"
    return f"1:{float(f'{denominator:.2g}'):g}"


def number(value: float, digits: int = 0) -> str:
    """`361,500`, `873.21`."""
    return f"{value:,.{digits}f}"


def difference(value: float, digits: int = 0) -> str:
    """`+12`, `−3.5`, `0`."""
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{number(abs(rounded), digits)}"


def count(n: int) -> str:
    """A count in a table: a dash for none."""
    return f"{n:,}" if n else "–"


def share(part: float, whole: float) -> str:
    """`97.2%`; a dash of nothing."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


RESPONSE_LEVELS = {4: "Ⅰ级", 3: "Ⅱ级", 2: "Ⅲ级", 1: "Ⅳ级"}
"""How the level of a response is said, by severity."""


def area_names(codes: Sequence[str], most: int = 3) -> str:
    """Districts by name: `黄埔区、增城区`, `全市`, `黄埔区等 5 区`."""
    known = districts()
    if not codes:
        return "区外或不明"
    if len(codes) == len(known):
        return "全市"
    names = [known[code].zh for code in known if code in codes]
    return "、".join(names) if len(names) <= most else f"{names[0]}等 {len(names)} 区"
