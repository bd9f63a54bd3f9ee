"""`briefing_preview`: a writer types, against the bare Typst compile of the same pages.

The report holds 5,000 hazards on a map, districts and a text; every turn the text grows. Ours reads the body, freezes it,
fills its blocks, and sets the pages; the rival gets the finished content, with a text of its own, so that it sets the same
pages and remembers as much of the turns before.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from emmap.briefing.answering import Asked
from emmap.briefing.body import read_body
from emmap.briefing.content import content
from emmap.briefing.desk.drafting import first_body
from emmap.briefing.freeze import spec_of
from emmap.briefing.preview import preview
from emmap.briefing.sight import Data, moment_of, take
from emmap.briefing.template import template
from emmap.briefing.typeset import pages
from emmap.settings import Settings
from emmap.store import versions
from emmap.store.database import Database
from tests.bench.briefing import LAYER, LAYERS, records

NAME = "briefing_preview"
UNIT = "s"
PAIRS = 7
TEMPLATE = "flood_report"


def run(database: Database, realm: str = "exercise") -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds, interleaved; the first pair warms up and is left out."""
    with database.engine("app", realm).begin() as conn:
        versions.write(conn, LAYERS[LAYER], list(records()))
    data = take(database, realm, LAYERS)
    view = {"realm": realm, "layers": [LAYER]}
    body = first_body(
        database, LAYERS, Settings(), named=TEMPLATE, view=view, title="性能测试（演练）", data=data
    ).model_dump()
    for turn in range(PAIRS + 1):
        typed = _typed(body, f"{turn}，已派出队伍处置。")
        ours = _seconds(partial(preview, database, LAYERS, Settings(), typed, data))
        other = _content(database, _typed(body, f"{turn}，已通知责任单位。"), data)
        rival = _seconds(partial(_rival, other, data))
        if turn:
            yield ours, rival


def _typed(body: dict[str, Any], words: str) -> dict[str, Any]:
    """The body with words after its first text."""
    blocks = [dict(one) for one in body["blocks"]]
    first = next(one for one in blocks if one["kind"] == "text")
    first["text"] = f"{first['text']}\n{words}"
    return {**body, "blocks": blocks}


def _content(database: Database, body: dict[str, Any], data: Data) -> dict[str, Any]:
    spec = spec_of(read_body(body), data, LAYERS, Settings())
    with database.engine("app", spec.realm).connect() as conn:
        return content(Asked(conn, spec, LAYERS))


def _rival(told: dict[str, Any], data: Data) -> list[bytes]:
    return pages(template(TEMPLATE).typ, told, "svg", dpi=96, at=moment_of(data.taken_at))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
