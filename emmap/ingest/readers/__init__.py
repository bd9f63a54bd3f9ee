"""Readers of particular services, one module each: a layer names one in its `sources`, and nothing else registers it.

A module here is a `Reader`. It hands on a sheet whose columns bear the names of the layer's fields, and of the columns
that every layer takes (`emmap.ingest.headers.COMMON`).
"""

import importlib
import pkgutil
from functools import lru_cache
from typing import Protocol, cast

from emmap.ingest.sheet import Sheet
from emmap.layer import Layer


class Reader(Protocol):
    """What such a module offers. Both functions are pure."""

    def recognises(self, content: bytes) -> bool:
        """Whether the content looks like this service's, whole or not; never raises."""

    def read(self, content: bytes, name: str) -> Sheet:
        """The content as a sheet; `name` is what it came under. Raises `Unreadable` and `Malformed`."""


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every reader here, by name."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


@lru_cache(maxsize=32)
def reader_named(name: str) -> Reader:
    """The reader of that name, one of `names()`."""
    return cast(Reader, importlib.import_module(f"{__name__}.{name}"))


def reader_for(layer: Layer, content: bytes) -> Reader | None:
    """The first reader among the layer's sources that recognises the content."""
    declared = (source.reader for source in layer.sources if source.reader in names())
    return next((reader for name in declared if (reader := reader_named(name)).recognises(content)), None)
