"""Lines and areas as SVG paths, in whole paper units: cut off at the sheet, thinned to what paper can show."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from emmap.briefing.drawing.frame import UNITS_PER_MM, Frame

_THINNER_MM = 0.04
"""Vertices nearer to a line than this are left out: paper cannot show them."""
_LINE, _POLYGON = 1, 3
"""Types of geometries, as shapely numbers them."""
_Geometries = npt.NDArray[np.object_]
_Whole = npt.NDArray[np.int64]


def outline_path(frame: Frame, geometry: Any) -> str:
    """The path of one geometry; empty where the sheet shows nothing of it."""
    return outline_paths(frame, [geometry])[0]


def outline_paths(frame: Frame, geometries: Sequence[Any]) -> list[str]:
    """One path for each line or area, to be filled by the rule `nonzero`: outer rings run one way, holes the other, so
    that many areas may share a path. What is not valid is mended first; empty where the sheet shows nothing."""
    west, south, east, north = frame.box
    x, y = (east - west) * 0.03 + 1e-9, (north - south) * 0.03 + 1e-9
    found = mended(geometries)
    # Cut off a little outside of the frame, so that no outline runs along its edge.
    seen = shapely.clip_by_rect(found, west - x, south - y, east + x, north + y)
    paths = [""] * len(found)
    there = np.flatnonzero(~shapely.is_empty(seen))
    if not there.size:
        return paths
    thin = shapely.simplify(
        shapely.transform(seen[there], frame.placed), _THINNER_MM * UNITS_PER_MM, preserve_topology=False
    )
    # Collections may lie in a collection once mended.
    parts, of_seen = _parts(*_parts(shapely.orient_polygons(thin), there))
    areas = shapely.get_type_id(parts) == _POLYGON
    rings, ring_of = shapely.get_rings(parts[areas], return_index=True)
    lines = shapely.get_type_id(parts) == _LINE
    _steps(paths, rings, of_seen[areas][ring_of], "z")
    _steps(paths, parts[lines], of_seen[lines], "")
    return paths


def mended(geometries: Sequence[Any]) -> _Geometries:
    """The geometries, those that are not valid made so."""
    found = np.array(geometries, dtype=object)
    broken = ~shapely.is_valid(found)
    found[broken] = shapely.make_valid(found[broken])
    return found


def _parts(geometries: _Geometries, places: _Whole) -> tuple[_Geometries, _Whole]:
    found, of = shapely.get_parts(geometries, return_index=True)
    return found, places[of]


def _steps(paths: list[str], lines: _Geometries, places: _Whole, closing: str) -> None:
    """Adds each line, or ring, to the path of its place: a corner, then steps from corner to corner. All at once, because
    a layer may have hundreds of thousands."""
    corners, of = shapely.get_coordinates(lines, return_index=True)
    if not len(corners):
        return
    whole = np.rint(corners).astype(np.int64)
    first = np.r_[True, of[1:] != of[:-1]]
    steps = np.where(first[:, None], whole, np.diff(whole, axis=0, prepend=whole[:1]))
    moves = first | steps.any(axis=1)
    words = [
        f"M{x} {y}" if begins else f"l{x} {y}"
        for (x, y), begins in zip(steps[moves].tolist(), first[moves].tolist(), strict=True)
    ]
    ends = np.searchsorted(of[moves], np.arange(len(lines) + 1)).tolist()
    for place, start, end in zip(places.tolist(), ends[:-1], ends[1:], strict=True):
        # What is but a dot on paper has no line.
        if end - start > 1:
            paths[place] += "".join(words[start:end]) + closing
