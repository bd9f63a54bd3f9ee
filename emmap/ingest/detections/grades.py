"""One detection told twice: first in near real time, weeks later by the standard processing.

FIRMS replaces the first by the second. Both name the satellite; the time may differ by the length of a granule and the
place by what better ephemerides move it, which is far less than a pixel. So two rows are the same detection where the
satellite is the same, the times lie within ten minutes and the places within half a pixel; the nearest two belong
together, each to one other only. The feature keeps the id under which it came first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from emmap.ingest.detections.sightings import Sighting, places, side_of
from emmap.ingest.detections.space import near
from emmap.layer import Detections

WITHIN = timedelta(minutes=10)
"""A VIIRS granule of standard data has six minutes, one of MODIS five; orbits are a hundred apart."""
SAME_PLACE_M = 15.0
"""Rows of one grade this close say the same: coordinates are rounded to four decimals in ids."""
STANDARD = 3


def grade_of(one: Sighting) -> int | None:
    """How far the row was processed: ultra real time 0, real time 1, near real time 2, standard 3; None: not said."""
    told = str(one.latest.properties.get("processing") or "").upper()
    if not told:
        return None
    for suffix, grade in (("URT", 0), ("NRT", 2), ("RT", 1)):
        if told.endswith(suffix):
            return grade
    return STANDARD


def as_known(
    arrived: Sequence[Sighting], known: Mapping[str, Sighting], rule: Detections
) -> tuple[list[Sighting], set[str]]:
    """The arrived rows under the ids of the detections that they speak of again; and the ids, as they arrived, of rows
    that a better processed one has overtaken already."""
    overtaken: set[str] = set()
    renamed: dict[str, str] = {}
    grades = {one.feature_id: grade_of(one) for one in known.values()}
    every = [*known.values(), *(one for one in arrived if one.feature_id not in known)]
    own = [grade_of(one) for one in every]
    if known or len(set(own)) > 1:
        for first, second in _pairs(every, own, len(known), rule):
            new, old = every[first], every[second]
            if (own[first] or 0) < (own[second] or 0):
                overtaken.add(new.feature_id)
            else:
                renamed[new.feature_id] = old.feature_id
    for one in arrived:  # the same id again, of a lesser grade
        grade, before = grade_of(one), grades.get(one.feature_id)
        if grade is not None and before is not None and grade < before:
            overtaken.add(one.feature_id)
    taken = {new: old for new, old in renamed.items() if new not in overtaken}
    kept: dict[str, Sighting] = {}
    for one in sorted(arrived, key=lambda row: grade_of(row) or 0):
        if one.feature_id not in overtaken:
            as_old = _under(one, taken.get(one.feature_id, one.feature_id))
            kept[as_old.feature_id] = as_old
    return list(kept.values()), overtaken


def _pairs(
    every: Sequence[Sighting], grades: Sequence[int | None], known: int, rule: Detections
) -> list[tuple[int, int]]:
    """(newcomer, the other) of rows that are one detection; the nearest first, each row in one pair. A newcomer goes
    with a known row, or with another newcomer of a better grade."""
    reach = np.array([side_of(rule, one.sensor) / 2 for one in every])
    found: list[tuple[float, str, str, int, int]] = []
    for first, second, metres in near(*places(every), reach):
        new = first >= known
        for i, j, apart in zip(first[new].tolist(), second[new].tolist(), metres[new].tolist(), strict=True):
            one, other = every[i], every[j]
            if grades[i] is None or grades[j] is None:
                continue
            if one.latest.properties.get("satellite") != other.latest.properties.get("satellite"):
                continue
            if abs(one.at - other.at) > WITHIN:
                continue
            if grades[i] == grades[j] and (j >= known or one.at != other.at or apart > SAME_PLACE_M):
                continue
            if j >= known and (grades[i] or 0) > (grades[j] or 0):
                continue  # the lesser one will find it
            found.append((apart, one.feature_id, other.feature_id, i, j))
    paired: list[tuple[int, int]] = []
    used: set[int] = set()
    for _, _, _, i, j in sorted(found):
        if not used & {i, j}:
            used |= {i, j}
            paired.append((i, j))
    return paired


def _under(one: Sighting, feature_id: str) -> Sighting:
    if feature_id == one.feature_id:
        return one
    return replace(one, states=tuple(replace(state, feature_id=feature_id) for state in one.states))
