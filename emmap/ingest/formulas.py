"""Texts that a spreadsheet would take for formulas, and the mark that keeps them texts in a CSV.

The mark is an apostrophe before the text. It is put only on files that emmap hands back, and taken off when they return.
"""

FORMULA_LIKE = tuple("=+-@\t\r")
"""What a text begins with that a spreadsheet may compute."""
_MARK = "'"


def tamed(text: str) -> str:
    """The text as a CSV may hold it; numbers stay numbers."""
    if not text.startswith(FORMULA_LIKE):
        return text
    try:
        float(text)
    except ValueError:
        return _MARK + text
    return text


def untamed(text: str) -> str:
    """The text as it was."""
    return text[1:] if text.startswith(_MARK) and text[1:].startswith(FORMULA_LIKE) else text
