"""Places of rows: from coordinates, WKT, GeoJSON or a GIS file to checked WKB in EPSG:4326."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import pyproj.exceptions
import shapely

from emmap.errors import Malformed
from emmap.ingest.cells import text_of
from emmap.ingest.datums import Datum, to_wgs84
from emmap.ingest.gis import unreadable_geometry
from emmap.ingest.mending import mended
from emmap.ingest.places import Floats, points_wkb
from emmap.layer import Geometry, Rejected

_POINT, _LINE, _AREA, _MULTIPOINT, _MULTILINE, _MULTIAREA = 0, 1, 3, 4, 5, 6
_TAKEN: dict[Geometry, tuple[int, ...]] = {
    "point": (_POINT,),
    "line": (_LINE, _MULTILINE),
    "area": (_AREA, _MULTIAREA),
    "any": (_POINT, _LINE, _AREA, _MULTIPOINT, _MULTILINE, _MULTIAREA),
}
_WORDS = {"point": ("点", "points"), "line": ("线", "lines"), "area": ("面", "areas")}

_KEPT = 0.001
"""A mended area may differ from what was drawn by this part of it; more, and something was lost or won."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The rows' places (WKB in EPSG:4326, None: no place), those refused, and how many were mended."""

    wkb: list[bytes | None]
    refused: dict[int, Rejected]
    repaired: int


def place(
    shapes: npt.NDArray[np.object_],
    lon: Floats,
    lat: Floats,
    *,
    kind: Geometry,
    datum: Datum,
    crs: str | None,
) -> Placed:
    """Places of rows from shapely geometries in `crs`, and from `lon`, `lat` where there is no geometry (NaN:
    none). `datum` says what degrees mean. Raises `Malformed` for an unknown `crs`."""
    refused: dict[int, Rejected] = {}
    if shapes.size and not shapely.is_missing(shapes).all():
        shapes = _single(in_degrees(shapely.force_2d(shapes), crs))
        points = shapely.get_type_id(shapes) == _POINT
        lon, lat = np.where(points, shapely.get_x(shapes), lon), np.where(points, shapely.get_y(shapes), lat)
        shapes[points] = None
    else:
        shapes = np.full(len(lon), None, object)
    others = np.flatnonzero(~shapely.is_missing(shapes))
    beyond = (np.abs(lon) > 180) | (np.abs(lat) > 90)
    for i in np.flatnonzero(beyond).tolist():
        refused[i] = _out_of_range(float(lon[i]), float(lat[i]))
    lon, lat = to_wgs84(np.where(beyond, np.nan, lon), np.where(beyond, np.nan, lat), datum)
    found = points_wkb(lon, lat)
    repaired = 0
    for i in others.tolist():
        try:
            shape, mended = _checked(shapes[i], kind)
        except Rejected as rejected:
            refused[i] = rejected
            continue
        repaired += mended
        if datum in ("gcj02", "bd09"):
            shape = shapely.transform(shape, _by_columns(lambda x, y: to_wgs84(x, y, datum)))
        found[i] = shapely.to_wkb(shape, byte_order=1)
    if kind not in ("point", "any"):
        for i in np.flatnonzero(~np.isnan(lon) & ~np.isnan(lat)).tolist():
            refused.setdefault(i, _wrong_type("Point", kind))
    return Placed(found, refused, repaired)


def shapes_of_text(cells: Sequence[Any]) -> tuple[npt.NDArray[np.object_], dict[int, Rejected]]:
    """Geometries from cells of WKT (with or without SRID=4326), GeoJSON or hexadecimal WKB."""
    shapes = np.full(len(cells), None, object)
    refused: dict[int, Rejected] = {}
    for i, cell in enumerate(cells):
        try:
            shapes[i] = _shape_of_text(json.dumps(cell) if isinstance(cell, dict) else text_of(cell))
        except Rejected as rejected:
            refused[i] = rejected
        except (shapely.errors.ShapelyError, ValueError, TypeError):
            refused[i] = unreadable_geometry()
    return shapes, refused


def shapes_of_wkb(cells: Sequence[bytes | None]) -> tuple[npt.NDArray[np.object_], dict[int, Rejected]]:
    """Geometries from WKB."""
    given = np.empty(len(cells), object)
    given[:] = cells
    shapes = shapely.from_wkb(given, on_invalid="ignore")
    lost = shapely.is_missing(shapes) & np.array([cell is not None for cell in cells], bool)
    return shapes, {i: unreadable_geometry() for i in np.flatnonzero(lost).tolist()}


def _shape_of_text(text: str | None) -> Any:
    if text is None:
        return None
    if text.startswith("{"):
        return shapely.from_geojson(text)
    if text[:2] in ("00", "01") and text.isalnum():
        return shapely.from_wkb(text)
    return shapely.from_wkt(text.upper().removeprefix("SRID=4326;") if text[:4].upper() == "SRID" else text)


