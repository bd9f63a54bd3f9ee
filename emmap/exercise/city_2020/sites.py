"""The premises that inspectors visit: gathered in quarters, the quarters around towns, as a city is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emmap.codes import districts
from emmap.exercise.city_2020.year import ground, table
from emmap.exercise.ground import Town
from emmap.exercise.script import codes
from emmap.exercise.words import firm, person, phone

QUARTERS_A_TOWN = 12
SPREAD_KM = {"urban": 1.4, "rural": 3.2}
"""How far the quarters of a street (街) and of a town (镇) lie from its centre."""
GROUNDS = ("any", "urban", "rural")
"""Where an industry is found: everywhere, in streets only, in towns only."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place of work: what it is, where it is, and who answers for it."""

    town: Town
    industry: str
    kind: str
    hazards: tuple[str, ...]
    findings: Sequence[str]
    unit: str
    person: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Sites:
    """Premises and their places: `places[i]` (lon, lat) is where `sites[i]` lies."""

    sites: Sequence[Site]
    places: NDArray[np.float64]
    codes: NDArray[np.str_]


def sites(rng: np.random.Generator, count: int) -> Sites:
    """So many premises, each industry by its weight, each district by its people and its area."""
    industries = table("industries.csv")
    weight = np.array([float(row["weight"]) for row in industries])
    kinds = rng.choice(len(industries), count, p=weight / weight.sum())
    towns, centres, share, spread = _quarters(rng)
    rural = np.array([_is_rural(town) for town in towns])
    allowed = {"any": np.ones(len(towns)), "urban": ~rural, "rural": rural}
    where = np.zeros(count, dtype=int)
    for name in GROUNDS:
        there = np.array([industries[kind]["ground"] == name for kind in kinds])
        chance = share * allowed[name]
        where[there] = rng.choice(len(towns), int(there.sum()), p=chance / chance.sum())
    district = np.array([towns[quarter].district for quarter in where])
    places = ground().strew(rng, centres[where], district, spread[where])
    found = []
    for kind, quarter in zip(kinds, where, strict=True):
        row, town = industries[kind], towns[quarter]
        choices = row["sites"].split(";")
        chosen = choices[int(rng.integers(len(choices)))]
        found.append(
            Site(
                town=town,
                industry=row["industry"],
                kind=chosen,
                hazards=codes(row["hazards"]),
                findings=row["findings"].split(";"),
                unit=firm(rng, chosen),
                person=person(rng),
                phone=phone(rng),
                address=f"{districts()[town.district].zh}{town.name}",
            )
        )
    return Sites(found, places, district)


def _quarters(
    rng: np.random.Generator,
) -> tuple[list[Town], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each quarter its town, its centre, its share of the city's premises, and its spread in km."""
    share = []
    towns = []
    for code, of_one in ground().by_district.items():
        district = districts()[code]
        within = rng.lognormal(0.0, 0.6, len(of_one))
        within /= within.sum()
        for town, part in zip(of_one, within, strict=True):
            sizes = rng.lognormal(0.0, 1.0, QUARTERS_A_TOWN)
            towns += [town] * QUARTERS_A_TOWN
            share.append(district.population**0.7 * district.area_km2**0.3 * part * sizes / sizes.sum())
    far = np.array([SPREAD_KM["rural" if _is_rural(town) else "urban"] for town in towns])
    centres = np.array([(town.lon, town.lat) for town in towns])
    placed = ground().strew(rng, centres, np.array([town.district for town in towns]), far)
    return towns, placed, np.concatenate(share), rng.lognormal(-0.9, 0.5, len(towns)) * far / 1.4


def _is_rural(town: Town) -> bool:
    return town.name.endswith("镇")
