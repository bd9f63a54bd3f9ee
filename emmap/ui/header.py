"""The header: of the map page, and its parts that every page has."""

from typing import Any

from dash import html

from emmap.ui.attributes import aria, data
from emmap.ui.desks import DESKS, Desk
from emmap.ui.words import explained, labelled, named, said, zh


def header() -> html.Header:
    """The map page's header, 56 px. The clock always shows the wall clock, never the picture's time."""
    return html.Header(
        [
            brand(),
            navigation("map"),
            now(),
            live(),
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
            realm(),
            *actions(
                html.Button(said("briefing_new"), id="briefing-open", className="plain"),
                html.Button(said("export"), id="export-open", className="primary"),
            ),
        ],
        className="header",
    )


def brand() -> html.H1:
    """The name of the whole."""
    return html.H1(said("title"), className="brand")


LISTED = tuple(one for one in DESKS if one.in_navigation)


def navigation(here: str, desks: tuple[Desk, ...] = LISTED) -> html.Nav:
    """The way to the other desks; `here` names the one that is open. Where there is no room it folds into one button,
    which the browser puts in front (`assets/page/navigation.js`)."""
    return html.Nav(
        [
            html.Button(
                said(f"desk_{here}"),
                id="navigation-open",
                className="plain",
                **aria(expanded="false", controls="navigation-list"),
            ),
            html.Div(
                [
                    html.A(
                        said(f"desk_{desk.name}"),
                        href=desk.path,
                        **data(permission=desk.permission),
                        **(aria(current="page") if desk.name == here else {}),
                    )
                    for desk in desks
                ],
                id="navigation-list",
                className="navigation-list",
            ),
        ],
        id="navigation",
        className="navigation",
        **named("navigation"),
    )


def now() -> html.Div:
    """The wall clock."""
    return html.Div(
        [
            html.Time(id="clock", className="clock"),
            html.Span(
                [html.Span(className="long"), html.Span(className="short")],
                id="date",
                className="date",
            ),
        ],
        className="now",
    )


def live() -> html.Div:
    """How the line to the server stands."""
    return html.Div(
        [html.I(className="dot", **aria(hidden="true")), html.Span(zh("live_connecting"), id="live-text")],
        id="live",
        className="pill live",
        role="status",
    )


def down_bar() -> html.Div:
    """The red bar of a line that is down."""
    return html.Div(id="bar", className="bar-down", role="alert", hidden=True)


def notes() -> html.Div:
    """Where short notes stand."""
    return html.Div(id="notes", className="notes", role="status")


def realm() -> html.Span:
    """Which realm it is, where it is not the real one."""
    return html.Span(id="realm", className="badge realm", hidden=True)


def actions(*own: Any) -> tuple[html.Button, html.Div]:
    """What a person may do from anywhere, the page's own after language and night; and the button that holds it all
    where there is no room."""
    return (
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
                *own,
                html.A(
                    said("mine"),
                    href="/account",
                    id="account",
                    className="plain",
                    **explained("desk_account"),
                ),
                html.Form(
                    html.Button(said("sign_out"), id="sign-out", className="plain"),
                    action="/sign-out",
                    method="post",
                ),
            ],
            id="actions",
            className="actions",
        ),
    )
