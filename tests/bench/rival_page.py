"""The page that one would make of the same hotspots with `dl.GeoJSON` alone: a Dash app with a map, one layer on a
canvas, a filter function and the time in `hideout`. It knows nothing else, and asks for no sign-in."""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dash_leaflet as dl
import numpy as np
from dash import Dash
from fastapi import FastAPI, Response

from tests.city_columns import FOR_EVER, MIDDLE
from tests.served import listening

CENTRE = (23.2, 113.4)


def geojson(columns: Mapping[str, np.ndarray]) -> bytes:
    """The columns' rows as a FeatureCollection with what the page shows and filters."""
    names = ("t0", "t1", "severity", "status", "industry")
    values = zip(*(columns[name].tolist() for name in ("row", "x", "y", *names)), strict=True)
    features = (
        {
            "type": "Feature",
            "id": row,
            "geometry": {"type": "Point", "coordinates": [x / 1e7, y / 1e7]},
            "properties": dict(zip(names, rest, strict=True)),
        }
        for row, x, y, *rest in values
    )
    return b'{"type":"FeatureCollection","features":[%b]}' % b",".join(
        json.dumps(one, separators=(",", ":")).encode() for one in features
    )


@contextmanager
def rival(columns: Mapping[str, np.ndarray], *, zoom: int = 10, at: int = MIDDLE) -> Iterator[str]:
    """The address of the page."""
    body = gzip.compress(geojson(columns), compresslevel=5)
    server = FastAPI()
    app = Dash(server=server, backend="fastapi", assets_folder=str(Path(__file__).with_name("assets")))
    app.layout = dl.Map(
        dl.GeoJSON(
            id="city",
            url="/city.geojson",
            filter={"variable": "rival.holds"},
            pointToLayer={"variable": "rival.disc"},
            hideout={"at": at},
        ),
        id="map",
        center=list(CENTRE),
        zoom=zoom,
        preferCanvas=True,
        zoomControl=False,
        attributionControl=False,
        style={"width": "1600px", "height": "900px"},
    )

    @server.get("/city.geojson")
    def city() -> Response:
        return Response(body, media_type="application/geo+json", headers={"content-encoding": "gzip"})

    # Dash answers whatever no route before it does.
    server.router.routes.insert(0, server.router.routes.pop())
    with listening(server) as url:
        yield url


def alive(columns: Mapping[str, np.ndarray], at: int) -> int:
    """How many hold at a time."""
    return int(((columns["t0"] <= at) & ((at < columns["t1"]) | (columns["t1"] == FOR_EVER))).sum())
