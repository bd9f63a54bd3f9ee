"""The fonts on paper: where they lie, their digests, and which characters they hold.

The page's own font comes first; what it lacks is set in the first of the others that has it.
"""

import hashlib
import struct
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst

from emmap.errors import SetupError
from emmap.settings import ROOT


@dataclass(frozen=True, slots=True)
class Face:
    """A family, its files (regular first), the Debian package that brings them and the folder where that puts them."""

    family: str
    files: tuple[str, ...]
    package: str
    folder: Path


_SYSTEM = Path("/usr/share/fonts")
OWN = Face(
    "Noto Sans CJK SC",
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    "fonts-noto-cjk",
    _SYSTEM / "opentype/noto",
)
ACCENTED = Face(
    "DejaVu Sans",
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    "fonts-dejavu-core",
    _SYSTEM / "truetype/dejavu",
)
OTHERS = (
    # Latin, Greek and Cyrillic with every accent, Arabic, Hebrew.
    ACCENTED,
    # Pictographs in one colour, as paper wants them.
    Face("Symbola", ("Symbola_hint.ttf",), "fonts-symbola", _SYSTEM / "truetype/ancient-scripts"),
    # Rare Chinese characters: CJK extensions B to F, U+20000 to U+2EBEF.
    Face("HanaMinB", ("HanaMinB.ttf",), "fonts-hanazono", _SYSTEM / "truetype/hanazono"),
    # Everything else of Unicode 15, coarse but readable.
    Face("Unifont", ("unifont.otf",), "fonts-unifont", _SYSTEM / "opentype/unifont"),
    Face("Unifont Upper", ("unifont_upper.otf",), "fonts-unifont", _SYSTEM / "opentype/unifont"),
)
FAMILY = OWN.family
SHIPPED = ROOT / "data" / "fonts"
"""Files of this folder go before those of the packages."""
MISSING = "〓"
"""What stands for a character that no font has: the printers' sign for a type that is not there."""
_ACCENTED_LETTERS = r"[\u{100}-\u{24f}\u{400}-\u{52f}\u{1e00}-\u{1eff}]"
_UNSEEN = {"Cc", "Cf", "Cs"}
_SELECTORS = frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
"""They choose among the forms of a character; paper has one."""


@lru_cache(maxsize=1)
def faces() -> dict[Face, Path]:
    """The faces that are there and the folder of each. Raises `SetupError` where the page's own font is missing."""
    found = {face: folder for face in (OWN, *OTHERS) for folder in [_folder(face)] if folder is not None}
    if OWN not in found:
        raise SetupError(
            f"缺少中文字体 {'、'.join(OWN.files)}；请安装 {OWN.package}（sudo apt-get install {OWN.package}）。",
            f"The fonts {', '.join(OWN.files)} are missing; install {OWN.package} (sudo apt-get install {OWN.package}).",
        )
    return found


def _folder(face: Face) -> Path | None:
    for folder in (SHIPPED, face.folder):
        if all((folder / name).is_file() for name in face.files):
            return folder
    return None


@lru_cache(maxsize=1)
def loaded() -> typst.Fonts:
    """The fonts for the typesetter: the folders of the faces and nothing else."""
    folders = [str(folder) for folder in dict.fromkeys(faces().values())]
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    if FAMILY not in found.families():
        raise SetupError(
            f"字体文件不含 {FAMILY}；请重新安装 {OWN.package}。",
            f"The font files lack {FAMILY}; install {OWN.package} again.",
        )
    return found


@lru_cache(maxsize=1)
def rule() -> str:
    """The Typst rule that names the families that are there, in the order in which they are asked for a character;
    no other one is."""
    names = [f'"{face.family}"' for face in faces()]
    if ACCENTED in faces():
        # The page's own font would put an accent that it has beside a letter that it has, in the wrong place.
        names.insert(0, f'(name: "{ACCENTED.family}", covers: regex("{_ACCENTED_LETTERS}"))')
    return f"#set text(font: ({', '.join(names)},), fallback: false)\n"


@lru_cache(maxsize=1)
def digests() -> dict[str, str]:
    """SHA-256 of each font file, by its name."""
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for face, folder in faces().items()
        for name in face.files
    }


def lacking(text: str) -> list[str]:
    """The characters of a text that no font has, each once.

    Raises `SetupError` where a font that might have one is not installed: the page would otherwise look different on
    another machine.
    """
    missing = [one for one in dict.fromkeys(text) if ord(one) not in _own()]
    if not missing:
        return []
    missing = [one for one in missing if ord(one) not in _others()]
    absent = sorted({face.package for face in OTHERS} - {face.package for face in faces()})
    if missing and absent:
        told = "".join(missing[:10])
        raise SetupError(
            f"「{told}」要用备用字体，尚未安装；请安装 {' '.join(absent)}（sudo apt-get install {' '.join(absent)}）。",
            f"“{told}” needs fonts that are not installed; install {' '.join(absent)}"
            f" (sudo apt-get install {' '.join(absent)}).",
        )
    return missing


def printable(text: str) -> str:
    """The text on one line, without what cannot be seen, `〓` for what no font has."""
    line = visible(" ".join(text.split())).strip()
    missing = set(lacking(line))
    return "".join(MISSING if one in missing else one for one in line) if missing else line


def visible(text: str) -> str:
    """The text without control characters, marks of direction, joiners and selectors."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        one for one in text if unicodedata.category(one) not in _UNSEEN and ord(one) not in _SELECTORS
    )


@lru_cache(maxsize=1)
def _own() -> frozenset[int]:
    return _held(faces()[OWN] / OWN.files[0])


@lru_cache(maxsize=1)
def _others() -> frozenset[int]:
    """What the fonts besides the page's own have."""
    return frozenset().union(
        *(_held(folder / face.files[0]) for face, folder in faces().items() if face != OWN)
    )


def _held(path: Path) -> frozenset[int]:
    """Code points of a font, from its `cmap` table of format 12 (OpenType 1.9, "cmap")."""
    raw = path.read_bytes()
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
