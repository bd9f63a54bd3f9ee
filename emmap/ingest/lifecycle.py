"""How the messages of a chain follow each other: Alert, Update and Cancel become the timelines of features.

Pure: the same messages give the same timelines, in whatever order they arrived.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from emmap.ingest.cap import CapEvent, CapMessage, Reference
from emmap.layer import Layer, Notice, Record, Row

Name = tuple[str, str]


@dataclass(slots=True)
class Timelines:
    """What a chain says: each feature's states in order, its layer, and the features of each message.

    A Record's `position` is the `number` of its message.
    """

    states: dict[str, list[Record]] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    features: dict[Reference, tuple[str, ...]] = field(default_factory=dict)


def timelines(messages: Mapping[int, CapMessage], layer_for: Callable[[CapMessage, str], Layer]) -> Timelines:
    """The timelines of a chain, of its messages by number. `layer_for` chooses the layer of a message's new
    feature, by its id.

    An Update ends what it refers to when it takes effect and goes on with the same features; a Cancel ends them.
    A message sent again under the same identifier counts as an Update. Ack and Error say nothing of a feature.
    Raises `Rejected` where a state ends before it starts.
    """
    told = Timelines()
    current: dict[Name, dict[str, str]] = {}
    roots: dict[Name, Name] = {}
    for number, message in sorted(messages.items(), key=lambda item: _order(item[1])):
        own = (message.sender, message.identifier)
        earlier = [ref for ref in message.references if ref != message.key]
        names = [own] if message.msg_type == "Alert" else [*(ref[:2] for ref in earlier), own]
        prior = {event: feature for name in names for event, feature in current.get(name, {}).items()}
        if message.msg_type in ("Ack", "Error"):
            told.features[message.key] = ()
            continue
        if message.msg_type == "Cancel":
            at = next((e.effective_at for e in message.events if e.effective_at), message.sent_at)
            for feature in prior.values():
                told.states[feature] = _until(told.states[feature], at)
            current[own] = prior
            told.features[message.key] = tuple(dict.fromkeys(prior.values()))
            continue
        first = min(earlier, key=lambda ref: ref[2])[:2] if earlier and message.msg_type == "Update" else own
        roots[own] = roots.get(first, first)
        chosen = _features(message, prior, roots[own])
        for feature in set(prior.values()) - set(chosen.values()):
            told.states[feature] = _until(told.states[feature], message.sent_at)
        for event in message.events:
            _tell(told, message, event, chosen[_key(event)], number, layer_for)
        current[own] = chosen
        told.features[message.key] = tuple(dict.fromkeys(chosen.values()))
    return told


def feature_id(root: Name, event: str) -> str:
    """The id of an event's feature: the identifier of its chain's first message, and a short hash that tells
    senders and events apart. Fit for an address."""
    told = hashlib.blake2b("\n".join((*root, event)).encode(), digest_size=4).hexdigest()
    stem = re.sub(r"[^\w.-]+", "-", root[1]).strip("-")[:64]
    return f"{stem}-{told}"


def notice_of(message: CapMessage) -> Notice:
    """What a layer sees when it is asked whether it claims the message."""
    return Notice(
        event="；".join(event.event for event in message.events),
        hazards=tuple(dict.fromkeys(code for event in message.events for code in event.hazards)),
        categories=tuple(dict.fromkeys(c for event in message.events for c in event.categories)),
        sender=message.sender,
    )


def _order(message: CapMessage) -> tuple[datetime, bool, str]:
    """Messages go by when they were sent; of two at the same instant the Alert goes first."""
    return message.sent_at, message.msg_type != "Alert", message.identifier


def _key(event: CapEvent) -> str:
    return re.sub(r"\s+", " ", event.event).casefold()


def _features(message: CapMessage, prior: Mapping[str, str], root: Name) -> dict[str, str]:
    """The feature of each event: that of the same event before, the only one left, or a new one."""
    chosen = {key: prior[key] for event in message.events if (key := _key(event)) in prior}
    new = [key for event in message.events if (key := _key(event)) not in chosen]
    left = [feature for feature in dict.fromkeys(prior.values()) if feature not in chosen.values()]
    if len(new) == len(left) == 1:
        return {**chosen, new[0]: left[0]}
    return {**chosen, **{key: feature_id(root, key) for key in new}}


def _tell(
    told: Timelines,
    message: CapMessage,
    event: CapEvent,
    feature: str,
    number: int,
    layer_for: Callable[[CapMessage, str], Layer],
) -> None:
    layer = told.layers.setdefault(feature, layer_for(message, feature))
    row = Row(
        position=number,
        feature_id=feature,
        properties=layer.properties.model_validate(
            {name: value for name, value in _values(message, event).items() if name in layer.fields}
        ),
        geometry=event.geometry,
        districts=event.districts,
    )
    records = layer.records(row)
    if feature in told.states:
        since = event.effective_at or message.sent_at
        told.states[feature] = _until(told.states[feature], since)
        records = [
            replace(record, valid_from=max(record.valid_from or since, since))
            for record in records
            if record.valid_to is None or record.valid_to > since
        ]
    told.states.setdefault(feature, []).extend(records)


def _until(states: Iterable[Record], at: datetime) -> list[Record]:
    """The states that begin before `at`, none lasting beyond it."""
    return [
        replace(state, valid_to=at if state.valid_to is None else min(state.valid_to, at))
        for state in states
        if state.valid_from is None or state.valid_from < at
    ]


def _values(message: CapMessage, event: CapEvent) -> dict[str, Any]:
    """The fields of `WarningProperties`. Without an onset it begins when it takes effect (CAP 1.2 §3.2.2)."""
    return {
        "headline": event.headline,
        "hazards": event.hazards,
        "form": "response" if event.response else "signal",
        "severity": event.severity,
        "colour": event.colour,
        "issuer": event.issuer,
        "sent_at": message.sent_at,
        "onset_at": event.onset_at or event.effective_at,
        "expires_at": event.expires_at,
        "event": event.event,
        "area": event.area,
        "description": event.description,
        "instruction": event.instruction,
        "urgency": event.urgency,
        "certainty": event.certainty,
        "cap_severity": event.cap_severity,
        "cap_identifier": message.identifier,
        "cap_sender": message.sender,
        "cap_status": message.status,
        "cap_msg_type": message.msg_type,
        "geocodes": event.geocodes,
        "web": event.web,
        "resources": event.resources,
        "other_languages": event.other_languages,
        "cap_signature": message.signature.state,
        "cap_signature_note": " ".join(filter(None, (message.signature.zh, message.signature.en))) or None,
        "headline_en": event.headline_en,
        "description_en": event.description_en,
    }
