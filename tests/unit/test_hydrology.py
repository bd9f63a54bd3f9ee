"""What measurements mean: rain sums that count nothing twice, levels with hysteresis, silence."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emmap.errors import SetupError
from emmap.hydrology.levels import Change, Sample, changes, condition, held, rain_samples
from emmap.hydrology.rain import Amount, Rainfall, day_of
from emmap.hydrology.rules import read_rules
from emmap.settings import ROOT

NOON = datetime(2020, 5, 21, 4, tzinfo=UTC)
RULES = read_rules(ROOT / "data" / "gauge_rules.toml")


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


amounts = st.lists(
    st.builds(
        lambda slot, period, mm: Amount(NOON + minutes(5 * slot), 60 * period, mm),
        st.integers(0, 60),
        st.sampled_from([5, 10, 60, 120]),
        st.integers(0, 40),
    ),
    max_size=12,
    unique_by=lambda one: (one.at, one.period_s),
)


def naive(found: list[Amount], end: datetime, hours: int) -> tuple[float, float]:
    """The same by five-minute slots: the finer amount takes its slots first, a coarser one those that are left."""
    slots: dict[datetime, float] = {}
    for one in sorted(found, key=lambda a: (a.period_s, a.at, a.mm)):
        own = [one.at - minutes(5 * n) for n in range(one.period_s // 300)]
        left = [slot for slot in own if slot not in slots]
        rest = one.mm
        for slot in own:
            if slot in slots:
                same = [a for a in found if a.period_s == one.period_s and a.at < one.at]
                overlapped = max((a.at for a in same), default=NOON - timedelta(days=9))
                rest -= one.mm * 300 / one.period_s if slot <= overlapped else slots[slot]
        for slot in left:
            slots[slot] = max(0.0, rest) / len(left)
    inside = [end - minutes(5 * n) for n in range(12 * hours)]
    return sum(slots.get(slot, 0.0) for slot in inside), sum(slot in slots for slot in inside) / len(inside)


@given(amounts, st.integers(0, 60), st.sampled_from([1, 3, 6]))
def test_a_sum_is_what_counting_slot_by_slot_gives(found: list[Amount], slot: int, hours: int) -> None:
    end = NOON + minutes(5 * slot)
    told = Rainfall(found).over(end, timedelta(hours=hours))
    mm, coverage = naive(found, end, hours)
    assert told.mm == pytest.approx(mm, abs=1e-5)
    assert told.coverage == pytest.approx(coverage, abs=1e-5)


@given(amounts, st.randoms())
def test_the_order_of_amounts_does_not_matter(found: list[Amount], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    end = NOON + minutes(300)
    assert Rainfall(found).over(end, minutes(360)) == Rainfall(shuffled).over(end, minutes(360))


def test_a_days_amount_fills_what_the_hours_leave_open_and_is_not_counted_twice() -> None:
    end = datetime(2020, 5, 22, tzinfo=UTC)
    hours = [Amount(end - timedelta(hours=n), 3600, 10.0) for n in (0, 1, 2)]
    fallen = Rainfall([*hours, Amount(end, 86_400, 51.0)])
    assert fallen.over(end, timedelta(hours=24)).mm == pytest.approx(51.0)
    assert fallen.over(end, timedelta(hours=3)).mm == pytest.approx(30.0)
    assert fallen.over(end, timedelta(hours=24)).coverage == 1


def test_a_gap_is_told_and_never_counted_as_dry() -> None:
    told = Rainfall([Amount(NOON, 3600, 4.0)]).over(NOON, timedelta(hours=3))
    assert (told.mm, told.coverage) == (4.0, pytest.approx(1 / 3, abs=1e-5))


def test_the_hydrological_day_begins_at_eight_in_beijing() -> None:
    assert day_of(datetime(2020, 5, 21, 23, 59, tzinfo=UTC)) == datetime(2020, 5, 21, tzinfo=UTC)
    assert day_of(datetime(2020, 5, 22, 0, 0, tzinfo=UTC)) == datetime(2020, 5, 22, tzinfo=UTC)


readings = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 4), st.integers(0, 1)),
    max_size=25,
    unique_by=lambda r: r[0],
).map(
    lambda rows: [
        Sample(NOON + minutes(m), float(level), level, min(4, level + more))
        for m, level, more in sorted(rows)
    ]
)
DWELL, LIFETIME = minutes(20), minutes(60)


def held_naively(samples: list[Sample], i: int) -> int:
    """By the words of the rule, from the beginning for each reading."""
    level = 0
    for n, sample in enumerate(samples[: i + 1]):
        if n and sample.at - samples[n - 1].at > LIFETIME:
            level = 0
        within = [one for k, one in enumerate(samples[: n + 1]) if k == n or one.at > sample.at - DWELL]
        if n and sample.at - samples[n - 1].at > LIFETIME:
            within = [sample]
        level = max(sample.reached, min(level, max(one.kept for one in within)))
    return level


@given(readings)
def test_a_level_is_left_when_no_reading_within_the_dwell_has_kept_it(samples: list[Sample]) -> None:
    assert [level for _, level in held(samples, DWELL, LIFETIME)] == [
        held_naively(samples, i) for i in range(len(samples))
    ]


@given(readings, st.sampled_from([30, 60, 90]))
def test_changes_tell_the_level_and_the_silence_of_every_minute(samples: list[Sample], after: int) -> None:
    silence = minutes(after)
    levels = list(held(samples, DWELL, LIFETIME))
    found = changes(levels, silence, LIFETIME, None)
    assert all((a.level, a.silent) != (b.level, b.silent) for a, b in pairwise(found))
    for m in range(0, 300, 3):
        at = NOON + minutes(m)
        last = [(sample, level) for sample, level in levels if sample.at <= at]
        told = [one for one in found if one.at <= at]
        if not last:
            assert not told
            continue
        age = at - last[-1][0].at
        wanted = (0 if age >= LIFETIME else last[-1][1], age >= silence)
        assert (told[-1].level, told[-1].silent) == wanted


def test_a_silence_to_come_is_said_only_where_nobody_looks_again() -> None:
    levels = [(Sample(NOON, 1.0, 2, 2), 2)]
    assert [one.silent for one in changes(levels, minutes(30), LIFETIME, NOON + minutes(10))] == [False]
    assert [(one.level, one.silent) for one in changes(levels, minutes(30), LIFETIME, None)] == [
        (2, False),
        (2, True),
        (0, True),
    ]


def test_a_rain_sum_with_gaps_raises_and_never_lowers() -> None:
    wet = [Amount(NOON, 3600, 60.0)]
    late = [Amount(NOON + timedelta(hours=5), 3600, 0.0)]
    with_gap = rain_samples([*wet, *late], RULES.rain)
    first, second = with_gap
    assert (first.reached, first.kept, second.kept) == (3, 4, 4)
    dry = [Amount(NOON + timedelta(hours=n), 3600, 0.0) for n in range(1, 8)]
    assert rain_samples([*wet, *dry], RULES.rain)[-1].kept == 0


@pytest.mark.parametrize(
    ("stage", "rain", "thresholds", "wanted"),
    [
        (None, None, False, ("unknown", 0)),
        (0, None, False, ("no_threshold", 0)),
        (0, None, True, ("below", 0)),
        (None, 0, False, ("below", 0)),
        (2, 2, True, ("above_wrz", 2)),
        (1, 4, True, ("heavy_rain", 4)),
        (3, 0, True, ("above_grz", 3)),
    ],
)
def test_a_stations_condition_is_its_worst(
    stage: int | None, rain: int | None, thresholds: bool, wanted: tuple[str, int]
) -> None:
    stands = [None if one is None else Change(NOON, one, False, None) for one in (stage, rain)]
    assert condition(stands[0], stands[1], has_thresholds=thresholds, rules=RULES) == wanted


def test_a_silent_sensor_is_told_even_where_another_one_reports() -> None:
    silent, raining = Change(NOON, 2, True, None), Change(NOON, 0, False, None)
    assert condition(silent, raining, has_thresholds=True, rules=RULES) == ("silent", 2)


def test_a_mistake_in_the_rules_is_told_with_its_place(tmp_path: object) -> None:
    file = tmp_path / "rules.toml"  # type: ignore[operator]
    file.write_text((ROOT / "data" / "gauge_rules.toml").read_text().replace("margin = 0.10", "margin = -1"))
    with pytest.raises(SetupError, match=r"stage\.margin"):
        read_rules(file)
