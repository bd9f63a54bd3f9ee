"""Base maps from outside: what can be chosen, tiles through the server, pieces of files, and secrets kept."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Web

from emmap.errors import SourceUnavailable
from emmap.settings import Settings
from emmap.store.database import Database
from emmap.web.base_maps import Tiles, sources
from tests.tile_server import RASTER_PNG, TileServer, pmtiles, png, tile_server

SECRET = "k3y-of-the-operator"
BASE = {"attribution": "© test"}


@pytest.fixture(scope="module")
def outside() -> Iterator[TileServer]:
    """A tile server of somebody else."""
    with tile_server() as found:
        yield found


@pytest.fixture
def database(module_database: Database) -> Database:
    """These tests write nothing."""
    return module_database


@pytest.fixture
def base_maps(
    outside: TileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], list[dict[str, Any]]]:
    """Sets four base maps, as an operator does."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    outside.asked.clear()
    outside.status, outside.media_type = 200, "image/png"
    outside.files["/remote.pmtiles"] = pmtiles(png(1, 2, 3), RASTER_PNG)
    local = tmp_path / "local.pmtiles"
    local.write_bytes(pmtiles(png(1, 2, 3), RASTER_PNG))
    wmts = (
        f"{outside.url}/wmts?TILEMATRIX={{TileMatrix}}&TILEROW={{TileRow}}&TILECOL={{TileCol}}&key={SECRET}"
    )
    given = [
        BASE | {"name": "政务底图", "url": wmts},
        BASE | {"name": "南起", "url": f"{outside.url}/{{s}}/{{z}}/{{x}}/{{-y}}.png", "subdomains": "ab"},
        BASE | {"name": "本地文件", "url": str(local)},
        BASE | {"name": "远程文件", "url": f"{outside.url}/remote.pmtiles"},
        BASE | {"name": "没有的", "url": "http://127.0.0.1:9/{z}/{x}/{y}"},
    ]
    monkeypatch.setenv("EMMAP_BASE_MAPS", json.dumps(given))
    return lambda: given


def ids(client: httpx.Client) -> dict[str, str]:
    return {one["title"]["zh"]: one["id"] for one in client.get("/api/base-maps").json()}


def test_nothing_is_offered_where_nothing_is_set(web: Web) -> None:
    assert web.client("viewer").get("/api/base-maps").json() == []


@pytest.mark.usefixtures("base_maps")
def test_a_tile_comes_through_the_server_once(outside: TileServer, web: Web) -> None:
    client = web.client("viewer")
    address = f"/api/base-maps/{ids(client)['政务底图']}/tiles/0/10/834/444"
    first = client.get(address)
    assert (first.status_code, first.headers["content-type"], first.content) == (
        200,
        "image/png",
        outside.content,
    )
    assert client.get(address).content == first.content
    assert outside.asked == [f"/wmts?TILEMATRIX=10&TILEROW=444&TILECOL=834&key={SECRET}"]
    assert SECRET not in client.get("/api/base-maps").text
    assert web.client("viewer").get(address.replace("/10/834", "/10/99834")).status_code == 404
    assert httpx.get(f"{web.url}{address}").status_code == 401


@pytest.mark.usefixtures("base_maps")
def test_rows_may_count_from_the_south_and_hosts_take_turns(outside: TileServer, web: Web) -> None:
    client = web.client("viewer")
    here = f"/api/base-maps/{ids(client)['南起']}/tiles/0/3"
    assert client.get(f"{here}/6/3").status_code == client.get(f"{here}/7/3").status_code == 200
    assert outside.asked == ["/a/3/6/4.png", "/b/3/7/4.png"]


@pytest.mark.usefixtures("base_maps")
def test_a_server_that_gives_no_tile_is_named_without_its_key(outside: TileServer, web: Web) -> None:
    client = web.client("viewer")
    here = f"/api/base-maps/{ids(client)['政务底图']}/tiles/0/10/834"
    outside.status, outside.media_type = 403, "application/json"
    refused = client.get(f"{here}/1")
    assert refused.status_code == 502
    assert "政务底图" in refused.json()["detail"]
    assert "403" in refused.json()["detail"]
    assert SECRET not in refused.text
    outside.status, outside.media_type = 200, "text/html"
    assert client.get(f"{here}/2").status_code == 502
    outside.status = 404
    assert client.get(f"{here}/3").status_code == 404


@pytest.mark.usefixtures("base_maps")
def test_a_server_that_does_not_answer_is_not_waited_for_again(web: Web) -> None:
    client = web.client("viewer")
    here = f"/api/base-maps/{ids(client)['没有的']}/tiles/0/10/834"
    for row in (1, 2):
        answer = client.get(f"{here}/{row}")
        assert (answer.status_code, answer.json()["code"]) == (502, "base_map_silent")


@pytest.mark.usefixtures("base_maps")
@pytest.mark.parametrize("name", ["本地文件", "远程文件"])
def test_a_file_is_read_in_pieces_by_who_is_signed_in(web: Web, name: str) -> None:
    client = web.client("viewer")
    address = f"/api/base-maps/{ids(client)[name]}/file"
    whole = pmtiles(png(1, 2, 3), RASTER_PNG)
    piece = client.get(address, headers={"range": "bytes=0-126"})
    assert (piece.status_code, piece.content) == (206, whole[:127])
    assert piece.headers["content-range"] == f"bytes 0-126/{len(whole)}"
    assert httpx.get(f"{web.url}{address}", headers={"range": "bytes=0-9"}).status_code == 401
    if name == "远程文件":
        assert client.get(address).status_code == 404


def test_tianditu_is_asked_with_the_key_and_nobody_else_hears_of_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(
            200 if len(asked) < 3 else 418, headers={"content-type": "image/png"}, content=b"x"
        )

    offered = sources(Settings(tianditu_key=SECRET))
    assert [one.zh for one in offered.values()] == ["天地图矢量", "天地图影像"]

    async def look() -> str:
        tiles = Tiles(httpx.MockTransport(answer))
        for layer in (0, 1):
            await tiles.tile(offered["tianditu-map"], layer, 10, 834, 444)
        with pytest.raises(SourceUnavailable) as refused:
            await tiles.tile(offered["tianditu-image"], 0, 10, 834, 444)
        await tiles.close()
        return str(refused.value)

    # In a thread of its own: beside a browser there is a loop already.
    with ThreadPoolExecutor(1) as thread:
        told = thread.submit(asyncio.run, look()).result()
    assert [url.path for url in asked] == ["/vec_w/wmts", "/cva_w/wmts", "/img_w/wmts"]
    assert all(url.host.endswith(".tianditu.gov.cn") and url.params["tk"] == SECRET for url in asked)
    assert (asked[0].params["TILEMATRIX"], asked[0].params["TILECOL"], asked[0].params["TILEROW"]) == (
        "10",
        "834",
        "444",
    )
    assert SECRET not in told + caplog.text + repr(Settings(tianditu_key=SECRET))
