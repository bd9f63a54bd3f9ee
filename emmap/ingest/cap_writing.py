"""A warning as a CAP 1.2 message, which reads back as the same warning.

What CAP said is said again in its own words. Where a warning did not come by CAP, its identifier is made after
GB/T 35965 when the operator has a code for it (`EMMAP_CAP_OFFICE`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from emmap.codes import districts
from emmap.errors import Malformed
from emmap.ingest.cap_identifiers import SERIALS, made
from emmap.layer import Layer, WarningProperties
from emmap.view import BEIJING

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SEVERITIES: Mapping[int, str] = {4: "Extreme", 3: "Severe", 2: "Moderate", 1: "Minor", 0: "Unknown"}
"""Level to CAP severity (红 Extreme, 橙 Severe, 黄 Moderate, 蓝 and 白 Minor); the native colour goes beside it."""
_CATEGORIES: Mapping[str, str] = {
    "11A": "Met", "11B": "Met", "11C": "Geo", "11D": "Geo", "11E": "Met", "11F": "Env", "11G": "Fire",
}  # fmt: skip
"""The kind of a hazard code (GB/T 35561 style) to CAP's category; all others are Other."""
_NSMAP: Any = {None: NAMESPACE}
"""CAP's own is the namespace without a prefix."""
_FORBIDDEN = re.compile(r"[\s,<&]+")
"""What an identifier or sender may not hold (CAP 1.2 §3.2.1)."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who says it where the warning itself names nobody: an address or name, and the 14 characters of GB/T 35965 that
    stand for the office, or none. `exercise`: the realm is no real one, so nothing may be said in earnest."""

    name: str
    office: str = ""
    exercise: bool = False


