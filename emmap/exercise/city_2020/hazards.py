"""The hazards that inspections find through the year, and what becomes of them."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from emmap.codes import districts
from emmap.exercise.city_2020.year import codes, day, ground, random, table
from emmap.exercise.ground import point
from emmap.exercise.knowledge import Step, history
from emmap.exercise.words import firm, person, phone
from emmap.layer import Layer, Row
from emmap.store.versions import HistoryRow

FULL = 361_500
"""Hazards found in 2020, of the bureau's report."""
SEVERITIES = (0.02, 0.60, 0.27, 0.09, 0.02)
"""Shares of the levels 0 to 4."""
NEVER_RECTIFIED = 0.07
NO_DUE_DATE = 0.45
"""Share of those without a date to be rectified by: they stay open instead of growing overdue."""
NO_PLACE = 0.004


def histories(layer: Layer, share: float, now: datetime) -> Iterator[HistoryRow]:
    """The hazards, `share` of the full number: what was known when found, and again when rectified."""
    count = round(FULL * share)
    rng = random(2)
    industries = table("industries.csv")
    weight = np.array([float(row["weight"]) for row in industries])
    kinds = rng.choice(len(industries), count, p=weight / weight.sum())
    weight = np.array([d.population**0.7 * d.area_km2**0.3 for d in districts().values()])
    where = rng.choice(len(districts()), count, p=weight / weight.sum())
    by_district = list(ground().by_district.values())
    turns = rng.random(count) ** 1.6
    towns = [by_district[d][int(u * len(by_district[d]))] for d, u in zip(where, turns, strict=True)]
    places = ground().scatter(rng, towns, 1.6)
    found = np.sort(rng.uniform(0.3, 365.7, count))
    allowed = rng.choice((7, 15, 30, 60, 90), count, p=(0.25, 0.35, 0.25, 0.1, 0.05))
    taken = rng.gamma(2.0, 13.0, count) + 0.2
    levels = rng.choice(5, count, p=SEVERITIES)
    stays = rng.random(count) < NEVER_RECTIFIED
    undated = stays & (rng.random(count) < NO_DUE_DATE)
    unplaced = rng.random(count) < NO_PLACE
    lag = rng.uniform(0.02, 0.9, count)
    for i in range(count):
        industry, town = industries[kinds[i]], towns[i]
        site = _pick(rng, industry["sites"])
        values = {
            "name": f"{town.name}{site}{_pick(rng, industry['findings'])}",
            "industry": industry["industry"],
            "hazards": codes(industry["hazards"]),
            "severity": int(levels[i]),
            "found_at": day(found[i]),
            "due_at": None if undated[i] else day(np.floor(found[i]) + float(allowed[i]) + 0.75),
            "responsible_unit": firm(rng, site),
            "responsible_person": person(rng),
            "phone": phone(rng),
            "address": f"{districts()[town.district].zh}{town.name}",
            "status": "rectifying" if rng.random() < 0.4 else "open",
        }
        known = [(found[i] + lag[i], values)]
        if not stays[i]:
            rectified = found[i] + taken[i]
            known.append((rectified + lag[i], {**values, "rectified_at": day(rectified)}))
        steps: list[Step] = []
        for recorded, stated in known:
            row = Row(
                position=i + 1,
                feature_id=f"YH-2020-{i + 1:06d}",
                properties=layer.properties.model_validate(stated),
                geometry=None if unplaced[i] else point(*places[i]),
                districts=(town.district,),
            )
            steps.append((day(recorded), layer.records(row)))
        yield from history(steps)


def _pick(rng: np.random.Generator, cell: str) -> str:
    choices = cell.split(";")
    return choices[int(rng.integers(len(choices)))]
