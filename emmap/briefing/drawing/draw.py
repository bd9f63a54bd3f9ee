"""The map as vector SVG, in hundredths of a millimetre: ground, areas, lines, points, names, and what reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import shapely

from emmap.briefing.drawing import base_map, clusters, furniture, hexagons, labels, place_names, shading
from emmap.briefing.drawing.drawn import Drawn, Named, Numbered
from emmap.briefing.drawing.frame import UNITS_PER_MM, Box, Frame
from emmap.briefing.drawing.keys import Entry, Key
from emmap.briefing.drawing.labels import Crowd, Label, Space
from emmap.briefing.drawing.lettering import wrapped
from emmap.briefing.drawing.locator import locator
from emmap.briefing.drawing.numbers import numbers as numbers_of
from emmap.briefing.drawing.outlines import outlines
from emmap.briefing.drawing.paths import mended
from emmap.briefing.drawing.points import Wanted, Way, places, radius, symbols_of, ways
from emmap.briefing.drawing.shading import Shading
from emmap.store.marks import Marks

__all__ = [
    "Drawing",
    "Drawn",
    "Entry",
    "Key",
    "Named",
    "Numbered",
    "Shading",
    "draw_map",
    "inside",
]

NAMED_RANK = 6
_NAME_LENGTH = 9
_MANY_OUTLINES = 1_000
_PLACE = 60.0
"""Half the side of what is kept free around a named place, in paper units."""
_MARGIN = 60.0
"""Names keep so far from the sheet's edge, in paper units."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map. `ways`: how the points of each layer are drawn; `keys`: what the legend needs besides the layer's styles,
    for each layer, None for symbols; `shades`: the same for filled districts; `notes`: what a
    reader must know of the base map; `labels`: the names that it holds, and the boxes that they take, in paper units."""

    svg: str
    ways: tuple[Way, ...]
    keys: tuple[Key | None, ...]
    shades: Key | None
    notes: tuple[str, ...]
    labels: tuple[labels.Placed, ...]


def draw_map(
    frame: Frame,
    layers: Sequence[Drawn],
    numbers: Sequence[Numbered] = (),
    *,
    points: Wanted = "symbols",
    names: Sequence[Named] = (),
    shaded: Shading | None = None,
    inset: bool = True,
) -> Drawing:
    """The whole map. The first layer lies undermost, as on the screen; the worst of each on top.

    `points`: each as its symbol, as density, or as fits the sheet (`points.ways`). `names` stand beside their places.
    `shaded`: districts filled by a number. `inset`: whether a locator is drawn where one helps.
    """
    how = ways(frame, layers, points)
    lined = outlines(frame, [(one.style(o.value), o) for one in layers for o in one.marks.outlined])
    fills, shades = shading.drawn(frame, shaded) if shaded else ("", None)

    (bar, bar_box), (arrow, arrow_box), (degrees, degree_boxes) = (
        furniture.scale_bar(frame),
        furniture.north(frame),
        furniture.degrees(frame),
    )
    crowd = Crowd.of(
        frame.width,
        frame.height,
        [xy for one, way in zip(layers, how, strict=True) if way == "symbols" for xy in places(frame, one)]
        + _along(frame, layers),
    )
    room = (_MARGIN, _MARGIN, frame.width - _MARGIN, frame.height - _MARGIN)
    space = Space(room, crowd, [bar_box, arrow_box, *degree_boxes])
    discs, wanted = numbers_of(frame, numbers, space)
    dense, upper, keys = _points(frame, layers, how, space)
    small = locator(frame, space.boxes, partial(_covers, frame, crowd)) if inset else None
    if small:
        space.take(small[1])
    named = [_label(frame, one) for one in names if _on(frame, one)]
    for one in named:
        space.take((one.x - _PLACE, one.y - _PLACE, one.x + _PLACE, one.y + _PLACE))
    wanted += named
    wanted += place_names.names(frame, shaded.words() if shaded else {})
    placed = labels.place(wanted, space)

    body = (
        base_map.ground(frame),
        fills,
        lined.fills,
        dense,
        base_map.borders(frame),
        lined.rims,
        furniture.graticule(frame),
        lined.lines,
        upper,
        place_names.town_dots([one.label for one in placed]),
        discs,
        labels.drawn(placed),
        degrees,
        bar,
        arrow,
        small[0] if small else "",
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width} {frame.height}" fill="none"'
        f' width="{frame.width_mm:g}mm" height="{frame.height_mm:g}mm"><defs>{lined.patterns}<clipPath id="sheet">'
        f'<rect width="{frame.width}" height="{frame.height}"/></clipPath></defs>'
        f'<g clip-path="url(#sheet)">{"".join(body)}</g>{furniture.edge(frame)}</svg>'
    )
    return Drawing(
        svg,
        tuple(how),
        tuple(keys),
        shades,
        (*base_map.notes(frame), *place_names.notes(frame)),
        tuple(placed),
    )


def inside(frame: Frame, marks: Marks) -> int:
    """How many features of an answer the sheet shows."""
    points = sum(int(np.count_nonzero(frame.shows(xy))) for xy in marks.places.values())
    outlined = shapely.from_wkb([one.geometry for one in marks.outlined])
    return points + int(np.count_nonzero(shapely.intersects(outlined, shapely.box(*frame.box))))


def _points(
    frame: Frame, layers: Sequence[Drawn], how: Sequence[Way], space: Space
) -> tuple[str, str, list[Key | None]]:
    """Density; what lies above it, clusters on top; the key of each layer. `space` is less by the clusters."""
    dense, symbols, discs = [], [], []
    keys: list[Key | None] = []
    for one, way in zip(layers, how, strict=True):
        key = None
        if way == "density":
            path, key = hexagons.drawn(hexagons.hexagons(frame, _every(one.marks)))
            dense.append(path)
        elif way == "clusters":
            found = clusters.settled(clusters.clusters(frame, one.marks.places, radius(one)), space)
            discs.append(clusters.drawn(found, one))
            key = clusters.key(found, one)
        else:
            symbols.append(symbols_of(frame, one))
        keys.append(key)
    return "".join(dense), "".join(symbols + discs), keys


def _every(marks: Marks) -> npt.NDArray[np.int32]:
    return np.concatenate([np.empty((0, 2), dtype=np.int32), *marks.places.values()])


def _along(frame: Frame, layers: Sequence[Drawn]) -> list[npt.NDArray[np.float64]]:
    """Places along lines and around areas, a millimetre apart: names rather stand beside them. Where there are very many,
    names have no choice."""
    wkb = [one.geometry for drawn in layers for one in drawn.marks.outlined]
    if len(wkb) > _MANY_OUTLINES:
        return []
    on_paper = shapely.transform(
        shapely.clip_by_rect(mended(shapely.from_wkb(wkb)), *frame.box), frame.placed
    )
    lines = np.where(shapely.get_dimensions(on_paper) == 2, shapely.boundary(on_paper), on_paper)
    return [shapely.get_coordinates(shapely.segmentize(lines, UNITS_PER_MM))]


def _covers(frame: Frame, crowd: Crowd, box: Box) -> float:
    """How much an inset would hide: square millimetres with symbols, and a little of the city itself."""
    city = shapely.transform(base_map.city_outline(), frame.placed)
    land = float(shapely.intersection(city, shapely.box(*box)).area) / UNITS_PER_MM**2
    return float(crowd.covered(np.array([box]))[0]) + 0.2 * land


def _on(frame: Frame, one: Named) -> bool:
    west, south, east, north = frame.box
    return west < one.lon < east and south < one.lat < north


def _label(frame: Frame, one: Named) -> Label:
    x, y = frame.place(np.array([one.lon]), np.array([one.lat]))
    return Label(
        wrapped(one.name, _NAME_LENGTH),
        float(x[0]),
        float(y[0]),
        230,
        NAMED_RANK,
        clear=110,
        far=True,
    )
