"""One feature in full: every declared field, its source, its history. Rendered from the layer's declaration.

The browser asks by writing `{layer, row, realm, at, known_at, lang, asked, follow}` into a store. `row` is a version;
with `follow` its feature is shown as it is at (T, K), if it holds then. `asked` numbers the questions.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, html
from dash.backends._fastapi import get_current_request
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from emmap.codes import districts
from emmap.errors import EmmapError
from emmap.layer import Field, Layer, layer_named, style_table
from emmap.permissions import needs
from emmap.store import answers, audit
from emmap.store.database import Database
from emmap.ui import gauges, ids, links
from emmap.ui.attributes import data
from emmap.ui.history import lives, recorded
from emmap.ui.times import age, instant
from emmap.ui.values import span_of, text_of
from emmap.ui.words import WORDS, word
from emmap.view import KNOWN_THEN, View

Feature = Mapping[str, Any]


def register(app: Dash, layers: Mapping[str, Layer], database: Database) -> None:
    """Adds the callback that answers what the browser asks for."""

    @app.callback(
        Output(ids.DETAILS_BODY, "children"),
        Input(ids.DETAILS_REQUEST, "data"),
        prevent_initial_call=True,
    )
    @needs("read")
    async def details(asked: dict[str, Any] | None) -> Any:
        if not asked:
            return []
        lang = "en" if asked.get("lang") == "en" else "zh"
        scope = get_current_request().scope
        caller = scope["emmap.caller"]
        try:
            layer = layer_named(str(asked.get("layer")), layers)
            found = await run_in_threadpool(
                _read, database, layers, layer, asked, personal=caller.may("personal")
            )
        except EmmapError as error:
            return _refusal(error.en if lang == "en" else error.zh, asked)
        except DBAPIError:
            return _refusal(word("details_failed", lang), asked)
        if found is None:
            return _refusal(word("details_gone", lang), asked)
        audit.note_view(scope, str(asked.get("realm") or ""), layer, [found[0], *found[1]])
        return _page(layer, *found, asked, lang, personal=caller.may("personal"))


def _read(
    database: Database,
    layers: Mapping[str, Layer],
    layer: Layer,
    asked: Mapping[str, Any],
    *,
    personal: bool,
) -> tuple[Feature, list[dict[str, Any]], gauges.Measurements | None, links.Links] | None:
    with database.engine("app", asked.get("realm") or None).connect() as conn:
        found = answers.rows(conn, layer, [int(asked["row"])], geometry=True, personal=personal)
        if not found:
            return None
        then = _at(asked)
        held = answers.feature(conn, layer, found[0]["id"], then, personal=personal) if then else None
        station = layer.station_of(found[0]["id"])
        shown = held or found[0]
        return (
            shown,
            answers.history(conn, layer, shown["id"], personal=personal),
            gauges.read(conn, layers, station, asked) if station else None,
            links.read(conn, layer, shown),
        )


def _at(asked: Mapping[str, Any]) -> View | None:
    """The picture's T and K, where the version is asked for that holds then."""
    if not asked.get("follow"):
        return None
    known = asked.get("known_at")
    return View(at=instant(asked.get("at")), known_at=KNOWN_THEN if known == KNOWN_THEN else instant(known))


def _refusal(sentence: str, asked: Mapping[str, Any]) -> html.P:
    return html.P(sentence, role="alert", className="refusal", **data(asked=_mark(asked)))


def _mark(asked: Mapping[str, Any]) -> str:
    """By this the browser knows which of its questions was answered."""
    return f"{asked.get('row')}-{asked.get('asked')}"


def _page(
    layer: Layer,
    feature: Feature,
    history: Sequence[Feature],
    measured: gauges.Measurements | None,
    linked: links.Links,
    asked: Mapping[str, Any],
    lang: str,
    *,
    personal: bool,
) -> html.Article:
    values = feature["properties"]
    first = [field for name in layer.details if (field := layer.fields.get(name)) and _worth(field, values)]
    rest = [
        field
        for field in layer.fields.values()
        if field.name not in layer.details and _worth(field, values) and not field.info.outline
    ]
    now = instant(asked.get("at")) or instant(asked.get("now")) or datetime.now(UTC)
    start, end = instant(values["valid_from"]), instant(values["valid_to"])
    held = (start is None or start <= now) and (end is None or now < end)
    title = (layer.title_of(values, lang) if lang == "en" else values["title"]) or feature["id"]
    return html.Article(
        [
            html.Div(
                [
                    html.Span(className="symbol", **data(symbol_of=layer.id), **_style_key(layer, values)),
                    html.H3(title),
                ],
                className="details-title",
            ),
            None if held else html.P(word("not_in_picture", lang), className="absent"),
            html.P(word("signature_invalid", lang), role="alert", className="refusal")
            if values.get("cap_signature") == "invalid"
            else None,
            *(gauges.section(measured, lang) if measured else []),
            html.Dl(
                [
                    *_line(word("valid", lang), _validity(values, now, lang)),
                    *_line(word("place", lang), _place(feature, lang)),
                    *_lines(first, values, lang),
                    *_line(word("districts", lang), _names(values["districts"], lang)),
                    *_line(word("source", lang), _source(values, asked, lang, personal)),
                    *links.as_cap(layer, feature, asked, lang),
                    *_line(word("recorded", lang), recorded(values, lang)),
                    *_line(word("feature_id", lang), html.Span(feature["id"], className="numbers")),
                ]
            ),
            *links.shown(layer, linked, lang),
            html.Details([html.Summary(word("other_fields", lang)), html.Dl(_lines(rest, values, lang))]),
            html.H4(word("history", lang, n=len(history))),
            *lives(layer, history, values["row"] if held else None, lang),
        ],
        **data(asked=_mark(asked), row=str(values["row"]), outline=_outline(layer, values)),
    )


