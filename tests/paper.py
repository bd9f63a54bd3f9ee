"""Made-up answers and specs for tests of paper."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast

import numpy as np
import pypdf
import shapely

from emmap.briefing.answering import Answered, Asked
from emmap.briefing.content import content
from emmap.briefing.drawing.frame import Box
from emmap.briefing.sight import Sight, instant
from emmap.briefing.spec import Spec
from emmap.briefing.template import template
from emmap.briefing.typeset import typeset
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store.marks import NOTHING, Headline, Marks, Outlined
from emmap.view import View

LAYERS = load_layers(ROOT / "layers")
AT = datetime(2020, 5, 21, 18, 10, tzinfo=UTC)
CITY_CENTRE = (113.4, 23.1)


def marks(
    points: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    areas: Mapping[str, Sequence[Any]] | None = None,
    *,
    district: str = "440118",
    unplaced: int = 0,
    last_recorded: datetime = AT,
) -> Marks:
    """An answer styled by severity: places in degrees, and geometries, by level."""
    points, areas = points or {}, areas or {}
    counts: dict[tuple[str | None, int], int] = {}
    for value, found in [*points.items(), *areas.items()]:
        counts[value, int(value)] = counts.get((value, int(value)), 0) + len(found)
    if unplaced:
        counts["1", 1] = counts.get(("1", 1), 0) + unplaced
    return Marks(
        counts=counts,
        places={
            value: np.rint(np.array(found).reshape(-1, 2) * 1e7).astype(np.int32)
            for value, found in points.items()
        },
        outlined=tuple(
            Outlined(value, bytes(shapely.to_wkb(one))) for value, found in areas.items() for one in found
        ),
        districts={(district, level): n for (_, level), n in counts.items()},
        unplaced=unplaced,
        last_recorded=last_recorded,
    )


def spec_of(query: str = "", *, title: str = "暴雨态势", realm: str = "exercise", **more: Any) -> Spec:
    """A spec of every layer, known at T."""
    given = {
        "template": "map",
        "known_at": {name: instant(AT) for name in LAYERS},
        "knowledge": "then",
        "live": False,
        "created_at": instant(AT),
        "producing_unit": "",
        "map_approval_number": "",
    }
    view = f"realm={realm}&layers={','.join(LAYERS)}" + (f"&{query}" if query else "")
    return Spec(title=title, realm=realm, view=view, at=instant(AT), **(given | more))


def page_of(spec: Spec, answers: Mapping[str, Marks], headlines: Sequence[Headline] = ()) -> dict[str, Any]:
    """The content of a page where layers answer so, and all others nothing."""
    found = {
        name: Answered(
            layer, answers.get(name, NOTHING), tuple(headlines) if name == next(iter(answers), "") else ()
        )
        for name, layer in LAYERS.items()
    }
    return content(MadeUp(spec, found))


class MadeUp(Asked):
    """Answers that no store gave."""

    def __init__(self, spec: Spec, found: Mapping[str, Answered]) -> None:
        super().__init__(cast(Any, None), spec, LAYERS, "k7m2p9x4c3da")
        self._found = found

    def layer(self, name: str, view: View, sight: Sight | None = None) -> Answered:
        return self._found[name]

    def last_recorded(self, name: str) -> datetime | None:
        return self._found[name].marks.last_recorded

    def named(self, name: str, view: View, box: Box, sight: Sight | None = None) -> list[Headline]:
        return []


def pdf_of(spec: Spec, answers: Mapping[str, Marks], headlines: Sequence[Headline] = ()) -> bytes:
    """The page as PDF."""
    return typeset(template(spec.template).typ, page_of(spec, answers, headlines), "pdf", dpi=150, at=AT)


def words_of(pdf: bytes) -> str:
    """All words of a document, without blanks."""
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(BytesIO(pdf)).pages)