def message(layer: Layer, feature: Mapping[str, Any], sender: Sender) -> bytes:
    """The message that says what a feature of a warnings layer (GeoJSON, EPSG:4326) is. Raises `Malformed` for other
    layers."""
    if not issubclass(layer.properties, WarningProperties):
        raise Malformed(
            f"「{layer.title.zh}」不是预警图层，不能导出为 CAP。",
            f"{layer.title.en} holds no warnings and cannot be written as CAP.",
        )
    values = feature["properties"]
    sent = _instant(values, "sent_at") or _instant(values, "recorded_from") or datetime.now(BEIJING)
    status = values.get("cap_status") or "Actual"
    alert = etree.Element(f"{{{NAMESPACE}}}alert", nsmap=_NSMAP)
    for name, text in (
        ("identifier", values.get("cap_identifier") or _identifier(feature, sender, sent)),
        ("sender", _FORBIDDEN.sub("-", values.get("cap_sender") or sender.name)),
        ("sent", _text(sent)),
        ("status", "Exercise" if sender.exercise and status in ("Actual", "System") else status),
        ("msgType", "Alert"),
        ("scope", "Public"),
    ):
        _add(alert, name, text)
    _info(alert, "zh-CN", values, feature["geometry"])
    if values.get("headline_en"):
        english = {"headline": values["headline_en"], "description": values.get("description_en")}
        _info(alert, "en-US", {**values, "instruction": None, "resources": (), **english}, None)
    for told in values.get("other_languages") or ():
        language, _, text = told.partition(": ")
        texts = {"headline": text, "description": None, "instruction": None, "resources": ()}
        _info(alert, language, {**values, **texts}, None)
    return etree.tostring(alert, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _identifier(feature: Mapping[str, Any], sender: Sender, sent: datetime) -> str:
    if sender.office:
        return str(made(sender.office, sent, sum(map(ord, feature["id"])) % len(SERIALS)))
    return _FORBIDDEN.sub("-", f"{feature['id']}_{sent.astimezone(BEIJING):%Y%m%d%H%M%S}")


def _info(alert: etree._Element, language: str, values: Mapping[str, Any], geometry: Any) -> None:
    info = etree.SubElement(alert, f"{{{NAMESPACE}}}info")
    codes = values.get("hazards") or ()
    _add(info, "language", language)
    for category in dict.fromkeys(_CATEGORIES.get(code[:3], "Other") for code in codes or ("",)):
        _add(info, "category", category)
    _add(info, "event", values.get("event") or values["headline"])
    _add(info, "urgency", values.get("urgency") or "Unknown")
    _add(info, "severity", values.get("cap_severity") or SEVERITIES[values.get("severity") or 0])
    _add(info, "certainty", values.get("certainty") or "Unknown")
    for code in codes:
        _pair(info, "eventCode", "GB/T 35561", code)
    for name, field in (("onset", "onset_at"), ("expires", "expires_at")):
        if (at := _instant(values, field)) is not None:
            _add(info, name, _text(at))
    for name, field in (
        ("senderName", "issuer"), ("headline", "headline"), ("description", "description"),
        ("instruction", "instruction"), ("web", "web"),
    ):  # fmt: skip
        _add(info, name, values.get(field))
    if values.get("colour"):
        _pair(info, "parameter", "colour", f"{values['colour']}色")
    for told in values.get("resources") or ():
        _resource(info, told)
    _area(info, values, geometry)


def _resource(info: etree._Element, told: str) -> None:
    """A line of `resources` taken apart again: type and size, address and description by their looks."""
    found: dict[str, str] = {}
    for part in told.split(" | "):
        if re.fullmatch(r"[\w.+-]+/[\w.+-]+", part):
            found.setdefault("mimeType", part)
        elif re.fullmatch(r"[\d,]+ B", part):
            found.setdefault("size", part[:-2].replace(",", ""))
        elif re.match(r"[A-Za-z][\w+.-]*:\S+$", part):
            found.setdefault("uri", part)
        elif part != "内嵌 embedded":
            found.setdefault("resourceDesc", part)
    resource = etree.SubElement(info, f"{{{NAMESPACE}}}resource")
    for name in ("resourceDesc", "mimeType", "size", "uri"):
        _add(resource, name, found.get(name))


def _area(info: etree._Element, values: Mapping[str, Any], geometry: Any) -> None:
    area = etree.SubElement(info, f"{{{NAMESPACE}}}area")
    names = [districts()[code].zh for code in values.get("districts") or () if code in districts()]
    _add(area, "areaDesc", values.get("area") or "、".join(names) or "—")
    for outline in _outlines(geometry):
        _add(area, "polygon", outline)
    for lat, lon in _points(geometry):
        _add(area, "circle", f"{lat},{lon} 0")
    for code in values.get("districts") or ():
        _pair(area, "geocode", "GB/T 2260", code)
    for told in values.get("geocodes") or ():
        name, _, value = told.rpartition("=")
        _pair(area, "geocode", name or "geocode", value)


def _outlines(geometry: Any) -> Iterable[str]:
    """The outer rings as CAP writes them, `lat,lon lat,lon …`; CAP has no holes."""
    if geometry is None:
        return
    for part in _parts(geometry):
        if part["type"] in ("Polygon", "MultiPolygon"):
            for rings in [part["coordinates"]] if part["type"] == "Polygon" else part["coordinates"]:
                yield " ".join(f"{lat},{lon}" for lon, lat, *_ in rings[0])


def _points(geometry: Any) -> Iterable[tuple[float, float]]:
    for part in _parts(geometry) if geometry is not None else ():
        if part["type"] == "Point":
            yield part["coordinates"][1], part["coordinates"][0]


def _parts(geometry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = geometry.get("geometries") or [geometry]
    return found


def _instant(values: Mapping[str, Any], name: str) -> datetime | None:
    told = values.get(name)
    return datetime.fromisoformat(told) if told else None


def _text(at: datetime) -> str:
    """CAP 1.2 §3.3.2: local time with offset, never Z."""
    return f"{at.astimezone(BEIJING):%Y-%m-%dT%H:%M:%S}+08:00"


def _add(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


def _pair(parent: etree._Element, name: str, value_name: str, value: str) -> None:
    pair = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    _add(pair, "valueName", value_name)
    _add(pair, "value", value)
