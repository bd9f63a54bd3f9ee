"""The city's districts, as programs and small maps draw them."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from emmap.codes import DATA
from emmap.permissions import needs
from emmap.web.asking import only

router = APIRouter(prefix="/api", tags=["districts"])


@router.get("/districts", dependencies=[only()])
@needs("read")
def districts() -> FileResponse:
    """The districts' boundaries with their GB/T 2260 codes and names, as GeoJSON (WGS 84)."""
    return FileResponse(
        DATA / "guangzhou_districts.geojson",
        media_type="application/geo+json",
        headers={"cache-control": "private, max-age=86400"},
    )
