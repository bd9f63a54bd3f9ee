"""Mending areas that cross themselves, where that is bearable: the time it takes grows with the crossings, and a star of six
hundred corners has a hundred thousand."""

from typing import Any

import numpy as np
import shapely

MOST_CORNERS = 200_000
MOST_CROSSINGS = 50_000
"""Mended within a second."""
_BLOCK = 200


def mended(shape: Any) -> Any | None:
    """The area as a valid one, each crossing cut; None where that would take too long."""
    if shapely.get_num_coordinates(shape) > MOST_CORNERS or _crossings(shape) > MOST_CROSSINGS:
        return None
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _crossings(shape: Any) -> int:
    """How often edges meet that are no neighbours, about; counted only until it is too much."""
    sides = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape)).tolist()]
    edges = [np.stack((ring[:-1], ring[1:]), axis=1) for ring in sides if len(ring) > 1]
    if not edges:
        return 0
    lines = shapely.linestrings(np.concatenate(edges))
    tree = shapely.STRtree(lines)
    met = 0
    for start in range(0, len(lines), _BLOCK):
        met += int(tree.query(lines[start : start + _BLOCK], predicate="intersects").shape[1])
        if (found := (met - 3 * min(start + _BLOCK, len(lines))) // 2) > MOST_CROSSINGS:
            return found
    return max(0, (met - 3 * len(lines)) // 2)
