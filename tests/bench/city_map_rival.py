"""Matplotlib's page of the city's hotspots, for the rows about maps on paper: `python -m tests.bench.city_map_rival
points|density` makes one and prints the most memory that it took, in MB.

The points, or hexagons, in one colour a level, and the outlines of the districts.
"""

import json
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import shapely
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from tests.bench.city_places import places
from tests.bench.peak import peak_megabytes

DISTRICTS = Path(__file__).parents[2] / "data" / "guangzhou_districts.geojson"
COLOURS = {"1": "#2f7ed8", "2": "#e0b400", "3": "#ef7d14", "4": "#d4261c"}
_A4_INCHES = (8.27, 11.69)


def page(how: str, turn: int = 0) -> bytes:
    """The page as PDF."""
    figure = Figure(figsize=_A4_INCHES)
    axes = figure.add_subplot()
    if how == "points":
        for level, xy in places().items():
            axes.plot(xy[:, 0] / 1e7, xy[:, 1] / 1e7, ".", markersize=1, color=COLOURS[level])
    else:
        xy = np.concatenate(list(places().values())) / 1e7
        axes.hexbin(xy[:, 0], xy[:, 1], gridsize=60, mincnt=1)
    for one in json.loads(DISTRICTS.read_text(encoding="utf-8"))["features"]:
        for part in shapely.get_parts(shapely.from_geojson(json.dumps(one["geometry"]))):
            axes.plot(*part.exterior.xy, color="grey", linewidth=0.5)
    axes.set_xlim(112.9 + turn / 1000, 114.1 + turn / 1000)
    axes.set_ylim(22.5, 24)
    out = BytesIO()
    FigureCanvasPdf(figure).print_pdf(out)
    return out.getvalue()


if __name__ == "__main__":
    page(sys.argv[1])
    print(peak_megabytes())
