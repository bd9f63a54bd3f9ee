"""Which message refers to which (CAP `references`), and which features each one opened or changed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from emmap.store.statements import statements

Name = tuple[str, str]
"""Sender and identifier of a message."""


@dataclass(frozen=True, slots=True)
class Link:
    """A message that has come in. `layer` and `feature_ids` are those that it speaks of; `refers_to` names the
    messages that it updates or cancels, known or not; `message_id` is its raw text in the inbox; `signature`
    what was said of its signature when it came (`state`, `zh`, `en`)."""

    sender: str
    identifier: str
    sent_at: datetime
    message_type: str
    layer: str | None
    feature_ids: tuple[str, ...]
    refers_to: tuple[Name, ...]
    message_id: int
    signature: dict[str, str] | None = None

    @property
    def name(self) -> Name:
        """Sender and identifier."""
        return self.sender, self.identifier


@dataclass(frozen=True, slots=True)
class Standing:
    """An open version of a feature, as the store knows it now: its span and what identifies its content."""

    feature_id: str
    valid_from: datetime | None
    valid_to: datetime | None
    content_hash: bytes


def lock(conn: Connection) -> None:
    """Holds the realm's chains until the transaction ends: an alert and its update may arrive at once."""
    conn.execute(statements("chains")["lock"])


def linked(conn: Connection, names: Iterable[Name]) -> list[Link]:
    """Every message of the chains that these names belong to, in the order in which they were sent."""
    sql = statements("chains")
    found: dict[tuple[Name, datetime], Link] = {}
    asked: set[Name] = set()
    wanted = set(names)
    while wanted:
        asked |= wanted
        senders, identifiers = zip(*wanted, strict=True)
        rows = [
            *conn.execute(sql["by_name"], {"senders": list(senders), "identifiers": list(identifiers)}),
            *conn.execute(sql["by_reference"], {"names": [_text(name) for name in wanted]}),
        ]
        wanted = set()
        for row in rows:
            link = Link(
                sender=row.sender,
                identifier=row.identifier,
                sent_at=row.sent_at,
                message_type=row.message_type,
                layer=row.layer,
                feature_ids=tuple(row.feature_ids),
                refers_to=tuple(_name(one) for one in row.refers_to),
                message_id=row.message_id,
                signature=row.signature,
            )
            found[link.name, link.sent_at] = link
            wanted |= {link.name, *link.refers_to} - asked
    return sorted(found.values(), key=lambda link: link.sent_at)


def add(conn: Connection, links: Sequence[Link]) -> None:
    """Remembers messages."""
    if not links:
        return
    rows = [
        {
            "sender": link.sender,
            "identifier": link.identifier,
            "sent_at": link.sent_at.isoformat(),
            "message_type": link.message_type,
            "layer": link.layer,
            "feature_ids": link.feature_ids,
            "refers_to": [_text(name) for name in link.refers_to],
            "message_id": link.message_id,
            "signature": link.signature,
        }
        for link in links
    ]
    conn.execute(statements("chains")["add"], {"links": json.dumps(rows, ensure_ascii=False)})


def standing(conn: Connection, layer_id: str, feature_ids: Iterable[str]) -> dict[str, list[Standing]]:
    """The open versions of each feature, in the order of their spans."""
    found: dict[str, list[Standing]] = {}
    given = {"layer": layer_id, "feature_ids": list(feature_ids)}
    for row in conn.execute(statements("chains")["standing"], given):
        found.setdefault(row[0], []).append(Standing(row[0], row[1], row[2], bytes(row[3])))
    return found


def _text(name: Name) -> str:
    """CAP forbids commas and spaces in both parts; the first comma divides them."""
    return ",".join(name)


def _name(joined: str) -> Name:
    sender, _, identifier = joined.partition(",")
    return sender, identifier
