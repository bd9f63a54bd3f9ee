"""Every real sample is read, or refused for a reason that the page names; damaged ones are refused, and break nothing."""

import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emmap.settings import ROOT
from tests.samples_read import files, line, outcome, pointed_to

SAMPLES = ROOT / "tests" / "samples"
PAGE = (ROOT / "docs" / "samples.md").read_text(encoding="utf-8")
SMALL = [path for path in files(SAMPLES) if path.stat().st_size < 40_000]


def test_every_sample_is_read_or_refused_as_the_page_says(samples: Path) -> None:
    told = [row for row in PAGE.splitlines() if re.match(r"\| `\w+/", row)]
    assert told == [line(path) for path in files(samples)]
    reasons = {code for row in told for code in re.findall(r"`(\w+)`", row.split("|")[4])}
    assert reasons == set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SMALL), st.data())
def test_a_damaged_sample_is_read_or_refused(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    size = data.draw(st.sampled_from([0, 1, 64, 4096]))
    damaged = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + size :]
    found = outcome(path.parent.name, path.name, damaged)
    assert found.whole or found.kind
    assert 0 <= pointed_to(damaged) <= damaged.count(b"<entry") + damaged.count(b"<item")
