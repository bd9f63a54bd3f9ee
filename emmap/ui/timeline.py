"""The timeline card: T, play, steps, K, 现在, windows. The browser adds slider, histogram and what lies over it."""

from dash import html

from emmap.ui.attributes import aria, data
from emmap.ui.words import explained, labelled, said

WINDOWS = ("last_1h", "last_6h", "last_24h", "last_7d", "last_30d", "today", "season", "year", "all")
"""Those that end at T and go along with it first, then those that stay (`assets/page/timeline/windows.js`)."""


def timeline() -> html.Section:
    """Over the map's lower edge."""
    return html.Section(
        [
            html.Div(
                [
                    html.Button(html.I(), id="play", className="play"),
                    html.Div(id="time-field", className="time-field"),
                    html.Div(id="rate-field", className="rate-field"),
                    html.Div(
                        [
                            html.Button("|‹", id="previous-change", **labelled("previous_change")),
                            html.Button("‹", id="step-back", **labelled("step_back")),
                            html.Button("›", id="step-forward", **labelled("step_forward")),
                            html.Button("›|", id="next-change", **labelled("next_change")),
                        ],
                        className="steps",
                    ),
                    html.Div(className="spring"),
                    html.Div(
                        [
                            _chip("k_then", known="at"),
                            _chip("k_now", known="now"),
                            _chip("k_fixed", known="fixed"),
                        ],
                        id="known",
                        className="chips",
                        role="group",
                        **labelled("k_label"),
                    ),
                    html.A(
                        said("compare"),
                        id="compare",
                        className="chip",
                        href="/compare",
                        **explained("compare_meaning"),
                    ),
                    html.Button(said("now"), id="to-now", className="primary"),
                    html.Button(html.I(), id="unfold-timeline", className="unfold"),
                ],
                className="timeline-row",
            ),
            html.Div(
                [
                    html.Div(
                        [_chip(f"window_{name}", window=name) for name in WINDOWS],
                        className="chips windows",
                        role="group",
                        **labelled("window"),
                    ),
                    html.Button(
                        said("select_span"),
                        id="select-span",
                        className="chip",
                        **explained("select_span_meaning"),
                    ),
                    html.Button(
                        said("only_passing"),
                        id="only-passing",
                        className="chip",
                        **explained("only_passing_meaning"),
                    ),
                    html.Button(
                        said("hindsight"),
                        id="hindsight",
                        className="chip",
                        hidden=True,
                        **aria(pressed="false"),
                        **explained("hindsight_meaning"),
                    ),
                    html.Div(className="spring"),
                    html.Div(html.Button(id="flashed", className="chip", hidden=True), role="status"),
                    html.Button(id="window-told", className="link window-told"),
                ],
                className="timeline-row second",
            ),
            html.Div(
                [
                    html.Div(id="timeline-plot", className="timeline-plot"),
                    html.Div(
                        [
                            html.Button("+", id="time-zoom-in", **labelled("time_zoom_in")),
                            html.Button("−", id="time-zoom-out", **labelled("time_zoom_out")),
                        ],
                        className="time-zoom",
                    ),
                ],
                className="timeline-plot-row",
            ),
            html.Div(
                id="window-card",
                className="card window-card",
                hidden=True,
                role="dialog",
                **aria(modal="false"),
            ),
        ],
        id="timeline",
        className="card timeline",
        **labelled("timeline"),
    )


def _chip(key: str, **given: str) -> html.Button:
    """A chip that says its word and, on hover, its meaning."""
    return html.Button(said(key), className="chip", **data(**given), **explained(f"{key}_meaning"))
