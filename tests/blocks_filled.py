"""Blocks of briefings filled from a store, for tests."""

from collections.abc import Mapping
from typing import Any

from emmap.briefing import blocks
from emmap.briefing.answering import Asked
from emmap.briefing.body import read_body
from emmap.briefing.freeze import spec_of
from emmap.briefing.sight import Data, take
from emmap.briefing.wording import wordings
from emmap.settings import Settings
from emmap.store.database import Database
from tests.facts import LAYERS


def filled(
    db: Database,
    view: Mapping[str, Any],
    kind: str,
    *,
    data: Data | None = None,
    realm: str = "exercise",
    **parameters: Any,
) -> dict[str, Any]:
    """The shape of one block under a view of a realm; `data` taken now by default."""
    block = {"key": "b1", "kind": kind, **parameters}
    with_data = data or take(db, realm, LAYERS)
    body = read_body({"template": "flood_report", "view": {"realm": realm, **view}, "blocks": [block]})
    spec = spec_of(body, with_data, LAYERS, Settings())
    with db.engine("app", realm).connect() as conn:
        return blocks.filled(Asked(conn, spec, LAYERS), spec.blocks[0])


def worded(db: Database, view: Mapping[str, Any], name: str) -> str:
    """A first wording under a view of the exercise."""
    body = read_body({"template": "flood_report", "view": {"realm": "exercise", **view}})
    spec = spec_of(body, take(db, "exercise", LAYERS), LAYERS, Settings())
    with db.engine("app", "exercise").connect() as conn:
        return wordings()[name](Asked(conn, spec, LAYERS))


def by_first(shape: Mapping[str, Any]) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    return {row[0]: row[1:] for row in shape["rows"]}
