"""The map: offline base map, labels, a layer of lines and areas for each layer, and the cards over it."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import dash_leaflet as dl
import shapely
from dash import html
from fastapi import FastAPI, Response
from shapely.geometry import shape

from emmap.codes import DATA, districts
from emmap.layer import Layer
from emmap.permissions import needs
from emmap.ui import ids
from emmap.ui.attributes import aria
from emmap.ui.tools import tool_buttons, tool_cards
from emmap.ui.words import both, explained, labelled, said

OUTLINES = ("guangdong_cities", "guangzhou_districts")
"""Files of the base map, the undermost first."""
CITIES = {
    "广州市": "Guangzhou", "深圳市": "Shenzhen", "珠海市": "Zhuhai", "汕头市": "Shantou", "佛山市": "Foshan",
    "韶关市": "Shaoguan", "湛江市": "Zhanjiang", "肇庆市": "Zhaoqing", "江门市": "Jiangmen", "茂名市": "Maoming",
    "惠州市": "Huizhou", "梅州市": "Meizhou", "汕尾市": "Shanwei", "河源市": "Heyuan", "阳江市": "Yangjiang",
    "清远市": "Qingyuan", "东莞市": "Dongguan", "中山市": "Zhongshan", "潮州市": "Chaozhou", "揭阳市": "Jieyang",
    "云浮市": "Yunfu",
}  # fmt: skip
"""English names of the cities that the outlines name in Chinese."""


def map_section(layers: Mapping[str, Layer]) -> list[Any]:
    """What lies in the map's frame, the time line aside."""
    return [
        html.Div(id="replay", className="replay", role="status", hidden=True),
        html.Div(
            [
                _map(layers),
                html.Div(id="watermark", className="watermark", hidden=True, **aria(hidden="true")),
                html.Div(
                    [
                        html.Button("+", id="zoom-in", **labelled("zoom_in")),
                        html.Button("−", id="zoom-out", **labelled("zoom_out")),
                        html.Button("▣", id="whole-city", **labelled("whole_city")),
                        html.Button(
                            id="full-screen",
                            className="icon",
                            **aria(pressed="false"),
                            **labelled("full_screen"),
                        ),
                        html.Button(
                            id="base-map",
                            className="icon",
                            hidden=True,
                            **aria(expanded="false", controls="base-map-card"),
                            **labelled("base_map"),
                        ),
                        html.Div(id="base-map-card", className="card base-map-card", hidden=True),
                        tool_buttons(),
                    ],
                    className="map-buttons",
                ),
                *tool_cards(_address("guangzhou_districts")),
                html.Div(id="hindsight-card", className="card hindsight-card", hidden=True, role="status"),
                html.Div(
                    [
                        html.Div(id="picked", className="card picked", hidden=True),
                        html.Div(
                            id="hover", className="card under-mouse", hidden=True, **aria(hidden="true")
                        ),
                        html.Div(id="spot", className="card picked spot", hidden=True),
                    ],
                    className="picked-anchor",
                ),
                html.Div(
                    [
                        html.Details(
                            [
                                html.Summary(said("legend")),
                                html.Div(id="legend-body"),
                                html.Div(id="density", className="density", hidden=True),
                            ],
                            id="legend",
                            className="card legend",
                            open=True,
                        ),
                        html.Div(
                            [
                                html.Span(id="position", className="numbers"),
                                html.Button("WGS 84", id="datum", className="link", **explained("datum")),
                                html.Span(
                                    [html.Span(id="scale-text"), html.I(id="scale")], className="scale"
                                ),
                                said("attribution", className="muted attribution"),
                                html.Span(id="base-map-credit", className="muted attribution"),
                            ],
                            className="card read-out",
                        ),
                    ],
                    className="map-foot",
                ),
            ],
            className="map-area",
        ),
    ]


