"""The 405 rescue teams, their readiness through the year, and their work in the rainstorm of May."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from emmap.codes import districts
from emmap.exercise.city_2020.year import START, day, ground, random, table
from emmap.exercise.ground import point
from emmap.exercise.knowledge import Fact, History, chained, history
from emmap.exercise.script import beijing, codes
from emmap.exercise.words import person, phone
from emmap.layer import Layer, Row
from emmap.store.history import HistoryRow

CLASSES = (("industry", "HY", 251, 14_627), ("district", "QJ", 133, 5_524), ("social", "SH", 21, 1_618))
"""Class, prefix of the id, teams, people."""
STORM = (beijing("2020-05-21 23:10"), beijing("2020-05-22 16:30"))
STORM_DISTRICTS = ("440112", "440117", "440118")
STORM_HAZARDS = {"11A01", "11A02", "11B03", "11D"}


def histories(layer: Layer, share: float, now: datetime) -> History:
    """Every team's states; the number of teams does not depend on `share`."""
    return History.of(_rows(layer, now.astimezone(UTC).replace(microsecond=0)))


def _rows(layer: Layer, now: datetime) -> Iterator[HistoryRow]:
    rng = random(1)
    names = list(districts())
    weight = np.array([d.population**0.5 * d.area_km2**0.25 for d in districts().values()])
    number = 0
    for team_class, prefix, count, people in CLASSES:
        kinds = [row for row in table("teams.csv") if row["team_class"] == team_class]
        strengths = _split(rng, people, count)
        for i in range(count):
            number += 1
            kind = kinds[i % len(kinds)]
            district = names[int(rng.choice(len(names), p=weight / weight.sum()))]
            towns = ground().by_district[district]
            town = towns[int(rng.integers(len(towns)))]
            lon, lat = ground().scatter(rng, [town], 1.2)[0]
            values = {
                "name": _name(team_class, district, town.name, kind["kind"], i // len(kinds)),
                "team_class": team_class,
                "hazards": codes(kind["hazards"]),
                "domains": codes(kind["domains"]),
                "people": strengths[i],
                "equipment": kind["equipment"],
                "leader": person(rng),
                "phone": phone(rng),
                "base_type": kind["base_type"],
                "address": f"{districts()[district].zh}{town.name}",
            }
            facts = []
            for recorded_at, since, status in _states(
                rng, district, set(codes(kind["hazards"])), now, number
            ):
                row = Row(
                    position=number,
                    feature_id=f"{prefix}-{i + 1:03d}",
                    properties=layer.properties.model_validate({**values, "status": status}),
                    geometry=point(lon, lat),
                    valid_from=since,
                    districts=(district,),
                )
                facts += [Fact(recorded_at, record) for record in layer.records(row)]
            yield from history(chained(facts))


def _split(rng: np.random.Generator, people: int, teams: int) -> list[int]:
    """`people` over `teams`, six at least in each, adding up exactly."""
    least = 6
    share = rng.lognormal(0.0, 0.6, teams)
    exact = share / share.sum() * (people - least * teams)
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact)[: people - least * teams - int(whole.sum())]] += 1
    return [int(n) + least for n in whole]


def _name(team_class: str, district: str, town: str, kind: str, turn: int) -> str:
    ordinal = "一二三四五六七八九十"
    turned = ordinal[turn] if turn < 10 else f"十{ordinal[turn % 10]}" if turn < 20 else str(turn + 1)
    if team_class == "district":
        return f"{districts()[district].zh}{town}{kind}"
    return f"市{kind}第{turned}分队" if team_class == "industry" else f"穗演{town.rstrip('街镇')}{kind}"


def _states(
    rng: np.random.Generator, district: str, hazards: set[str], now: datetime, number: int
) -> Iterator[tuple[datetime, datetime, str | None]]:
    """(recorded at, since, status) in the order of `since`; one report in eight comes hours late."""
    first = rng.choice(["ready", "standby", "off"], p=[0.74, 0.2, 0.06])
    if number % 40 == 0:
        yield START, START, None
    else:
        yield START, START, str(first)
    changes: list[tuple[datetime, str]] = []
    for begin in np.sort(rng.uniform(2, 360, int(rng.integers(0, 4)))):
        kind = str(rng.choice(["off", "standby", "deployed"], p=[0.45, 0.3, 0.25]))
        length = float(rng.uniform(0.2, 1.2) if kind == "deployed" else rng.uniform(1.5, 6))
        changes += [(day(begin), kind), (day(begin + length), "ready")]
    if district in STORM_DISTRICTS and hazards & STORM_HAZARDS:
        away = timedelta(minutes=int(rng.integers(0, 150)))
        changes = [c for c in changes if abs(c[0] - STORM[0]) > timedelta(days=8)]
        changes += [(STORM[0] + away, "deployed"), (STORM[1] + away, "ready")]
    if number % 37 == 0:
        changes.append((now - timedelta(hours=2), "deployed"))
    seen: set[datetime] = set()
    for since, status in sorted(changes):
        late = timedelta(hours=3) if rng.random() < 0.125 else timedelta(minutes=int(rng.integers(1, 20)))
        if since not in seen:
            seen.add(since)
            yield min(since + late, now), since, status
