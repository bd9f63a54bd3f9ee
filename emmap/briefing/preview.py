"""The page while it is composed: typing a text costs a typesetting and little else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emmap.briefing.answering import Asked, realm_of
from emmap.briefing.body import read_body
from emmap.briefing.content import content
from emmap.briefing.freeze import spec_of
from emmap.briefing.memory import remembered
from emmap.briefing.sight import Data, moment_of
from emmap.briefing.template import template
from emmap.briefing.typeset import pages
from emmap.layer import Layer
from emmap.settings import Settings
from emmap.store.database import Database

_SCREEN_DPI = 96


@dataclass(frozen=True, slots=True)
class Preview:
    """`pages`: each as SVG."""

    pages: tuple[str, ...]


def preview(
    db: Database, layers: Mapping[str, Layer], settings: Settings, told: Mapping[str, Any], data: Data
) -> Preview:
    """The pages of a body as of its data, as they will print.

    Raises `Malformed` for a body that cannot be used, `SetupError` where a font is missing.
    """
    spec = spec_of(read_body(told), data, layers, settings)
    kept = remembered(db)
    with realm_of(db, spec) as conn:
        asked = Asked(conn, spec, layers, answers=kept.answers, reads=kept.reads)
        made = content(asked, shapes=kept.shapes)
    found = pages(template(spec.template).typ, made, "svg", dpi=_SCREEN_DPI, at=moment_of(spec.created_at))
    return Preview(tuple(page.decode() for page in found))
