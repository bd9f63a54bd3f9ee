"""The reader of CAP (OASIS Common Alerting Protocol 1.1 and 1.2): bytes in, messages out; no store, no network.

It reads what senders really write: without a namespace, with misspelt codes, open rings, swapped coordinates.
What it puts right it notes. What it cannot read it rejects, with a sentence.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import shapely
from cryptography.x509 import Certificate
from lxml import etree

from emmap.codes import COLOURS, DATA, districts, hazards
from emmap.errors import Unreadable
from emmap.ingest.cap_areas import Note, circle, polygon
from emmap.ingest.cap_forms import alert_of_entry, alerts_of_geojson, with_author
from emmap.ingest.cap_json import alerts_of_json
from emmap.ingest.cap_signatures import NONE, Signature, check
from emmap.ingest.formats import beginning
from emmap.ingest.json_text import json_of
from emmap.ingest.places import boundary_of, districts_of
from emmap.ingest.xml import MAX_OUTLINE, Parts, document, name_of, pairs_of, parts_of, text_of, texts_of
from emmap.layer import Rejected
from emmap.view import BEIJING

CITY = "440100"
OTHER_HAZARD = "EM99"

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MSG_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SEVERITIES: Mapping[str, int] = {"Extreme": 4, "Severe": 3, "Moderate": 2, "Minor": 1, "Unknown": 0}
"""CAP severity to level (CAP 1.2 §3.2.2; 红 Extreme, 橙 Severe, 黄 Moderate, 蓝 and 白 Minor)."""
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
CATEGORIES = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip

COLOUR = re.compile(r"([红橙黄蓝白])色")
LEVEL = re.compile(r"(?:(IV|III|II|I|[ⅠⅡⅢⅣ]|[一二三四])\s*级)(?=应急|响应|预警|/|\])")
LEVEL_PARAMETER = re.compile(r"colou?r|level|severity|级别|等级|颜色", re.I)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NATIVE: Mapping[int, str] = {4: "红", 3: "橙", 2: "黄", 1: "蓝"}

Reference = tuple[str, str, datetime]
"""What identifies a message: sender, identifier, sent (aware UTC, whole seconds)."""


@dataclass(frozen=True, slots=True)
class CapEvent:
    """One event of a message: its languages and areas together. `geometry` is WKB (EPSG:4326) or None;
    `districts` are those its geocodes name and its area touches. Instants are aware UTC, whole seconds."""

    event: str
    hazards: tuple[str, ...]
    categories: tuple[str, ...]
    severity: int
    colour: str | None
    cap_severity: str
    urgency: str
    certainty: str
    effective_at: datetime | None
    onset_at: datetime | None
    expires_at: datetime | None
    headline: str
    issuer: str | None
    description: str | None
    instruction: str | None
    web: str | None
    area: str | None
    headline_en: str | None
    description_en: str | None
    resources: tuple[str, ...]
    other_languages: tuple[str, ...]
    response: bool
    geocodes: tuple[str, ...]
    districts: tuple[str, ...]
    geometry: bytes | None


@dataclass(frozen=True, slots=True)
class CapMessage:
    """One `alert` element. `position` counts from 1 in the document; `raw` is its XML; `notes` say in Chinese
    and English what was put right; `signature` whether a known sender signed what was read."""

    position: int
    identifier: str
    sender: str
    sent_at: datetime
    status: str
    msg_type: str
    references: tuple[Reference, ...]
    events: tuple[CapEvent, ...]
    raw: bytes
    notes: tuple[Note, ...] = ()
    signature: Signature = NONE

    @property
    def key(self) -> Reference:
        """Its identity."""
        return self.sender, self.identifier, self.sent_at


@dataclass(frozen=True, slots=True)
class RejectedMessage:
    """An `alert` element, or an entry of an index, that cannot go in."""

    position: int
    code: str
    zh: str
    en: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a document held; each position is in one of the two."""

    messages: tuple[CapMessage, ...]
    rejected: tuple[RejectedMessage, ...]


