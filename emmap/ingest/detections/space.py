"""Which places lie within so many metres of each other: found by boxes in degrees, judged by the chord between two
points of the ellipsoid. Up to some kilometres the chord is the distance to a millimetre, wherever on earth; the metres
of EPSG:4547 differ from it by less than 1 in 5,000 in Guangdong."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

_BLOCK = 4_096
"""Places whose neighbours are looked up at a time: the pairs of a dense fire need room."""
_METRES_PER_DEGREE = 110_500.0
"""A little less than a degree of latitude has anywhere, so that no neighbour lies outside its box."""
_RADIUS, _FLATTENING = 6_378_137.0, 1 / 298.257223563
"""The ellipsoid WGS 84."""


def near(lon: Floats, lat: Floats, reach_m: Floats) -> Iterator[tuple[Numbers, Numbers, Floats]]:
    """Ordered pairs (i, j), i ≠ j, where j lies within `reach_m[i]` of i, with their distance (m), block by block.
    Places are in degrees (EPSG:4326)."""
    if len(lon) < 2:
        return
    xyz = _cartesian(lon, lat)
    tree = shapely.STRtree(shapely.points(lon, lat))
    high = reach_m / _METRES_PER_DEGREE
    wide = high / np.maximum(np.cos(np.radians(np.minimum(np.abs(lat) + high, 90.0))), 0.01)
    for start in range(0, len(lon), _BLOCK):
        part = slice(start, start + _BLOCK)
        boxes = shapely.box(
            lon[part] - wide[part], lat[part] - high[part], lon[part] + wide[part], lat[part] + high[part]
        )
        first, second = tree.query(boxes)
        first = first + start
        metres = np.sqrt(((xyz[first] - xyz[second]) ** 2).sum(axis=1))
        kept = (first != second) & (metres <= reach_m[first])
        yield first[kept], second[kept], metres[kept]


def _cartesian(lon: Floats, lat: Floats) -> Floats:
    """Earth-centred coordinates in metres, on the ellipsoid's surface."""
    phi, theta = np.radians(lat), np.radians(lon)
    squared = _FLATTENING * (2 - _FLATTENING)
    normal = _RADIUS / np.sqrt(1 - squared * np.sin(phi) ** 2)
    return np.column_stack(
        (
            normal * np.cos(phi) * np.cos(theta),
            normal * np.cos(phi) * np.sin(theta),
            normal * (1 - squared) * np.sin(phi),
        )
    )
