"""Text search by tokens: every pair of neighbouring characters in Chinese, whole words elsewhere.

Trigrams cannot serve the two-character words that Chinese is made of; a GIN array of bigrams can.
"""

import re
import unicodedata

_RUN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]+|[^\W_]+")
_CHINESE = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
LONGEST = 4000
"""Characters of a text that are indexed."""


def tokens(*texts: str) -> list[str]:
    """The distinct tokens of some texts: lower-case words, Chinese bigrams, single Chinese characters."""
    found: set[str] = set()
    for text in texts:
        for run in _RUN.findall(unicodedata.normalize("NFKC", text[:LONGEST]).casefold()):
            if _CHINESE.match(run):
                found.update(run)
                found.update(run[i : i + 2] for i in range(len(run) - 1))
            else:
                found.add(run)
    return sorted(found)


def wanted(query: str) -> list[str]:
    """The tokens that a text must all have to match `query`; a Chinese word by its bigrams."""
    found: set[str] = set()
    for run in _RUN.findall(unicodedata.normalize("NFKC", query).casefold()):
        if _CHINESE.match(run) and len(run) > 1:
            found.update(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.add(run)
    return sorted(found)
