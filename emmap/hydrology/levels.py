"""From readings to levels, with hysteresis, and to spans of one level; silence included.

Everything is a function of the readings as a set: in which order they came, and how often they were corrected before, does
not matter.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emmap.hydrology.rain import Amount, Rainfall
from emmap.hydrology.rules import RainRule, Rules


@dataclass(frozen=True, slots=True)
class Sample:
    """A reading, judged by itself: the level (0 to 4) that it reaches, and the highest one that it keeps if that was
    reached before. `value`: metres, or mm over `hours`."""

    at: datetime
    value: float
    reached: int
    kept: int
    hours: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on this level holds. `because`: the reading that brought it; of a silence the last one. None: nothing
    was ever read."""

    at: datetime
    level: int
    silent: bool
    because: Sample | None


def stage_sample(
    at: datetime, stage: float, thresholds: Mapping[str, float], margin: float, severities: Mapping[str, int]
) -> Sample:
    """A stage (m) judged by a station's thresholds (m, the same datum); a station without any stays at 0."""
    reached = max((severities[name] for name, z in thresholds.items() if stage >= z), default=0)
    kept = max((severities[name] for name, z in thresholds.items() if stage >= z - margin), default=0)
    return Sample(at, stage, reached, kept)


def rain_samples(amounts: Sequence[Amount], rule: RainRule) -> list[Sample]:
    """The rain sums at the end of each amount, judged. A sum with gaps may raise, and never lowers."""
    fallen = Rainfall(amounts)
    spans = sorted({one.hours for one in rule.thresholds})
    found = []
    for at in sorted({one.at for one in amounts}):
        sums = {hours: fallen.over(at, timedelta(hours=hours)) for hours in spans}
        reached = max(
            (one for one in rule.thresholds if sums[one.hours].mm >= one.mm),
            key=lambda one: one.severity,
            default=None,
        )
        kept = max(
            (
                one.severity
                for one in rule.thresholds
                if sums[one.hours].mm >= one.mm - rule.margin or sums[one.hours].coverage < rule.coverage
            ),
            default=0,
        )
        hours = reached.hours if reached else spans[0] if spans else 1
        value = sums[hours].mm if spans else 0.0
        found.append(Sample(at, value, reached.severity if reached else 0, kept, hours))
    return found


def held(samples: Iterable[Sample], dwell: timedelta, lifetime: timedelta) -> Iterator[tuple[Sample, int]]:
    """Each reading, in order of time, with the level that holds from it on, 0 before the first.

    A reading raises the level at once to what it reaches. A level is left when no reading within `dwell` has kept it, to
    the highest one that they keep. Nothing is held over a gap longer than `lifetime`.
    """
    level = 0
    recent: deque[Sample] = deque()
    for sample in samples:
        if recent and sample.at - recent[-1].at > lifetime:
            level = 0
            recent.clear()
        recent.append(sample)
        while len(recent) > 1 and recent[0].at <= sample.at - dwell:
            recent.popleft()
        level = max(sample.reached, min(level, max(one.kept for one in recent)))
        yield sample, level


def changes(
    levels: Iterable[tuple[Sample, int]],
    silence: timedelta,
    lifetime: timedelta,
    horizon: datetime | None,
) -> list[Change]:
    """When level or silence change. After `silence` without a reading the station is silent, after `lifetime` the level
    is given up. What has not come to pass at `horizon` is not said; None: it is said beforehand."""
    found: list[Change] = []
    last: tuple[Sample, int] | None = None
    for sample, level in levels:
        if last is not None:
            found += _silences(*last, silence, lifetime, sample.at)
        found.append(Change(sample.at, level, False, sample))
        last = sample, level
    if last is not None:
        tail = _silences(*last, silence, lifetime, None)
        found += [one for one in tail if horizon is None or one.at <= horizon]
    return _merged(found)


def _silences(
    sample: Sample, level: int, silence: timedelta, lifetime: timedelta, until: datetime | None
) -> list[Change]:
    """What the silence after a reading brings, until the next one."""
    found = [Change(sample.at + silence, level if silence < lifetime else 0, True, sample)]
    if level:
        found.append(Change(sample.at + lifetime, 0, silence <= lifetime, sample))
    found.sort(key=lambda one: one.at)
    return [one for one in found if until is None or one.at < until]


def _merged(found: Iterable[Change]) -> list[Change]:
    """Without changes that change nothing, and with one at each instant, the last."""
    merged: list[Change] = []
    for one in found:
        if merged and merged[-1].at == one.at:
            merged.pop()
        if not merged or (merged[-1].level, merged[-1].silent) != (one.level, one.silent):
            merged.append(one)
    return merged


def condition(
    stage: Change | None, rain: Change | None, *, has_thresholds: bool, rules: Rules
) -> tuple[str, int]:
    """A station's condition and severity from how its stage and its rain stand; None: never measured."""
    ever = [one for one in (stage, rain) if one is not None]
    severity = max((one.level for one in ever), default=0)
    if not ever:
        return "unknown", 0
    if any(one.silent for one in ever):
        return "silent", severity
    if stage is not None and stage.level and stage.level >= severity:
        names = {one.severity: one.field for one in rules.stage.thresholds}
        return f"above_{names.get(stage.level, 'frz')}", severity
    if severity:
        return "heavy_rain", severity
    if stage is not None and not has_thresholds:
        return "no_threshold", 0
    return "below", 0