def _outline(layer: Layer, values: Mapping[str, Any]) -> str:
    """The area (WKT) that is drawn while the feature is shown; empty where there is none."""
    told = (values.get(field.name) for field in layer.fields.values() if field.info.outline)
    return next((str(area) for area in told if area), "")


def _worth(field: Field, values: Mapping[str, Any]) -> bool:
    """Whether the field has a line even where nothing is known of it."""
    return not field.info.sparse or values.get(field.name) not in (None, [], "")


def _line(term: str, value: Any) -> list[Any]:
    return [html.Dt(term), html.Dd(value)]


def _lines(fields: Sequence[Field], values: Mapping[str, Any], lang: str) -> list[Any]:
    lines: list[Any] = []
    for field in fields:
        name = field.info.en if lang == "en" else field.info.zh
        if field.name not in values:
            shown: Any = html.Span(word("personal_hidden", lang), className="muted")
        else:
            shown = _value(field, values[field.name], lang)
        lines += [html.Dt(name), html.Dd(shown, **data(field=field.name))]
    return lines


def _value(field: Field, value: Any, lang: str) -> Any:
    """A value for people: names for codes, Beijing time, unit; 未知 where it is not known."""
    told = text_of(field, value, lang)
    return html.Span(word("unknown", lang), className="unknown") if told is None else told


def _names(codes: Sequence[str], lang: str) -> Any:
    known = districts()
    names = [(known[c].en if lang == "en" else known[c].zh) if c in known else c for c in codes]
    return word("list_join", lang).join(names) or html.Span(word("no_district", lang), className="muted")


def _validity(values: Mapping[str, Any], now: datetime, lang: str) -> Any:
    told = span_of(values, lang)
    end = instant(values["valid_to"])
    if end is None:
        return told
    left = (end - now).total_seconds()
    return [
        told,
        html.Span(
            f" · {word('remaining' if left > 0 else 'ended', lang, age=age(left, lang))}", className="muted"
        ),
    ]


def _place(feature: Feature, lang: str) -> Any:
    geometry = feature["geometry"]
    if geometry is None:
        return html.Span(word("no_place", lang), className="muted")
    west, south, east, north = _bounds(geometry)
    return [
        html.Span(f"{(south + north) / 2:.5f}°, {(west + east) / 2:.5f}°", className="numbers"),
        " ",
        html.Button(
            word("zoom_to", lang),
            className="link",
            **data(locate=f"{west},{south},{east},{north}"),
        ),
    ]


def _bounds(geometry: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """West, south, east, north of a GeoJSON geometry, in degrees."""
    points: list[tuple[float, float]] = []

    def walk(part: Any) -> None:
        if part and isinstance(part[0], int | float):
            points.append((part[0], part[1]))
        else:
            for one in part:
                walk(one)

    for one in geometry.get("geometries", [geometry]):
        walk(one["coordinates"])
    longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _source(values: Mapping[str, Any], asked: Mapping[str, Any], lang: str, personal: bool) -> Any:
    source = values["source"]
    if source is None:
        return html.Span(word("no_source", lang), className="muted")
    name = source["name"] or _origin(source["source"], lang)
    if source["source"] == "import" and not personal and not name.lower().endswith((".xml", ".cap")):
        # A table may hold phones: the route would refuse it.
        return [html.Span(name), " ", html.Span(word("original_forbidden", lang), className="muted")]
    realm = f"?realm={asked['realm']}" if asked.get("realm") else ""
    return [
        html.Span(name),
        " ",
        html.Button(
            word("original", lang),
            className="link",
            **data(original=f"/api/messages/{source['message_id']}{realm}"),
        ),
    ]


def _origin(source: str, lang: str) -> str:
    """How a message without a file name came in."""
    key = f"source_{source}"
    return word(key, lang) if key in WORDS else source


def _style_key(layer: Layer, values: Mapping[str, Any]) -> dict[str, Any]:
    value = values.get(layer.style.by)
    known = {row["value"] for row in style_table(layer)}
    return {"data-style": str(value) if str(value) in known else ""}
