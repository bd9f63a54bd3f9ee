"""Base maps from outside: which the operator set, and their tiles.

This server fetches the tiles, not the page: keys stay here, the page needs no internet and no wider content security
policy, and what one person looked at is there for the next.
"""

import hashlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle

import httpx

from emmap import __version__
from emmap.errors import NotFound, SourceUnavailable
from emmap.settings import BaseMap, Settings

TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={name}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
REMEMBERED_BYTES = 64 << 20
LARGEST_TILE = 4 << 20
"""A tile weighs less, in bytes; so does a piece of a PMTiles file."""
PATIENCE = httpx.Timeout(8.0, connect=3.0)
SILENT_FOR_S = 15.0
"""A server that cannot be reached is not asked again for so long, so that waiting for it holds nobody up."""


@dataclass(frozen=True, slots=True)
class Source:
    """A base map that can be chosen. `urls`: templates of its tile layers, the undermost first, or its one file."""

    id: str
    zh: str
    en: str
    urls: tuple[str, ...]
    attribution_zh: str
    attribution_en: str
    pmtiles: bool = False
    imagery: bool = False
    subdomains: str = ""
    min_zoom: int = 0
    max_zoom: int = 18


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture."""

    content: bytes
    media_type: str


def sources(settings: Settings) -> Mapping[str, Source]:
    """What can be chosen besides the offline boundaries, by id, in order."""
    found = []
    if settings.tianditu_key is not None:
        key = settings.tianditu_key.get_secret_value()
        found += [
            _tianditu(key, "tianditu-map", "天地图矢量", "Tianditu map", ("vec", "cva"), imagery=False),
            _tianditu(key, "tianditu-image", "天地图影像", "Tianditu imagery", ("img", "cia"), imagery=True),
        ]
    found += [_brought(one) for one in settings.base_maps]
    return {one.id: one for one in found}


def _tianditu(key: str, id_: str, zh: str, en: str, names: tuple[str, ...], *, imagery: bool) -> Source:
    return Source(
        id_,
        zh,
        en,
        tuple(TIANDITU.format(name=name, key=key) for name in names),
        "天地图 · 国家地理信息公共服务平台",
        "Tianditu, National Platform for Common Geospatial Information Services",
        imagery=imagery,
        subdomains="01234567",
    )


def _brought(one: BaseMap) -> Source:
    url = one.url.get_secret_value()
    return Source(
        # The name in the browser's memory: the same as long as name and address are.
        hashlib.sha256(f"{one.name} {url}".encode()).hexdigest()[:12],
        one.name,
        one.name_en or one.name,
        (url,),
        one.attribution,
        one.attribution,
        pmtiles=one.is_pmtiles,
        imagery=one.imagery,
        subdomains=one.subdomains,
        min_zoom=one.min_zoom,
        max_zoom=one.max_zoom,
    )


class Tiles:
    """Fetches tiles and pieces of PMTiles files; remembers tiles. No I/O when it is made."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._remembered: OrderedDict[str, Tile] = OrderedDict()
        self._weight = 0
        self._silent_until: dict[str, float] = {}
        self._turn: dict[str, cycle[str]] = {}

    async def tile(self, source: Source, layer: int, z: int, x: int, y: int) -> Tile:
        """One tile of a source's layer. `NotFound` where there is none, `SourceUnavailable` where it cannot be had."""
        key = f"{source.id} {layer} {z} {x} {y}"
        known = self._remembered.get(key)
        if known is not None:
            self._remembered.move_to_end(key)
            return known
        answer = await self._get(source, self._address(source, layer, z, x, y), {})
        if answer.status_code in (204, 404):
            raise NotFound("这里没有瓦片。", "There is no tile here.", code="no_tile")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status_code != 200 or kind not in PICTURES:
            raise _refused(source, answer.status_code, kind)
        tile = Tile(answer.content, kind)
        self._remember(key, tile)
        return tile

    async def piece(self, source: Source, wanted: str) -> httpx.Response:
        """The bytes of a PMTiles address that a `Range` header names: an answer of status 206 or 416."""
        span = re.fullmatch(r"bytes=(\d{1,15})-(\d{1,15})", wanted)
        if span is None or int(span[2]) - int(span[1]) >= LARGEST_TILE:
            raise NotFound(
                "要读这个文件，请用 Range 说明要哪一段（至多 4 MiB）。",
                "This file is read in pieces: say which by Range, at most 4 MiB.",
                code="no_range",
            )
        answer = await self._get(source, source.urls[0], {"range": wanted})
        if answer.status_code not in (206, 416):
            raise _refused(source, answer.status_code, answer.headers.get("content-type", ""))
        return answer

    async def close(self) -> None:
        """Lets the connections go."""
        if self._client is not None:
            await self._client.aclose()

    def _address(self, source: Source, layer: int, z: int, x: int, y: int) -> str:
        values = {
            "z": str(z), "tilematrix": str(z), "x": str(x), "tilecol": str(x), "y": str(y), "tilerow": str(y),
            "-y": str(2**z - 1 - y),
        }  # fmt: skip
        if source.subdomains:
            values["s"] = next(self._turn.setdefault(source.id, cycle(source.subdomains)))
        return re.sub(r"\{(-?\w+)\}", lambda one: values.get(one[1].lower(), one[0]), source.urls[layer])

    async def _get(self, source: Source, address: str, headers: Mapping[str, str]) -> httpx.Response:
        """An answer, whatever its status. Nothing of the address, which may hold a key, gets into messages."""
        if time.monotonic() < self._silent_until.get(source.id, 0.0):
            raise _silent(source)
        try:
            async with self._asking().stream("GET", address, headers=headers) as answer:
                if int(answer.headers.get("content-length") or 0) > LARGEST_TILE:
                    raise _refused(source, 200, "over 4 MiB")
                content = bytearray()
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > LARGEST_TILE:
                        raise _refused(source, 200, "over 4 MiB")
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._silent_until[source.id] = time.monotonic() + SILENT_FOR_S
            raise _silent(source) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _silent(source) from None
        kept = {
            name: answer.headers[name]
            for name in ("content-type", "content-range", "etag")
            if name in answer.headers
        }
        return httpx.Response(answer.status_code, headers=kept, content=bytes(content))

    def _asking(self) -> httpx.AsyncClient:
        if self._client is None:
            # The log of httpx and httpcore would name each address, key and all.
            for name in ("httpx", "httpcore"):
                logging.getLogger(name).setLevel(logging.WARNING)
            self._client = httpx.AsyncClient(
                transport=self._transport,
                timeout=PATIENCE,
                limits=httpx.Limits(max_connections=16),
                headers={"user-agent": f"emmap/{__version__}"},
            )
        return self._client

    def _remember(self, key: str, tile: Tile) -> None:
        if key in self._remembered:
            return
        self._remembered[key] = tile
        self._weight += len(tile.content)
        while self._weight > REMEMBERED_BYTES:
            _, oldest = self._remembered.popitem(last=False)
            self._weight -= len(oldest.content)


def _silent(source: Source) -> SourceUnavailable:
    return SourceUnavailable(
        f"底图服务器「{source.zh}」没有应答；请检查网络。",
        f"The server of the base map “{source.en}” does not answer; check the network.",
        code="base_map_silent",
    )


def _refused(source: Source, status: int, kind: str) -> SourceUnavailable:
    given = f"{status} {kind}".strip()[:80]
    return SourceUnavailable(
        f"底图服务器「{source.zh}」没有给出瓦片（{given}）；请检查密钥和地址。",
        f"The server of the base map “{source.en}” gave no tile ({given}); check key and address.",
        code="base_map_refused",
    )
