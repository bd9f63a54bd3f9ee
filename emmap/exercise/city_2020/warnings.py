"""Signals, responses and gauges: the rainstorm of 21/22 May from its script, the rest of the year by season,
and a few that hold when it is loaded. One module for both warning layers: the script says which."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np

from emmap.codes import SEVERITIES, districts, hazards
from emmap.exercise.city_2020 import gauges
from emmap.exercise.city_2020.year import day, ground, random, table
from emmap.exercise.ground import point
from emmap.exercise.knowledge import Fact, History, chained, history
from emmap.exercise.script import MARK, names, scripted, stated
from emmap.layer import Layer
from emmap.store.history import HistoryRow

RESPONSES = 47
"""Emergency responses of 2020, of the bureau's report; two of them are the rainstorm's."""
EARTHQUAKES = 6


@dataclass(frozen=True, slots=True)
class Season:
    """A kind of signal: layer, hazard, months (1 to 12), how many a year, levels, hours that one lasts."""

    layer: str
    hazard: str
    months: tuple[int, ...]
    count: int
    levels: tuple[int, ...]
    hours: tuple[float, float]


SEASONS = (
    Season("flood_warnings", "11B03", (4, 5, 6, 7, 8, 9), 70, (2, 2, 2, 3, 3, 4), (2, 9)),
    Season("flood_warnings", "11B01", (6, 7, 8, 9, 10), 10, (1, 1, 2, 3), (12, 40)),
    Season("flood_warnings", "11B06", (1, 3, 4, 8, 12), 14, (1, 2), (5, 16)),
    Season("flood_warnings", "11B16", (1, 12), 3, (2,), (10, 16)),
    Season("general_alerts", "11B09", (6, 7, 8, 9), 40, (2, 2, 3), (8, 12)),
    Season("general_alerts", "11B05", (1, 2, 11, 12), 8, (1, 2, 3), (24, 60)),
    Season("general_alerts", "11B14", (3, 4, 5, 6, 7, 8), 50, (2, 2, 3), (2, 6)),
    Season("general_alerts", "11B17", (1, 2, 3), 12, (2, 3), (4, 9)),
    Season("general_alerts", "11B15", (3, 4), 2, (3,), (1, 3)),
)
RESPONSE_HAZARDS = ("11B03", "11A02", "11B01", "11A01", "11B22", "11B16")
ACTIVE = (
    ("flood_warnings", 3, "11B03", ("440118",), 1.5, 10.0),
    ("flood_warnings", 2, "11B03", ("440112", "440117"), 0.7, 8.0),
    ("flood_warnings", 2, "11B22", (), 20.0, None),
    ("general_alerts", 2, "11B14", ("440111", "440114"), 0.4, 5.0),
    ("general_alerts", 2, "11D", ("440117",), 30.0, None),
)
"""Signals at loading: layer, level, hazard, districts (none: the city), hours since its start, hours it lasts (None:
until it is lifted). Responses are the year's alone, so that their number stays true."""


def histories(layer: Layer, share: float, now: datetime) -> History:
    """The layer's warnings; their number does not depend on `share`."""
    return History.of(_rows(layer, now.astimezone(UTC).replace(microsecond=0)))


def _rows(layer: Layer, now: datetime) -> Iterator[HistoryRow]:
    facts = [
        *scripted(layer, [*table("warnings.csv"), *table("roads.csv")], "BY-2020", ground()),
        *_seasonal(layer),
        *_responses(layer),
        *_earthquakes(layer),
        *_active(layer, now),
    ]
    for _, of_one in groupby(facts, key=lambda fact: fact.record.feature_id):
        yield from history(chained(of_one))
    if layer.id == "flood_warnings":
        yield from gauges.warning_rows(layer, now)


def _seasonal(layer: Layer) -> Iterator[Fact]:
    for number, season in enumerate(SEASONS):
        if season.layer != layer.id:
            continue
        rng = random(100 + number)
        months = np.sort(rng.choice(season.months, season.count))
        for i, month in enumerate(months):
            start = day((month - 1) * 30.5 + float(rng.uniform(0, 30)))
            end = start + timedelta(minutes=round(60 * float(rng.uniform(*season.hours))))
            where = _some(rng)
            level = int(season.levels[int(rng.integers(len(season.levels)))])
            yield from _signal(
                layer, f"XH-2020-{season.hazard}-{i + 1:02d}", start, end, where, level, season
            )


