"""Texts on the map: how wide they are, and how they are drawn."""

import re
import unicodedata
from collections.abc import Sequence
from html import escape

from emmap.briefing.fonts import FAMILY

INK, MUTED = "#14202e", "#5a6b7e"
LINE = 1.16
"""From one base line to the next, as a part of the size."""
_BREAKS = " ，、：；。）】》·"
_NEAR = 3
"""So many characters from the middle a blank or a mark is still the better place to break."""
_LATIN = re.compile(r"[0-9A-Za-z.]{2}| [0-9]|[0-9] ")
_NARROW, _CAPITAL, _PICTOGRAPH = 0.62, 0.92, 1.4
"""No letter of the page's font is wider than these parts of its size; pictographs are another font's."""


def width(text: str, size: float) -> float:
    """How wide a text is at most, in the unit of `size`."""
    return size * sum(_width(one) for one in text)


def _width(letter: str) -> float:
    if 0xFFFF < ord(letter) < 0x20000:
        return _PICTOGRAPH
    if unicodedata.east_asian_width(letter) in "WFA":
        return 1.0
    return _CAPITAL if letter.isupper() or letter in "mw@%" else _NARROW


def wrapped(text: str, most: int) -> tuple[str, ...]:
    """A name on one line, or on two of about `most` characters each, broken at a blank or after a mark where one is
    near the middle, never within a number or a word; … where it is longer."""
    if len(text) <= most:
        return (text,)
    whole = text if len(text) <= 2 * most else text[: 2 * most - 1] + "…"
    middle = len(whole) / 2
    place = min(
        (
            at
            for at in range(1, len(whole))
            if max(at, len(whole) - at) <= most + 1 and not _LATIN.fullmatch(whole[at - 1 : at + 1])
        ),
        key=lambda at: abs(at - middle) - _NEAR * (whole[at - 1] in _BREAKS or whole[at] == " "),
        default=most,
    )
    return whole[:place].strip(), whole[place:].strip()


def text(
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    bold: bool = False,
    anchor: str = "middle",
    colour: str = INK,
    halo: str = "#fff",
) -> str:
    """A text with a light rim, in paper units; `y` is the base line."""
    rim = (
        f' stroke="{halo}" stroke-width="{size * 0.24:.0f}" stroke-linejoin="round" paint-order="stroke"'
        if halo
        else ""
    )
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-family="{FAMILY}" font-size="{size:.0f}"'
        f' font-weight="{700 if bold else 400}" text-anchor="{anchor}" fill="{colour}"{rim}>{escape(words)}</text>'
    )


def lines_at(x: float, y: float, lines: Sequence[str], size: float, *, bold: bool, colour: str) -> str:
    """Lines centred on a place."""
    top = y - (len(lines) - 1) / 2 * size * LINE + size * 0.36
    return "".join(
        text(x, top + row * size * LINE, one, size, bold=bold, colour=colour) for row, one in enumerate(lines)
    )
