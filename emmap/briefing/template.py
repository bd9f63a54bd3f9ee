"""Templates: a Typst file and a declaration beside it. A new one touches no other file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from emmap.errors import Malformed
from emmap.layer import Title

FOLDER = Path(__file__).parent / "templates"
SHEET = "map"
"""The template of a quick export: one page of a View, without blocks."""
ROOMS_MM: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "a4": (178, 190),
        "a3": (265, 300),
        "a4-landscape": (265, 120),
        "a3-landscape": (388, 210),
        "16:9": (214, 136),
    }
)
"""Width and greatest height of a drawing that takes the whole width, by paper, where the template says nothing else."""
PAPERS = tuple(ROOMS_MM)
HEADER = ("masthead", "office", "date", "signer", "checker", "editor", "classification", "to", "cc", "phone")
"""The header fields that a template may ask for: 刊名, 编发单位, 日期, 签发, 核稿, 编辑, 密级, 主送, 抄送, 联系电话."""


@dataclass(frozen=True, slots=True)
class Template:
    """`papers`: the sizes that it can be set on, the usual one first; `rooms_mm`: see `ROOMS_MM`; `header`: the fields
    that it prints, with what stands in each at first; `blocks`: those of a new draft, in order."""

    name: str
    title: Title
    typ: Path
    papers: tuple[str, ...]
    rooms_mm: Mapping[str, tuple[float, float]]
    header: Mapping[str, str]
    blocks: tuple[Mapping[str, Any], ...]


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """Every template by name, in the order that their declarations give."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        found.append((told.get("order", 100), _template(path, told)))
    return MappingProxyType({one.name: one for _, one in sorted(found, key=lambda pair: pair[0])})


def _template(path: Path, told: Mapping[str, Any]) -> Template:
    header, papers = told.get("header", {}), tuple(told["papers"])
    if unknown := [*(set(header) - set(HEADER)), *(set(papers) - set(PAPERS))]:
        raise ValueError(f"{path.name}: {', '.join(unknown)}")
    return Template(
        name=path.stem,
        title=Title(**told["title"]),
        typ=path.with_suffix(".typ"),
        papers=papers,
        rooms_mm=MappingProxyType(
            dict(ROOMS_MM) | {k: tuple(v) for k, v in told.get("rooms_mm", {}).items()}
        ),
        header=MappingProxyType(header),
        blocks=tuple(told.get("blocks", ())),
    )


def template(name: str) -> Template:
    """A template by its name; `Malformed` where there is none."""
    found = templates().get(name)
    if found is None:
        raise Malformed(
            f"没有模板 {name[:40]}；可用：{', '.join(templates())}。",
            f"There is no template {name[:40]}; there are: {', '.join(templates())}.",
        )
    return found
