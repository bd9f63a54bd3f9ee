"""GDACS (Global Disaster Alert and Coordination System): its RSS feed of tropical cyclones, floods, quakes,
volcanoes, droughts and wildfires (www.gdacs.org, namespace http://www.gdacs.org).

An event is known by its type and number; each of its episodes tells it anew. `georss:point` is latitude before longitude.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from emmap.errors import Unreadable
from emmap.ingest.cells import shown
from emmap.ingest.formats import beginning
from emmap.ingest.sheet import Sheet
from emmap.ingest.xml import Parts, document, parts_of, text_of
from emmap.layer import Rejected

HEADER = (
    "id", "name", "event_type", "hazards", "alert_level", "alert_score", "episode", "episode_level", "from_at", "to_at",
    "issued_at", "current", "event_name", "impact", "population", "country", "iso3", "glide", "description", "web",
    "lon", "lat",
)  # fmt: skip
HAZARDS: Mapping[str, str] = {
    "EQ": "11C", "TC": "11B01", "FL": "11A01", "DR": "11B22", "WF": "11G", "VO": "11D",
    "TS": "11E",
}  # fmt: skip


def recognises(content: bytes) -> bool:
    """Whether it is XML that speaks of GDACS."""
    start = beginning(content)
    return start.startswith("<") and "http://www.gdacs.org" in start


def read(content: bytes, name: str) -> Sheet:
    """One row for each item."""
    root = document(content)
    items = list(root.iter("item"))
    if parts_of(root).get("channel") is None:
        raise Unreadable(
            "这是 XML，但不是 GDACS 的 RSS（没有 channel）。",
            "This is XML, but no RSS of GDACS: there is no channel.",
            code="not_gdacs",
        )
    rows: list[list[Any]] = []
    broken: dict[int, Rejected] = {}
    for item in items:
        try:
            rows.append(_event(item))
        except Rejected as rejected:
            broken[len(rows)] = rejected
            rows.append([None, *(item.findtext("title"),), *[None] * (len(HEADER) - 2)])
    return Sheet("GDACS RSS", HEADER, rows, broken=broken)


def _event(item: etree._Element) -> list[Any]:
    """Raises `Rejected`."""
    parts = parts_of(item)
    kind, number = text_of(parts, "eventtype").upper(), text_of(parts, "eventid")
    if not kind or not number:
        raise Rejected(
            "missing_id",
            "没有 gdacs:eventtype 和 gdacs:eventid，无法知道说的是哪个事件。",
            "There is no gdacs:eventtype and gdacs:eventid, so nobody can tell which event this is.",
        )
    lat, lon = _place(parts)
    return [
        f"{kind}{number}",
        text_of(parts, "title"),
        kind,
        HAZARDS.get(kind),
        text_of(parts, "alertlevel").capitalize() or None,
        text_of(parts, "alertscore") or None,
        text_of(parts, "episodeid") or None,
        text_of(parts, "episodealertlevel").capitalize() or None,
        _instant(parts, "fromdate"),
        _instant(parts, "todate"),
        _instant(parts, "datemodified") or _instant(parts, "pubDate"),
        {"true": "yes", "false": "no"}.get(text_of(parts, "iscurrent").lower()),
        text_of(parts, "eventname") or None,
        text_of(parts, "severity") or None,
        text_of(parts, "population") or None,
        text_of(parts, "country") or None,
        text_of(parts, "iso3") or None,
        text_of(parts, "glide") or None,
        text_of(parts, "description") or None,
        text_of(parts, "link") or None,
        lon,
        lat,
    ]


def _place(parts: Parts) -> tuple[str | None, str | None]:
    """Latitude and longitude: of `georss:point`, else of `geo:Point`; None where there is neither."""
    pair = text_of(parts, "point").split()
    if len(pair) == 2:
        return pair[0], pair[1]
    inner = parts_of(parts["Point"][0]) if "Point" in parts else {}
    return text_of(inner, "lat") or None, text_of(inner, "long") or None


def _instant(parts: Parts, name: str) -> datetime | None:
    """A date as RSS writes it (RFC 822), UTC where it names no zone."""
    text = text_of(parts, name)
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        raise Rejected(
            "impossible_instant",
            f"gdacs:{name}「{shown(text)}」不是时刻，应形如 Sun, 29 Dec 2019 12:00:00 GMT。",
            f"gdacs:{name} “{shown(text)}” is no instant such as Sun, 29 Dec 2019 12:00:00 GMT.",
        ) from None
