"""The store's side of it: what is known nearby is read, and what changes is answered as acts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from emmap.ingest.detections import events, standing
from emmap.ingest.detections.clusters import clusters, neighbours
from emmap.ingest.detections.grades import WITHIN, as_known
from emmap.ingest.detections.sightings import Sighting, sighting_of
from emmap.ingest.detections.words import Word, said_over, words_in
from emmap.ingest.differences import acts_between
from emmap.layer import Act, Detections, Instant, Layer, Record
from emmap.settings import get_settings
from emmap.store import detections as store
from emmap.store.detections import Known

MARGIN = 0.05
"""Degrees around what arrived: more than any reach, also far north."""


def settle(conn: Connection, layer: Layer, records: Sequence[Record], *, feed: bool) -> Sequence[Act]:
    """The acts that take the records of an import in, with what follows from them for other detections and for events
    (acts at position 0). `feed`: it is a satellite feed's file and not a person's.

    Holds the layer's grouping until the transaction ends. A layer that declares no detections gets its records back.
    """
    rule = layer.detections
    if rule is None or not records:
        return records
    store.lock(conn, layer)
    named = () if feed else {record.feature_id for record in records}
    known = {
        name: found
        for name, found in store.by_id(conn, layer, rule.into, named).items()
        if "detections" in found[0][0].properties  # an event that a person made has none, and is the person's
    }
    old = store.by_id(conn, layer, rule.of, named)
    rows: dict[str, list[Record]] = {}
    spoken: dict[str, list[Record]] = {}
    others: list[Act] = []
    for record in records:
        if record.feature_id in known:
            spoken.setdefault(record.feature_id, []).append(record)
        elif record.feature_id in old:
            rows.setdefault(record.feature_id, []).append(_placed(record, old[record.feature_id][0][0]))
        elif record.form == rule.of:
            rows.setdefault(record.feature_id, []).append(record)
        else:
            others.append(record)
    arrived = [one for states in rows.values() if (one := sighting_of(states)) is not None]
    placed = {one.feature_id for one in arrived}
    others += [record for name, states in rows.items() if name not in placed for record in states]
    if not arrived and not spoken:
        return records
    work = _Work(conn, layer, rule, feed, old)
    return [*others, *work.acts(arrived, spoken, known)]


def _placed(row: Record, known: Record) -> Record:
    """A person's row about a known detection, which was when and where it was."""
    at = known.properties.get("detected_at")
    return replace(
        row,
        geometry=known.geometry,
        districts=known.districts,
        properties={**row.properties, "detected_at": at},
    )


