"""Values of a feature as text for people: names for codes, units, Beijing time."""

from collections.abc import Mapping
from typing import Any

from emmap.layer import Field
from emmap.ui.times import beijing, instant
from emmap.ui.words import word


def text_of(field: Field, value: Any, lang: str) -> str | None:
    """A field's value as text; None where it is not known."""
    if value is None or value == [] or value == "":
        return None
    names = {entry.code: entry.en if lang == "en" else entry.zh for entry in field.info.choices}
    if field.kind == "list":
        return word("list_join", lang).join(names.get(str(one), str(one)) for one in value)
    if field.kind == "instant":
        at = instant(str(value))
        return beijing(at) if at else None
    if names:
        return names.get(str(value), str(value))
    if field.kind == "number":
        told = f"{value:,.10g}"
    elif field.kind == "integer":
        told = f"{value:,}"
    else:
        return str(value)
    return f"{told} {field.info.unit_in(lang)}".rstrip()


def span_of(values: Mapping[str, Any], lang: str) -> str:
    """From when to when a version holds."""
    start, end = instant(values["valid_from"]), instant(values["valid_to"])
    return word(
        "from_to",
        lang,
        start=beijing(start) if start else word("open_start", lang),
        end=beijing(end) if end else word("open_end", lang),
    )