def parse(content: bytes, known: tuple[Certificate, ...] = ()) -> Parsed:
    """Every `alert` of a CAP document, of a feed that embeds whole alerts, or that Atom entries with CAP fields,
    the GeoJSON of api.weather.gov or the JSON of other services stand for.

    `known`: certificates of senders whose signatures count. An entry of a feed that only points to its message is
    rejected. Raises `Unreadable` where the document is no XML, has a DOCTYPE, or holds nothing of CAP.
    """
    messages: list[CapMessage] = []
    rejected: list[RejectedMessage] = []
    for position, (alert, raw) in enumerate(_alerts(content), 1):
        if alert is None:
            rejected.append(
                RejectedMessage(
                    position,
                    "index_only",
                    "这是 Atom/RSS 索引,只有指向消息的链接;请下载并导入它指向的 CAP 消息。",
                    "This is an Atom/RSS index that only points to messages; fetch and import the CAP message itself.",
                    raw,
                )
            )
            continue
        signature, signed = check(raw, known)
        try:
            found = _message(alert if signed is None else signed, position, raw)
            messages.append(replace(found, signature=signature))
        except Rejected as error:
            rejected.append(RejectedMessage(position, error.code, error.zh, error.en, raw))
    return Parsed(tuple(messages), tuple(rejected))


def _alerts(content: bytes) -> Iterator[tuple[etree._Element | None, bytes]]:
    """Each alert with its own text, which gives the same alert when it is read again; None for an entry of a feed
    that has none."""
    if beginning(content).startswith("{"):
        told = json_of(content)
        known = alerts_of_json(told)
        for alert in alerts_of_geojson(told) if known is None else known:
            yield alert, etree.tostring(alert, encoding="utf-8")
        return
    root = document(content)
    alerts = [root] if name_of(root) == "alert" else list(root.iter("{*}alert"))
    if alerts:
        for alert in alerts:
            yield alert, content if alert is root else _serialised(alert)
        return
    if name_of(root) not in ("feed", "rss", "RDF", "entry"):
        raise Unreadable(
            f"这是 XML,但不是 CAP:根元素为 {name_of(root)[:40]},其中没有 alert。",
            f"This is XML, but not CAP: the root element is {name_of(root)[:40]} and there is no alert in it.",
            code="not_cap",
        )
    for one in list(root.iter("{*}entry", "{*}item")):
        entry = with_author(one, root)
        yield alert_of_entry(entry), _serialised(entry)


def _serialised(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="utf-8", with_tail=False)


def _message(alert: etree._Element, position: int, raw: bytes) -> CapMessage:
    """Raises `Rejected`."""
    parts = parts_of(alert)
    notes: list[Note] = []
    identifier, sender = _required(parts, "identifier"), _required(parts, "sender")
    sent_at = _instant(_required(parts, "sent"), "sent", notes)
    status = _required_code(parts, "status", STATUSES, notes)
    msg_type = _required_code(parts, "msgType", MSG_TYPES, notes)
    if not text_of(parts, "scope"):
        notes.append(("缺少 scope,按公开处理。", "The scope is missing; taken as Public."))
    events = tuple(_events(parts.get("info", ()), notes))
    if not events and msg_type in ("Alert", "Update"):
        raise Rejected(
            "no_info",
            "消息没有 info 段,没有可以显示的内容。",
            "The message has no info block: there is nothing to show.",
        )
    return CapMessage(
        position=position,
        identifier=identifier,
        sender=sender,
        sent_at=sent_at,
        status=status,
        msg_type=msg_type,
        references=_references(text_of(parts, "references"), notes),
        events=events,
        raw=raw,
        notes=tuple(dict.fromkeys(notes)),
    )


def _required(parts: Parts, name: str) -> str:
    text = text_of(parts, name)
    if not text:
        raise Rejected(
            "missing_element", f"缺少必需的元素 {name}。", f"The required element {name} is missing."
        )
    return text


def _required_code(parts: Parts, name: str, known: Sequence[str], notes: list[Note]) -> str:
    """Raises `Rejected`: a message that may be a test, or a cancellation, must not be guessed at."""
    text = text_of(parts, name)
    code = _code(text, known, name, notes)
    if code is None:
        raise Rejected(
            "unknown_code",
            f"元素 {name} 为「{text[:40]}」,应为 {'、'.join(known)} 之一。",
            f"Element {name} is “{text[:40]}”; it must be one of {', '.join(known)}.",
        )
    return code


