"""First wordings: what a text block says before the writer touches it, made from the data. One file a wording.

A wording's file exports `TITLE` and `wording(asked) -> str`; its name is the file's.
"""

import pkgutil
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType

from emmap.briefing.answering import Asked


@lru_cache(maxsize=1)
def wordings() -> Mapping[str, Callable[[Asked], str]]:
    """Every wording by its name."""
    found = {one.name: import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)}
    return MappingProxyType({name: module.wording for name, module in sorted(found.items())})
