"""Base maps: what can be chosen, their tiles, pieces of their files."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import FileResponse

from emmap.errors import NotFound
from emmap.permissions import needs
from emmap.web.asking import TheSite, only
from emmap.web.base_maps import Source, Tiles, sources

router = APIRouter(prefix="/api/base-maps", tags=["base maps"])

DEEPEST = 24
KEPT = {"cache-control": "private, max-age=86400"}
PMTILES = "application/vnd.pmtiles"


def _source(base_map: str, site: TheSite) -> Source:
    found = sources(site.settings).get(base_map)
    if found is None:
        raise NotFound(f"没有底图 {base_map[:60]}。", f"There is no base map {base_map[:60]}.")
    return found


def _tiles(request: Request) -> Tiles:
    found: Tiles = request.app.state.tiles
    return found


TheSource = Annotated[Source, Depends(_source)]
TheTiles = Annotated[Tiles, Depends(_tiles)]


@router.get("", dependencies=[only()])
@needs("read")
def listed(site: TheSite) -> list[dict[str, Any]]:
    """What can be chosen besides the offline boundaries, in order; none where the operator set none."""
    return [
        {
            "id": one.id,
            "title": {"zh": one.zh, "en": one.en},
            "attribution": {"zh": one.attribution_zh, "en": one.attribution_en},
            "format": "pmtiles" if one.pmtiles else "tiles",
            "layers": 1 if one.pmtiles else len(one.urls),
            "imagery": one.imagery,
            "min_zoom": one.min_zoom,
            "max_zoom": one.max_zoom,
        }
        for one in sources(site.settings).values()
    ]


@router.get("/{base_map}/tiles/{layer}/{z}/{x}/{y}", dependencies=[only()], response_class=Response)
@needs("read")
async def tile(source: TheSource, tiles: TheTiles, layer: int, z: int, x: int, y: int) -> Response:
    """One tile of a base map's layer (0 the undermost) in Web Mercator."""
    there = 0 <= z <= DEEPEST and 0 <= x < 2**z and 0 <= y < 2**z
    if source.pmtiles or not 0 <= layer < len(source.urls) or not there:
        raise NotFound("没有这个瓦片。", "There is no such tile.", code="no_tile")
    found = await tiles.tile(source, layer, z, x, y)
    return Response(found.content, media_type=found.media_type, headers=KEPT)


@router.get("/{base_map}/file", dependencies=[only()], response_class=Response)
@needs("read")
async def file(
    source: TheSource, tiles: TheTiles, range_: Annotated[str, Header(alias="range")] = ""
) -> Response:
    """A PMTiles base map, in pieces by `Range`."""
    if not source.pmtiles:
        raise NotFound(f"底图 {source.zh} 不是文件。", f"The base map {source.en} is no file.")
    if source.urls[0].startswith(("http://", "https://")):
        piece = await tiles.piece(source, range_)
        told = {name: piece.headers[name] for name in ("content-range", "etag") if name in piece.headers}
        return Response(piece.content, piece.status_code, headers=told | KEPT, media_type=PMTILES)
    path = Path(source.urls[0])
    if not path.is_file():
        raise NotFound(
            f"底图文件 {path.name} 不在了；请检查 EMMAP_BASE_MAPS。",
            f"The base map's file {path.name} is not there; check EMMAP_BASE_MAPS.",
        )
    return FileResponse(path, media_type=PMTILES, headers=KEPT)
