"""Made-up places near the boundaries of districts: in a wrong datum many of them lie in the neighbouring one."""

import json
from collections.abc import Callable

import numpy as np
import shapely

from emmap.codes import DATA
from emmap.ingest.datums import bd09_of_gcj02, gcj02_of_wgs84
from emmap.ingest.places import Floats

SHIFTS: dict[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "wgs84": lambda lon, lat: (lon, lat),
    "gcj02": gcj02_of_wgs84,
    "bd09": lambda lon, lat: bd09_of_gcj02(*gcj02_of_wgs84(lon, lat)),
}


def near_boundaries(count: int, datum: str) -> list[tuple[str, float, float]]:
    """`count` places in each district, about 300 m from its boundary: the district's name, and longitude and latitude
    in the datum."""
    found = []
    for feature in json.loads((DATA / "guangzhou_districts.geojson").read_text("utf-8"))["features"]:
        ring = shapely.from_geojson(json.dumps(feature["geometry"])).buffer(-0.003).boundary
        places = [ring.interpolate(part, normalized=True) for part in np.linspace(0, 0.97, count)]
        lon, lat = SHIFTS[datum](np.array([p.x for p in places]), np.array([p.y for p in places]))
        found += [
            (feature["properties"]["name"], round(x, 6), round(y, 6)) for x, y in zip(lon, lat, strict=True)
        ]
    return found
