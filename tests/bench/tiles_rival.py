"""The same rows as vector tiles: tipg before the same database, MapLibre GL JS on a bare page, its time filter in `setFilter`.

Both are installed into var/bench-tools at the first run: tipg from the Python index in an environment of its own, MapLibre
from npm. tipg's limit of features a tile is lifted, since a tile that leaves rows out would not be the same rows.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Page
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from emmap.settings import ROOT
from emmap.store.database import Database
from tests.served import listening

TOOLS = ROOT / "var" / "bench-tools"
TIPG = "tipg==1.6.1"
MAPLIBRE = "maplibre-gl@5.24.1"
WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""Chromium's own software WebGL, since there is no GPU."""
_TABLE = """
create schema if not exists tiles;
create table if not exists tiles.spots as
  select version_id, t0, t1, severity, status, geom::geometry(point, 4326) as geom
  from version where layer = 'risk_hotspots';
create index if not exists spots_geom on tiles.spots using gist (geom);
analyze tiles.spots;
"""
_PAGE = """<!doctype html><meta charset="utf-8"><title>tiles</title>
<link rel="stylesheet" href="/maplibre/maplibre-gl.css">
<style>html, body, #map {{ margin: 0; width: 1600px; height: 900px }}</style>
<div id="map"></div><script src="/maplibre/maplibre-gl.js"></script><script>
const holds = (at) => ['all', ['<=', ['get', 't0'], at], ['>', ['get', 't1'], at],
  ['in', ['get', 'status'], ['literal', ['open', 'overdue']]]];
const colours = ['match', ['get', 'severity'], 4, '#d4261c', 3, '#ef7d14', 2, '#e0b400', 1, '#2f7ed8', '#cbd3dc'];
const idle = () => new Promise((done) => map.once('idle', done));
const map = window.map = new maplibregl.Map({{
  container: 'map', center: [{lon}, {lat}], zoom: {zoom}, fadeDuration: 0, attributionControl: false,
  style: {{
    version: 8,
    sources: {{ spots: {{ type: 'vector', tiles: ['{tiles}'], maxzoom: 14 }} }},
    layers: [{{ id: 'spots', type: 'circle', source: 'spots', 'source-layer': 'default', filter: holds({at}),
      paint: {{ 'circle-radius': 4, 'circle-color': colours }} }}],
  }},
}});
window.failed = [];
map.on('error', ({{ error }}) => window.failed.push(String(error)));
window.first = idle().then(() => performance.now());
window.step = async (at) => {{
  const begun = performance.now();
  map.setFilter('spots', holds(at));
  await idle();
  return performance.now() - begun;
}};
</script>"""


@contextmanager
def tiles_page(database: Database, *, at: int, centre: tuple[float, float], zoom: int) -> Iterator[str]:
    """The address of the rival's page. `at`: seconds since 2000; `zoom`: of tiles of 256 pixels, as Leaflet counts."""
    _install()
    with database.engine("owner", "exercise").begin() as conn:
        conn.execute(text(_TABLE))
    with _tipg(database) as url:
        server = FastAPI()
        # MapLibre's tiles are 512 pixels wide: its zoom is one less.
        page = _PAGE.format(
            tiles=f"{url}/collections/tiles.spots/tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}",
            lat=centre[0],
            lon=centre[1],
            zoom=zoom - 1,
            at=at,
        )
        server.mount("/maplibre", StaticFiles(directory=TOOLS / "node_modules" / "maplibre-gl" / "dist"))
        server.get("/", response_class=HTMLResponse)(lambda: page)
        with listening(server) as address:
            yield address


def shown(page: Page, url: str) -> float:
    """Opens the rival's page; milliseconds from the address until its map is idle."""
    page.set_default_timeout(0)
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => window.first !== undefined")
    return float(page.evaluate("window.first"))


def _install() -> None:
    python = TOOLS / "tipg" / "bin" / "python"
    TOOLS.mkdir(parents=True, exist_ok=True)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", TOOLS / "tipg"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", TIPG, "uvicorn"], check=True)
    if not (TOOLS / "node_modules" / "maplibre-gl").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", TOOLS, MAPLIBRE], check=True)


@contextmanager
def _tipg(database: Database) -> Iterator[str]:
    parts = conninfo_to_dict(database.conninfo("owner", "exercise"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    host = quote(str(parts["host"]), safe="")
    given = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{parts['user']}@{host}:{parts['port']}/{parts['dbname']}",
        "TIPG_DB_SCHEMAS": '["tiles"]',
        "TIPG_MAX_FEATURES_PER_TILE": "100000000",
    }
    log = (TOOLS / "tipg.log").open("wb")
    process = subprocess.Popen(
        [TOOLS / "tipg" / "bin" / "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"],
        env=given,
        stdout=log,
        stderr=log,
        cwd=Path("/"),
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise RuntimeError(f"tipg ended by itself; see {TOOLS / 'tipg.log'}")
            try:
                if httpx.get(f"{url}/healthz", timeout=2).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.2)
        yield url
    finally:
        process.kill()  # it would wait for tiles that nobody waits for
        process.wait()
        log.close()
