"""更正: a new issue that names the one it corrects. The old one stays as it is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from emmap.briefing import render
from emmap.briefing.body import read_body
from emmap.briefing.desk import writing
from emmap.briefing.desk.drafting import first_wordings
from emmap.briefing.sight import Data, moment_of, take
from emmap.briefing.spec import Spec, read_spec
from emmap.layer import Layer
from emmap.settings import Settings
from emmap.store.briefings import Stored
from emmap.store.database import Database
from emmap.view import text_of_instant

_KEY = "correction"
"""Of the block that says what is corrected."""


def open_correction(
    db: Database, layers: Mapping[str, Layer], settings: Settings, briefing_id: str, *, account: str
) -> str:
    """The id of a draft that copies the briefing: its texts, header and blocks, at the same T, of data taken now. Texts
    that still stand as first worded are worded anew, and a first block says what is different.

    `NotFound` for an unknown briefing or a realm that is gone.
    """
    stored = render.find(db, briefing_id)
    spec = read_spec(stored.spec, stored.sha256)
    old = read_body(_body(db, stored, spec))
    told = old.model_dump(mode="json")
    # The same T, as it is known now: whatever the old one was limited to.
    told["view"] = {**told["view"], "at": text_of_instant(moment_of(spec.at)), "known_at": None}
    if told["blocks"]:
        others = [one for one in told["blocks"] if one["key"] != _KEY]
        told["blocks"] = [
            {"key": _KEY, "kind": "text", "title": "更正说明", "wording": writing.CORRECTION},
            *others,
        ]
    data = take(db, spec.realm, layers)
    body = read_body(told)
    made = writing.reworded(db, layers, settings, old, _data(spec), body, data)
    said = first_wordings(db, layers, settings, read_body(made), data, corrects=briefing_id)
    for block in made["blocks"]:
        if block["key"] == _KEY:
            block["text"] = said[_KEY]
    came_from = {"briefing": briefing_id}
    with db.engine("app").begin() as conn:
        return writing.keep(
            conn, read_body(made), data, account=account, came_from=came_from, corrects=briefing_id
        )


def _body(db: Database, stored: Stored, spec: Spec) -> Mapping[str, Any]:
    """What was written: the draft's body, or of a quick export the view that its spec froze."""
    if stored.draft_id is not None:
        return writing.get(db, stored.draft_id).body
    view = {name: ",".join(values) for name, values in parse_qs(spec.view).items()}
    return {"title": spec.title, "template": spec.template, "view": view}


def _data(spec: Spec) -> Data:
    """The data that a spec was frozen of."""
    return Data(
        realm=spec.realm,
        taken_at=spec.taken_at or spec.created_at,
        at=spec.at,
        stamps=spec.stamps or spec.known_at,
        heard=spec.heard,
        expected_s=spec.expected_s,
        measured_at=spec.measured_at,
    )