@dataclass(slots=True)
class _Work:
    """One import's worth of grouping. `known` and `sightings` are stored detections nearby, by id; `fresh` those whose
    states differ from what is stored, as they are to be."""

    conn: Connection
    layer: Layer
    rule: Detections
    feed: bool
    known: Known
    sightings: dict[str, Sighting] = field(default_factory=dict)
    fresh: dict[str, Sighting] = field(default_factory=dict)

    def acts(
        self, arrived: Sequence[Sighting], spoken: Mapping[str, list[Record]], standing_events: Known
    ) -> list[Act]:
        if arrived:
            self._look_around(arrived)
            kept, _ = as_known(arrived, self.sightings, self.rule)
            self._take_in(kept)
        beside = self._beside()
        touched = {event for one in beside if (event := one.event_id) is not None} | set(spoken)
        touched |= {event for name in self.fresh if (event := self._event_of(name)) is not None}
        return self._written(touched, beside, spoken, standing_events)

    def _look_around(self, arrived: Sequence[Sighting]) -> None:
        reach = max(self.rule.persistent_within, self.rule.gap, WITHIN)
        times = [one.at for one in arrived]
        lon, lat = [one.lon for one in arrived], [one.lat for one in arrived]
        box = (min(lon) - MARGIN, min(lat) - MARGIN, max(lon) + MARGIN, max(lat) + MARGIN)
        span = (min(times) - reach, max(times) + reach)
        self._learn(store.around(self.conn, self.layer, self.rule.of, span, box))
        self._learn(self.known)

    def _learn(self, found: Known) -> None:
        self.known = {**self.known, **found}
        for name, (states, _) in found.items():
            if (one := sighting_of(states)) is not None:
                self.sightings.setdefault(name, one)

    def _take_in(self, kept: Sequence[Sighting]) -> None:
        """Notes in `fresh` what the rows, and what follows for their places, change in detections."""
        words = {one.feature_id: self._words(one) for one in kept}
        bases = {one.feature_id: self._base(one) for one in kept}
        pool = self.sightings | {
            one.feature_id: replace(one, states=(bases[one.feature_id],)) for one in kept
        }
        numbered = list(pool.values())
        on_list = standing.listed(numbered, standing.sources(get_settings().heat_sources))
        lasting = standing.persistent(numbered, self.rule)
        for number, one in enumerate(numbered):
            name = one.feature_id
            if name in bases:
                base = bases[name]
                reason = "archive" if base.properties.get("static_reason") == "archive" else None
                reason = reason or (
                    "list" if number in on_list else "persistent" if number in lasting else None
                )
            elif number in lasting and one.latest.properties.get("static_reason") is None:
                base, reason = self._feed_state(one), "persistent"
                words[name] = [words_in(one.states, self.rule)]
            else:
                continue
            source = on_list.get(number) if reason == "list" else None
            told = said_over(standing.masked(base, self.rule, reason, source), words[name], self.rule)
            if name not in self.known or acts_between(name, told, self.known[name][1]):
                self.fresh[name] = replace(one, states=tuple(told))

    def _words(self, one: Sighting) -> list[list[Word]]:
        stored = words_in(self.known[one.feature_id][0], self.rule) if one.feature_id in self.known else []
        own = [] if self.feed else words_in(one.states, self.rule)
        return [sorted([*stored, *own], key=lambda word: (word.at, word.position))]

    def _base(self, one: Sighting) -> Record:
        """What the feed says of it: of a person's row about a known one, what the row fills in goes before."""
        base = self._feed_state(one)
        if one.feature_id not in self.sightings:
            return base
        before = self._feed_state(self.sightings[one.feature_id])
        event = before.properties.get("event_id")
        kept = {"event_id": event} if event is not None else {}
        told = {} if self.feed else before.properties
        return replace(base, properties={**told, **base.properties, **kept})

    def _feed_state(self, one: Sighting) -> Record:
        """Its state as if nobody had said anything."""
        latest = one.latest
        time = self.layer.time_rule(self.rule.of)
        assert isinstance(time, Instant)
        plain = latest.status if latest.status in (None, *self.rule.plain) else self.rule.plain[0]
        if latest.properties.get("static_reason") is not None:
            plain = self.rule.masked
        span = (one.at, one.at + time.ttl)
        if (latest.status, latest.form, latest.valid_from, latest.valid_to) == (
            plain,
            self.rule.of,
            *span,
        ) and not (latest.properties.keys() & self.rule.told):
            return latest
        return replace(
            latest,
            valid_from=span[0],
            valid_to=span[1],
            status=plain,
            form=self.rule.of,
            properties={k: v for k, v in latest.properties.items() if k not in self.rule.told},
            whole=True,
        )

    def _event_of(self, name: str) -> str | None:
        return self.sightings[name].event_id if name in self.sightings else None

    def _beside(self) -> list[Sighting]:
        """Stored detections next to fresh ones."""
        active = [one for one in self.fresh.values() if self._burns(one)]
        if not active or not self.sightings:
            return []
        first, last = min(one.at for one in active), max(one.at for one in active)
        old = [
            one
            for name, one in self.sightings.items()
            if name not in self.fresh
            and first - self.rule.gap <= one.at <= last + self.rule.gap
            and self._burns(one)
        ]
        met: set[int] = set()
        for i, j in neighbours([*active, *old], self.rule):
            met.update(j[(i < len(active)) & (j >= len(active))].tolist())
            met.update(i[(j < len(active)) & (i >= len(active))].tolist())
        return [old[number - len(active)] for number in met]

    def _burns(self, one: Sighting) -> bool:
        """Whether it counts as a fire: not on a standing source, unless a person says that it is one."""
        return one.latest.status != self.rule.masked

    def _written(
        self,
        touched: Collection[str],
        beside: Sequence[Sighting],
        spoken: Mapping[str, list[Record]],
        standing_events: Known,
    ) -> list[Act]:
        """The acts for detections and events: `touched` are the events that what is fresh belongs or belonged to, or
        lies next to."""
        members = store.of_events(self.conn, self.layer, self.rule.of, touched)
        self._learn(members)
        nodes = {one.feature_id: one for one in beside}
        nodes |= {name: self.sightings[name] for name in members if name in self.sightings}
        nodes |= self.fresh
        was = {**standing_events, **store.by_id(self.conn, self.layer, self.rule.into, touched)}
        began = {name: was[name][0][0].valid_from if name in was else None for name in touched}
        bearing = [
            replace(one, states=tuple(_with_event(one.states, self._event_of(name))))
            for name, one in nodes.items()
            if self._burns(one)
        ]
        groups = clusters(bearing, self.rule)
        named, gone = events.named(groups, began)
        event_of = {one.feature_id: event.feature_id for event in named for one in event.sightings}
        acts: list[Act] = []
        for name, one in nodes.items():
            wanted = _with_event(one.states, event_of.get(name))
            acts += acts_between(name, wanted, self.known[name][1] if name in self.known else ())
        bearers: dict[str, list[str]] = {event.feature_id: [event.feature_id] for event in named}
        for lost, other in gone.items():
            if other is not None:
                bearers[other].append(lost)
        for event in named:
            said = [self._event_words(name, spoken, was) for name in bearers[event.feature_id]]
            last = max((word.at for words in said for word in words), default=None)
            said += [self._member_words(one, last) for one in event.sightings]
            wanted = events.states(self.layer, self.rule, event, said)
            acts += acts_between(event.feature_id, wanted, was.get(event.feature_id, ([], []))[1])
        by_name = {event.feature_id: event for event in named}
        for lost, other in sorted(gone.items()):
            rest = [] if other is None else [
                events.farewell(self.layer, self.rule, lost, by_name[other], began[lost])
            ]  # fmt: skip
            acts += acts_between(lost, rest, was.get(lost, ([], []))[1])
        return acts

    def _event_words(self, name: str, spoken: Mapping[str, list[Record]], was: Known) -> list[Word]:
        stored = words_in(was[name][0], self.rule) if name in was else []
        now = datetime.now(UTC).replace(microsecond=0)
        own = [replace(row, valid_from=row.valid_from or now) for row in spoken.get(name, ())]
        return sorted([*stored, *words_in(own, self.rule)], key=lambda word: (word.at, word.position))

    def _member_words(self, one: Sighting, after: datetime | None) -> list[Word]:
        """That somebody looks into a detection, or has confirmed it, is said of its event as well, unless somebody spoke
        of the event itself since."""
        return [
            replace(word, fields={}, position=0)
            for word in words_in(one.states, self.rule)
            if word.status in self.rule.watched and (after is None or word.at > after)
        ]


def _with_event(states: Iterable[Record], event_id: str | None) -> list[Record]:
    """States with the event that their detection belongs to."""
    found = []
    for state in states:
        if state.properties.get("event_id") == event_id:
            found.append(state)
            continue
        properties: dict[str, Any] = {k: v for k, v in state.properties.items() if k != "event_id"}
        if event_id is not None:
            properties["event_id"] = event_id
        found.append(replace(state, properties=properties))
    return found
