"""Places that can be searched for: the gazetteer in `data/`, each with the district or city that it lies in."""

import csv
import hashlib
import json
from functools import lru_cache
from typing import Any

import shapely
from fastapi import FastAPI, Response

from emmap.codes import DATA, districts
from emmap.permissions import needs
from emmap.ui.map import CITIES, outlines


def add_routes(server: FastAPI) -> None:
    """Serves the gazetteer at an address that names its content, so that it may be cached for good."""

    @needs("read")
    def gazetteer() -> Response:
        return Response(
            _content(),
            media_type="application/json",
            headers={"cache-control": "private, max-age=31536000, immutable"},
        )

    server.add_api_route(address(), gazetteer, include_in_schema=False)


@lru_cache(maxsize=1)
def address() -> str:
    """Where the page finds the gazetteer."""
    return f"/places/{hashlib.sha256(_content()).hexdigest()[:12]}.json"


@lru_cache(maxsize=1)
def _content() -> bytes:
    return json.dumps(gazetteer(), ensure_ascii=False, separators=(",", ":")).encode()


def gazetteer() -> list[dict[str, Any]]:
    """Each place: `zh` its names, the one to show first; `en` its name in Latin letters; `lng` and `lat` (WGS 84,
    degrees); `people`, 0 where unknown; `of` the district or city around it in both languages, `own` whether that is
    a district of this city; a city lies in nothing smaller. The most peopled first, the city's before others."""
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    around = _around([(float(row["lon"]), float(row["lat"])) for row in rows])
    found = [
        {
            "zh": [name for name in row["names_zh"].split(";") if name],
            "en": row["name"],
            "lng": float(row["lon"]),
            "lat": float(row["lat"]),
            "people": int(row["population"] or 0),
            "of": None if row["names_zh"].split(";")[0].endswith("市") else lies_in["of"],
            "own": lies_in["own"],
        }
        for row, lies_in in zip(rows, around, strict=True)
    ]
    return sorted(found, key=lambda one: (not one["own"], -one["people"]))


def _around(points: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """For each point the district that it lies in, else the city of the province, else nothing."""
    named = [
        (geometry, {"of": {"zh": districts()[p["code"]].zh, "en": districts()[p["code"]].en}, "own": True})
        for p, geometry in outlines()["guangzhou_districts"]
    ] + [
        (geometry, {"of": {"zh": p["name"], "en": CITIES.get(p["name"], "Guangzhou")}, "own": False})
        for p, geometry in outlines()["guangdong_cities"]
    ]
    found: list[dict[str, Any]] = [{"of": None, "own": False} for _ in points]
    tree = shapely.STRtree([geometry for geometry, _ in named])
    pairs = tree.query(shapely.points(points), predicate="intersects").T.tolist()
    # Districts stand before cities in the list, so that of both the district is what counts.
    for point, outline in sorted(pairs, reverse=True):
        found[point] = named[outline][1]
    return found
