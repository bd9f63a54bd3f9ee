"""The fonts on paper: where they lie, their digest, and which characters they hold."""

import hashlib
import struct
from functools import lru_cache
from pathlib import Path

import typst

from emmap.errors import SetupError
from emmap.settings import ROOT

FAMILY = "Noto Sans CJK SC"
FILES = ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc")
FOLDERS = (ROOT / "data" / "fonts", Path("/usr/share/fonts/opentype/noto"))
"""Looked through in this order; the second is where Debian's fonts-noto-cjk puts them."""
MISSING = "〓"
"""What stands for a character that the font lacks: the printers' sign for a type that is not there."""


@lru_cache(maxsize=1)
def folder() -> Path:
    """The folder that holds all font files. Raises `SetupError` where there is none."""
    for found in FOLDERS:
        if all((found / name).is_file() for name in FILES):
            return found
    raise SetupError(
        f"缺少中文字体 {'、'.join(FILES)}；请安装 fonts-noto-cjk（sudo apt-get install fonts-noto-cjk）。",
        f"The fonts {', '.join(FILES)} are missing; install fonts-noto-cjk (sudo apt-get install fonts-noto-cjk).",
    )


@lru_cache(maxsize=1)
def loaded() -> typst.Fonts:
    """The fonts for the typesetter: these files' folder and nothing else."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder())])
    if FAMILY not in found.families():
        raise SetupError(
            f"字体文件不含 {FAMILY}；请重新安装 fonts-noto-cjk。",
            f"The font files lack {FAMILY}; install fonts-noto-cjk again.",
        )
    return found


@lru_cache(maxsize=1)
def digests() -> dict[str, str]:
    """SHA-256 of each font file, by its name."""
    return {name: hashlib.sha256((folder() / name).read_bytes()).hexdigest() for name in FILES}


def lacking(text: str) -> list[str]:
    """The characters of a text that the font lacks, each once."""
    return [one for one in dict.fromkeys(text) if ord(one) not in _held()]


def printable(text: str) -> str:
    """The text on one line, without control characters, `〓` for what the font lacks."""
    line = " ".join(text.split())
    missing = set(lacking(line))
    return "".join(MISSING if one in missing else one for one in line) if missing else line


@lru_cache(maxsize=1)
def _held() -> frozenset[int]:
    """Code points of the regular font, from its `cmap` table of format 12 (OpenType 1.9, "cmap")."""
    raw = (folder() / FILES[0]).read_bytes()
    start = struct.unpack_from(">I", raw, 12)[0] if raw[:4] == b"ttcf" else 0
    tables = {
        raw[at : at + 4]: struct.unpack_from(">I", raw, at + 8)[0]
        for at in range(start + 12, start + 12 + 16 * struct.unpack_from(">H", raw, start + 4)[0], 16)
    }
    cmap = tables[b"cmap"]
    held: set[int] = set()
    for number in range(struct.unpack_from(">H", raw, cmap + 2)[0]):
        table = cmap + struct.unpack_from(">I", raw, cmap + 4 + 8 * number + 4)[0]
        if struct.unpack_from(">H", raw, table)[0] != 12:
            continue
        for group in range(struct.unpack_from(">I", raw, table + 12)[0]):
            first, last = struct.unpack_from(">II", raw, table + 16 + 12 * group)
            held.update(range(first, last + 1))
    return frozenset(held)
