"""Every word of the interface, in both languages, in one table; a file for each page.

Python puts them into the layout with `said`; the browser modules read the same table (`assets/page/words.js`),
in which `{name}` is filled in.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dash import html

from emmap.ui.words import (
    account,
    accounts,
    briefings,
    compare,
    density,
    gauges,
    importing,
    knowledge,
    page,
    shell,
    sign_in,
    sources,
    watch,
)

PARTS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "account": account.WORDS,
        "accounts": accounts.WORDS,
        "briefings": briefings.WORDS,
        "new_briefing": briefings.NEW,
        "shell": shell.WORDS,
        "page": page.WORDS,
        "knowledge": knowledge.WORDS,
        "density": density.WORDS,
        "gauges": gauges.WORDS,
        "sign_in": sign_in.WORDS,
        "compare": compare.WORDS,
        "sources": sources.WORDS,
        "watch": watch.WORDS,
        "import": importing.WORDS,
    }
)
"""The words of each page, by its name; those of `shell` are on all of them. No key stands in two of them."""

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {key: both for part in PARTS.values() for key, both in part.items()}
)


def table(*names: str) -> dict[str, dict[str, str]]:
    """The words of these parts, as the browser modules take them."""
    return {
        key: {"zh": chinese, "en": english}
        for name in names
        for key, (chinese, english) in PARTS[name].items()
    }


def zh(key: str, **values: object) -> str:
    """A word in Chinese, filled in."""
    return WORDS[key][0].format(**values)


def word(key: str, lang: str, **values: object) -> str:
    """A word in `zh` or `en`, filled in."""
    return WORDS[key][1 if lang == "en" else 0].format(**values)


def both(chinese: str, english: str) -> dict[str, Any]:
    """The attributes by which the browser swaps an element's text when the language changes."""
    return {"data-zh": chinese, "data-en": english}


def said(key: str, **attributes: Any) -> html.Span:
    """A word as an element that follows the language."""
    chinese, english = WORDS[key]
    return html.Span(chinese, **both(chinese, english), **attributes)


def labelled(key: str) -> dict[str, Any]:
    """The attributes that name an element for assistive technology, and on hover, in the page's language."""
    chinese, english = WORDS[key]
    return {"aria-label": chinese, "title": chinese, "data-label-zh": chinese, "data-label-en": english}


def named(key: str) -> dict[str, Any]:
    """The same for what holds other things: a name, but no text on hover, which would cover them."""
    chinese, english = WORDS[key]
    return {"aria-label": chinese, "data-label-zh": chinese, "data-label-en": english, "data-untitled": ""}


def explained(key: str) -> dict[str, Any]:
    """What a button whose text is its name does, on hover and for assistive technology, in the page's language."""
    chinese, english = WORDS[key]
    return {"title": chinese, "data-label-zh": chinese, "data-label-en": english, "data-unnamed": ""}
