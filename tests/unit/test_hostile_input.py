"""Files that mean harm, or might: each is refused or tamed within five seconds and 512 MiB (tests/hostile.py)."""

import json
import subprocess
import sys

from emmap.settings import ROOT

BECOMES = {
    "a polygon of a million vertices, CAP": "taken, 1,000,001 vertices",
    "a polygon of a million vertices, GeoJSON": "taken, 1,000,001 vertices",
    "a star that crosses itself everywhere, CAP": "taken, 0 vertices",
    "a star that crosses itself everywhere, GeoJSON": "broken_geometry",
    "100 MB in one element": "field_too_long",
    "100 MB in one attribute": "field_too_long",
    "100 MB in one cell": "field_too_long",
    "a quote that never closes": "field_too_long",
    "deep nesting, XML": "field_too_long",
    "deep nesting, JSON": "damaged_file",
    "deep nesting, GeoJSON": "damaged_file",
    "an entity bomb": "dtd_refused",
    "an external entity": "dtd_refused",
    "an entity bomb in UTF-16": "dtd_refused",
    "a zip bomb": "archive_too_large",
    "a zip bomb that lies about its size": "damaged_file",
    "an entity bomb in a workbook": "damaged_file",
    "a gzip bomb": "unknown_format",
    "a path out of the archive": "unsafe_path",
}


def test_hostile_files_are_refused_or_tamed_under_limits_of_time_and_memory() -> None:
    command = [sys.executable, str(ROOT / "tests" / "hostile.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    became = dict(json.loads(line) for line in done.stdout.splitlines())
    assert became == BECOMES, done.stderr[-2000:]
