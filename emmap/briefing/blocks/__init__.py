"""The kinds of blocks that a briefing is composed of: one file a kind, found by looking, no list to keep.

A kind's file exports `KIND`: its name, title, parameters, and how it is filled. What comes out has one of these shapes,
plain JSON with all words final, which is all that the outputs know:

    text      title, paragraphs
    pictures  title, columns, pictures: svg, width_mm, height_mm, alt, caption, legend, notes
    table     title, columns: title, align; rows, total, note
    list      title, items: number, level, text, note; left: how many are not listed
    photos    title, photos: image (SHA-256), type, width_px, height_px, caption

and besides it the block's `key`, `kind`, and `width` (`full`, or `half`: two that follow each other stand side by side).
"""

import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from emmap.briefing.answering import Asked
from emmap.briefing.blocks.kind import Kind


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name."""
    found = [import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)]
    every = [module.KIND for module in found if hasattr(module, "KIND")]
    return MappingProxyType({one.name: one for one in sorted(every, key=lambda one: one.order)})


def filled(asked: Asked, block: Mapping[str, Any]) -> dict[str, Any]:
    """A block of a spec, in its shape."""
    kind = kinds()[block["kind"]]
    parameters = kind.parameters.model_validate(dict(block))
    return {
        "key": parameters.key,
        "kind": kind.name,
        "width": parameters.width,
        "title": parameters.title,
        **kind.fill(asked, parameters),
    }
