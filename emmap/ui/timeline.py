"""The timeline card: T, windows, steps, K and 现在. The browser adds slider and histogram."""

from dash import html

from emmap.ui.attributes import data
from emmap.ui.words import labelled, said

WINDOWS = ("day", "week", "month", "year", "all")


def timeline() -> html.Section:
    """Over the map's lower edge."""
    return html.Section(
        [
            html.Div(
                [
                    html.Div(id="time-field", className="time-field"),
                    html.Div(
                        [
                            html.Button(said(f"window_{name}"), className="chip", **data(window=name))
                            for name in WINDOWS
                        ],
                        className="chips windows",
                        role="group",
                        **labelled("window"),
                    ),
                    html.Div(
                        [
                            html.Button("|◀", id="previous-change", **labelled("previous_change")),
                            html.Button("◀", id="step-back", **labelled("step_back")),
                            html.Button("▶", id="step-forward", **labelled("step_forward")),
                            html.Button("▶|", id="next-change", **labelled("next_change")),
                        ],
                        className="steps",
                    ),
                    html.Div(className="spring"),
                    html.Div(
                        [
                            html.Button(said("k_then"), className="chip", **data(known="at")),
                            html.Button(said("k_now"), className="chip", **data(known="")),
                        ],
                        id="known",
                        className="chips",
                        role="group",
                        **labelled("k_label"),
                    ),
                    html.Button(said("now"), id="to-now", className="primary"),
                ],
                className="timeline-row",
            ),
            html.Div(id="timeline-plot", className="timeline-plot"),
        ],
        className="card timeline",
        **labelled("timeline"),
    )
