"""From a feature in full to others: those that it names, those that name it, and itself as a CAP message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from dash import html
from sqlalchemy import Connection

from emmap.layer import Layer, WarningProperties
from emmap.store import answers
from emmap.ui.attributes import data
from emmap.ui.times import beijing, instant
from emmap.ui.words import word

Feature = Mapping[str, Any]
MOST = 200
"""Features that are listed at most as naming one."""


@dataclass(frozen=True, slots=True)
class Links:
    """Features that a feature names in its link fields, and features that name it, as they are known now."""

    named: Sequence[Feature]
    naming: Sequence[Feature]


def read(conn: Connection, layer: Layer, feature: Feature) -> Links:
    """What a feature is linked to."""
    fields = [field.name for field in layer.fields.values() if field.info.link]
    if not fields:
        return Links((), ())
    named = [str(told) for field in fields if (told := feature["properties"].get(field))]
    latest = [one for name in named if (one := _latest(conn, layer, name)) is not None]
    return Links(latest, answers.naming(conn, layer, fields, feature["id"], MOST))


def _latest(conn: Connection, layer: Layer, feature_id: str) -> Feature | None:
    known = [one for one in answers.history(conn, layer, feature_id) if not one["properties"]["recorded_to"]]
    return known[-1] if known else None


def shown(layer: Layer, links: Links, lang: str) -> list[Any]:
    """Both lists, where there is something in them."""
    return [
        *_list(layer, links.named, "linked_to", lang),
        *_list(layer, links.naming, "linked_from", lang),
    ]


def _list(layer: Layer, features: Sequence[Feature], heading: str, lang: str) -> list[Any]:
    """Features to go to, each by its title and when it began."""
    if not features:
        return []
    items = []
    for one in features:
        values = one["properties"]
        start = instant(values["valid_from"])
        title = layer.title_of(values, lang) or one["id"]
        told = f"{title} · {beijing(start)}" if start else title
        items.append(html.Li(html.Button(told, className="link", **data(open=f"{layer.id}:{values['row']}"))))
    return [html.H4(word(heading, lang, n=len(items))), html.Ul(items, className="linked")]


def as_cap(layer: Layer, feature: Feature, asked: Mapping[str, Any], lang: str) -> list[Any]:
    """The way to a warning as a CAP message."""
    if not issubclass(layer.properties, WarningProperties):
        return []
    then = {name: asked[name] for name in ("realm", "at", "known_at") if asked.get(name)}
    address = f"/api/layers/{layer.id}/features/{quote(feature['id'])}.cap"
    way = html.A(word("as_cap", lang), href=f"{address}?{urlencode(then)}".rstrip("?"), download="")
    return [html.Dt("CAP"), html.Dd(way)]
