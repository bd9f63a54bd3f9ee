"""The formats of a briefing, and how each is made of its content."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emmap.briefing.answering import Asked
from emmap.briefing.outputs import data_zip, docx, pptx
from emmap.briefing.sight import moment_of
from emmap.briefing.template import template
from emmap.briefing.typeset import pages, typeset
from emmap.errors import NotFound

_OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "png": "image/png",
        "svg": "image/svg+xml",
        "pptx": f"{_OFFICE}.presentationml.presentation",
        "docx": f"{_OFFICE}.wordprocessingml.document",
        "zip": "application/zip",
    }
)
FORMATS = tuple(MEDIA_TYPES)
OF_A_PAGE = ("png", "svg")
"""Those that hold one page."""


def made(
    asked: Asked, content: Mapping[str, Any], manifest: Mapping[str, str], format: str, *, dpi: int, page: int
) -> bytes:
    """The content in a format. Of the store only the data behind it are asked here.

    Raises `NotFound` for a page that there is not, `SetupError` where a font is missing.
    """
    typ, at = template(asked.spec.template).typ, moment_of(asked.spec.created_at)
    match format:
        case "pdf":
            return typeset(typ, content, format, dpi=dpi, at=at)
        case "pptx":
            return pptx.slides(content, at=at)
        case "docx":
            return docx.text(content, at=at)
        case "zip":
            return data_zip.data(asked, content, manifest)
    found = pages(typ, content, format, dpi=dpi, at=at)
    if not 1 <= page <= len(found):
        raise NotFound(f"简报只有 {len(found)} 页。", f"The briefing has {len(found)} pages.")
    return found[page - 1]
