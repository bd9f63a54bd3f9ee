"""更正内容: what is known now and was not known to an earlier briefing, or at an earlier time, of the same T."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from emmap.briefing import words
from emmap.briefing.answering import Answered, Asked
from emmap.briefing.blocks.kind import Block, Kind, Seen, Shape, seen, table
from emmap.briefing.figures.rainfall import Station, rain
from emmap.briefing.sight import Sight, instant, moment_of
from emmap.briefing.spec import Spec, read_spec
from emmap.codes import SEVERITIES
from emmap.errors import Malformed, NotFound
from emmap.layer import Title
from emmap.store import briefings
from emmap.view import parse_instant

_RAIN_H = 24
Row = tuple[str, str, str, str]
"""What, then, now, and the difference."""


class ChangesBlock(Block, Seen):
    """`briefing`: the id of the earlier one; its own view and T are asked then and now. Or `since`: an instant (RFC 3339);
    the block's sight is asked as known then and now. With neither: the briefing that this one corrects."""

    briefing: Annotated[str, Field(max_length=40)] = ""
    since: Annotated[str, Field(max_length=40)] = ""


def fill(asked: Asked, block: ChangesBlock) -> Shape:
    """One row a figure that changed."""
    pair = _then_and_now(asked, block)
    if pair is None:
        return table([], [], note="没有指明与哪一期简报或哪一时刻相比。")
    then, now, named = pair
    at = moment_of(now.spec.at)
    rows = [*_rain(then, now), *_counts(then, now)]
    asked.remember(f"changes since {named}", [then.digest, now.digest])
    note = f"画面时间 {words.beijing(at)}，{named}。"
    if not rows:
        return table([], [], note=f"{note}两次掌握的数据没有差别。")
    return table([("项目", "left"), ("原为", "right"), ("现为", "right"), ("变化", "right")], rows, note=note)


def _then_and_now(asked: Asked, block: ChangesBlock) -> tuple[Asked, Asked, str] | None:
    """The same T asked with the old data and with the new, and what is compared, in words."""
    spec = asked.spec
    earlier = block.briefing or ("" if block.since else spec.corrects)
    if earlier:
        stored = briefings.find(asked.conn, earlier)
        if stored is None:
            raise NotFound(f"没有简报 {earlier}。", f"There is no briefing {earlier}.")
        old = read_spec(stored.spec, stored.sha256)
        if old.realm != spec.realm:
            raise Malformed(
                f"简报 {earlier} 出自另一个库 {old.realm}，不能比较。",
                f"The briefing {earlier} is of another realm, {old.realm}.",
            )
        # One that was stored before measurements had a K of their own.
        old = replace(old, measured_at=old.measured_at or old.taken_at or old.created_at)
        number = f"第 {old.number['issue']} 期" if old.number else f"编号 {earlier}"
        named = f"与{number}（{words.known(old.sight)}）相比"
    elif block.since:
        old = _as_known(spec, asked.sight(seen(block)), block.since)
        named = f"与 {words.beijing(_instant(block.since))} 掌握的相比"
    else:
        return None
    new = replace(
        old,
        known_at={name: spec.stamps.get(name, stamp) for name, stamp in old.known_at.items()},
        knowledge="now",
        stamps=spec.stamps,
        measured_at=spec.measured_at,
    )
    return Asked(asked.conn, old, asked.layers), Asked(asked.conn, new, asked.layers), named


def _as_known(spec: Spec, sight: Sight, since: str) -> Spec:
    """The sight as known at an earlier instant, as a spec."""
    wanted = _instant(since)
    return replace(
        spec,
        view=sight.view,
        at=sight.at,
        known_at={
            name: instant(min(wanted, moment_of(stamp))) if stamp else None
            for name, stamp in sight.known_at.items()
        },
        knowledge="fixed",
        measured_at=instant(min(wanted, moment_of(spec.measured_at))) if spec.measured_at else "",
    )


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Malformed(
            f"时间「{text}」不能用，应带时区，如 2020-05-22T02:00:00+08:00。",
            f"The time {text} cannot be used: it needs an offset, such as 2020-05-22T02:00:00+08:00.",
        ) from error


def _counts(then: Asked, now: Asked) -> Iterator[Row]:
    """Layers whose total or levels differ, news first."""
    before = {one.layer.id: one for one in then.answer()[1]}
    for one in sorted(now.answer()[1], key=lambda one: not one.layer.comes_and_goes):
        old = before[one.layer.id]
        levels, old_levels = _levels(one), _levels(old)
        if one.marks.total != old.marks.total:
            yield _row(one.layer.title.zh, old.marks.total, one.marks.total)
        for level in (4, 3, 2, 1):
            if levels[level] != old_levels[level]:
                yield _row(
                    f"{one.layer.title.zh}（{SEVERITIES[level].zh}）", old_levels[level], levels[level]
                )


def _levels(one: Answered) -> Counter[int]:
    held: Counter[int] = Counter()
    if "severity" in one.layer.fields:
        for (_, level), n in one.marks.counts.items():
            held[level] += n
    return held


def _rain(then: Asked, now: Asked) -> Iterator[Row]:
    """Stations whose rain of the day before T differs."""
    at = moment_of(now.spec.at)
    start = at - timedelta(hours=_RAIN_H)
    old, new = ({one.name: one for one in _measured(asked, start, at)} for asked in (then, now))
    for name in [*new, *(name for name in old if name not in new)]:
        for what, of in (("最大 1 小时雨量", _hour), (f"{_RAIN_H} 小时雨量", _total)):
            before, after = of(old.get(name)), of(new.get(name))
            if before != after:
                yield _row(f"{name}{what}（mm）", before, after, 1)


def _measured(asked: Asked, start: datetime, at: datetime) -> tuple[Station, ...]:
    found = rain(asked, asked.spec.sight, start, at)
    return found.stations if found else ()


def _hour(one: Station | None) -> float:
    return one.most[1].mm if one else 0.0


def _total(one: Station | None) -> float:
    return one.total if one else 0.0


def _row(name: str, before: float, after: float, digits: int = 0) -> Row:
    return (
        name,
        words.number(before, digits),
        words.number(after, digits),
        words.difference(after - before, digits),
    )


KIND = Kind("changes", Title("更正内容", "What changed"), ChangesBlock, fill, order=200)
