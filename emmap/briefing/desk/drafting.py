"""A new draft: the template's blocks, with first wordings from the data."""

from collections.abc import Mapping
from typing import Any

from emmap.briefing.answering import Asked, realm_of
from emmap.briefing.body import Body, read_body
from emmap.briefing.freeze import spec_of
from emmap.briefing.memory import remembered
from emmap.briefing.sight import Data, moment_of
from emmap.briefing.template import template
from emmap.briefing.wording import wordings
from emmap.errors import NotFound
from emmap.layer import Layer
from emmap.settings import Settings
from emmap.store.database import Database
from emmap.view import BEIJING


def first_body(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    *,
    named: str,
    view: Mapping[str, Any],
    title: str,
    data: Data,
) -> Body:
    """The body of a new draft: header and blocks as the template declares them, texts in their first wording."""
    declared = template(named)
    header = dict(declared.header)
    if "office" in header:
        header["office"] = header["office"] or settings.producing_unit
    told = {
        "title": title or declared.title.zh,
        "template": named,
        "view": dict(view),
        "header": header,
        "blocks": [{"key": f"b{place}", **block} for place, block in enumerate(declared.blocks, 1)],
    }
    body = read_body(told)
    if "date" in header and not header["date"]:
        at = moment_of(spec_of(body, data, layers, settings).at)
        body.header["date"] = at.astimezone(BEIJING).date().isoformat()
    for block, text in first_wordings(db, layers, settings, body, data).items():
        _block(body, block)["text"] = text
    return body


def first_wordings(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    body: Body,
    data: Data,
    *,
    corrects: str = "",
) -> dict[str, str]:
    """What each text block with a wording would say of the data, by its key. `corrects`: the briefing that is corrected."""
    worded = {one["key"]: one["wording"] for one in body.blocks if one.get("wording")}
    if not worded:
        return {}
    spec = spec_of(body, data, layers, settings, corrects=corrects)
    with realm_of(db, spec) as conn:
        kept = remembered(db)
        asked = Asked(conn, spec, layers, answers=kept.answers, reads=kept.reads)
        return {key: _worded(asked, name) for key, name in worded.items()}


def _worded(asked: Asked, name: str) -> str:
    found = wordings().get(name)
    if found is None:
        raise NotFound(f"没有拟文 {name[:40]}。", f"There is no wording {name[:40]}.")
    return found(asked)


def _block(body: Body, key: str) -> dict[str, Any]:
    return next(one for one in body.blocks if one["key"] == key)
