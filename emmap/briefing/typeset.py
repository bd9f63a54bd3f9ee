"""From content to bytes: Typst sets the page with our fonts alone, at the spec's own time."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import typst

from emmap.briefing import fonts
from emmap.errors import EmmapError, SetupError

Format = Literal["pdf", "png", "svg"]
TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def templates() -> tuple[str, ...]:
    """The names of the templates there are."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob("*.typ")))


def typeset(
    template: str | Path, content: Mapping[str, Any], format: str, *, dpi: int, at: datetime
) -> bytes:
    """One page, or a PDF of several; the same bytes for the same input. `template` is one of ours by name, or a file of
    another room's. `at` is the time written into the document.

    Texts go in as data, never as markup. PDF is PDF/A-2a: tagged, fonts embedded, and refused where a character
    has no glyph. Raises `SetupError` where a font is missing.
    """
    source = template if isinstance(template, Path) else TEMPLATES / f"{template}.typ"
    compiler = typst.Compiler(
        source.read_bytes(),
        root=str(source.parent),
        font_paths=fonts.loaded(),
        sys_inputs={"content": json.dumps(content, ensure_ascii=False, sort_keys=True)},
    )
    try:
        found, warnings = compiler.compile_with_warnings(
            format=cast(Format, format),
            ppi=float(dpi),
            pdf_standards=["a-2a"] if format == "pdf" else [],
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        raise EmmapError(
            f"排版失败（{error.message}）；请把简报编号告知管理员。",
            f"The page cannot be set ({error.message}); tell an administrator the briefing's id.",
            code="typesetting",
        ) from error
    if warnings:
        raise SetupError(
            f"排版有缺失（{warnings[0].message}）；请重新安装 fonts-noto-cjk。",
            f"Something is missing for the page ({warnings[0].message}); install fonts-noto-cjk again.",
        )
    if not isinstance(found, bytes):
        raise EmmapError("版面超出一页。", "The page ran over onto a second one.", code="typesetting")
    return found