def in_degrees(shapes: npt.NDArray[np.object_], crs: str | None) -> npt.NDArray[np.object_]:
    """The shapes in degrees (EPSG:4326, longitude first)."""
    if crs is None:
        return shapes
    try:
        source = pyproj.CRS.from_user_input(crs)
        if source.is_geographic and source.equals(pyproj.CRS.from_epsg(4326), ignore_axis_order=True):
            return shapes
        change = pyproj.Transformer.from_crs(source, 4326, always_xy=True)
    except (pyproj.exceptions.ProjError, ValueError, TypeError) as error:
        raise Malformed(
            f"文件的坐标系「{crs[:80]}」无法识别或转换。请用 WGS 84 或 CGCS2000 重新导出。",
            f"The file's coordinate system “{crs[:80]}” is not known. Export it in WGS 84 or CGCS2000.",
            code="unknown_crs",
        ) from error
    moved: npt.NDArray[np.object_] = shapely.transform(shapes, _by_columns(change.transform))
    return moved


def _by_columns(change: Callable[[Floats, Floats], Any]) -> Callable[[Floats], Floats]:
    return lambda xy: np.column_stack(change(xy[:, 0], xy[:, 1]))


def _single(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Empty geometries as none at all, and a multi-point of one as its point."""
    shapes = shapes.copy()
    shapes[shapely.is_empty(shapes)] = None
    lone = (shapely.get_type_id(shapes) == _MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes[lone] = shapely.get_geometry(shapes[lone], 0)
    return shapes


def _checked(shape: Any, kind: Geometry) -> tuple[Any, bool]:
    """The geometry, mended where its area stays the same, and whether it was. Raises `Rejected`."""
    west, south, east, north = shapely.bounds(shape)
    if (
        not np.isfinite([west, south, east, north]).all()
        or not np.isfinite(shapely.get_coordinates(shape)).all()
    ):
        raise not_finite()
    if max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 180:
        raise _out_of_range(*((east, north) if abs(north) > 90 or abs(east) > 180 else (west, south)))
    if shapely.get_type_id(shape) not in _TAKEN[kind]:
        raise _wrong_type(shape.geom_type, kind)
    if shapely.is_valid(shape):
        return shape, False
    found = mended(shape)
    drawn, kept = shapely.area(shape), shapely.area(found)
    if (
        not drawn
        or not abs(kept - drawn) <= _KEPT * drawn
        or shapely.get_type_id(found) not in (_AREA, _MULTIAREA)
    ):
        raise Rejected(
            "broken_geometry",
            f"几何自相交或有误,修复会改变它的形状({shapely.is_valid_reason(shape)[:80]})。请在 GIS 软件里改正。",
            "The geometry crosses itself or is broken, and mending would change its shape "
            f"({shapely.is_valid_reason(shape)[:80]}). Correct it in a GIS.",
        )
    return found, True


def not_finite() -> Rejected:
    """What a person is told of coordinates that are NaN or infinite."""
    return Rejected(
        "not_finite",
        "坐标不是有限的数(NaN 或无穷大)。没有位置时请留空。",
        "A coordinate is not a finite number. Leave the place empty where it is unknown.",
    )


def _out_of_range(lon: float, lat: float) -> Rejected:
    if 90 < abs(lat) <= 180 and abs(lon) <= 90:
        return Rejected(
            "swapped_coordinates",
            f"坐标可能颠倒:经度 {lon:g}、纬度 {lat:g}。请交换两列的值。",
            f"The coordinates seem to be swapped: longitude {lon:g}, latitude {lat:g}. Exchange them.",
        )
    return Rejected(
        "coordinates_out_of_range",
        f"坐标超出范围:经度 {lon:g}、纬度 {lat:g}。应为十进制度数,经度 -180—180,纬度 -90—90。",
        f"Coordinates out of range: longitude {lon:g}, latitude {lat:g}. Decimal degrees are wanted, "
        "longitude -180 to 180, latitude -90 to 90.",
    )


def _wrong_type(found: str, kind: Geometry) -> Rejected:
    zh, en = _WORDS.get(kind, ("几何", "simple geometries"))
    return Rejected(
        "wrong_geometry_type",
        f"这个图层只收{zh},而这一行是 {found}。",
        f"This layer takes {en}, the row has a {found}.",
    )


def coordinates(shapes: npt.NDArray[np.object_]) -> tuple[list[float | None], list[float | None]]:
    """Longitudes and latitudes of points in degrees; None for anything else."""
    pairs = shapely.get_x(shapes).tolist(), shapely.get_y(shapes).tolist()
    lon, lat = ([None if number != number else number for number in numbers] for numbers in pairs)
    return lon, lat
