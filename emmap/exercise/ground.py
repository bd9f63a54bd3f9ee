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
        """One place (lon, lat) near each town, inside its district.

        The spread is a normal distribution; what falls outside is drawn again closer to the centre.
        """
        centres = np.array([(town.lon, town.lat) for town in towns]).reshape(-1, 2)
        codes = np.array([town.district for town in towns])
        places = centres.copy()
        missing = np.ones(len(towns), dtype=bool)
        for attempt in range(12):
            sigma = spread_km * KM / (1 + attempt / 3)
            drawn = centres + rng.normal(0.0, sigma, centres.shape)
            for code in np.unique(codes[missing]):
                wanted = missing & (codes == code)
                inside = shapely.contains_xy(self._shapes[code], drawn[wanted, 0], drawn[wanted, 1])
                found = np.flatnonzero(wanted)[inside]
                places[found] = drawn[found]
                missing[found] = False
            if not missing.any():
                break
        return places.round(6)


def point(lon: float, lat: float) -> bytes:
    """A point as WKB, EPSG:4326."""
    return bytes(shapely.to_wkb(shapely.Point(lon, lat)))
