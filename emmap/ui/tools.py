"""Drawing on the map: the buttons of the tools, and the cards of what they found."""

from dash import html

from emmap.ui.attributes import aria, data
from emmap.ui.words import labelled, said

TOOLS = ("box", "circle", "polygon", "distance", "surface")
"""Each a way to draw; the browser knows what comes of it (`assets/page/tools.js`)."""


def tool_buttons() -> html.Div:
    """One button a tool, and one for the card of the selection."""
    return html.Div(
        [
            *(
                html.Button(
                    id=f"tool-{name}",
                    className="icon",
                    **data(tool=name),
                    **aria(pressed="false"),
                    **labelled(f"tool_{name}"),
                )
                for name in TOOLS
            ),
            html.Button(
                id="selection-open", className="icon", **aria(expanded="false"), **labelled("tool_area")
            ),
        ],
        className="tools",
        role="group",
        **labelled("tools"),
    )


def tool_cards(outlines: str) -> list[html.Div]:
    """The selection; the hint of the tool in hand and the measure. `outlines`: where the districts' outlines lie."""
    hint = html.Div(id="tool-hint", className="card tool-hint", role="status", hidden=True)
    return [
        html.Div(_selection(outlines), className="tool-anchor left"),
        html.Div([hint, _measure()], className="tool-anchor right"),
    ]


def _measure() -> html.Section:
    return html.Section(
        [
            _heading(said("measured", id="measure-kind"), "measure-close"),
            html.Div(id="measure-body", **aria(live="polite")),
            html.P(said("measure_basis"), className="muted"),
        ],
        id="measure",
        className="card tool-card",
        hidden=True,
        **labelled("measured"),
    )


def _selection(outlines: str) -> html.Section:
    return html.Section(
        [
            _heading(said("selection"), "selection-close", html.B(id="selection-n", className="numbers")),
            html.P(id="selection-words"),
            html.Div(
                [
                    html.Button(said("zoom_to"), id="selection-zoom", className="link"),
                    html.Button(said("selection_clear"), id="selection-clear", className="link"),
                    html.Div(className="spring"),
                    html.Button(said("selection_excel"), id="selection-excel", className="primary"),
                ],
                id="selection-acts",
                className="row",
            ),
            html.P(id="selection-state", role="status", className="muted"),
            html.Details(
                [html.Summary(said("selection_enter")), _form()], id="selection-enter", className="enter"
            ),
            html.Div(id="selection-body", className="statistics"),
        ],
        id="selection",
        className="card tool-card",
        hidden=True,
        **data(outlines=outlines),
        **labelled("selection"),
    )


def _form() -> html.Form:
    """An area without the pointer: a circle, the present extent, a district."""
    return html.Form(
        [
            html.Label([said("circle_centre"), html.Span(id="circle-centre", className="field")]),
            html.Label([said("circle_radius"), html.Span(id="circle-radius", className="field")]),
            html.Div(
                [
                    html.Button(said("circle_make"), type="submit", className="plain"),
                    html.Button(
                        said("from_selected"), id="centre-from-selected", type="button", className="plain"
                    ),
                ],
                className="row",
            ),
            html.Div(
                [
                    html.Button(said("from_extent"), id="area-from-extent", type="button", className="plain"),
                    html.Span(id="area-district"),
                ],
                className="row",
            ),
        ],
        id="area-form",
    )


def _heading(title: html.Span, close: str, *more: html.B) -> html.Div:
    return html.Div(
        [html.H2(title), *more, html.Button("×", id=close, **labelled("close"))], className="heading"
    )