def _instant(text: str, name: str, notes: list[Note]) -> datetime:
    """An instant as aware UTC, whole seconds; without an offset it is Beijing time. Raises `Rejected`."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "T", 1))
        if at.tzinfo is None:
            notes.append(
                (f"{name} 没有时区,按北京时间处理。", f"{name} has no offset; taken as Beijing time.")
            )
            at = at.replace(tzinfo=BEIJING)
        return at.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Rejected(
            "impossible_time",
            f"元素 {name} 的时间「{text[:40]}」无法理解;应形如 2020-05-22T01:12:00+08:00。",
            f"Element {name}: “{text[:40]}” is no time; it should look like 2020-05-22T01:12:00+08:00.",
        ) from None


def _code(text: str, known: Sequence[str], name: str, notes: list[Note]) -> str | None:
    """The code that a text means, small slips allowed; None where it means none."""
    if text in known or not text:
        return text or None
    wanted = {code.casefold(): code for code in known}
    close = get_close_matches(text.casefold(), wanted, n=1, cutoff=0.75)
    if not close:
        return None
    found = wanted[close[0]]
    if text.casefold() != found.casefold():
        notes.append((f"{name}「{text}」按 {found} 处理。", f"{name} “{text}” taken as {found}."))
    return found


def _references(text: str, notes: list[Note]) -> tuple[Reference, ...]:
    """The triplets of `references`; one that is no triplet is passed over with a note."""
    found: list[Reference] = []
    for item in text.split():
        sender, _, rest = item.partition(",")
        identifier, _, sent = rest.rpartition(",")
        try:
            found.append(
                (sender, identifier, datetime.fromisoformat(sent).astimezone(UTC).replace(microsecond=0))
            )
        except (ValueError, OverflowError):
            notes.append(
                (f"references 中「{item[:60]}」无法理解。", f"references: “{item[:60]}” is no triplet.")
            )
    return tuple(dict.fromkeys(found))


@dataclass(slots=True)
class _Info:
    """One `info` element, read."""

    language: str
    event: str
    categories: list[str]
    event_codes: list[tuple[str, str]]
    severity: int
    colour: str | None
    cap_severity: str
    urgency: str
    certainty: str
    effective_at: datetime | None
    onset_at: datetime | None
    expires_at: datetime | None
    texts: dict[str, str | None]
    resources: list[str]
    areas: list[Parts]

    @property
    def chinese(self) -> bool:
        return self.language.startswith("zh")

    @property
    def english(self) -> bool:
        return self.language.startswith("en")


def _info(element: etree._Element, notes: list[Note]) -> _Info:
    parts = parts_of(element)
    event = text_of(parts, "event")
    headline = text_of(parts, "headline")
    if not event and not headline:
        raise Rejected(
            "missing_element",
            "info 段缺少必需的元素 event。",
            "An info block lacks the required element event.",
        )
    language = text_of(parts, "language").casefold()
    if not language:
        language = "zh-cn" if CHINESE.search(event + headline) else "en-us"
    stated = text_of(parts, "severity")
    cap_severity = _code(stated, tuple(SEVERITIES), "severity", notes) or "Unknown"
    codes = pairs_of(parts, "eventCode")
    level, colour = _native_level(event, headline, stated, pairs_of(parts, "parameter") + codes)
    instants: dict[str, datetime | None] = {
        name: _instant(text, name, notes) if (text := text_of(parts, name)) else None
        for name in ("effective", "onset", "expires")
    }
    return _Info(
        language=language,
        event=event or headline,
        categories=[
            c for text in texts_of(parts, "category") if (c := _code(text, CATEGORIES, "category", notes))
        ],
        event_codes=codes,
        severity=SEVERITIES[cap_severity] if level is None else level,
        colour=colour,
        cap_severity=cap_severity,
        urgency=_code(text_of(parts, "urgency"), URGENCIES, "urgency", notes) or "Unknown",
        certainty=_code(text_of(parts, "certainty"), CERTAINTIES, "certainty", notes) or "Unknown",
        effective_at=instants["effective"],
        onset_at=instants["onset"],
        expires_at=instants["expires"],
        texts={
            name: text_of(parts, name) or None
            for name in ("headline", "senderName", "description", "instruction", "web")
        },
        resources=[_resource(parts_of(one)) for one in parts.get("resource", ())],
        areas=[parts_of(area) for area in parts.get("area", ())],
    )


def _resource(parts: Parts) -> str:
    """What a resource is, in one line: description, type, size, address. It is never fetched."""
    size = text_of(parts, "size")
    told = [
        text_of(parts, "resourceDesc"),
        text_of(parts, "mimeType"),
        f"{int(size):,} B" if size.isascii() and size.isdigit() and len(size) < 16 else size,
        text_of(parts, "uri"),
        "内嵌 embedded" if parts.get("derefUri") else "",
    ]
    return " | ".join(re.sub(r"\s+", " ", part) for part in told if part)


def _native_level(
    event: str, headline: str, severity: str, pairs: Iterable[tuple[str, str]]
) -> tuple[int | None, str | None]:
    """Level and native colour where the message states them in its own words: a parameter, the headline's
    colour, a colour in `severity`, or the headline's level (响应 are levelled, not coloured)."""
    for name, value in pairs:
        level = COLOURS.get(value.casefold()) if LEVEL_PARAMETER.search(name) else None
        if level is not None:
            return level, "白" if value.casefold() in ("白", "白色", "white") else NATIVE[level]
    for text in (headline, event):
        if found := COLOUR.search(text):
            return COLOURS[found[1]], found[1]
    if (level := COLOURS.get(severity.casefold())) is not None:
        return level, "白" if severity.casefold() in ("白", "白色", "white") else NATIVE[level]
    for text in (headline, event):
        if found := LEVEL.search(text):
            level = COLOURS[found[1].casefold() if found[1].isascii() else _roman(found[1])]
            return level, NATIVE[level]
    return None, None


