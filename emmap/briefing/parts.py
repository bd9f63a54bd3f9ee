"""What a stored briefing needs of this software: its layers, its template, its kinds of blocks. One may since be gone."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from emmap.briefing.blocks import kinds
from emmap.briefing.spec import Spec
from emmap.briefing.template import templates
from emmap.errors import Gone
from emmap.layer import Layer

Part = Literal["layer", "template", "kind"]
_NAMES: Mapping[Part, tuple[str, str]] = {
    "layer": ("图层", "layer"),
    "template": ("模板", "template"),
    "kind": ("版块种类", "kind of block"),
}


def gone(spec: Spec, layers: Mapping[str, Layer]) -> list[tuple[Part, str]]:
    """What is no longer here, each once."""
    needed: list[tuple[Part, str]] = [("template", spec.template)]
    needed += [("layer", name) for name in spec.known_at]
    needed += [("layer", name) for sight in sights(spec.blocks) for name in sight["known_at"]]
    needed += [("kind", str(block["kind"])) for block in spec.blocks]
    here: Mapping[Part, Any] = {"layer": layers, "template": templates(), "kind": kinds()}
    return [(part, name) for part, name in dict.fromkeys(needed) if name not in here[part]]


def check(spec: Spec, layers: Mapping[str, Layer]) -> None:
    """Raises `Gone`, which names the first part that is no longer here."""
    for part, name in gone(spec, layers):
        zh, en = _NAMES[part]
        raise Gone(
            f"这份简报用到的{zh} {name[:40]} 已从系统中移除，不能再输出；简报的记录和校验值仍在。",
            f"The {en} {name[:40]} that this briefing needs was removed, so that it cannot be rendered; its record and "
            "hashes are still here.",
            code=f"{part}_gone",
        )


def sights(told: Any) -> Iterator[Mapping[str, Any]]:
    """The sights of blocks, however deep, as the spec holds them."""
    if isinstance(told, Mapping):
        if isinstance(told.get("sight"), Mapping):
            yield told["sight"]
        for one in told.values():
            yield from sights(one)
    elif isinstance(told, list | tuple):
        for one in told:
            yield from sights(one)
