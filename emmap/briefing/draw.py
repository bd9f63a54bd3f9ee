"""The map of a briefing as vector SVG, in millimetres."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray

from emmap.briefing import symbols
from emmap.briefing.mercator import Frame, round_length
from emmap.codes import districts
from emmap.settings import ROOT

FONT = "Noto Sans CJK SC"
WATER, LAND, CITY, LINE, INK = "#dce8f2", "#f4f5f0", "#ffffff", "#9fb0c0", "#14202e"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one layer contributes: its style table, and the drawn rows, best first.

    `values` are the rows' style values, `lonlat` (n, 2) degrees with NaN where there is no place, `areas` their
    geometries where they are lines or areas, else None.
    """

    table: Sequence[dict[str, Any]]
    values: Sequence[str | None]
    lonlat: NDArray[np.float64]
    areas: Sequence[Any]


@lru_cache(maxsize=2)
def boundaries(name: str) -> list[tuple[dict[str, Any], Any]]:
    """The features of a boundary file in `data/`: properties and geometry."""
    found = json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))
    return [(f["properties"], shapely.geometry.shape(f["geometry"])) for f in found["features"]]


def city_extent() -> tuple[float, float, float, float]:
    """West, south, east, north of the city, with a little room."""
    boxes = np.array([geometry.bounds for _, geometry in boundaries("guangzhou_districts.geojson")])
    west, south, east, north = boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()
    return float(west) - 0.03, float(south) - 0.03, float(east) + 0.03, float(north) + 0.03


def map_svg(frame: Frame, layers: Iterable[Drawn]) -> str:
    """The whole map: base, areas, points, labels, grid, scale bar and north arrow."""
    width, height = frame.width_mm, frame.height_mm
    defs: list[str] = [f'<clipPath id="frame"><rect width="{width}" height="{height}"/></clipPath>']
    areas: list[tuple[int, str]] = []
    points: list[str] = []
    for number, layer in enumerate(layers):
        drawn_areas, drawn_points = _layer(frame, layer, number, defs)
        areas.extend(drawn_areas)
        points.extend(drawn_points)
    body = [
        f'<rect width="{width}" height="{height}" fill="{WATER}"/>',
        *(
            _outline(frame, geometry, LAND, LINE, 0.15)
            for _, geometry in boundaries("guangdong_cities.geojson")
        ),
        *(
            _outline(frame, geometry, CITY, LINE, 0.25)
            for _, geometry in boundaries("guangzhou_districts.geojson")
        ),
        *(svg for _, svg in sorted(areas, key=lambda one: one[0])),
        *(
            _outline(frame, geometry, "none", "#7d8fa1", 0.18)
            for _, geometry in boundaries("guangzhou_districts.geojson")
        ),
        *points,
        *_labels(frame),
        *_graticule(frame),
        *_scale_bar(frame),
        _north(frame),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" '
        f'fill="none" font-family="{FONT}"><defs>{"".join(defs)}</defs><g clip-path="url(#frame)">{"".join(body)}</g>'
        f'<rect width="{width}" height="{height}" stroke="{INK}" stroke-width="0.4"/></svg>'
    )


def _layer(
    frame: Frame, layer: Drawn, number: int, defs: list[str]
) -> tuple[list[tuple[int, str]], list[str]]:
    """A layer's areas with their z, and its points; the worst is drawn last."""
    by_value = {row["value"]: row for row in layer.table}
    other = layer.table[-1]
    groups: dict[Any, list[int]] = {}
    for place, value in enumerate(layer.values):
        groups.setdefault(value if value in by_value else None, []).append(place)
    xy = frame.project(np.nan_to_num(layer.lonlat, nan=0.0)) if len(layer.lonlat) else np.empty((0, 2))
    has_place = ~np.isnan(layer.lonlat[:, 0]) if len(layer.lonlat) else np.empty(0, dtype=bool)
    near = (
        (xy[:, 0] > -5) & (xy[:, 0] < frame.width_mm + 5) & (xy[:, 1] > -5) & (xy[:, 1] < frame.height_mm + 5)
        if len(xy)
        else has_place
    )
    areas: list[tuple[int, str]] = []
    points: list[str] = []
    for value, places in sorted(groups.items(), key=lambda one: by_value.get(one[0], other)["z"]):
        symbol = by_value.get(value, other)
        shapes = [layer.areas[p] for p in places if layer.areas[p] is not None]
        if shapes:
            name = f"hatch{number}-{len(defs)}"
            defs.append(symbols.hatch(symbol, name))
            dash = symbols.DASHES[symbol["dash"]]
            areas.extend(
                (symbol["z"], _outline(frame, one, f"url(#{name})", symbol["colour"], 0.7, dash))
                for one in shapes
            )
        wanted = np.array(
            [p for p in places if layer.areas[p] is None and has_place[p] and near[p]], dtype=int
        )
        points.append(symbols.points(xy[wanted], symbol))
    return areas, points


