"""What a web process remembers while briefings are composed: all of it is of instants that are final."""

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from emmap.briefing.answering import Answered
from emmap.store.database import Database

MOST_ANSWERS, MOST_READS, MOST_BLOCKS = 60, 100, 200
"""How much is kept: an answer of all the city's hazards is 3 MB, what else is read below 1 MB, a drawn map up to 3 MB."""
Key = TypeVar("Key")
Value = TypeVar("Value")


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


class Remembered:
    """What one store answered, what else was read of it, and what was drawn of both."""

    def __init__(self) -> None:
        self.answers: Recent[tuple[str, str, str], Answered] = Recent(MOST_ANSWERS)
        self.reads: Recent[tuple[str, str], Any] = Recent(MOST_READS)
        self.shapes: Recent[str, dict[str, Any]] = Recent(MOST_BLOCKS)


_remembered: WeakKeyDictionary[Database, Remembered] = WeakKeyDictionary()


def remembered(db: Database) -> Remembered:
    """What is remembered of a store."""
    return _remembered.setdefault(db, Remembered())