def _map(layers: Mapping[str, Layer]) -> dl.MapContainer:
    west, south, east, north = extent()
    return dl.MapContainer(
        [
            *(
                dl.Pane(
                    dl.GeoJSON(url=_address(name), style={"className": name}, interactive=False, pane=name),
                    name=name,
                    style={"zIndex": 250 + order},
                )
                for order, name in enumerate(OUTLINES)
            ),
            dl.Pane(_labels(), name="labels", style={"zIndex": 620, "pointerEvents": "none"}),
            *(
                dl.GeoJSON(
                    id=ids.shapes_of(layer.id),
                    data={"type": "FeatureCollection", "features": []},
                    style={"variable": "emmapFunctions.shapeStyle"},
                    interactive=False,
                )
                for layer in layers.values()
                if layer.geometry != "point"
            ),
        ],
        id=ids.MAP,
        bounds=[[south, west], [north, east]],
        boundsOptions={"paddingBottomRight": [0, 48]},
        zoomControl=False,
        attributionControl=False,
        trackViewport=False,
        minZoom=3,
        maxZoom=18,
        zoomSnap=0.5,
        className="map",
    )


def add_routes(server: FastAPI) -> None:
    """Serves the outlines at addresses that name their content, so that they may be cached for good."""
    for name in OUTLINES:

        @needs("read")
        def outline(name: str = name) -> Response:
            return Response(
                gzip.compress(_content(name), mtime=0),
                media_type="application/geo+json",
                headers={"content-encoding": "gzip", "cache-control": "private, max-age=31536000, immutable"},
            )

        server.add_api_route(_address(name), outline, include_in_schema=False)


def _content(name: str) -> bytes:
    return (DATA / f"{name}.geojson").read_bytes()


@lru_cache(maxsize=8)
def _address(name: str) -> str:
    return f"/basemap/{hashlib.sha256(_content(name)).hexdigest()[:12]}/{name}.geojson"


@lru_cache(maxsize=1)
def outlines() -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """The outlines: for each file its (properties, shapely geometry), in degrees."""
    return {
        name: [(one["properties"], shape(one["geometry"])) for one in json.loads(_content(name))["features"]]
        for name in OUTLINES
    }


def extent() -> tuple[float, float, float, float]:
    """West, south, east, north of all districts, in degrees."""
    west, south, east, north = shapely.total_bounds(
        [geometry for _, geometry in outlines()["guangzhou_districts"]]
    )
    return float(west), float(south), float(east), float(north)


def district_places() -> dict[str, dict[str, Any]]:
    """Of each district by its code: `bounds` (west, south, east, north) and a place in its middle, `at`, in degrees."""
    return {
        p["code"]: {"bounds": geometry.bounds, "at": centre_of(geometry)}
        for p, geometry in outlines()["guangzhou_districts"]
    }


def centre_of(geometry: Any) -> tuple[float, float]:
    """Longitude and latitude of the centre of the widest circle in the outline's largest part, in degrees."""
    part = max(shapely.get_parts(geometry), key=lambda one: one.area)
    centre = shapely.get_point(shapely.maximum_inscribed_circle(part, tolerance=0.002), 0)
    return round(centre.x, 5), round(centre.y, 5)


def _labels() -> list[dl.DivMarker]:
    """A name in the middle of each outline."""
    named = [
        (geometry, districts()[p["code"]].zh, districts()[p["code"]].en, "district", geometry.area)
        for p, geometry in outlines()["guangzhou_districts"]
    ] + [
        (geometry, p["name"], CITIES[p["name"]], "city", geometry.area)
        for p, geometry in outlines()["guangdong_cities"]
        if not _is_own_city(geometry)
    ]
    found = []
    for geometry, chinese, english, kind, _ in sorted(named, key=lambda one: (one[3] != "district", -one[4])):
        lng, lat = centre_of(geometry)
        attributes = " ".join(f'{key}="{value}"' for key, value in both(chinese, english).items())
        found.append(
            dl.DivMarker(
                position=[lat, lng],
                interactive=False,
                keyboard=False,
                pane="labels",
                iconOptions={
                    "className": f"map-label {kind}",
                    "iconSize": [0, 0],
                    "html": f"<span {attributes}>{chinese}</span>",
                },
            )
        )
    return found


def _is_own_city(geometry: Any) -> bool:
    west, south, east, north = extent()
    return bool(geometry.contains(shapely.Point((west + east) / 2, (south + north) / 2)))