def _outline(frame: Frame, geometry: Any, fill: str, stroke: str, width: float, dash: str = "") -> str:
    paths = []
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            rings = [part.exterior, *part.interiors]
        elif part.geom_type == "LineString":
            rings = [part]
        else:
            continue
        for ring in rings:
            xy = frame.project(shapely.get_coordinates(ring))
            if xy[:, 0].max() < -5 or xy[:, 0].min() > frame.width_mm + 5:
                continue
            closing = "z" if part.geom_type == "Polygon" else ""
            paths.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in _thinned(xy)) + closing)
    if not paths:
        return ""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{"".join(paths)}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" stroke-width="{width}"'
        f' stroke-linejoin="round"{dashes}/>'
    )


def _thinned(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """A ring without the vertices that paper cannot show (nearer than 0.05 mm)."""
    if len(xy) < 8:
        return xy
    line = shapely.get_coordinates(shapely.simplify(shapely.linestrings(xy), 0.05, preserve_topology=True))
    return line if len(line) >= 4 else xy


def _text(x: float, y: float, text: str, size: float, *, anchor: str = "middle", weight: int = 400) -> str:
    """A label with a light halo."""
    place = f'x="{x:.2f}" y="{y:.2f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}"'
    told = escape(text)
    return (
        f'<text {place} stroke="#fff" stroke-width="{size * 0.28:.2f}" stroke-linejoin="round" fill="#fff">{told}</text>'
        f'<text {place} fill="{INK}">{told}</text>'
    )


def _labels(frame: Frame) -> list[str]:
    """Names of districts, and of neighbouring cities, where they fit without touching another."""
    names = districts()
    taken: list[tuple[float, float, float, float]] = []
    found = []
    wanted = [
        (names[properties["code"]].zh, geometry, 3.4, 700)
        for properties, geometry in boundaries("guangzhou_districts.geojson")
        if properties["code"] in names
    ]
    wanted += [
        (properties["name"], geometry, 2.9, 400)
        for properties, geometry in boundaries("guangdong_cities.geojson")
        if properties["name"] != "广州市"
    ]
    west, south, east, north = frame.shown
    view = shapely.box(west, south, east, north)
    for text, geometry, size, weight in wanted:
        seen = geometry.intersection(view)
        if seen.is_empty:
            continue
        at = seen.representative_point()
        [[x, y]] = frame.project(np.array([[at.x, at.y]]))
        half = len(text) * size / 2
        for dy in (0.0, size * 1.2, -size * 1.2):
            box = (x - half, y + dy - size, x + half, y + dy + size * 0.3)
            if (
                box[0] > 1
                and box[2] < frame.width_mm - 1
                and box[1] > 4
                and box[3] < frame.height_mm - 2
                and all(box[2] < a or box[0] > c or box[3] < b or box[1] > d for a, b, c, d in taken)
            ):
                taken.append(box)
                found.append(_text(x, y + dy, text, size, weight=weight))
                break
    return found


def _graticule(frame: Frame) -> list[str]:
    """Ticks and degrees along the frame."""
    west, south, east, north = frame.shown
    span = max(east - west, north - south)
    step = next((s for s in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if span / s <= 5), 45.0)
    found = []
    for lon in np.arange(np.ceil(west / step) * step, east, step):
        [[x, _]] = frame.project(np.array([[lon, (south + north) / 2]]))
        found.append(
            f'<path d="M{x:.2f} 0v1.6M{x:.2f} {frame.height_mm}v-1.6" stroke="{INK}" stroke-width="0.2"/>'
        )
        found.append(_text(x, 4, f"{abs(lon):g}°{'E' if lon >= 0 else 'W'}", 2.2))
    for lat in np.arange(np.ceil(south / step) * step, north, step):
        [[_, y]] = frame.project(np.array([[(west + east) / 2, lat]]))
        if 6 < y < frame.height_mm - 3:
            found.append(
                f'<path d="M0 {y:.2f}h1.6M{frame.width_mm} {y:.2f}h-1.6" stroke="{INK}" stroke-width="0.2"/>'
            )
            found.append(_text(2.2, y + 0.8, f"{abs(lat):g}°{'N' if lat >= 0 else 'S'}", 2.2, anchor="start"))
    return found


def _scale_bar(frame: Frame) -> list[str]:
    """A bar true at the frame's middle latitude."""
    metres = round_length(frame.metres_per_mm * frame.width_mm * 0.25)
    length = metres / frame.metres_per_mm
    x, y = frame.width_mm - length - 8, frame.height_mm - 6
    told = f"{metres // 1000} 千米" if metres >= 1000 else f"{metres} 米"
    half = f"{metres / 2000:g}" if metres >= 1000 else f"{metres / 2:g}"
    return [
        f'<rect x="{x - 3:.2f}" y="{y - 5.4:.2f}" width="{length + 9:.2f}" height="9" rx="1" fill="#fff" fill-opacity="0.85"/>',
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{length / 2:.2f}" height="1.4" fill="{INK}"/>',
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{length:.2f}" height="1.4" stroke="{INK}" stroke-width="0.25"/>',
        _text(x, y - 1, "0", 2.4),
        _text(x + length / 2, y - 1, half, 2.4),
        _text(x + length, y - 1, told, 2.4),
    ]


def _north(frame: Frame) -> str:
    x = frame.width_mm - 8
    return (
        f'<path d="M{x} 8l3 8.5l-3 -2l-3 2z" fill="{INK}" stroke="#fff" stroke-width="0.4" paint-order="stroke"/>'
        + _text(x, 6.4, "北", 3.4, weight=700)
    )
