"""NASA FIRMS active fires (MODIS and VIIRS; near real time, archive): its columns as emmap's fields.

A detection is the centre of a pixel (MODIS 1 km, VIIRS 375 m) in WGS 84; `acq_date` and `acq_time` are UTC.
Confidence is a percentage (MODIS) or a class (VIIRS); below 30 % counts as low, from 80 % as high.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from emmap.ingest.cells import CELL_YEARS, number_of, shown, text_of
from emmap.ingest.headers import key_of
from emmap.ingest.sheet import Sheet
from emmap.layer import Rejected, Title

MARKS = ("latitude", "longitude", "acqdate", "acqtime")
"""Columns by which a FIRMS file is known."""

SATELLITES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "t": ("Terra", "MODIS"), "terra": ("Terra", "MODIS"),
        "a": ("Aqua", "MODIS"), "aqua": ("Aqua", "MODIS"),
        "n": ("Suomi NPP", "VIIRS"), "npp": ("Suomi NPP", "VIIRS"), "snpp": ("Suomi NPP", "VIIRS"),
        "suominpp": ("Suomi NPP", "VIIRS"),
        "1": ("NOAA-20", "VIIRS"), "n20": ("NOAA-20", "VIIRS"), "noaa20": ("NOAA-20", "VIIRS"),
        "2": ("NOAA-21", "VIIRS"), "n21": ("NOAA-21", "VIIRS"), "noaa21": ("NOAA-21", "VIIRS"),
    }
)  # fmt: skip
"""The satellite codes met in FIRMS files, without case and hyphen, to satellite and sensor."""

CLASSES = MappingProxyType(
    {"l": "low", "low": "low", "n": "nominal", "nominal": "nominal", "h": "high", "high": "high"}
)
SOURCE_TYPES = MappingProxyType({"0": "vegetation", "1": "volcano", "2": "static", "3": "offshore"})
"""`type` of archive files."""

STANDING = ("static", "offshore")
"""Types that are no fires: standing sources on land, and flares at sea."""

_TAKEN = ("acqdate", "acqtime", "satellite", "instrument", "confidence", "type")
_ADDED = (
    "detected_at", "satellite", "sensor", "confidence", "confidence_percent", "source_type", "form", "status",
    "static_reason",
)  # fmt: skip
_PERCENT = Title("可信度", "Confidence")
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")


def is_firms(header: Sequence[str]) -> bool:
    """Whether these are the columns of a FIRMS file."""
    return set(MARKS) <= {key_of(title) for title in header}


def is_feed(sheet: Sheet) -> bool:
    """Whether a sheet is a FIRMS file that `translate` has been over."""
    return sheet.format.startswith("FIRMS")


def translate(sheet: Sheet) -> Sheet:
    """The sheet with detection time, satellite, sensor, confidence, form and status in emmap's terms.

    All other columns stay. Rows whose date or confidence cannot be read are marked as broken.
    """
    column = {key_of(title): i for i, title in enumerate(sheet.header)}
    others = [i for i, title in enumerate(sheet.header) if key_of(title) not in _TAKEN]
    places = [column.get(name) for name in _TAKEN]
    broken = dict(sheet.broken)
    rows: list[Sequence[Any]] = []
    instants: dict[tuple[str, str], datetime] = {}
    for i, cells in enumerate(sheet.rows):
        day, clock, satellite, instrument, confidence, kind = (
            cells[at] if at is not None else None for at in places
        )
        told: tuple[Any, ...] = (None,) * 6
        try:
            key = (str(day), str(clock))
            detected = instants.get(key) or instants.setdefault(key, _instant(day, clock))
            source_type = SOURCE_TYPES.get(text_of(kind) or "")
            told = (detected, *_platform(satellite, instrument), *_confidence(confidence), source_type)
        except Rejected as rejected:
            broken.setdefault(i, rejected)
        state = ("static", "archive") if told[-1] in STANDING else ("hotspot", None)
        rows.append([*(cells[at] for at in others), *told, "satellite", *state])
    header = [*(sheet.header[i] for i in others), *_ADDED]
    return replace(sheet, format=f"FIRMS {sheet.format}", header=header, rows=rows, broken=broken)


def _platform(satellite: Any, instrument: Any) -> tuple[str | None, str | None]:
    text = text_of(satellite)
    name, sensor = SATELLITES.get(key_of(text or ""), (text, None))
    return name, text_of(instrument) or sensor


def _instant(day: Any, clock: Any) -> datetime:
    """`acq_date` with `acq_time` (UTC, HHMM, leading zeros lost or not)."""
    text = day.strftime("%Y-%m-%d") if isinstance(day, datetime) else text_of(day) or ""
    date = _DATE.fullmatch(text)
    digits = (text_of(clock) or "").replace(":", "").zfill(4)
    try:
        if date is None or len(digits) != 4 or not CELL_YEARS[0] <= int(date[1]) <= CELL_YEARS[1]:
            raise ValueError
        hour, minute = int(digits[:2]), int(digits[2:])
        return datetime(int(date[1]), int(date[2]), int(date[3]), hour, minute, tzinfo=UTC)
    except ValueError:
        raise Rejected(
            "impossible_instant",
            f"acq_date「{shown(day)}」和 acq_time「{shown(clock)}」不是存在的时刻。",
            f"acq_date “{shown(day)}” and acq_time “{shown(clock)}” are no instant.",
        ) from None


def _confidence(cell: Any) -> tuple[str | None, int | None]:
    """Class and percentage; only MODIS states a percentage."""
    grade = CLASSES.get((text_of(cell) or "").casefold())
    if grade is not None:
        return grade, None
    percent = number_of(cell, _PERCENT, "%")
    if percent is None:
        return None, None
    if not 0 <= percent <= 100:
        raise Rejected(
            "unknown_code",
            f"可信度「{shown(cell)}」不在 0—100 之间。",
            f"The confidence “{shown(cell)}” is not between 0 and 100.",
        )
    return "low" if percent < 30 else "high" if percent >= 80 else "nominal", round(percent)
