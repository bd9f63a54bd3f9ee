"""Text search by tokens: every pair of neighbouring characters in Chinese, whole words elsewhere.

Trigrams cannot serve the two-character words that Chinese is made of; a GIN array of bigrams can.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_IDEOGRAPHS = "㐀-鿿豈-﫿\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+")
LONGEST = 4000
"""Characters of a text that are indexed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text must hold to match: all these tokens, and somewhere in its tokens each of these characters."""

    tokens: tuple[str, ...]
    characters: tuple[str, ...]


def tokens(*texts: str) -> list[str]:
    """The distinct tokens of some texts: lower-case words and Chinese bigrams, in order."""
    found: set[str] = set()
    for text in texts:
        found.update(_tokens(text))
    return sorted(found)


@lru_cache(maxsize=4096)
def _tokens(text: str) -> frozenset[str]:
    return frozenset(token for run in _runs(text[:LONGEST]) for token in _pieces(run))


def wanted(query: str) -> Wanted:
    """What matches `query`. A single Chinese character is no token: it may stand in any."""
    parts = [piece for run in _runs(query) for piece in _pieces(run)]
    lone = {piece for piece in parts if len(piece) == 1 and _is_ideograph(piece)}
    return Wanted(tuple(sorted(set(parts) - lone)), tuple(sorted(lone)))


def _runs(text: str) -> Iterator[str]:
    """Unbroken stretches of Chinese, or of other letters and digits."""
    for found in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        yield found.group()


def _pieces(run: str) -> list[str]:
    if len(run) > 1 and _is_ideograph(run[0]):
        return [run[i : i + 2] for i in range(len(run) - 1)]
    return [run]


def _is_ideograph(character: str) -> bool:
    return re.match(f"[{_IDEOGRAPHS}]", character) is not None