def _roman(numeral: str) -> str:
    return {"一": "i", "二": "ii", "三": "iii", "四": "iv"}.get(numeral, numeral.casefold())


def _events(infos: Sequence[etree._Element], notes: list[Note]) -> Iterator[CapEvent]:
    """The message's events in order, each of all `info` that speak of it."""
    for group in _grouped([_info(element, notes) for element in infos]):
        main = max(group, key=lambda info: (info.chinese, info.severity))
        english = next((i for i in group if i.language.startswith("en") and not main.english), None)
        geometry, geocodes, where = _place([area for info in group for area in info.areas], notes)
        categories = tuple(dict.fromkeys(c for info in group for c in info.categories))
        headline = main.texts["headline"] or main.event
        yield CapEvent(
            event=main.event,
            hazards=_hazards(group, categories),
            categories=categories,
            severity=main.severity,
            colour=main.colour,
            cap_severity=main.cap_severity,
            urgency=main.urgency,
            certainty=main.certainty,
            effective_at=min((i.effective_at for i in group if i.effective_at), default=None),
            onset_at=min((i.onset_at for i in group if i.onset_at), default=None),
            expires_at=max((i.expires_at for i in group if i.expires_at), default=None),
            headline=headline,
            issuer=main.texts["senderName"],
            description=main.texts["description"],
            instruction=main.texts["instruction"],
            web=main.texts["web"],
            area=_area_names(info for info in group if info.language == main.language),
            headline_en=(english.texts["headline"] or english.event) if english else None,
            description_en=english.texts["description"] if english else None,
            resources=tuple(dict.fromkeys(one for info in group for one in info.resources if one)),
            other_languages=tuple(
                _in_its_language(info)
                for info in group
                if info is not main and info is not english and info.language != main.language
            ),
            response="应急响应" in main.event + headline,
            geocodes=geocodes,
            districts=where,
            geometry=geometry,
        )


def _in_its_language(info: _Info) -> str:
    """What an `info` says in a language that has no fields of its own."""
    texts = (info.texts["headline"] or info.event, info.texts["description"], info.texts["instruction"])
    return f"{info.language}: {' — '.join(text for text in texts if text)}"


def _grouped(infos: Sequence[_Info]) -> list[list[_Info]]:
    """The `info` of each event. Within a language the event's words tell events apart; a further language
    belongs to the event with the same words, else the same codes, else the same place in the order."""
    languages = list(dict.fromkeys(info.language for info in infos))
    first = next((one for one in languages if one.startswith("zh")), languages[0] if languages else "")
    groups: dict[str, list[_Info]] = {}
    for info in infos:
        if info.language == first:
            groups.setdefault(info.event.casefold(), []).append(info)
    known = list(groups.values())
    for language in languages:
        own = list(dict.fromkeys(i.event.casefold() for i in infos if i.language == language))
        for info in infos:
            if language == first or info.language != language:
                continue
            turn = own.index(info.event.casefold())
            alike = groups.get(info.event.casefold()) or next(
                (group for group in known if info.event_codes and group[0].event_codes == info.event_codes),
                None,
            )
            if alike is None and len(own) == len(known):
                alike = known[turn]
            if alike is None:
                alike = groups.setdefault(info.event.casefold(), [])
            alike.append(info)
    return list(groups.values())


