"""Dash's HTML components as HTML text, for pages that are no Dash pages but are made of the same parts."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, cast

from dash.development.base_component import Component

_NAMES: Mapping[str, str] = {"className": "class", "htmlFor": "for"}
_ALONE = frozenset({"Br", "Hr", "Img"})
"""Elements that hold nothing and have no end tag."""
_LISTS = (list, tuple)

Markup = Component | str | int | float | Sequence[Any] | None
"""What a component may hold."""


def html_of(part: Markup) -> str:
    """The HTML of `dash.html` components; every text and every attribute is escaped. `ValueError` for any other
    component: it would need Dash's scripts."""
    if part is None:
        return ""
    if isinstance(part, _LISTS):
        return "".join(html_of(one) for one in part)
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    told: dict[str, Any] = cast(Any, part).to_plotly_json()
    if told["namespace"] != "dash_html_components":
        raise ValueError(f"{told['type']} is no plain HTML")
    properties = dict(told["props"])
    children = properties.pop("children", None)
    tag = told["type"].lower()
    opening = f"<{tag}{''.join(_attribute(name, value) for name, value in properties.items())}>"
    return opening if told["type"] in _ALONE else f"{opening}{html_of(children)}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    written = _NAMES.get(name, name if "-" in name else name.lower())
    return f" {written}" if value is True else f' {written}="{escape(str(value), quote=True)}"'
