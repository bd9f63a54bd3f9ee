"""Our page of the city's hotspots, for the rows about maps on paper: `python -m tests.bench.city_map points|density` makes
one and prints the most memory that it took, in MB.

Like the rival it begins with the places in memory and ends with the bytes of a PDF of one A4 page; besides it counts,
names, measures and makes the PDF an archive's (PDF/A-2a).
"""

import sys

from emmap.briefing.answering import Answered
from emmap.briefing.content import content
from emmap.briefing.sight import instant
from emmap.briefing.spec import Spec
from emmap.briefing.template import template
from emmap.briefing.typeset import typeset
from emmap.store.marks import Marks
from tests.bench.city_places import places
from tests.bench.peak import peak_megabytes
from tests.paper import AT, LAYERS, MadeUp

LAYER = "risk_hotspots"


def page(how: str, turn: int = 0) -> bytes:
    """The page as PDF. Every turn's extent lies a little elsewhere, because the typesetter remembers what it drew."""
    found = places()
    counts = {(level, int(level)): len(xy) for level, xy in found.items()}
    marks = Marks(counts, found, (), {("440112", level): n for (_, level), n in counts.items()}, 0, AT)
    spec = Spec(
        title="性能测试（演练）",
        template="map_sheet",
        realm="exercise",
        view=f"realm=exercise&layers={LAYER}&bbox={112.9 + turn / 1000},22.5,114.1,24",
        at=instant(AT),
        known_at={LAYER: instant(AT)},
        knowledge="now",
        live=True,
        created_at=instant(AT),
        producing_unit="",
        map_approval_number="",
        paper="a4",
        blocks=(
            {
                "key": "map",
                "kind": "map",
                "fill": True,
                "points": "symbols" if how == "points" else "density",
            },
        ),
    )
    asked = MadeUp(spec, {LAYER: Answered(LAYERS[LAYER], marks, ())})
    return typeset(template(spec.template).typ, content(asked), "pdf", dpi=150, at=AT)


if __name__ == "__main__":
    page(sys.argv[1])
    print(peak_megabytes())
