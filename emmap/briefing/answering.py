"""The store's answers for paper: what holds under each sight of a briefing, and the digest of it all."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection

from emmap.briefing.drawing.frame import Box
from emmap.briefing.sight import Sight, instant, moment_of
from emmap.briefing.spec import Spec
from emmap.briefing.template import template
from emmap.errors import Gone
from emmap.layer import Layer
from emmap.store import migrate
from emmap.store.answers import Moment
from emmap.store.database import Database
from emmap.store.marks import NOTHING, Headline, Marks, headlines, last_recorded, marks
from emmap.view import View, parse_view

MOST_HEADLINES, MOST_NAMES = 6, 12


@dataclass(frozen=True, slots=True)
class Answered:
    """One layer of a sight, answered. `headlines` only of layers whose features come and go, such as warnings."""

    layer: Layer
    marks: Marks
    headlines: tuple[Headline, ...]


@contextmanager
def realm_of(db: Database, spec: Spec) -> Iterator[Connection]:
    """A connection to the realm that a spec is about. `Gone` where that was dropped, as an exercise may be."""
    if spec.realm not in migrate.realms(db, as_role="app"):
        raise Gone(
            f"这份简报的数据在库 {spec.realm} 里，该库已被删除，数据不在了；简报的记录和校验值仍在。",
            f"The data of this briefing were in the realm {spec.realm}, which was dropped: they are gone. Its record and "
            "hashes are still here.",
            code="data_gone",
        )
    with db.engine("app", spec.realm).connect() as conn:
        yield conn


Told = TypeVar("Told")
Answers = MutableMapping[tuple[str, str, str], Answered]
"""Answers that were given before, by realm, layer and the sight less its extent."""
Reads = MutableMapping[tuple[str, str], Any]
"""What was read otherwise, by realm and a name that says all that was asked."""


class Asked:
    """One briefing being answered: its spec, and the store that answers it.

    `conn` is of the spec's realm. Every answer is remembered, so that blocks that share a sight ask once, and `digest`
    is of all that was told. `questions`: each layer that was asked, its filters as
    text, and T and K; with the filters.
    """

    def __init__(
        self,
        conn: Connection,
        spec: Spec,
        layers: Mapping[str, Layer],
        briefing_id: str = "",
        answers: Answers | None = None,
        reads: Reads | None = None,
    ) -> None:
        self.conn = conn
        self.spec = spec
        self.layers = layers
        self.briefing_id = briefing_id
        self._answers: Answers = {} if answers is None else answers
        self._told: dict[str, str] = {}
        self.questions: dict[tuple[str, str, Moment], View] = {}
        self._reads: Reads = {} if reads is None else reads

    @property
    def at(self) -> datetime:
        """The briefing's own T, aware UTC."""
        return moment_of(self.spec.at)

    @property
    def room_mm(self) -> tuple[float, float]:
        """Width and greatest height of a drawing that takes the page's whole width."""
        declared = template(self.spec.template)
        return declared.rooms_mm[self.spec.paper or declared.papers[0]]

    def sight(self, parameters: Mapping[str, Any]) -> Sight:
        """The sight of a block or of a map in one; the briefing's own where it has none."""
        own = parameters.get("sight")
        return Sight(**own) if own else self.spec.sight

    def moment(self, layer: str, sight: Sight | None = None, view: View | None = None) -> Moment | None:
        """T and K of a layer for `store.answers`; None for one that had never been written. A layer that the sight
        does not show is asked as of the briefing's data. `view`: of which only what its filters let through is looked
        at; without it, all of the layer."""
        moment = self._moment(layer, sight or self.spec.sight)
        if moment is None:
            return None
        filters = replace(
            view or View(), realm=None, layers=None, bbox=None, area=None, at=None, known_at=None
        )
        self.questions[layer, filters.to_query(), moment] = filters
        return moment

    def _moment(self, layer: str, seen: Sight) -> Moment | None:
        stamp = seen.known_at.get(layer)
        if stamp is None and (newest := self.spec.stamps.get(layer)) is not None:
            stamp = instant(self._known_by(seen, moment_of(newest)))
        if stamp is None:
            return None
        # Pinned: the open versions of today are not asked, whatever was written since.
        return Moment(moment_of(seen.at), moment_of(stamp), moment_of(stamp), pinned=True)

    def measured_known_at(self, sight: Sight | None = None) -> datetime | None:
        """K of the measurements, aware UTC; None where nothing had been measured."""
        final = self.spec.measured_at
        return self._known_by(sight or self.spec.sight, moment_of(final)) if final else None

    def _known_by(self, seen: Sight, final: datetime) -> datetime:
        """The K of a sight for what it has no stamp of its own for, not after what is `final`."""
        if seen.knowledge == "then":
            return min(final, moment_of(seen.at))
        # A layer is known up to the instant that was asked for, or up to its stamp where that is older.
        stamps = [moment_of(stamp) for stamp in seen.known_at.values() if stamp]
        return min(final, max(stamps)) if seen.knowledge == "fixed" and stamps else final

    def view(self, sight: Sight | None = None) -> View:
        """The View of a sight."""
        return parse_view((sight or self.spec.sight).view, self.layers, strict=True)[0]

    def answer(self, sight: Sight | None = None) -> tuple[View, list[Answered]]:
        """A sight's View, and what each of its layers answers at T and the layer's K, whatever the extent."""
        seen = sight or self.spec.sight
        view = self.view(seen)
        return view, [self.layer(name, view, seen) for name in view.layers or ()]

    def layer(self, name: str, view: View, sight: Sight | None = None) -> Answered:
        """What one layer answers under a View as of a sight, whatever the extent."""
        seen = sight or self.spec.sight
        everywhere = replace(view, bbox=None)
        moment = self.moment(name, seen, view)
        key = (
            self.spec.realm,
            name,
            f"{everywhere.to_query()} {seen.at} {moment.known_at if moment else None}",
        )
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._ask(self.layers[name], everywhere, moment)
        self._told[" ".join(key)] = _digest(found)
        return found

    def _ask(self, layer: Layer, view: View, moment: Moment | None) -> Answered:
        if moment is None:
            return Answered(layer, NOTHING, ())
        told = headlines(self.conn, layer, view, moment, MOST_HEADLINES) if layer.comes_and_goes else []
        return Answered(layer, marks(self.conn, layer, view, moment), tuple(told))

    def last_recorded(self, name: str) -> datetime | None:
        """When a layer was last written, as known in the briefing's own sight; None for one that never was."""
        moment = self._moment(name, self.spec.sight)
        if moment is None:
            return None
        return self.read(
            f"last {name} {moment.known_at}", lambda: last_recorded(self.conn, self.layers[name], moment)
        )

    def named(self, name: str, view: View, box: Box, sight: Sight | None = None) -> list[Headline]:
        """The worst features of a layer within a box in degrees, by name: as many as a map can name."""
        seen = sight or self.spec.sight
        moment = self.moment(name, seen, view)
        if moment is None:
            return []
        found = headlines(self.conn, self.layers[name], replace(view, bbox=box), moment, MOST_NAMES)
        self.remember(f"names {name} {seen.at} {moment.known_at} {box}", found)
        return found

    def read(self, name: str, ask: Callable[[], Told]) -> Told:
        """What a block reads otherwise than by `answer`, such as measurements, once under a name that says all that was
        asked, T and K too. It goes into the digest."""
        key = (self.spec.realm, name)
        found: Told | None = self._reads.get(key)
        if found is None:
            found = self._reads[key] = ask()
        if name not in self._told:
            self.remember(name, found)
        return found

    def remember(self, name: str, told: Any) -> None:
        """Takes what a block read into the digest. `told`: plain values, or what says all of itself by `repr`."""
        plain = json.dumps(told, ensure_ascii=False, sort_keys=True, default=repr)
        self._told[name] = hashlib.sha256(plain.encode()).hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256 of the answers: the same versions give the same digest, whatever drew them."""
        return hashlib.sha256(json.dumps(self._told, sort_keys=True).encode()).hexdigest()


def _digest(one: Answered) -> str:
    total, held = hashlib.sha256(), one.marks
    total.update(f"{one.layer.id} {held.unplaced} {held.last_recorded} {one.headlines}".encode())
    for counts in (held.counts, held.districts):
        total.update(repr(sorted((str(value), level, n) for (value, level), n in counts.items())).encode())
    for value in sorted(held.places, key=str):
        places = held.places[value]
        total.update(str(value).encode() + places[np.lexsort(places.T)].tobytes())
    for outlined in held.outlined:
        total.update(str(outlined.value).encode() + outlined.geometry)
    return total.hexdigest()


def answered(found: Sequence[Answered], layer: str) -> Answered | None:
    """The answer of a layer among several."""
    return next((one for one in found if one.layer.id == layer), None)
