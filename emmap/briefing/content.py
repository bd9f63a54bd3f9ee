"""What stands in a briefing, as its template and every other output read it: plain values, and SVG for what is drawn."""

import hashlib
import json
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict
from typing import Any

from emmap.briefing import blocks, facts, fonts, qr, sheet
from emmap.briefing.answering import Asked
from emmap.briefing.spec import Spec

_DRAWINGS = ("map", "picture", "svg", "qr")
"""Keys that hold SVG, not words."""


Shapes = MutableMapping[str, dict[str, Any]]
"""Blocks that were filled before."""


def content(asked: Asked, shapes: Shapes | None = None) -> dict[str, Any]:
    """All of it. Words hold only what the fonts can print. `shapes`: where filled blocks are remembered.

    Of a composed briefing: the facts of the page, `header`, `number`, and `blocks`, each in one of the shapes of
    `blocks`; of a quick export: its map sheet.
    """
    told = _composed(asked, {} if shapes is None else shapes) if asked.spec.blocks else sheet.sheet(asked)
    return {name: _printed(name, value) for name, value in told.items()}


def _composed(asked: Asked, shapes: Shapes) -> dict[str, Any]:
    spec = asked.spec
    # Not what it answers: a block that shows the briefing's own sight asks for that.
    view = asked.view()
    shown = view.chosen(asked.layers)
    return {
        **facts.facts(asked, shown),
        "template": spec.template,
        "paper": spec.paper,
        "header": dict(spec.header),
        "number": dict(spec.number) if spec.number else None,
        "signed": dict(spec.signed),
        "corrects": spec.corrects,
        "record_url": spec.record_url,
        "qr": qr.svg(spec.record_url),
        "filters": facts.filters(view, shown),
        "blocks": [_filled(asked, block, shapes) for block in spec.blocks],
    }


def _filled(asked: Asked, block: Mapping[str, Any], shapes: Shapes) -> dict[str, Any]:
    key = _depends_on(asked.spec, block)
    found = shapes.get(key)
    if found is None:
        found = shapes[key] = blocks.filled(asked, block)
    return found


def _depends_on(spec: Spec, block: Mapping[str, Any]) -> str:
    """What a filled block depends on, as a hash: itself, the briefing's sight, its data and what it corrects; neither its
    neighbours nor the header."""
    told = [
        dict(block),
        spec.title,
        asdict(spec.sight),
        dict(spec.stamps),
        spec.realm,
        spec.taken_at,
        spec.corrects,
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _printed(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return value if name in _DRAWINGS else fonts.printable(value)
    if isinstance(value, list):
        return [_printed(name, one) for one in value]
    if isinstance(value, dict):
        return {key: _printed(key, one) for key, one in value.items()}
    return value
