"""The page at `/`: layout of its parts, mounted on the web application. Making it does no database I/O."""

import json
from collections.abc import Mapping
from functools import reduce
from html import escape
from typing import Any, cast

import dash_mantine_components as dmc
from dash import Dash, html
from fastapi import FastAPI

from emmap.codes import Code, districts, hazards
from emmap.layer import Layer
from emmap.settings import ROOT, get_settings
from emmap.store.database import Database
from emmap.ui import details, ids, places
from emmap.ui import map as base_map
from emmap.ui.attributes import data
from emmap.ui.export import export, original
from emmap.ui.filters import filters
from emmap.ui.header import down_bar, header, notes
from emmap.ui.layers_panel import layers_section
from emmap.ui.map import district_places, extent, map_section
from emmap.ui.side import side
from emmap.ui.timeline import timeline
from emmap.ui.words import WORDS, labelled, named, said, table

NOT_INCLUDED = r"^(?!(00_registry\.js|main\.mjs|page\.css)$)"
"""Files in `assets/` that Dash leaves alone: all but the registry, the entry module and the style sheet."""

INDEX = """<!doctype html>
<html lang="zh-CN">
<head>
{%metas%}
<title data-zh="TITLE_ZH" data-en="TITLE_EN">{%title%}</title>
<link rel="icon" href="/assets/page/icon.svg" type="image/svg+xml">
{%css%}
<script type="module" async src="/static/page/early.js"></script>
MODULES
</head>
<body>
{%app_entry%}
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


def mount(server: FastAPI, layers: Mapping[str, Layer], database: Database) -> Dash:
    """Adds the page to the application and returns it."""
    chinese, english = WORDS["title"]
    filled = {"MODULES": _modules(), "TITLE_ZH": escape(chinese), "TITLE_EN": escape(english)}
    app = Dash(
        "emmap",
        server=cast(Any, server),
        backend="fastapi",
        title=chinese,
        update_title="",
        assets_folder=str(ROOT / "assets"),
        assets_ignore=NOT_INCLUDED,
        index_string=reduce(lambda text, pair: text.replace(*pair), filled.items(), INDEX),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    # Its socket for callbacks is of no use here, and the guard lets nobody use it: the page need not try.
    app.backend.websocket_capability = False
    app.layout = layout(layers)
    base_map.add_routes(server)
    places.add_routes(server)
    details.register(app, layers, database)
    return app


def _modules() -> str:
    """Links that fetch every module at once, rather than one after the other as each names the next."""
    folder = ROOT / "assets"
    found = sorted(file for room in ("engine", "page") for file in (folder / room).rglob("*.js"))
    files = [*found, folder / "vendor" / "flechette" / "flechette.mjs"]
    return "\n".join(
        f'<link rel="modulepreload" href="/static/{file.relative_to(folder).as_posix()}">' for file in files
    )


def layout(layers: Mapping[str, Layer]) -> Any:
    """The whole page. What follows the data is filled in by the browser."""
    return dmc.MantineProvider(
        [
            html.Div(
                [
                    html.Button(said("to_list"), id="to-list", className="primary skip"),
                    header(),
                    down_bar(),
                    notes(),
                    html.Div(
                        [
                            html.Nav(
                                [
                                    html.Button("«", id="fold-left", className="fold", **labelled("fold")),
                                    html.Div(
                                        [
                                            layers_section(layers),
                                            html.Button(
                                                [said("filter"), html.B(id="filters-n")],
                                                id="rail-filters",
                                                className="rail",
                                            ),
                                            *filters(layers),
                                        ],
                                        className="panel-body",
                                    ),
                                ],
                                id="panel",
                                className="panel",
                                **named("filters"),
                            ),
                            html.Main(
                                [*map_section(layers), timeline()],
                                id="frame",
                                className="frame",
                                **named("map"),
                            ),
                            side(),
                        ],
                        id="body",
                        className="body",
                    ),
                    html.Button(id="replay-strip", className="replay-strip", hidden=True),
                    html.Nav(
                        [
                            html.Button(said(f"view_{name}"), **data(view=place))
                            for name, place in (("list", "side"), ("map", "frame"), ("filters", "panel"))
                        ],
                        id="views",
                        className="views",
                        **named("views"),
                    ),
                ],
                id=ids.PAGE,
                className="page",
                **data(words=json.dumps(facts(), ensure_ascii=False)),
            ),
            export(),
            original(),
        ],
        id=ids.THEME,
        forceColorScheme="light",
        theme={"fontFamily": "inherit", "primaryColor": "blue"},
    )


def facts() -> dict[str, Any]:
    """What the browser modules need besides the routes: words, code lists, where districts and places lie."""
    return {
        "words": table("shell", "page", "knowledge", "density", "sources", "new_briefing"),
        **lists(),
        "extent": extent(),
        "flood_season": get_settings().flood_season,
    }


def lists() -> dict[str, Any]:
    """The code lists, where the districts lie, and the gazetteer's address."""
    lie = district_places()
    return {
        "hazards": [_entry(one) for one in hazards().values()],
        "districts": [
            {**_entry(one), **lie[one.code], "area_km2": one.area_km2} for one in districts().values()
        ],
        "places": places.address(),
    }


def _entry(one: Code) -> dict[str, str]:
    return {"code": one.code, "zh": one.zh, "en": one.en}
