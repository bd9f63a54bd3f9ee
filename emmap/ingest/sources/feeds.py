"""An index of CAP messages (Atom or RSS): which messages it points to. Pure."""

from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from emmap.ingest.cap_forms import alert_of_entry
from emmap.ingest.formats import beginning
from emmap.ingest.xml import document, name_of

MOST_ENTRIES = 5_000
_CAP_TYPES = ("application/cap+xml", "application/common-alerting-protocol+xml")


@dataclass(frozen=True, slots=True)
class Pointer:
    """An entry's message: its address, and what the index says of its age (its date, or else its id)."""

    address: str
    mark: str


def pointers(content: bytes, base: str, *, follow: bool) -> list[Pointer] | None:
    """The messages that an index points to, each once, in its order; None where the document holds its messages
    itself and there is nothing to follow. `follow`: also of entries that carry CAP's fields.

    `base`: the address of the index. Raises `Unreadable` where it is no XML.
    """
    if beginning(content).startswith("{"):
        return None
    root = document(content)
    if name_of(root) not in ("feed", "rss", "RDF") or next(root.iter("{*}alert"), None) is not None:
        return None
    entries = list(root.iter("{*}entry", "{*}item"))
    if not follow and entries and all(alert_of_entry(entry) is not None for entry in entries):
        return None
    found: dict[str, Pointer] = {}
    for entry in entries[:MOST_ENTRIES]:
        if link := _link(entry):
            address = urljoin(base, link)
            found.setdefault(address, Pointer(address, _mark(entry)))
    return list(found.values())


def _link(entry: etree._Element) -> str | None:
    """The link that is marked as CAP; else an alternate one that is not marked as something else; RSS has a text."""
    links = [one for one in entry.iter("{*}link", "{*}enclosure") if one.get("href") or one.get("url")]
    for wanted in (_is_cap, _may_be):
        for one in links:
            if wanted(one):
                return (one.get("href") or one.get("url") or "").strip()
    return next((one.text.strip() for one in entry.iter("{*}link") if one.text and one.text.strip()), None)


def _is_cap(link: etree._Element) -> bool:
    return (link.get("type") or "").lower().partition(";")[0] in _CAP_TYPES


def _may_be(link: etree._Element) -> bool:
    kind = (link.get("type") or "").lower()
    return (
        (link.get("rel") or "alternate") == "alternate" and (not kind or "xml" in kind) and "html" not in kind
    )


def _mark(entry: etree._Element) -> str:
    for name in ("updated", "pubDate", "date", "published", "id", "guid"):
        for child in entry:
            if name_of(child) == name and child.text and child.text.strip():
                return child.text.strip()[:200]
    return ""