def _signal(
    layer: Layer,
    feature_id: str,
    start: datetime,
    end: datetime,
    where: tuple[str, ...],
    level: int,
    season: Season,
) -> Iterator[Fact]:
    """Issued for its whole span; known a minute or two after the start."""
    values = _signalled(season.hazard, level, where)
    yield from _facts(layer, feature_id, start + timedelta(minutes=2), (start, end), where, values)


def _signalled(hazard: str, level: int, where: Sequence[str]) -> dict[str, Any]:
    name = hazards()[hazard].zh
    return {
        "headline": f"{MARK}{names(where)}发布{name}{SEVERITIES[level].zh}色预警信号",
        "description": f"演练：预计{names(where)}将受{name}影响，请注意防御。",
        "form": "signal",
        "severity": level,
        "hazards": (hazard,),
        "issuer": f"{names(where)}气象台" if len(where) == 1 else "市气象台",
        "event": name,
        "area": names(where),
    }


def _responses(layer: Layer) -> Iterator[Fact]:
    if layer.id != "flood_warnings":
        return
    rng = random(4)
    scripted = {row["id"] for row in table("warnings.csv") if row["form"] == "response"}
    for i, start in enumerate(np.sort(rng.uniform(20, 355, RESPONSES - len(scripted)))):
        hazard = RESPONSE_HAZARDS[int(rng.integers(len(RESPONSE_HAZARDS)))]
        level = int(rng.choice([1, 2, 3], p=[0.7, 0.24, 0.06]))
        begin, end = day(start), day(start + float(rng.uniform(0.4, 3.0)))
        where = _some(rng)
        yield from _facts(
            layer,
            f"XY-2020-{i + 1:02d}",
            begin + timedelta(minutes=3),
            (begin, end),
            where,
            _response(hazard, level, where),
        )


def _response(hazard: str, level: int, where: tuple[str, ...]) -> dict[str, Any]:
    name = hazards()[hazard].zh
    roman = {1: "IV", 2: "III", 3: "II", 4: "I"}[level]
    return {
        "headline": f"{MARK}启动防{name} {roman} 级应急响应",
        "description": f"{names(where)}启动防{name} {roman} 级应急响应。",
        "form": "response",
        "severity": level,
        "hazards": (hazard,),
        "issuer": "市三防办",
        "event": f"防{name}应急响应",
        "area": names(where),
    }


def _earthquakes(layer: Layer) -> Iterator[Fact]:
    if layer.id != "general_alerts":
        return
    rng = random(5)
    for i, moment in enumerate(np.sort(rng.uniform(10, 350, EARTHQUAKES))):
        at = day(moment)
        towns = ground().towns
        town = towns[int(rng.integers(len(towns)))]
        values = {
            "headline": f"{MARK}{town.name}附近发生 {rng.uniform(1.5, 2.9):.1f} 级地震",
            "description": "有感范围很小，未收到损失报告。",
            "severity": 1,
            "hazards": ("11C",),
            "issuer": "地震监测中心",
            "event": "地震",
            "area": f"{districts()[town.district].zh}{town.name}",
        }
        yield from _facts(
            layer,
            f"DZ-2020-{i + 1}",
            at + timedelta(minutes=6),
            (at, at + timedelta(hours=24)),
            (town.district,),
            values,
            geometry=point(town.lon, town.lat),
        )


def _active(layer: Layer, now: datetime) -> Iterator[Fact]:
    for i, (layer_id, level, hazard, codes_, since, lasts) in enumerate(ACTIVE):
        if layer_id != layer.id:
            continue
        where = codes_ or tuple(districts())
        start = now - timedelta(hours=since)
        end = start + timedelta(hours=lasts) if lasts else None
        values = _signalled(hazard, level, where)
        yield from _facts(layer, f"YJ-NOW-{i + 1}", start + timedelta(minutes=1), (start, end), where, values)


def _some(rng: np.random.Generator) -> tuple[str, ...]:
    """One to three districts, or the whole city, in the order of the list."""
    names = list(districts())
    count = int(rng.choice([1, 2, 3, len(names)], p=[0.55, 0.2, 0.15, 0.1]))
    return tuple(sorted(rng.choice(names, count, replace=False).tolist(), key=names.index))


def _facts(
    layer: Layer,
    feature_id: str,
    recorded_at: datetime,
    span: tuple[datetime, datetime | None],
    where: tuple[str, ...],
    values: Mapping[str, Any],
    geometry: bytes | None = None,
) -> Iterator[Fact]:
    return stated(layer, feature_id, recorded_at, span, where, values, geometry or ground().area(where))
