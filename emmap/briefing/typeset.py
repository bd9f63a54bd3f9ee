"""From content to bytes: Typst sets the page with our fonts alone, at the spec's own time."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

import typst

from emmap.briefing import fonts
from emmap.errors import EmmapError, SetupError

Format = Literal["pdf", "png", "svg"]


def typeset(template: Path, content: Mapping[str, Any], format: str, *, dpi: int, at: datetime) -> bytes:
    """One page, or a PDF of several; the same bytes for the same input. Raises as `pages` does."""
    found = _compiled(template, content, format, dpi=dpi, at=at)
    if not isinstance(found, bytes):
        raise EmmapError("版面超出一页。", "The page ran over onto a second one.", code="typesetting")
    return found


def pages(template: Path, content: Mapping[str, Any], format: str, *, dpi: int, at: datetime) -> list[bytes]:
    """Every page as `png` or `svg`. `at` is the time written into the document.

    Texts go in as data, never as markup. PDF is PDF/A-2a: tagged, fonts embedded, and refused where a character
    has no glyph. Raises `SetupError` where a font is missing.
    """
    found = _compiled(template, content, format, dpi=dpi, at=at)
    return [found] if isinstance(found, bytes) else list(found)


def _compiled(
    template: Path, content: Mapping[str, Any], format: str, *, dpi: int, at: datetime
) -> bytes | list[bytes]:
    compiler = typst.Compiler(
        fonts.rule().encode() + template.read_bytes(),
        root=str(template.parent),
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
    if found is None:
        raise EmmapError("排版没有结果。", "Typesetting gave nothing.", code="typesetting")
    return found
