"""`city-2020`: a city's year, made up around the published totals of Guangzhou's year 2020.

Taken from public reports: 405 teams with 21,769 people, 361,500 hazards found, 285 fire alarms of which 31
were verified with 873.21 亩 burnt, 47 emergency responses, 6 earthquakes, 1,805.2 mm of rain; of the rainstorm of
21/22 May its measured rain, the two response times, and what happened. All else (names, places, hours, texts) is
made up.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from emmap.exercise.city_2020 import fires, gauges, hazards, rain, teams, warnings
from emmap.exercise.knowledge import Histories, Span
from emmap.store.observations import Observation
from emmap.view import BEIJING

__all__ = ["HISTORIES", "MOMENT", "STORM", "STORM_PLACE", "observations"]

HISTORIES: Mapping[str, Histories] = MappingProxyType(
    {
        "flood_warnings": warnings.histories,
        "general_alerts": warnings.histories,
        "gauge_stations": gauges.histories,
        "forest_fire_alerts": fires.histories,
        "rescue_teams": teams.histories,
        "risk_hotspots": hazards.histories,
    }
)
"""The small layers first: they are there within seconds."""


def observations(now: datetime) -> Iterator[Observation]:
    """What was measured until `now`: the year's rain, and the gauges."""
    yield from rain.observations()
    yield from gauges.observations(now)


MOMENT = (
    "bbox=113.25,22.98,114.05,23.48&hazard=11A01,11A02,11B03,11D&status=open,rectifying,overdue"
    "&at=2020-05-22T01:12:00%2B08:00&known_at=at&opening=hazard"
)
"""The night of the rainstorm as it was known then, and what bears on it: the worst hour is over, its gauge was entered
wrongly, and nobody knows yet of a flooded tunnel. Its hazards go with its time: the page drops them on the way to now."""

STORM = Span(datetime(2020, 5, 21, 20, 0, tzinfo=BEIJING), datetime(2020, 5, 22, 8, 0, tzinfo=BEIJING))
"""The night of the rainstorm: from before the first response to the morning after."""
STORM_PLACE = "bbox=113.25,22.98,114.05,23.48"
"""Where it fell."""
