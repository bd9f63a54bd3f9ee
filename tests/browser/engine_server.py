"""A small server in memory that gives the engine what the application would: layers, columns, rows, search, changes
and a live socket that a test can silence or drop. Its answers to a View are worked out row by row, the slow way."""

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import dash
import dash_leaflet
import pyarrow as pa
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from emmap.codes import districts, hazards
from emmap.layer import Layer, load_layers
from emmap.settings import ROOT
from emmap.store.packing import entries_of, filtered_lists, filtered_scalars
from emmap.store.points import bits
from emmap.view import View
from emmap.web.api.layers import described
from emmap.web.guard import policy

LAYERS = load_layers(ROOT / "layers")
LISTS = {"hazards": list(hazards()), "districts": list(districts())}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
NEVER, ALWAYS = -2147483648, 2147483647
NOWHERE = -2147483648
Row = dict[str, Any]


def seconds(at: datetime) -> int:
    """An instant as the columns count it: whole seconds since 2000, a part of one rounded up."""
    return -((EPOCH - at) // timedelta(seconds=1))


def row(number: int, lon: float | None = 113.26, lat: float = 23.13, **given: Any) -> Row:
    """A row of the columns in plain values: it holds always and is known unless told otherwise."""
    place = (
        {"x": NOWHERE, "y": NOWHERE, "shape": 0}
        if lon is None
        else {"x": round(lon * 1e7), "y": round(lat * 1e7), "shape": 1}
    )
    times = {"t0": NEVER, "t1": ALWAYS, "r0": 0, "r1": ALWAYS}
    return {"row": number, **place, **times, "severity": 0, "districts": [], **given}


def stream(layer: Layer, rows: Iterable[Row], known: str = "open") -> bytes:
    """The rows as the columnar download."""
    found = sorted(rows, key=lambda one: (-one["severity"], one["row"]))
    arrays: dict[str, pa.Array] = {"row": pa.array([one["row"] for one in found], pa.uint32())}
    for name in ("x", "y", "t0", "t1", "r0", "r1"):
        arrays[name] = pa.array([one[name] for one in found], pa.int32())
    for name in ("shape", "severity"):
        arrays[name] = pa.array([one[name] for one in found], pa.uint8())
    dictionaries, masks = {}, {"districts": LISTS["districts"]}
    for scalar in filtered_scalars(layer):
        values = [one.get(scalar.name) or "" for one in found]
        known_values = ["", *(choice.code for choice in scalar.info.choices)]
        entries = known_values + sorted(set(values) - set(known_values))
        codes = pa.array([entries.index(value) for value in values], pa.uint8())
        arrays[scalar.name] = pa.DictionaryArray.from_arrays(codes, pa.array(entries, pa.string()))
        dictionaries[scalar.name] = entries
    masks |= {one.name: entries_of(one) for one in filtered_lists(layer)}
    for name, entries in masks.items():
        for word in range(max(1, -(-len(entries) // 32))):
            part = entries[32 * word : 32 * word + 32]
            bits = [sum(1 << part.index(v) for v in one.get(name, []) if v in part) for one in found]
            arrays[f"{name}_{word}"] = pa.array(bits, pa.uint32())
    told = {"layer": layer.id, "rows": known, "masks": masks, "dictionaries": dictionaries}
    table = pa.table(arrays).replace_schema_metadata({"emmap": json.dumps(told)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.combine_chunks().to_batches():
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def holds(one: Row, layer: Layer, view: View, now: int) -> bool:
    """Whether a row answers a View: the definition, for one row."""
    at = now if view.at is None else seconds(view.at)
    if not one["t0"] <= at < one["t1"]:
        return False
    if view.known_at is None or (view.known_at == "at" and view.at is None):
        if one["r1"] != ALWAYS:
            return False
    else:
        known_at = at if view.known_at == "at" else seconds(view.known_at)
        if not one["r0"] <= known_at < one["r1"]:
            return False
    for name, wanted in view.bound(layer).items():
        have = one.get(name)
        have = set(have) if isinstance(have, list) else {have}
        if not have & set(wanted):
            return False
    return not view.q or view.q in one.get("text", "")


def stamp_text(number: int) -> str:
    """The stamp of the n-th commit."""
    return f"2026-01-01T00:00:{number:02d}.000000Z"


@dataclass
class EngineServer:
    """What the fake holds. `commit` changes a layer and tells open sockets, as the application does."""

    url: str = ""
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in LAYERS})
    number: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LAYERS, 0))
    checkpoint: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LAYERS, 0))
    log: dict[str, list[tuple[int, list[Row], dict[int, int]]]] = field(
        default_factory=lambda: {name: [] for name in LAYERS}
    )
    database: str = "ok"
    deaf: bool = False
    refusing: bool = False
    ahead_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    geometries: dict[int, dict[str, Any]] = field(default_factory=dict)
    streams: dict[str, bytes] = field(default_factory=dict)
    _sockets: dict[WebSocket, dict[str, int]] = field(default_factory=dict)
    _loop: Any = None

    def put(self, layer: str, *rows: Row) -> None:
        """What a layer holds at its checkpoint."""
        self.rows[layer].extend(rows)
        self.number[layer] = self.checkpoint[layer] = max(1, self.number[layer])

    def put_stream(self, layer: str, columns: bytes) -> None:
        """What a layer holds at its checkpoint, made beforehand."""
        self.streams[layer] = columns
        self.number[layer] = self.checkpoint[layer] = max(1, self.number[layer])

    def commit(self, layer: str, opened: Iterable[Row] = (), closed: dict[int, int] | None = None) -> None:
        """One transaction: rows that open, rows that close with their r1."""
        opened, closed = list(opened), closed or {}
        for one in self.rows[layer]:
            one["r1"] = closed.get(one["row"], one["r1"])
        self.rows[layer].extend(opened)
        self.number[layer] += 1
        self.log[layer].append((self.number[layer], opened, closed))
        if not self.deaf:
            self.call(self._tell)

    def tell(self, message: dict[str, Any]) -> None:
        """Sends one message to every socket."""

        async def send() -> None:
            for one in list(self._sockets):
                await one.send_text(json.dumps(message))

        self.call(send)

    def beat(self) -> None:
        """The heartbeat, which comes when a test wants it."""
        stamps = {name: self._stamp(name) for name in LAYERS}
        self.tell({"type": "tick", "now": self._now(), "stamps": stamps, "database": self.database})

    def drop(self, code: int = 1011) -> None:
        """Cuts every socket."""

        async def close() -> None:
            for one in list(self._sockets):
                self._sockets.pop(one, None)
                await one.close(code)

        self.call(close)

    @property
    def sockets(self) -> int:
        """How many are open."""
        return len(self._sockets)

    def call(self, what: Any) -> None:
        """Runs a coroutine function in the server's loop and waits for it."""
        import asyncio

        asyncio.run_coroutine_threadsafe(what(), self._loop).result(10)

    def changes(self, layer: str, after: int) -> dict[str, Any]:
        """What opened and closed after the n-th commit, as the application tells it."""
        opened: dict[int, Row] = {}
        closed: dict[int, int] = {}
        for number, rows, ends in self.log[layer]:
            if number > after:
                opened |= {one["row"]: one for one in rows}
                closed |= {number: end for number, end in ends.items() if number not in opened}
        names = [*row(0), *(f.name for f in filtered_scalars(LAYERS[layer]))]
        names += [f.name for f in filtered_lists(LAYERS[layer])]
        columns = {name: [one.get(name) for one in opened.values()] for name in names}
        return {
            "type": "changes",
            "realm": "exercise",
            "layer": layer,
            "after": stamp_text(after) if after else None,
            "stamp": self._stamp(layer),
            "opened": columns if opened else {},
            "closed": {"row": list(closed), "r1": list(closed.values())},
        }

    def _stamp(self, layer: str) -> str | None:
        return stamp_text(self.number[layer]) if self.number[layer] else None

    def _now(self) -> str:
        return (datetime.now(UTC) + timedelta(seconds=self.ahead_s)).isoformat().replace("+00:00", "Z")

    async def _tell(self) -> None:
        for one, sent in list(self._sockets.items()):
            for layer in LAYERS:
                if sent[layer] < self.number[layer]:
                    await one.send_text(json.dumps(self.changes(layer, sent[layer])))
                    sent[layer] = self.number[layer]

    def listed(self) -> list[dict[str, Any]]:
        """The answer of /api/layers."""
        found = []
        for name, layer in LAYERS.items():
            checkpoint = stamp_text(self.checkpoint[name]) if self.checkpoint[name] else None
            points = (
                f"/api/layers/{name}/points?realm=exercise&checkpoint={checkpoint}" if checkpoint else None
            )
            stamps = {"stamp": self._stamp(name), "checkpoint": checkpoint, "points": points}
            found.append({**described(layer), "realm": "exercise", "features": 0, "versions": 0, **stamps})
        return found

    def app(self) -> FastAPI:
        """The routes."""
        app = FastAPI()

        @app.middleware("http")
        async def guard(request: Request, call_next: Any) -> Response:
            self.asked.append(f"{request.url.path}?{request.url.query}")
            answer: Response = await call_next(request)
            answer.headers["content-security-policy"] = policy([])
            return answer

        @app.get("/", response_class=HTMLResponse)
        def page() -> str:
            return PAGE

        @app.get("/api/layers")
        def layers(realm: str) -> Any:
            return self.listed() if realm == "exercise" else Response(status_code=404)

        @app.get("/api/layers/{layer}")
        def one(layer: str) -> Any:
            return next(found for found in self.listed() if found["id"] == layer)

        @app.get("/api/layers/{layer}/points")
        def points(layer: str, checkpoint: str, rows: str = "open") -> Response:
            if rows == "open" and layer in self.streams:
                return Response(self.streams[layer])
            at = int(checkpoint[17:19])
            late = {one["row"] for number, opened, _ in self.log[layer] if number > at for one in opened}
            ended = {end for number, _, ends in self.log[layer] if number > at for end in ends}
            then = [
                {**one, "r1": ALWAYS} if one["row"] in ended else one
                for one in self.rows[layer]
                if one["row"] not in late
            ]
            wanted = [one for one in then if (one["r1"] == ALWAYS) == (rows == "open")]
            return Response(stream(LAYERS[layer], wanted, rows))

        @app.get("/api/layers/{layer}/changes")
        def changes(layer: str, after: str = "") -> Any:
            return self.changes(layer, int(after[17:19]) if after else 0)

        @app.get("/api/layers/{layer}/rows")
        def rows(layer: str, row: str, geometry: bool = False) -> Any:
            wanted = [int(number) for number in row.split(",")]
            found = [one for one in self.rows[layer] if one["row"] in wanted]
            return {"rows": [self._feature(one) for one in found]}

        @app.get("/api/layers/{layer}/search")
        def search(request: Request, layer: str, q: str) -> Response:
            assert request.query_params["as"] == "bits"
            return Response(bits([one["row"] for one in self.rows[layer] if q in one.get("text", "")]))

        @app.websocket("/api/live")
        async def live(one: WebSocket) -> None:
            if self.refusing:
                await one.close()
                return
            await one.accept()
            self.asked.append(f"live since={one.query_params.get('since', '')}")
            sent = dict(self.number)
            for part in filter(None, one.query_params.get("since", "").split(",")):
                layer, _, stamp = part.partition(":")
                sent[layer] = int(stamp[17:19]) if stamp else 0
            stamps = {name: self._stamp(name) for name in LAYERS}
            await one.send_text(json.dumps({"type": "hello", "now": self._now(), "stamps": stamps}))
            self._sockets[one] = sent
            await self._tell()
            try:
                while True:
                    await one.receive_text()
            except WebSocketDisconnect:
                self._sockets.pop(one, None)

        app.mount("/static", StaticFiles(directory=ROOT / "assets"))
        app.mount("/dash", StaticFiles(directory=Path(dash.__file__).parent / "deps"))
        app.mount("/leaflet", StaticFiles(directory=Path(dash_leaflet.__file__).parent))
        return app

    def _feature(self, one: Row) -> dict[str, Any]:
        geometry = self.geometries.get(one["row"])
        return {"type": "Feature", "id": f"f{one['row']}", "geometry": geometry, "properties": {**one}}


PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>engine</title>
<link rel="icon" href="data:,">
<style>body{margin:0}#map{position:relative;overflow:hidden;width:800px;height:600px}
.leaflet-pane,.leaflet-zoom-animated,.leaflet-map-pane canvas{position:absolute;left:0;top:0;transform-origin:0 0}</style>
<script src="/dash/react@18.3.1.min.js"></script><script src="/dash/react-dom@18.3.1.min.js"></script>
<script src="/dash/prop-types@15.8.1.min.js"></script><script src="/leaflet/dash_leaflet.js"></script>
<script src="/static/00_registry.js"></script></head><body><div id="map"></div></body></html>"""


@contextmanager
def serving() -> Iterator[EngineServer]:
    """A server on a port of its own, in a thread."""
    import asyncio

    found = EngineServer()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        found.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            found.app(), ws="websockets-sansio", access_log=False, log_level="error", lifespan="off"
        )
        server = uvicorn.Server(config)

        async def run() -> None:
            found._loop = asyncio.get_running_loop()
            await server.serve(sockets=[listening])

        thread = threading.Thread(target=lambda: anyio.run(run), daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            thread.join(0.02)
        yield found
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
