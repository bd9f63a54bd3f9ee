"""The reference pages name everything that can be set, called or filled in."""

import re

from emmap.layer import load_layers
from emmap.settings import ROOT, Settings

DOCS = ROOT / "docs"


def test_every_setting_is_in_the_operators_page() -> None:
    page = (DOCS / "operate.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"EMMAP_{name.upper()}" not in page]
    assert missing == []


def test_every_field_of_every_layer_is_in_the_layers_page() -> None:
    sections = (DOCS / "layers.md").read_text(encoding="utf-8").split("\n### ")[1:]
    documented = {section.split()[0]: set(re.findall(r"^\| `(\w+)`", section, re.M)) for section in sections}
    declared = {layer.id: set(layer.fields) for layer in load_layers(ROOT / "layers").values()}
    assert documented == declared


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *DOCS.rglob("*.md"), ROOT / "data" / "README.md"]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
