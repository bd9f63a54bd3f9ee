"""Two windows over the page: export of the present View, and an original message."""

import dash_mantine_components as dmc
from dash import html

from emmap.ui import ids
from emmap.ui.attributes import data
from emmap.ui.words import labelled, said

FORMATS = ("pdf", "png", "svg", "xlsx")


def export() -> dmc.Modal:
    """Title and format; the browser has a briefing made, or a workbook, and offers what comes back."""
    return dmc.Modal(
        [
            html.P(said("export_what"), id="export-what", className="muted"),
            html.P(said("export_table"), id="export-table", className="muted", hidden=True),
            html.Div(id="export-stands", role="status"),
            html.Label(
                [said("export_name"), html.Div(id="export-name", className="field")], id="export-named"
            ),
            html.Fieldset(
                [
                    html.Legend(said("export_format")),
                    html.Div(
                        [
                            html.Button(name.upper(), className="chip", **data(format=name))
                            for name in FORMATS
                        ],
                        className="chips",
                    ),
                ]
            ),
            html.Div(
                [
                    html.Div(id="export-state", role="status"),
                    html.Div(className="spring"),
                    html.Button(said("export_make"), id="export-make", className="primary"),
                ],
                className="row",
            ),
        ],
        id=ids.EXPORT,
        title=said("export_title"),
        opened=False,
        keepMounted=True,
        closeButtonProps=labelled("close"),
        centered=True,
        transitionProps={"duration": 0},
    )


def original() -> dmc.Modal:
    """The message as it came, laid out for reading."""
    return dmc.Modal(
        [
            html.Pre(id="original-text", className="original", tabIndex=0),
            html.A(said("download"), id="original-link", className="link", target="_blank", rel="noopener"),
        ],
        id=ids.ORIGINAL,
        title=said("original"),
        opened=False,
        keepMounted=True,
        closeButtonProps=labelled("close"),
        size="xl",
        transitionProps={"duration": 0},
    )
