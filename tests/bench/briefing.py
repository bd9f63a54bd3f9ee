"""`briefing`: a map page of 5,000 features, each as its symbol, from versions to PDF, against Chromium printing the same
map.

Chromium stands ready and gets the finished SVG, so that only its drawing and printing count; ours asks the store, draws
and sets the whole page. Every turn moves the extent a little, because both remember what they drew before.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import shapely
from playwright.sync_api import Browser, sync_playwright

from emmap.briefing.answering import Asked
from emmap.briefing.content import content
from emmap.briefing.sight import instant
from emmap.briefing.spec import Spec
from emmap.briefing.template import template
from emmap.briefing.typeset import typeset
from emmap.layer import Record, load_layers
from emmap.settings import ROOT
from emmap.store import answers, versions
from emmap.store.database import Database
from emmap.view import View

NAME = "briefing"
UNIT = "pages/s"
PAIRS = 5
FEATURES = 5_000
LAYER = "risk_hotspots"
LAYERS = load_layers(ROOT / "layers")


def run(database: Database, realm: str = "exercise") -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in pages a second, interleaved; the first pair warms up and is left out."""
    with database.engine("app", realm).begin() as conn:
        versions.write(conn, LAYERS[LAYER], list(records()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for turn in range(PAIRS + 1):
            spec = _spec(database, realm, turn)
            ours = _rate(partial(_ours, database, realm, spec))
            rival = _rate(partial(_rival, browser, _svg(_content(database, realm, spec))))
            if turn:
                yield ours, rival
        browser.close()


def records() -> Iterator[Record]:
    """Hazards about the city, made up."""
    rng = np.random.default_rng(20200522)
    places = shapely.to_wkb(shapely.points(rng.normal((113.4, 23.2), 0.2, (FEATURES, 2))))
    for i, (place, level) in enumerate(zip(places, rng.choice((1, 2, 3, 4), FEATURES), strict=True)):
        yield Record(
            i, f"bench-{i}", None, None, bytes(place), severity=int(level), properties={"name": "演练隐患"}
        )


def _spec(database: Database, realm: str, turn: int) -> Spec:
    with database.engine("app", realm).connect() as conn:
        moment = answers.resolve(conn, LAYERS[LAYER], View())
    return Spec(
        title="性能测试(演练)",
        template="map_sheet",
        realm=realm,
        view=f"realm={realm}&layers={LAYER}&bbox={112.9 + turn / 1000},22.5,114.1,24",
        at=instant(moment.at),
        known_at={LAYER: instant(moment.known_at)},
        knowledge="now",
        live=True,
        created_at=instant(moment.at),
        producing_unit="",
        map_approval_number="",
        paper="a4",
        blocks=({"key": "map", "kind": "map", "fill": True, "points": "symbols"},),
    )


def _content(database: Database, realm: str, spec: Spec) -> dict[str, Any]:
    with database.engine("app", realm).connect() as conn:
        return content(Asked(conn, spec, LAYERS, "bench"))


def _svg(told: dict[str, Any]) -> str:
    found: str = told["blocks"][0]["pictures"][0]["svg"]
    return found


def _ours(database: Database, realm: str, spec: Spec) -> bytes:
    return typeset(
        template(spec.template).typ, _content(database, realm, spec), "pdf", dpi=150, at=answers.EPOCH
    )


def _rival(browser: Browser, svg: str) -> bytes:
    page = browser.new_page()
    page.set_content(f"<!doctype html><meta charset=utf-8><body>{svg}</body>")
    found = page.pdf(format="A4")
    page.close()
    return found


def _rate(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return 1 / (time.perf_counter() - begun)
