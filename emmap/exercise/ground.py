"""Where a scenario's features stand: towns inside their districts, and points strewn around them."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
import shapely
from numpy.typing import NDArray

from emmap.codes import districts
from emmap.ingest.places import boundary_of

KM = 1 / 111.0
"""A kilometre in degrees of latitude."""


@dataclass(frozen=True, slots=True)
class Town:
    """A town or street (街镇) with an approximate centre in degrees (WGS 84)."""

    district: str
    name: str
    lon: float
    lat: float


class Ground:
    """The city's districts and towns."""

    def __init__(self, towns: Path) -> None:
        with towns.open(encoding="utf-8", newline="") as lines:
            self.towns = tuple(
                Town(row["district"], row["town"], float(row["lon"]), float(row["lat"]))
                for row in csv.DictReader(lines)
            )

    @cached_property
    def by_district(self) -> Mapping[str, Sequence[Town]]:
        """The towns of each district."""
        return MappingProxyType(
            {code: tuple(town for town in self.towns if town.district == code) for code in districts()}
        )

    @cached_property
    def _shapes(self) -> Mapping[str, shapely.Geometry]:
        shapes = {code: boundary_of(code) for code in districts()}
        for shape in shapes.values():
            shapely.prepare(shape)
        return MappingProxyType(shapes)

    def named(self, name: str) -> Town:
        """The town of that name."""
        return next(town for town in self.towns if town.name == name)

    def area(self, codes: Sequence[str]) -> bytes:
        """The districts' common area as WKB, EPSG:4326, its outline true to 20 m."""
        whole = shapely.union_all([self._shapes[code] for code in codes])
        return bytes(shapely.to_wkb(shapely.simplify(whole, 0.02 * KM)))

    def scatter(
        self, rng: np.random.Generator, towns: Sequence[Town], spread_km: float
    ) -> NDArray[np.float64]:
        """One place (lon, lat) near each town, inside its district."""
        centres = np.array([(town.lon, town.lat) for town in towns]).reshape(-1, 2)
        return self.strew(rng, centres, np.array([town.district for town in towns]), spread_km)

    def strew(
        self,
        rng: np.random.Generator,
        centres: NDArray[np.float64],
        codes: NDArray[np.str_],
        spread_km: float | NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """One place (lon, lat) near each centre, inside the district of that code.

        The spread is a normal distribution; what falls outside is drawn again closer to the centre, which must
        itself lie inside.
        """
        places = centres.copy()
        sigma = np.broadcast_to(np.asarray(spread_km, dtype=float) * KM, len(centres))[:, None]
        missing = np.arange(len(centres))
        for attempt in range(12):
            if not len(missing):
                break
            drawn = centres[missing] + rng.normal(0.0, 1.0, (len(missing), 2)) * sigma[missing] / (
                1 + attempt / 3
            )
            inside = np.zeros(len(missing), dtype=bool)
            for code in np.unique(codes[missing]):
                there = codes[missing] == code
                inside[there] = shapely.contains_xy(self._shapes[code], drawn[there, 0], drawn[there, 1])
            places[missing[inside]] = drawn[inside]
            missing = missing[~inside]
        return places.round(6)


def point(lon: float, lat: float) -> bytes:
    """A point as WKB, EPSG:4326."""
    return bytes(shapely.to_wkb(shapely.Point(lon, lat)))
