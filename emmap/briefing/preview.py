"""The page while it is composed: typing a text costs a typesetting and little else."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from emmap.briefing.answering import Answered, Asked, realm_of
from emmap.briefing.body import read_body
from emmap.briefing.content import content
from emmap.briefing.freeze import spec_of
from emmap.briefing.sight import Data, moment_of
from emmap.briefing.template import template
from emmap.briefing.typeset import pages
from emmap.layer import Layer
from emmap.settings import Settings
from emmap.store.database import Database

MOST_ANSWERS, MOST_BLOCKS = 60, 200
"""How much a web process keeps: an answer of all the city's hazards is 3 MB, a drawn map up to 3 MB."""
_SCREEN_DPI = 96
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Preview:
    """`pages`: each as SVG."""

    pages: tuple[str, ...]


class Recent(MutableMapping[Key, Value]):
    """The last few values that were used; safe among threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def __getitem__(self, key: Key) -> Value:
        with self._lock:
            self._held.move_to_end(key)
            return self._held[key]

    def __setitem__(self, key: Key, value: Value) -> None:
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def __delitem__(self, key: Key) -> None:
        with self._lock:
            del self._held[key]

    def __iter__(self) -> Iterator[Key]:
        with self._lock:
            return iter(list(self._held))

    def __len__(self) -> int:
        return len(self._held)


class _Remembered:
    """What one store answered, and what was drawn of it."""

    def __init__(self) -> None:
        self.answers: Recent[tuple[str, str, str], Answered] = Recent(MOST_ANSWERS)
        self.shapes: Recent[str, dict[str, Any]] = Recent(MOST_BLOCKS)


_remembered: WeakKeyDictionary[Database, _Remembered] = WeakKeyDictionary()


def preview(
    db: Database, layers: Mapping[str, Layer], settings: Settings, told: Mapping[str, Any], data: Data
) -> Preview:
    """The pages of a body as of its data, as they will print.

    Raises `Malformed` for a body that cannot be used, `SetupError` where a font is missing.
    """
    spec = spec_of(read_body(told), data, layers, settings)
    kept = _remembered.setdefault(db, _Remembered())
    with realm_of(db, spec) as conn:
        asked = Asked(conn, spec, layers, answers=kept.answers)
        made = content(asked, shapes=kept.shapes)
    found = pages(template(spec.template).typ, made, "svg", dpi=_SCREEN_DPI, at=moment_of(spec.created_at))
    return Preview(tuple(page.decode() for page in found))
