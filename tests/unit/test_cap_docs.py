"""The page on CAP explains every reason for which a message is refused."""

import re

from emmap.settings import ROOT


def test_every_rejection_code_is_explained() -> None:
    page = (ROOT / "docs" / "cap.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(\w+)`", page, re.M))
    given = {"end_before_start"}
    for name in (
        "xml.py",
        "cap.py",
        "cap_areas.py",
        "cap_forms.py",
        "cap_json.py",
        "json_text.py",
        "alerts.py",
    ):
        source = (ROOT / "emmap" / "ingest" / name).read_text(encoding="utf-8")
        given |= set(re.findall(r'code="(\w+)"', source))
        given |= set(re.findall(r'Rejected\(\s*"(\w+)"', source))
        given |= set(re.findall(r'RejectedMessage\(\s*(?:message\.)?position,\s*"(\w+)"', source))
    assert explained == given
