"""The header: title, the real clock, live state, sources, search, realm, language, export."""

from dash import html

from emmap.ui.attributes import aria
from emmap.ui.words import explained, labelled, said, zh


def header() -> html.Header:
    """56 px at the top of the page. The clock always shows the wall clock, never the picture's time."""
    return html.Header(
        [
            html.H1(said("title"), className="brand"),
            html.Div(
                [
                    html.Time(id="clock", className="clock"),
                    html.Span(
                        [html.Span(className="long"), html.Span(className="short")],
                        id="date",
                        className="date",
                    ),
                ],
                className="now",
            ),
            html.Div(
                [
                    html.I(className="dot", **aria(hidden="true")),
                    html.Span(zh("live_connecting"), id="live-text"),
                ],
                id="live",
                className="pill live",
                role="status",
            ),
            html.Div(
                [
                    html.Button(
                        html.Span(zh("sources"), id="sources-text"),
                        id="sources",
                        className="pill",
                        **aria(expanded="false", controls="sources-card"),
                    ),
                    html.Div(id="sources-card", className="card popover", hidden=True),
                ],
                className="anchor",
            ),
            html.Div(id="search", className="search", role="search"),
            html.Div(className="spring"),
            html.Span(id="realm", className="badge realm", hidden=True),
            html.Button(
                "⋯",
                id="menu",
                className="plain menu",
                **labelled("menu"),
                **aria(expanded="false", controls="actions"),
            ),
            html.Div(
                [
                    html.Button("中 / EN", id="language", className="plain", **explained("language_label")),
                    html.Button(said("night"), id="night", className="plain", **aria(pressed="false")),
                    html.Button(said("export"), id="export-open", className="primary"),
                    html.Form(
                        html.Button(said("sign_out"), id="sign-out", className="plain"),
                        action="/sign-out",
                        method="post",
                    ),
                ],
                id="actions",
                className="actions",
            ),
        ],
        className="header",
    )
