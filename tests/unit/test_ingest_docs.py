"""The page on imports explains every reason for which a row or a file is refused."""

import re
from collections.abc import Iterable

from emmap.settings import ROOT

OWN_PAGE = {"alerts.py", "cap.py", "cap_areas.py", "cap_forms.py", "cap_json.py", "lifecycle.py", "xml.py"}
"""Modules of CAP, whose codes stand in docs/cap.md."""


def explained(section: str) -> set[str]:
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)` \|", page.split(f"## {section}")[1].split("\n## ")[0], re.M))


def sources() -> Iterable[str]:
    paths = [p for p in (ROOT / "emmap" / "ingest").glob("*.py") if p.name not in OWN_PAGE]
    readers = (ROOT / "emmap" / "ingest" / "readers").glob("*.py")
    for path in [*paths, *readers, ROOT / "emmap" / "layer.py", *(ROOT / "layers").glob("*.py")]:
        yield path.read_text(encoding="utf-8")


def test_every_reason_to_refuse_a_row_is_explained() -> None:
    given = {code for source in sources() for code in re.findall(r'Rejected\(\s*"(\w+)"', source)}
    assert explained("Why a row is refused") == given


def test_every_reason_to_refuse_a_file_is_explained() -> None:
    given = {code for source in sources() for code in re.findall(r'code="(\w+)"', source)}
    assert explained("Why a file is refused") == given
