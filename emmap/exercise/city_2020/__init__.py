"""`city-2020`: a city's year, made up around the published totals of Guangzhou's year 2020.

Taken from public reports: 405 teams with 21,769 people, 361,500 hazards found, 285 fire alarms of which 31
were verified with 873.21 亩 burnt, 47 emergency responses, 6 earthquakes, and the measured rain and the two
response times of the rainstorm of 21/22 May. All else (names, places, hours, texts) is made up.
"""

from collections.abc import Mapping
from types import MappingProxyType

from emmap.exercise.city_2020 import fires, hazards, teams, warnings
from emmap.exercise.knowledge import Histories

HISTORIES: Mapping[str, Histories] = MappingProxyType(
    {
        "flood_warnings": warnings.histories,
        "general_alerts": warnings.histories,
        "forest_fire_alerts": fires.histories,
        "rescue_teams": teams.histories,
        "risk_hotspots": hazards.histories,
    }
)
"""The small layers first: they are there within seconds."""
