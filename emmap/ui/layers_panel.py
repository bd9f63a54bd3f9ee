"""The left panel's first part: each layer with its check box, symbol, freshness and count."""

from collections.abc import Mapping

from dash import html

from emmap.layer import Layer
from emmap.ui.attributes import aria, data
from emmap.ui.words import both, named, said


def layers_section(layers: Mapping[str, Layer]) -> html.Section:
    """One row a layer; at the right of the heading how many features have no place."""
    return html.Section(
        [
            html.Div(
                [
                    html.H2(said("layers")),
                    html.Button(
                        [said("unplaced"), " ", html.Span("–", **data(count="unplaced"))],
                        id="unplaced",
                        className="link",
                    ),
                ],
                className="heading",
            ),
            html.Div([_row(layer) for layer in layers.values()]),
        ],
        className="layers",
        **named("layers"),
    )


def _row(layer: Layer) -> html.Button:
    return html.Button(
        [
            html.Span(className="box", **aria(hidden="true")),
            html.Span(className="symbol", **data(symbol=layer.id), **aria(hidden="true")),
            html.Span(
                [
                    html.Span(layer.title.zh, className="name", **both(layer.title.zh, layer.title.en)),
                    html.Span(className="age", **data(age=layer.id)),
                ],
                className="words",
            ),
            html.Span("–", className="count", **data(count=f"layer:{layer.id}")),
        ],
        className="layer-row",
        role="checkbox",
        **data(layer=layer.id),
        **aria(checked="true"),
    )
