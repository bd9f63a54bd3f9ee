"""CAP in other clothes: Atom entries that carry CAP's fields (NWS until 2023), GeoJSON as api.weather.gov serves it.

Each becomes the `alert` element that it stands for. Pure.
"""

import copy
import math
from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from emmap.errors import Unreadable

ATOM = "http://www.w3.org/2005/Atom"
_CAP = "urn:oasis:names:tc:emergency:cap:"
_INFO = (
    "category", "event", "responseType", "urgency", "severity", "certainty", "eventCode", "effective", "onset",
    "expires",
)  # fmt: skip
_NWS = {
    "language": "language", "category": "category", "event": "event", "response": "responseType",
    "urgency": "urgency", "severity": "severity", "certainty": "certainty", "effective": "effective",
    "onset": "onset", "expires": "expires", "senderName": "senderName", "headline": "headline",
    "description": "description", "instruction": "instruction", "web": "web",
}  # fmt: skip
"""Properties of api.weather.gov, in CAP's order, to CAP's elements."""


def alert_of_entry(entry: etree._Element) -> etree._Element | None:
    """The alert that an Atom entry with CAP fields stands for; None where it has none. The entry's id, author and
    date are the alert's identifier, sender and sent."""
    fields: dict[str, list[etree._Element]] = {}
    for child in entry:
        namespace, _, name = str(child.tag).rpartition("}")
        if namespace.startswith("{" + _CAP):
            fields.setdefault(name, []).append(child)
    if "event" not in fields:
        return None
    alert = etree.Element("alert")
    add(alert, "identifier", entry.findtext(f"{{{ATOM}}}id"))
    add(alert, "sender", entry.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name"))
    add(alert, "sent", entry.findtext(f"{{{ATOM}}}published") or entry.findtext(f"{{{ATOM}}}updated"))
    for name in ("status", "msgType"):
        add(alert, name, fields[name][0].text if name in fields else None)
    add(alert, "scope", "Public")
    info = etree.SubElement(alert, "info")
    for name in _INFO:
        info.extend(copy.deepcopy(one) for one in fields.get(name, ()))
    add(info, "headline", entry.findtext(f"{{{ATOM}}}title"))
    add(info, "description", entry.findtext(f"{{{ATOM}}}summary"))
    link = entry.find(f"{{{ATOM}}}link")
    add(info, "web", link.get("href") if link is not None else None)
    info.extend(copy.deepcopy(one) for one in fields.get("parameter", ()))
    area = etree.SubElement(info, "area")
    for name in ("areaDesc", "polygon", "circle", "geocode"):
        area.extend(copy.deepcopy(one) for one in fields.get(name, ()))
    return alert


def with_author(entry: etree._Element, feed: etree._Element) -> etree._Element:
    """The entry with the feed's author where it has none of its own (RFC 4287 §4.2.1)."""
    author = feed.find(f"{{{ATOM}}}author")
    if author is not None and entry.find(f"{{{ATOM}}}author") is None:
        entry = copy.deepcopy(entry)
        entry.append(copy.deepcopy(author))
    return entry


def alerts_of_geojson(told: Any) -> list[etree._Element]:
    """The alerts that features of api.weather.gov stand for. Raises `Unreadable` where it is no such document."""
    features = told.get("features", [told]) if isinstance(told, dict) else []
    if not isinstance(features, list) or not all(map(_is_alert, features)):
        raise Unreadable(
            "这是 JSON，但不是预警（应为 api.weather.gov 那样的 GeoJSON，每个要素有 event 和 messageType）。",
            "This is JSON, but no alerts: GeoJSON as of api.weather.gov is read, each feature with event and messageType.",
            code="not_cap",
        )
    return [_alert_of_feature(feature["properties"], feature.get("geometry")) for feature in features]


def _is_alert(feature: Any) -> bool:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return isinstance(properties, dict) and {"event", "messageType", "sent"} <= properties.keys()


def _alert_of_feature(told: Mapping[str, Any], geometry: Any) -> etree._Element:
    alert = etree.Element("alert")
    for name, key in (("identifier", "id"), ("sender", "sender"), ("sent", "sent"), ("status", "status"),
                      ("msgType", "messageType"), ("scope", "scope")):  # fmt: skip
        add(alert, name, told.get(key))
    references = told.get("references")
    named = [
        f"{one.get('sender', '')},{one.get('identifier', '')},{one.get('sent', '')}"
        for one in (references if isinstance(references, list) else ())
        if isinstance(one, dict)
    ]
    add(alert, "references", " ".join(named))
    info = etree.SubElement(alert, "info")
    for key, name in _NWS.items():
        add(info, name, told.get(key))
    for name in ("eventCode", "parameter"):
        _add_pairs(info, name, told.get("parameters" if name == "parameter" else name))
    area = etree.SubElement(info, "area")
    add(area, "areaDesc", told.get("areaDesc"))
    for ring in _rings(geometry):
        add(area, "polygon", " ".join(f"{lat},{lon}" for lon, lat in ring))
    _add_pairs(area, "geocode", told.get("geocode"))
    return alert


def _rings(geometry: Any) -> Iterable[list[tuple[float, float]]]:
    """The outer rings of a GeoJSON area; one that is malformed is left out."""
    if not isinstance(geometry, dict):
        return
    parts = geometry.get("coordinates")
    polygons = [parts] if geometry.get("type") == "Polygon" else parts
    for polygon in polygons if isinstance(polygons, list) else ():
        try:
            ring = [(float(point[0]), float(point[1])) for point in polygon[0]]
        except (TypeError, ValueError, IndexError, KeyError, OverflowError):
            continue
        if all(map(math.isfinite, (degree for point in ring for degree in point))):
            yield ring


def _add_pairs(parent: etree._Element, name: str, values: Any) -> None:
    """`{name: [value, …]}` as CAP's pairs."""
    for key, found in values.items() if isinstance(values, dict) else ():
        for value in found if isinstance(found, list) else [found]:
            pair = etree.SubElement(parent, name)
            add(pair, "valueName", key)
            add(pair, "value", value)


def add(parent: etree._Element, name: str, value: Any) -> None:
    """An element with this text; none where there is no text. Characters that XML forbids are left out."""
    if isinstance(value, str | int | float) and str(value).strip():
        text = "".join(
            c for c in str(value) if c in "\t\n\r" or 0x20 <= ord(c) < 0xD800 or 0xDFFF < ord(c) != 0xFFFE
        )
        etree.SubElement(parent, name).text = text.replace("\uffff", "")
