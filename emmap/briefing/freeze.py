"""From a draft to a spec: every view becomes a sight. Pure: the data are given."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emmap.briefing import fonts
from emmap.briefing.body import LONGEST_TITLE, Body
from emmap.briefing.sight import Data, instant, sight_of
from emmap.briefing.spec import Spec
from emmap.errors import Malformed
from emmap.layer import Layer
from emmap.settings import Settings
from emmap.view import view_of

DEFAULT_TITLE = "应急一张图"


def spec_of(
    body: Body,
    data: Data,
    layers: Mapping[str, Layer],
    settings: Settings,
    *,
    created_at: datetime | None = None,
    number: Mapping[str, Any] | None = None,
    signed: Mapping[str, str] | None = None,
    corrects: str = "",
    record_url: str = "",
) -> Spec:
    """The spec of a body as of its data. `created_at` is written into the document: of a draft, when its data were
    taken.

    Raises `Malformed` for a title or a view that cannot be used.
    """
    asked = {**body.view, "realm": data.realm}
    own = sight_of(view_of(asked, layers), data, layers)
    return Spec(
        title=checked_title(body.title),
        template=body.template,
        realm=data.realm,
        view=own.view,
        at=own.at,
        known_at=own.known_at,
        knowledge=own.knowledge,
        live=own.live,
        created_at=instant(created_at) if created_at else data.taken_at,
        producing_unit=settings.producing_unit,
        map_approval_number=settings.map_approval_number,
        heard=data.heard,
        expected_s=data.expected_s,
        taken_at=data.taken_at,
        stamps=data.stamps,
        measured_at=data.measured_at,
        paper=body.paper,
        header={name: value for name, value in body.header.items() if value},
        blocks=[_frozen(block, asked, data, layers) for block in body.blocks],
        number=number,
        signed=signed or {},
        corrects=corrects,
        record_url=record_url,
    )


def _frozen(told: Any, asked: Mapping[str, Any], data: Data, layers: Mapping[str, Layer]) -> Any:
    """Parameters with a sight for every `view`, however deep."""
    if isinstance(told, list):
        return [_frozen(one, asked, data, layers) for one in told]
    if not isinstance(told, Mapping):
        return told
    found = {k: _frozen(v, asked, data, layers) for k, v in told.items() if k not in ("view", "sight")}
    if told.get("view"):
        own = view_of({**asked, **told["view"], "realm": data.realm}, layers)
        seen = sight_of(own, data, layers)
        found["sight"] = {
            "view": seen.view,
            "at": seen.at,
            "known_at": dict(seen.known_at),
            "knowledge": seen.knowledge,
            "live": seen.live,
        }
    return found


def checked_title(title: str) -> str:
    """The title on one line. `Malformed` where it is too long or holds what the font cannot print."""
    plain = "".join(one for one in title if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf"))
    line = re.sub(r"\s+", " ", plain).strip()
    if len(line) > LONGEST_TITLE:
        raise Malformed(
            f"标题过长（{len(line)} 字）；最多 {LONGEST_TITLE} 字。",
            f"The title is too long ({len(line)} characters); at most {LONGEST_TITLE}.",
        )
    if missing := fonts.lacking(line):
        raise Malformed(
            f"标题中的「{''.join(missing[:10])}」字库没有，印不出来；请换一个字。",
            f"The font lacks “{''.join(missing[:10])}” of the title; use another character.",
        )
    return line or DEFAULT_TITLE
