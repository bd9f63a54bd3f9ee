"""What a scenario is, and which there are."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from emmap.errors import NotFound
from emmap.exercise import city_2020, mangkhut_2018
from emmap.exercise.knowledge import Histories, Span
from emmap.layer import Title
from emmap.store.observations import Observation


@dataclass(frozen=True, slots=True)
class Scenario:
    """A made-up history of the city."""

    name: str
    title: Title
    histories: Mapping[str, Histories]
    observations: Callable[[datetime], Iterable[Observation]]
    """What was measured, to an instant of loading."""
    moment: str
    """The view to open it with, as a query: where and when it tells most."""
    span: Span
    """What a replay feeds again unless told otherwise."""
    place: str
    """The view to watch a replay with, as a query."""


_SCENARIOS = (
    Scenario(
        "city-2020",
        Title("全市 2020 年（演练）", "The city's year 2020 (exercise)"),
        city_2020.HISTORIES,
        city_2020.observations,
        city_2020.MOMENT,
        city_2020.STORM,
        city_2020.STORM_PLACE,
    ),
    Scenario(
        "mangkhut-2018",
        Title("台风山竹 2018（演练）", "Typhoon Mangkhut 2018 (exercise)"),
        mangkhut_2018.HISTORIES,
        mangkhut_2018.observations,
        mangkhut_2018.MOMENT,
        mangkhut_2018.APPROACH,
        mangkhut_2018.PLACE,
    ),
)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType({one.name: one for one in _SCENARIOS})


def scenario_named(name: str) -> Scenario:
    """The scenario of that name; `NotFound` says which there are."""
    if name not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise NotFound(
            f"没有演练场景 {name[:60]}；现有：{known}。",
            f"There is no exercise {name[:60]}; there are: {known}.",
        )
    return SCENARIOS[name]
