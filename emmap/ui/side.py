"""The right panel: what is worst, what is in view, statistics; below, one feature's details."""

import dash_mantine_components as dmc
from dash import dcc, html

from emmap.ui import ids
from emmap.ui.attributes import aria
from emmap.ui.words import labelled, named, said


def side() -> html.Aside:
    """Three tabs over the details."""
    return html.Aside(
        [
            html.Button("»", id="fold-right", className="fold", **labelled("fold")),
            dmc.Tabs(
                [
                    dmc.TabsList(
                        [
                            dmc.TabsTab([said("current"), html.B(id="current-n")], value="current"),
                            dmc.TabsTab([said("in_view"), html.B(id="in-view-n")], value="in_view"),
                            dmc.TabsTab(said("statistics"), value="statistics"),
                            dmc.TabsTab(
                                [said("hindsight_tab"), html.B(id="hindsight-n")],
                                value="hindsight",
                                className="hindsight-tab",
                            ),
                        ]
                    ),
                    dmc.TabsPanel(_list("current"), value="current"),
                    dmc.TabsPanel(_list("in_view"), value="in_view"),
                    dmc.TabsPanel(
                        html.Div(
                            [
                                html.Section(id="rain", className="rain", hidden=True),
                                html.Div(id="statistics-tables"),
                            ],
                            id="statistics",
                            className="statistics",
                            role="region",
                            tabIndex=0,
                            **named("statistics"),
                        ),
                        value="statistics",
                    ),
                    dmc.TabsPanel(
                        [
                            html.Div(id="hindsight-head", className="list-head"),
                            html.Ul(id="hindsight-list", className="list", **named("hindsight_tab")),
                        ],
                        value="hindsight",
                    ),
                ],
                id=ids.SIDE_TABS,
                value="current",
                className="side-tabs",
            ),
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(said("details")),
                            html.Div(className="spring"),
                            html.Button("‹", id="details-previous", **labelled("previous")),
                            html.Button("›", id="details-next", **labelled("next")),
                            html.Button("×", id="details-close", **labelled("close")),
                        ],
                        className="heading",
                    ),
                    html.P(said("loading"), className="waiting"),
                    html.P(id="details-late", className="absent late", hidden=True),
                    html.Div(id=ids.DETAILS_BODY, className="details-body", **aria(live="polite")),
                    dcc.Store(id=ids.DETAILS_REQUEST),
                ],
                id=ids.DETAILS,
                className="details",
                hidden=True,
                **named("details"),
            ),
        ],
        id="side",
        className="side",
        **named("side"),
    )


def _list(name: str) -> list[html.Div]:
    return [
        html.Div(id=f"{name}-head", className="list-head"),
        html.Div(
            id=f"{name}-list",
            className="list",
            role="listbox",
            tabIndex=0,
            hidden=True,
            **named("in_view" if name == "in_view" else "current"),
        ),
        html.Div(said("loading"), id=f"{name}-empty", className="empty", role="status"),
    ]
