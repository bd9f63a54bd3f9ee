"""Warnings as services give them in JSON: QWeather (v7 `warning/now`, v1 `weatheralert`) and the Hong Kong Observatory
(`warningInfo`). Each becomes the `alert` element that it stands for. Pure.

Their own codes of events stand in `data/warning_types.csv`, with hazards where those are sure; a code without one keeps its
name. Neither tells a place: where the issuing station names a district, or the city, its boundary is the place.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from lxml import etree

from emmap.codes import DATA, districts
from emmap.errors import Unreadable
from emmap.ingest.cap_forms import add
from emmap.ingest.formats import beginning

QWEATHER = "qweather.com"
HKO = "hko.gov.hk"
HONG_KONG = timezone(timedelta(hours=8))
_DOCUMENT = re.compile(r'"(?:warning|alerts|details)"\s*:\s*\[')
_NATIONAL = re.compile(r"\w{14}_\d{14}_\w")
"""An identifier of GB/T 35965: the same on every route."""
_MSG_TYPES: Mapping[str, str] = MappingProxyType(
    {"active": "Alert", "alert": "Alert", "update": "Update", "cancel": "Cancel", "": "Alert"}
)
_ISSUED = re.compile(
    r"在(?:(?P<month>\d{1,2})月(?P<day>\d{1,2})日)?(?P<half>上午|下午|中午|凌晨)?(?P<hour>\d{1,2})時(?P<minute>\d{2})分[^。]{0,3}發出"
)
_UNTIL = re.compile(
    r"延長至(?P<today>今日|今天)?(?:(?P<month>\d{1,2})月(?P<day>\d{1,2})日)?(?P<half>上午|下午|中午|凌晨)?(?P<hour>\d{1,2})時(?P<minute>\d{2})分"
)


@dataclass(frozen=True, slots=True)
class WarningType:
    """A service's own code: names, hazards (empty where unsure) and the level that emmap reads in it, as CAP's severity."""

    zh: str
    en: str
    hazards: tuple[str, ...]
    severity: str


@lru_cache(maxsize=1)
def warning_types() -> Mapping[tuple[str, str], WarningType]:
    """(service, code) to what it means: `data/warning_types.csv`."""
    with (DATA / "warning_types.csv").open(encoding="utf-8", newline="") as lines:
        return MappingProxyType(
            {
                (row["service"], row["code"]): WarningType(
                    row["zh"], row["en"], tuple(filter(None, row["hazards"].split(";"))), row["severity"]
                )
                for row in csv.DictReader(lines)
            }
        )


def alerts_of_json(told: Any) -> list[etree._Element] | None:
    """The alerts of a service's document; None where it is of no service that is known here. None in force: empty.

    Raises `Unreadable` where the service refused to answer.
    """
    if not isinstance(told, dict):
        return None
    if isinstance(entries := told.get("warning"), list):
        return [_qweather(one, str(told.get("fxLink") or "")) for one in entries if isinstance(one, dict)]
    if isinstance(entries := told.get("alerts"), list) and "metadata" in told:
        return [_qweather_v1(one) for one in entries if isinstance(one, dict)]
    if isinstance(entries := told.get("details"), list) and all(map(_is_statement, entries)):
        return [_hko(one) for one in entries if isinstance(one, dict)]
    code = told.get("code")
    if isinstance(code, str) and code.isdigit() and code not in ("200", "204"):
        raise Unreadable(
            f"服务没有给出数据：代码 {code}。请核对密钥和权限。",
            f"The service gave no data: code {code}. Check key and permission.",
            code="service_refused",
        )
    return None


def recognises(content: bytes) -> bool:
    """Whether it begins like one of these documents."""
    start = beginning(content)
    return start.startswith("{") and _DOCUMENT.search(start) is not None


def _is_statement(entry: Any) -> bool:
    return isinstance(entry, dict) and "warningStatementCode" in entry


def _qweather(told: Mapping[str, Any], link: str) -> etree._Element:
    return _alert(
        identifier=_text(told, "id"),
        issuer=_text(told, "sender"),
        sent=_text(told, "pubTime"),
        msg_type=_text(told, "status"),
        supersedes=re.split(r"[,;\s]+", _text(told, "related")),
        code=_text(told, "type"),
        event=_text(told, "typeName"),
        colour=_text(told, "severityColor") or _text(told, "level"),
        headline=_text(told, "title"),
        info={
            "urgency": _text(told, "urgency"),
            "severity": _text(told, "severity"),
            "certainty": _text(told, "certainty"),
            "effective": _text(told, "pubTime"),
            "onset": _text(told, "startTime"),
            "expires": _text(told, "endTime"),
        },
        description=_text(told, "text"),
        instruction="",
        web=link,
    )


def _qweather_v1(told: Mapping[str, Any]) -> etree._Element:
    message, kind, colour = (_part(told, name) for name in ("messageType", "eventType", "color"))
    return _alert(
        identifier=_text(told, "id"),
        issuer=_text(told, "senderName"),
        sent=_text(told, "issuedTime"),
        msg_type=_text(message, "code") or _text(told, "messageType"),
        supersedes=[str(one) for one in _list(message.get("supersedes") or told.get("supersedes"))],
        code=_text(kind, "code"),
        event=_text(kind, "name"),
        colour=_text(colour, "code"),
        headline=_text(told, "headline"),
        info={
            "urgency": _text(told, "urgency"),
            "severity": _text(told, "severity"),
            "certainty": _text(told, "certainty"),
            "effective": _text(told, "effectiveTime") or _text(told, "issuedTime"),
            "onset": _text(told, "onsetTime"),
            "expires": _text(told, "expireTime"),
        },
        description=_text(told, "description"),
        instruction=_text(told, "instruction"),
        web="",
    )


def _alert(
    *,
    identifier: str,
    issuer: str,
    sent: str,
    msg_type: str,
    supersedes: Iterable[str],
    code: str,
    event: str,
    colour: str,
    headline: str,
    info: Mapping[str, str],
    description: str,
    instruction: str,
    web: str,
) -> etree._Element:
    """A warning of QWeather. An unknown kind of message stays as it is, for the reader of CAP to refuse."""
    sender = issuer if _NATIONAL.fullmatch(identifier) else QWEATHER
    alert = _head(identifier, sender, sent, _MSG_TYPES.get(msg_type.lower(), msg_type))
    names = [one.strip() for one in supersedes if one.strip()]
    add(alert, "references", " ".join(f"{sender},{one},{_with_seconds(sent)}" for one in names))
    kind = warning_types().get(("qweather", code))
    part = etree.SubElement(alert, "info")
    add(part, "event", event or (kind.zh if kind else headline))
    for name in ("urgency", "severity", "certainty"):
        add(part, name, info[name].capitalize())
    _codes(part, kind, "QWeather", code)
    for name in ("effective", "onset", "expires"):
        add(part, name, info[name])
    add(part, "senderName", issuer)
    add(part, "headline", headline)
    add(part, "description", description)
    add(part, "instruction", instruction)
    add(part, "web", web)
    if colour:
        _pair(part, "parameter", "severityColor", colour.capitalize())
    _area_of(part, issuer)
    return alert


def _hko(told: Mapping[str, Any]) -> etree._Element:
    """A warning of the Hong Kong Observatory. It has no number: its code and when it was first issued are its identity, so
    that one whose validity is extended goes on, told anew."""
    code, detail = _text(told, "warningStatementCode"), _text(told, "subtype")
    lines = [str(line).strip() for line in _list(told.get("contents")) if str(line).strip()]
    text, updated = "\n".join(lines), _text(told, "updateTime")
    now = _instant(updated)
    issued = _clock(_ISSUED.search(text), now)
    cancelled = detail.upper() == "CANCEL"
    first = issued if issued and now and issued <= now else now
    alert = _head(
        f"{code}_{first:%Y%m%d%H%M}" if code and first else code,
        HKO,
        updated,
        "Cancel" if cancelled else "Alert",
    )
    types = warning_types()
    kind = types.get(("hko", code))
    grade = types.get(("hko", detail))
    part = etree.SubElement(alert, "info")
    name = grade.zh if grade else kind.zh if kind else code
    add(part, "event", name)
    add(part, "severity", grade.severity if grade else kind.severity if kind else "")
    _codes(part, kind, "HKO", " ".join(filter(None, (code, detail))))
    begin = issued or now
    add(part, "effective", begin.isoformat() if begin else "")
    until = _clock(_UNTIL.search(text), now)
    add(part, "expires", until.isoformat() if until and now and until > now else "")
    add(part, "senderName", "香港天文台")
    add(part, "headline", lines[0] if lines and len(lines[0]) <= 60 else name)
    add(part, "description", text)
    area = etree.SubElement(part, "area")
    add(area, "areaDesc", "香港")
    return alert


def _head(identifier: str, sender: str, sent: str, msg_type: str) -> etree._Element:
    alert = etree.Element("alert")
    for name, value in (("identifier", identifier), ("sender", sender), ("sent", sent), ("status", "Actual"),
                        ("msgType", msg_type), ("scope", "Public")):  # fmt: skip
        add(alert, name, value)
    return alert


def _codes(part: etree._Element, kind: WarningType | None, service: str, code: str) -> None:
    """The hazards that a code is sure to mean, and the code itself."""
    for hazard in kind.hazards if kind else ():
        _pair(part, "eventCode", "GB/T 35561", hazard)
    if code:
        _pair(part, "parameter", f"{service} type", code)


def _pair(part: etree._Element, name: str, key: str, value: str) -> None:
    pair = etree.SubElement(part, name)
    add(pair, "valueName", key)
    add(pair, "value", value)


def _area_of(part: etree._Element, issuer: str) -> None:
    """What the issuing station stands for: its district, or the whole city."""
    named = [(code, one.zh) for code, one in districts().items() if one.zh in issuer]
    if not named and issuer.startswith(("广州市", "广州中心")):
        named = [("440100", "广州市")]
    for code, name in named:
        area = etree.SubElement(part, "area")
        add(area, "areaDesc", name)
        _pair(area, "geocode", "GB/T 2260", code)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=HONG_KONG)
    except ValueError:
        return None


def _with_seconds(text: str) -> str:
    found = _instant(text)
    return found.isoformat() if found else text


def _clock(found: re.Match[str] | None, near: datetime | None) -> datetime | None:
    """A time of day as a sentence tells it, on the day that it names or else on that of `near`."""
    if found is None or near is None:
        return None
    hour, half = int(found["hour"]), found["half"]
    if half in ("下午", "中午") and hour < 12:
        hour += 12 if half == "下午" or hour < 6 else 0
    if half in ("上午", "凌晨") and hour == 12:
        hour = 0
    try:
        day = near.astimezone(HONG_KONG)
        if found["month"]:
            day = day.replace(month=int(found["month"]), day=int(found["day"]))
        return day.replace(hour=hour, minute=int(found["minute"]), second=0, microsecond=0)
    except ValueError:
        return None


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
