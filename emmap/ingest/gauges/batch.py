"""What a file of gauges says, whatever its format: stations and readings, and the rows that were refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from emmap.errors import EmmapError, Unreadable
from emmap.layer import Rejected
from emmap.series import Measured
from emmap.store.inbox import RejectedRow

LIMITS: Mapping[str, tuple[float, float]] = {
    "stage": (-500.0, 9_000.0),
    "flow": (-200_000.0, 500_000.0),
    "rain": (0.0, 2_000.0),
}
"""What a reading may be at most, in the unit of its series; beyond it is a slip of the pen."""
LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class Told:
    """What one row says of a station: layer fields by name, only those that it gives; WKB in EPSG:4326."""

    station: str
    fields: Mapping[str, Any]
    geometry: bytes | None
    districts: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A measurement, in the unit of its series. None: read, and known to be missing."""

    of: Measured
    at: datetime
    value: float | None
    position: int


@dataclass(frozen=True, slots=True)
class Batch:
    """`read` rows, each of which told of stations, brought readings, was refused, or said nothing."""

    format: str
    read: int
    stations: Sequence[Told] = ()
    readings: Sequence[Reading] = ()
    refused: Sequence[RejectedRow] = ()
    columns_ignored: tuple[str, ...] = ()


def joined(batches: Sequence[Batch], interval: timedelta | None = None) -> Batch:
    """Several batches as one, their rows numbered on. `interval`: how often every station in them reports."""
    stations: list[Told] = []
    readings: list[Reading] = []
    refused: list[RejectedRow] = []
    before = 0
    for batch in batches:
        stations += [replace(one, position=one.position + before) for one in batch.stations]
        readings += [replace(one, position=one.position + before) for one in batch.readings]
        refused += [replace(one, position=one.position + before) for one in batch.refused]
        before += batch.read
    if interval is not None:
        fields = {"interval_min": interval.total_seconds() / 60}
        first = {one.of.station: one.position for one in reversed(readings)}
        first |= {one.station: one.position for one in reversed(stations)}
        stations += [Told(station, fields, None, (), position) for station, position in first.items()]
    formats = "、".join(dict.fromkeys(batch.format for batch in batches))
    ignored = dict.fromkeys(title for batch in batches for title in batch.columns_ignored)
    return Batch(formats, before, stations, readings, refused, tuple(ignored))


def station_id(text: str | None) -> str:
    """A station's id, checked: it becomes part of the names of its series. Raises `Rejected`."""
    if not text:
        raise Rejected("missing_id", "没有测站编码（STCD）。", "There is no station code (STCD).")
    if len(text) > LONGEST_ID or not all(one.isalnum() or one in "-_." for one in text):
        raise Rejected(
            "bad_station",
            f"测站编码「{text[:40]}」应为至多 {LONGEST_ID} 个字母、数字、-、_ 或 .。",
            f"The station code “{text[:40]}” should be at most {LONGEST_ID} letters, digits, -, _ or . .",
        )
    return text


def checked(quantity: str, value: float, word: str) -> float:
    """The value, if it is plausible. Raises `Rejected`."""
    low, high = LIMITS[quantity]
    if not low <= value <= high:
        raise Rejected(
            "implausible",
            f"{word} {value:g} 不在 {low:g} 到 {high:g} 之间。",
            f"{word} {value:g} is not between {low:g} and {high:g}.",
        )
    return value


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset, as aware UTC, cut to the second. Raises `Rejected`."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or not 1900 <= at.year <= 2199:
            raise ValueError
        return at.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Rejected(
            "bad_instant",
            f"「{text[:40]}」不是带时区的时间。",
            f"“{text[:40]}” is no instant with an offset.",
        ) from None


def unreadable(zh: str, en: str) -> EmmapError:
    """A file that is damaged."""
    return Unreadable(zh, en, code="another_format")
