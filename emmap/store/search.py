"""Text search by tokens: every pair of neighbouring characters in Chinese, whole words elsewhere.

Trigrams cannot serve the two-character words that Chinese is made of; a GIN array of bigrams can.
"""

import re
import unicodedata
from dataclasses import dataclass

_IDEOGRAPH = "[㐀-鿿豈-﫿\U00020000-\U0003ffff]"
_PAIRS = re.compile(f"(?=({_IDEOGRAPH}{{2}}))")
_LONE = re.compile(f"(?<!{_IDEOGRAPH}){_IDEOGRAPH}(?!{_IDEOGRAPH})")
_WORDS = re.compile(rf"(?:(?!{_IDEOGRAPH})[^\W_])+")
LONGEST = 4000
"""Characters of a text that are indexed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text must hold to match: all these tokens, and somewhere in its tokens each of these characters."""

    tokens: tuple[str, ...]
    characters: tuple[str, ...]


def tokens(*texts: str) -> list[str]:
    """The distinct tokens of some texts: lower-case words, Chinese bigrams, and lone Chinese characters."""
    plain = same_form("\n".join(text[:LONGEST] for text in texts))
    return sorted({*_PAIRS.findall(plain), *_WORDS.findall(plain), *_LONE.findall(plain)})


def wanted(query: str) -> Wanted:
    """What matches `query`. A lone Chinese character may stand in any token."""
    plain = same_form(query)
    found = {*_PAIRS.findall(plain), *_WORDS.findall(plain)}
    return Wanted(tuple(sorted(found)), tuple(sorted(set(_LONE.findall(plain)))))


def same_form(text: str) -> str:
    """One form for what looks alike: full-width letters and digits, upper and lower case."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
