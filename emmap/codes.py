"""The code lists every layer shares: hazards (灾种), districts (区) and severity levels (级别).

The lists are files in `data/`; their order is the order of the bits in the columnar download.
`basis` of a hazard: V checked against a public source, O believed (GB/T 35561 style), E emmap's own.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from emmap.settings import ROOT

DATA = ROOT / "data"


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Hazard(Code):
    """A disaster type (灾种)."""

    category: str
    basis: str


@dataclass(frozen=True, slots=True)
class District(Code):
    """A district (区) by its GB/T 2260 code; area in km², population of the 2020 census."""

    area_km2: float
    population: int


SEVERITIES: tuple[Code, ...] = (
    Code("0", "无级别", "No level"),
    Code("1", "蓝", "Blue (IV)"),
    Code("2", "黄", "Yellow (III)"),
    Code("3", "橙", "Orange (II)"),
    Code("4", "红", "Red (I)"),
)
"""Severity levels 0 to 4 (GB/T 37230-2018 colours); 白 counts with 蓝, its native colour is kept."""

COLOURS: Mapping[str, int] = MappingProxyType(
    {
        "红": 4, "红色": 4, "red": 4, "i": 4, "ⅰ": 4, "一级": 4, "i级": 4,
        "橙": 3, "橙色": 3, "orange": 3, "ii": 3, "ⅱ": 3, "二级": 3, "ii级": 3,
        "黄": 2, "黄色": 2, "yellow": 2, "iii": 2, "ⅲ": 2, "三级": 2, "iii级": 2,
        "蓝": 1, "蓝色": 1, "blue": 1, "iv": 1, "ⅳ": 1, "四级": 1, "iv级": 1,
        "白": 1, "白色": 1, "white": 1,
    }
)  # fmt: skip
"""Native colour and level words, lower case, to severity."""


@lru_cache(maxsize=1)
def hazards() -> Mapping[str, Hazard]:
    """The one hazard list, code to entry, in file order."""
    with (DATA / "hazards.csv").open(encoding="utf-8", newline="") as lines:
        return MappingProxyType({row["code"]: Hazard(**row) for row in csv.DictReader(lines)})


@lru_cache(maxsize=1)
def districts() -> Mapping[str, District]:
    """The city's districts, code to entry, in file order."""
    with (DATA / "districts.csv").open(encoding="utf-8", newline="") as lines:
        return MappingProxyType(
            {
                row["code"]: District(
                    row["code"], row["zh"], row["en"], float(row["area_km2"]), int(row["population_2020"])
                )
                for row in csv.DictReader(lines)
            }
        )


def code_of(text: str, codes: Iterable[Code]) -> str | None:
    """The code that `text` names: a code itself, or its Chinese or English name. None where it names none."""
    wanted = text.strip().casefold()
    for entry in codes:
        if wanted in (entry.code.casefold(), entry.zh.casefold(), entry.en.casefold()):
            return entry.code
    return None


def severity_of(text: str) -> int | None:
    """The severity (0 to 4) that a digit, colour or level word names; None where it names none."""
    wanted = text.strip().casefold()
    if wanted in ("0", "1", "2", "3", "4"):
        return int(wanted)
    if wanted in ("无", "无级别", "none", ""):
        return 0
    return COLOURS.get(wanted)
