"""Lines and areas as SVG paths, in whole paper units: cut off at the sheet, thinned to what paper can show."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from emmap.briefing.frame import UNITS_PER_MM, Frame

_THINNER_MM = 0.04
"""Vertices nearer to a line than this are left out: paper cannot show them."""


def outline_path(frame: Frame, geometry: Any) -> str:
    """The path of one geometry; empty where the sheet shows nothing of it."""
    return outline_paths(frame, [geometry])[0]


def outline_paths(frame: Frame, geometries: Sequence[Any]) -> list[str]:
    """One path for each line or area, to be filled by the rule `nonzero`: outer rings run one way, holes the other, so
    that many areas may share a path. What is not valid is mended first; empty where the sheet shows nothing."""
    west, south, east, north = frame.box
    x, y = (east - west) * 0.03 + 1e-9, (north - south) * 0.03 + 1e-9
    found = np.array(geometries, dtype=object)
    broken = ~shapely.is_valid(found)
    found[broken] = shapely.make_valid(found[broken])
    # Cut off a little outside of the frame, so that no outline runs along its edge.
    seen = shapely.clip_by_rect(found, west - x, south - y, east + x, north + y)
    paths = [""] * len(found)
    there = np.flatnonzero(~shapely.is_empty(seen))
    if not there.size:
        return paths
    thin = shapely.simplify(
        shapely.transform(seen[there], frame.placed), _THINNER_MM * UNITS_PER_MM, preserve_topology=False
    )
    for place, one in zip(there.tolist(), shapely.orient_polygons(thin), strict=True):
        # Collections may lie in a collection once mended.
        paths[place] = "".join(_path_of(part) for part in shapely.get_parts(shapely.get_parts(one)))
    return paths


def _path_of(part: Any) -> str:
    if part.geom_type == "Polygon":
        return "".join(_steps(ring, "z") for ring in (part.exterior, *part.interiors))
    return _steps(part, "") if part.geom_type == "LineString" else ""


def _steps(line: Any, closing: str) -> str:
    corners = np.rint(shapely.get_coordinates(line)).astype(int)
    if len(corners) < 2:
        return ""
    steps = "".join([f"l{x} {y}" for x, y in np.diff(corners, axis=0).tolist() if x or y])
    return f"M{corners[0, 0]} {corners[0, 1]}{steps}{closing}" if steps else ""
