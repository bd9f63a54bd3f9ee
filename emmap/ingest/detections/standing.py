"""Standing sources of heat (steelworks, brick kilns, flares): what satellites see there is kept, and is no alarm.

Told by the archive itself (`type` 2 and 3, at reading), by a list that the operator keeps, or by the days on which the
same pixel burns. The last looks back only: what nobody could know yet stays as it was.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from emmap.errors import SetupError
from emmap.ingest.detections.sightings import Sighting, places, seconds, side_of
from emmap.ingest.detections.space import near
from emmap.layer import Detections, Record

DAY = 86_400
MOST_METRES = 20_000.0


@dataclass(frozen=True, slots=True)
class Source:
    """A place on the list: degrees (WGS 84), radius in metres, and from when until when it burns (UTC days; None: not
    known, so always)."""

    name: str
    lon: float
    lat: float
    radius_m: float
    since: datetime | None
    until: datetime | None


def sources(path: Path) -> tuple[Source, ...]:
    """The list (docs/fires.md), read again when the file changes. Raises `SetupError`, which names the line."""
    return _read(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=2)
def _read(path: Path, changed: int) -> tuple[Source, ...]:
    found: list[Source] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), 2):
                try:
                    found.append(_source(row))
                except (KeyError, TypeError, ValueError) as error:
                    raise SetupError(
                        f"固定热源名录 {path} 第 {number} 行无法读取：{error}。应有 name、lon、lat、radius_m、from、to。",
                        f"List of static sources {path}, line {number}: {error}. It wants name, lon, lat, radius_m, "
                        "from, to.",
                    ) from None
    except OSError as error:
        raise SetupError(
            f"固定热源名录 {path} 打不开：{error.strerror}。",
            f"The list of static sources {path} cannot be opened: {error.strerror}.",
        ) from None
    return tuple(found)


def _source(row: dict[str, str]) -> Source:
    lon, lat, radius = float(row["lon"]), float(row["lat"]), float(row["radius_m"])
    if not (abs(lon) <= 180 and abs(lat) <= 90 and 0 < radius <= MOST_METRES):
        raise ValueError(f"{lon}, {lat}, {radius}")
    until = _day(row.get("to"))
    return Source(
        row["name"].strip(), lon, lat, radius, _day(row.get("from")), until and until + timedelta(days=1)
    )


def _day(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC) if text and text.strip() else None


def listed(sightings: Sequence[Sighting], known: Sequence[Source]) -> dict[int, str]:
    """The names of the listed sources that detections (by number) lie in."""
    found: dict[int, str] = {}
    if not known or not sightings:
        return found
    lon, lat = places(sightings)
    reach = np.concatenate((np.array([one.radius_m for one in known]), np.zeros(len(lon))))
    both = (np.array([one.lon for one in known]), np.array([one.lat for one in known]))
    for first, second, _ in near(np.concatenate((both[0], lon)), np.concatenate((both[1], lat)), reach):
        for source, number in zip(first.tolist(), (second - len(known)).tolist(), strict=True):
            if source >= len(known) or number < 0:
                continue
            one, at = known[source], sightings[number].at
            if (one.since is None or one.since <= at) and (one.until is None or at < one.until):
                found.setdefault(number, one.name)
    return found


def persistent(sightings: Sequence[Sighting], rule: Detections) -> set[int]:
    """The numbers of detections whose pixel burnt on `persistent_days` days up to then, that day included."""
    if len(sightings) < rule.persistent_days:
        return set()
    at = seconds(sightings)
    days = at // DAY
    within = round(rule.persistent_within.total_seconds())
    reach = np.array([side_of(rule, one.sensor) for one in sightings])
    found: set[int] = set()
    for first, second, _ in near(*places(sightings), reach):
        ago = at[first] - at[second]
        before = (ago >= 0) & (ago <= within) & (days[first] != days[second])
        if not before.any():
            continue
        pairs = np.unique(np.column_stack((first[before], days[second[before]])), axis=0)
        numbers, counts = np.unique(pairs[:, 0], return_counts=True)
        found.update(numbers[counts + 1 >= rule.persistent_days].tolist())
    return found


def masked(record: Record, rule: Detections, reason: str | None, name: str | None) -> Record:
    """The feed's state as that of a standing source, or as a plain detection where there is no reason."""
    if reason is None and record.status != rule.masked and "static_reason" not in record.properties:
        return record
    properties = {k: v for k, v in record.properties.items() if k not in ("static_reason", "static_source")}
    if reason is None:
        plain = next(status for status in rule.plain if status != rule.masked)
        return replace(
            record, status=plain if record.status == rule.masked else record.status, properties=properties
        )
    properties["static_reason"] = reason
    if name is not None:
        properties["static_source"] = name
    return replace(record, status=rule.masked, properties=properties)
