"""Which detections belong to one event: DBSCAN in space and time with two detections as the least.

Two detections are neighbours within the reach of their sensors and `gap` of each other; an event is what hangs together
through neighbours, so it closes after a gap without any. It follows from the set of detections alone, in whatever order
they came.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from emmap.ingest.detections.sightings import Sighting, order, places, reach_of, seconds
from emmap.ingest.detections.space import Numbers, near
from emmap.layer import Detections


def neighbours(sightings: Sequence[Sighting], rule: Detections) -> Iterator[tuple[Numbers, Numbers]]:
    """Pairs (i, j) of neighbouring detections, i ≠ j; each pair at least once.

    Looked for in slices of one gap and the next, so that a year of one place makes no pairs across seasons.
    """
    at = seconds(sightings)
    gap = round(rule.gap.total_seconds())
    lon, lat = places(sightings)
    reach = np.array([reach_of(rule, one.sensor) for one in sightings])
    slices = at // gap
    by_slice = np.argsort(slices, kind="stable")
    starts = np.unique(slices[by_slice])
    low = np.searchsorted(slices[by_slice], starts, "left")
    high = np.searchsorted(slices[by_slice], starts + 1, "right")
    for start, end in zip(low.tolist(), high.tolist(), strict=True):
        part = by_slice[start:end]
        for first, second, _ in near(lon[part], lat[part], reach[part]):
            i, j = part[first], part[second]
            close = np.abs(at[i] - at[j]) <= gap
            yield i[close], j[close]


def clusters(sightings: Sequence[Sighting], rule: Detections) -> list[list[Sighting]]:
    """The detections of each event, in order; the events by their first detection. One alone is none."""
    parent = list(range(len(sightings)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for first, second in neighbours(sightings, rule):
        for i, j in zip(first.tolist(), second.tolist(), strict=True):
            a, b = root(i), root(j)
            if a != b:
                parent[max(a, b)] = min(a, b)
    groups: dict[int, list[Sighting]] = {}
    for i, one in enumerate(sightings):
        groups.setdefault(root(i), []).append(one)
    found = [sorted(group, key=order) for group in groups.values() if len(group) > 1]
    return sorted(found, key=lambda group: order(group[0]))
