"""Which datum a file's degrees are in, judged by what can be checked: the districts that its rows name, and the places
of features that the store knows already.

A wrong datum moves every point about 600 m (GCJ-02) or more (BD-09). Most points stay in their district all the same,
so that only those near a boundary tell; known features tell at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import shapely

from emmap.codes import districts
from emmap.errors import Malformed
from emmap.ingest import geometries, places
from emmap.ingest.cells import degrees_of, id_of, text_of
from emmap.ingest.datums import Datum, to_wgs84
from emmap.ingest.headers import COMMON, DISTRICT, GEOMETRY, ID, LAT, LON
from emmap.ingest.places import Floats
from emmap.ingest.rows import district_names, districts_in
from emmap.ingest.sheet import Sheet
from emmap.layer import Rejected

Candidate = Literal["wgs84", "gcj02", "bd09"]
CANDIDATES: tuple[Candidate, ...] = get_args(Candidate)
"""CGCS2000 agrees with WGS 84 below a metre, so that nothing here can tell them apart."""
LOOKED_AT = 3_000
"""Rows that are looked at, spread over the file."""
_TELLING = 4
"""So many points must speak for a datum and against the next one, and four times as many as the other way round."""
_FEW_KNOWN = 3
_NEAR_M = 150.0
"""A known feature that lies this near, in metres, is where it was."""
_DEGREE_M = 111_320.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for which datum. `sure`: it may be taken without a further look. `because`: what decided, `known`
    features or `districts`, or `nothing`. `named` points name their district, `inside` of them lie in it by datum.
    `met` features are known, their median distance in metres by datum."""

    datum: Datum
    sure: bool
    because: Literal["known", "districts", "nothing"]
    placed: int
    named: int
    inside: Mapping[Candidate, int]
    met: int
    median_m: Mapping[Candidate, float]


@dataclass(frozen=True, slots=True)
class Points:
    """Some rows of a file with a place: their ids, their degrees as they came, and the districts that they name."""

    ids: Sequence[str | None]
    lon: Floats
    lat: Floats
    named: Sequence[tuple[str, ...]]


def points_of(sheet: Sheet, columns: Mapping[str, int]) -> Points:
    """The rows of a sheet that can be looked at; `columns` says where each field stands. Pure."""
    count = len(sheet.rows)
    chosen = np.unique(np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int)).tolist() if count else []
    lon, lat = _degrees(sheet, columns, chosen)
    here = np.flatnonzero(
        ~np.isnan(lon) & ~np.isnan(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    ).tolist()
    rows = [sheet.rows[chosen[i]] for i in here]
    id_at, names = columns.get(ID), district_names()
    return Points(
        ids=[None if id_at is None else _read(id_of, row[id_at]) for row in rows],
        lon=lon[here],
        lat=lat[here],
        named=[_named(row, columns.get(DISTRICT), names) for row in rows],
    )


def weigh(points: Points, known: Mapping[str, tuple[float, float]]) -> Evidence:
    """Judges the datum. `known`: where features of these ids lie, as longitude and latitude in WGS 84. Pure."""
    moved = {datum: to_wgs84(points.lon, points.lat, datum) for datum in CANDIDATES}
    one_district = np.array([len(named) == 1 for named in points.named], bool)
    inside = {datum: _inside(*moved[datum], points.named) & one_district for datum in CANDIDATES}
    counted = {datum: int(inside[datum].sum()) for datum in CANDIDATES}
    met = [i for i, name in enumerate(points.ids) if name in known]
    median = {datum: _median(moved[datum], points.ids, met, known) for datum in CANDIDATES} if met else {}
    shared: dict[str, Any] = {
        "placed": len(points.ids),
        "named": int(one_district.sum()),
        "inside": counted,
        "met": len(met),
        "median_m": median,
    }
    if len(met) >= _FEW_KNOWN:
        near = sorted(CANDIDATES, key=median.__getitem__)
        if median[near[0]] < _NEAR_M and median[near[1]] > 2 * median[near[0]]:
            return Evidence(near[0], True, "known", **shared)
    best = max(CANDIDATES, key=counted.__getitem__)
    if all(_tells(inside[best], inside[other]) for other in CANDIDATES if other != best):
        return Evidence(best, True, "districts", **shared)
    return Evidence("wgs84", False, "nothing", **shared)


def _tells(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> bool:
    """Whether the points on which the two differ speak clearly for the first."""
    pro, con = int((one & ~other).sum()), int((other & ~one).sum())
    return pro >= _TELLING and pro >= 4 * con


def _degrees(sheet: Sheet, columns: Mapping[str, int], chosen: Sequence[int]) -> tuple[Floats, Floats]:
    """Degrees as the file says them, NaN where there are none; areas and lines by their middle."""
    shapes: Any = None
    if sheet.shapes is not None:
        shapes, _ = geometries.shapes_of_wkb([sheet.shapes[i] for i in chosen])
    elif GEOMETRY in columns:
        shapes, _ = geometries.shapes_of_text([sheet.rows[i][columns[GEOMETRY]] for i in chosen])
    lon, lat = (_angles(sheet, columns, name, chosen) for name in (LON, LAT))
    if shapes is None:
        return lon, lat
    try:
        middles = shapely.centroid(geometries.in_degrees(shapely.force_2d(shapes), sheet.crs))
    except Malformed:  # the import will say so
        return lon, lat
    own_lon, own_lat = shapely.get_x(middles), shapely.get_y(middles)
    return np.where(np.isnan(own_lon), lon, own_lon), np.where(np.isnan(own_lat), lat, own_lat)


def _angles(sheet: Sheet, columns: Mapping[str, int], name: str, chosen: Sequence[int]) -> Floats:
    at = columns.get(name)
    if at is None:
        return np.full(len(chosen), np.nan)
    return np.array(
        [_read(lambda cell: degrees_of(cell, COMMON[name]), sheet.rows[i][at]) for i in chosen], float
    )


def _read(read: Any, cell: Any) -> Any:
    try:
        return read(cell)
    except Rejected:
        return None


def _named(row: Sequence[Any], at: int | None, names: Mapping[str, str]) -> tuple[str, ...]:
    """The districts that a row names: in its column, or else anywhere in its text."""
    if at is not None and (found := _read(lambda cell: districts_in(cell, names), row[at])):
        return tuple(found)
    text = " ".join(cell for cell in row if isinstance(cell, str) and len(cell) < 300)
    return tuple(code for code, one in districts().items() if one.zh in text)


def _inside(lon: Floats, lat: Floats, named: Sequence[tuple[str, ...]]) -> npt.NDArray[np.bool_]:
    touched = places.districts_of(places.points_wkb(lon, lat))
    return np.array([bool(set(a) & set(b)) for a, b in zip(touched, named, strict=True)], bool)


def _median(
    moved: tuple[Floats, Floats],
    ids: Sequence[str | None],
    met: Sequence[int],
    known: Mapping[str, tuple[float, float]],
) -> float:
    """Median distance in metres between the moved points and where the features are known to be."""
    at = np.array([known[ids[i] or ""] for i in met])
    east = (moved[0][met] - at[:, 0]) * np.cos(np.radians(at[:, 1]))
    return float(np.median(np.hypot(east, moved[1][met] - at[:, 1])) * _DEGREE_M)


def sample_text(cell: Any) -> str:
    """A cell as a person is shown it."""
    return (_read(text_of, cell) or "")[:60]
