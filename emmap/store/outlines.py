"""Outlines with very many corners: kept whole, thinned where they are only looked at or compared."""

from typing import Any

import numpy as np
import shapely

LARGEST_DRAWN = 20_000
"""Corners that are drawn at most as they are; a screen has fewer pixels along a coast."""


def thinned(shape: Any, most: int = LARGEST_DRAWN) -> Any:
    """The geometry with about that many corners: of every ring or line each n-th, so that it takes no longer for a jagged
    outline than for a smooth one. An area that comes to cross itself thereby is mended."""
    count = int(shapely.get_num_coordinates(shape))
    if count <= most:
        return shape
    step = -(-count // most)
    found = shapely.from_wkb([_thin(part, step) for part in shapely.get_parts(shape)])
    whole = found[0] if len(found) == 1 else shapely.geometrycollections(found)
    if shapely.get_type_id(shape) in (shapely.GeometryType.MULTIPOLYGON, shapely.GeometryType.POLYGON):
        whole = shapely.union_all(shapely.make_valid(found))
    return whole


def _thin(part: Any, step: int) -> bytes:
    match shapely.get_type_id(part):
        case shapely.GeometryType.POLYGON:
            outer, *holes = (_every(ring, step) for ring in shapely.get_rings(part))
            thin = shapely.polygons(outer, [shapely.linearrings(hole) for hole in holes] or None)
        case shapely.GeometryType.LINESTRING:
            thin = shapely.linestrings(_every(part, step))
        case _:
            thin = part
    return bytes(shapely.to_wkb(thin))


def _every(line: Any, step: int) -> Any:
    """Each n-th corner, and the last; never fewer than a ring needs."""
    corners = shapely.get_coordinates(line)
    kept = np.unique(
        np.append(np.arange(0, len(corners), min(step, max(1, len(corners) // 4))), len(corners) - 1)
    )
    return corners[kept]
