"""The filters of the left panel, made from the layers' declarations.

Each value is one button with `data-toggle` (the View's word, or `field:<name>`) and `data-value`; `data-count`
marks the number that the browser fills in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from dash import html

from emmap.codes import SEVERITIES, Code, districts, hazards
from emmap.layer import Field, Layer
from emmap.ui.attributes import aria, data
from emmap.ui.words import both, named, said

SHAPES = {"4": "◆", "3": "▲", "2": "●", "1": "■", "0": "○"}
"""The level's shape, besides its colour and its word."""
IN_SIGHT = ("11B03", "11A02", "11B01", "11G", "11A01", "11B06", "11A06", "11B22")
"""Hazards that stand before 更多: the city's most frequent."""


def filters(layers: Mapping[str, Layer]) -> list[html.Section | html.Details]:
    """Hazards, levels, districts, status, and the other declared fields folded away."""
    return [_hazards(), _levels(), _districts(), _statuses(layers), _others(layers)]


def _heading(key: str, toggle: str, note: html.Span | None = None) -> html.Div:
    children: list[Any] = [html.H2(said(key))]
    if note is not None:
        children.append(note)
    children.append(html.Button(said("all"), className="link clear", **data(clear=toggle)))
    return html.Div(children, className="heading")


def _chip(toggle: str, entry: Code, count: str, name: str = "chip") -> html.Button:
    return html.Button(
        [
            html.Span(entry.zh, **both(entry.zh, entry.en)),
            html.Span(className="n", **data(count=count)),
        ],
        className=name,
        **data(toggle=toggle, value=entry.code),
        **aria(pressed="false"),
    )


def _hazards() -> html.Section:
    known = hazards()
    first = [known[code] for code in IN_SIGHT if code in known]
    rest = [entry for code, entry in known.items() if code not in IN_SIGHT]
    more = html.Button(
        id="more-hazards", className="chip more", **data(more=str(len(rest))), **aria(expanded="false")
    )
    return html.Section(
        [
            _heading("hazards", "hazard"),
            html.Div(
                [
                    *(_chip("hazard", entry, f"hazard:{entry.code}") for entry in first),
                    *(_chip("hazard", entry, f"hazard:{entry.code}", "chip rare") for entry in rest),
                    more,
                ],
                id="hazard-chips",
                className="chips",
            ),
        ],
        **named("hazards"),
    )


def _levels() -> html.Section:
    return html.Section(
        [
            _heading("severity", "severity", html.Span(id="at-least", className="muted")),
            html.Div([_level(entry) for entry in reversed(SEVERITIES)], className="levels"),
        ],
        **named("severity"),
    )


def _level(entry: Code) -> html.Button:
    short = "无" if entry.code == "0" else entry.zh
    english = "None" if entry.code == "0" else entry.en.split(" ")[0]
    return html.Button(
        [
            html.Span(
                [
                    html.I(SHAPES[entry.code], **aria(hidden="true")),
                    html.Span(short, **both(short, english)),
                ],
                className=f"level level-{entry.code}",
            ),
            html.Span("–", className="n", **data(count=f"severity:{entry.code}")),
        ],
        className="level-button",
        **data(toggle="severity", value=entry.code),
        **aria(pressed="false"),
    )


def _districts() -> html.Section:
    return html.Section(
        [
            _heading("districts", "district", html.Span(className="muted", **data(count_words="total"))),
            html.Div(
                [
                    html.Button(
                        [
                            html.Span(entry.zh, className="name", **both(entry.zh, entry.en)),
                            html.Span(html.I(**data(bar=entry.code)), className="bar"),
                            html.Span("–", className="n", **data(count=f"district:{entry.code}")),
                        ],
                        className="district-row",
                        **data(toggle="district", value=entry.code),
                        **aria(pressed="false"),
                    )
                    for entry in districts().values()
                ]
            ),
            html.Div(
                [
                    said("no_district", className="name"),
                    html.Span(className="bar"),
                    html.Span("–", className="n", **data(count="district:")),
                ],
                className="district-row rest",
            ),
        ],
        **named("districts"),
    )


def _statuses(layers: Mapping[str, Layer]) -> html.Section:
    groups = []
    for layer in layers.values():
        declared = layer.fields.get("status")
        if declared is None or not declared.info.choices:
            continue
        groups.append(
            html.Div(
                [
                    html.H3(layer.title.zh, **both(layer.title.zh, layer.title.en)),
                    html.Div(
                        [_chip("status", entry, f"status:{entry.code}") for entry in declared.info.choices],
                        className="chips",
                    ),
                ],
                className="group",
            )
        )
    return html.Section([_heading("status", "status"), *groups], **named("status"))


def _others(layers: Mapping[str, Layer]) -> html.Details:
    """Every other declared filter once, whichever layers share it. Free text gets its values from the data."""
    shared: dict[str, Field] = {}
    for layer in layers.values():
        for name, declared in layer.fields.items():
            if declared.info.filtered and name not in ("hazards", "severity", "status"):
                shared.setdefault(name, declared)
    return html.Details(
        [html.Summary(said("more_filters")), *(_other(field, layers) for field in shared.values())],
        className="more-filters",
    )


def _other(field: Field, layers: Mapping[str, Layer]) -> html.Div:
    choices: dict[str, Code] = {}
    for layer in layers.values():
        declared = layer.fields.get(field.name)
        choices.update({entry.code: entry for entry in (declared.info.choices if declared else ())})
    toggle = f"field:{field.name}"
    return html.Div(
        [
            html.Div(
                [
                    html.H3(field.info.zh, **both(field.info.zh, field.info.en)),
                    html.Button(said("all"), className="link clear", **data(clear=toggle)),
                ],
                className="heading",
            ),
            html.Div(
                _chips(toggle, field.name, choices.values()),
                className="chips",
                **({} if choices else data(values_of=field.name)),
            ),
        ],
        className="group",
    )


def _chips(toggle: str, name: str, entries: Iterable[Code]) -> list[html.Button]:
    return [_chip(toggle, entry, f"{name}:{entry.code}") for entry in entries]