def _area_names(infos: Iterable[_Info]) -> str | None:
    names = [
        re.sub(r"\s+", " ", name) for i in infos for area in i.areas for name in texts_of(area, "areaDesc")
    ]
    return "；".join(dict.fromkeys(names)) or None


@dataclass(frozen=True, slots=True)
class _Words:
    """The table `data/cap_events.csv`: what names a hazard. `zh` and `word` longest first."""

    zh: tuple[tuple[str, tuple[str, ...]], ...]
    words: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
    same: Mapping[str, tuple[str, ...]]
    categories: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _words() -> _Words:
    with (DATA / "cap_events.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(r["kind"], r["match"], tuple(r["hazards"].split(";"))) for r in csv.DictReader(lines)]
    rows.sort(key=lambda row: -len(row[1]))
    return _Words(
        zh=tuple((match, codes) for kind, match, codes in rows if kind == "zh"),
        words=tuple(
            (re.compile(rf"\b{re.escape(match)}\b", re.I), codes)
            for kind, match, codes in rows
            if kind == "word"
        ),
        same={match: codes for kind, match, codes in rows if kind == "same"},
        categories={match: codes for kind, match, codes in rows if kind == "category"},
    )


def _hazards(infos: Sequence[_Info], categories: Sequence[str]) -> tuple[str, ...]:
    """Hazard codes of an event, in the list's order: by event code, else by its words, else by category."""
    words = _words()
    found: set[str] = set()
    values = [value.strip().upper() for info in infos for _, value in info.event_codes]
    for value in values:
        found.update(code for code in (value, value[:5], value[:3]) if code in hazards())
        found.update(words.same.get(value, ()))
    texts = [info.event for info in infos] + [info.texts["headline"] or "" for info in infos]
    texts[len(infos) : len(infos)] = [
        re.sub(r"(?<=[a-z])(?=[A-Z])", " ", v) for i in infos for _, v in i.event_codes
    ]
    for text in texts:
        if found:
            break
        found.update(_named_hazards(text))
    for category in categories:
        if not found:
            found.update(words.categories.get(category, ()))
    return tuple(code for code in hazards() if code in (found or {OTHER_HAZARD}))


def _named_hazards(text: str) -> set[str]:
    """The hazards whose words stand in the text; a word inside a longer one does not count again."""
    found: set[str] = set()
    for word, codes in _words().zh:
        if word in text:
            found.update(codes)
            text = text.replace(word, " ")
    for pattern, codes in _words().words:
        text, met = pattern.subn(" ", text)
        if met:
            found.update(codes)
    return found


def _place(
    areas: Sequence[Parts], notes: list[Note]
) -> tuple[bytes | None, tuple[str, ...], tuple[str, ...]]:
    """Geometry (WKB or None), geocodes that name no district of ours, and districts.

    What the message draws goes first; a place named by codes only takes their boundaries.
    """
    drawn: dict[str, Any] = {}
    other: list[str] = []
    declared: list[str] = []
    for area in areas:
        for text in texts_of(area, "polygon", MAX_OUTLINE):
            drawn.setdefault(text, None if text in drawn else polygon(text, notes))
        for text in texts_of(area, "circle"):
            drawn.setdefault(text, None if text in drawn else circle(text, notes))
        for name, value in pairs_of(area, "geocode"):
            code = value if value == CITY else value[:6]
            if value.isdigit() and len(value) in (6, 9, 12) and (code == CITY or code in districts()):
                declared.append(code)
            elif value:
                other.append(f"{name}={value}" if name else value)
    shapes = [shape for shape in drawn.values() if shape is not None]
    geocodes = tuple(dict.fromkeys(other))
    named = set(districts()) if CITY in declared else set(declared)
    if shapes:
        wkb = bytes(shapely.to_wkb(shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)))
        named.update(districts_of([wkb])[0])
    elif declared:
        wkb = _boundaries(tuple(sorted(set(declared))))
    else:
        return None, geocodes, ()
    return wkb, geocodes, tuple(code for code in districts() if code in named)


@lru_cache(maxsize=256)
def _boundaries(codes: tuple[str, ...]) -> bytes:
    return bytes(shapely.to_wkb(shapely.union_all([boundary_of(code) for code in codes])))
