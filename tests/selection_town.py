"""A made-up town for tests of areas: hotspots, teams and warnings, areas over it, and plain SQL to ask it."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import shapely
from sqlalchemy import text

from emmap.layer import Record
from emmap.store import versions
from emmap.store.database import Database
from tests.facts import HOTSPOTS, LAYERS, hotspot, point

AT = "2020-05-22T01:00:00Z"
T = datetime(2020, 5, 22, 1, tzinfo=UTC)
POLYGON = "113.2,23.0,113.6,23.05,113.5,23.4,113.35,23.15,113.2,23.35"
_NUMBERS = [float(number) for number in POLYGON.split(",")]
RING = list(zip(_NUMBERS[::2], _NUMBERS[1::2], strict=True))
RADIUS = 12_345
AREAS = {
    f"polygon:{POLYGON}": "st_intersects(geom, st_geomfromtext(:ring, 4326))",
    "box:113.3,23.1,113.5,23.3": "geom && st_makeenvelope(113.3, 23.1, 113.5, 23.3, 4326)"
    " and st_intersects(geom, st_makeenvelope(113.3, 23.1, 113.5, 23.3, 4326))",
    f"circle:113.4,23.2,{RADIUS}": "st_dwithin(geom::geography, st_setsrid(st_makepoint(113.4, 23.2), 4326)::geography,"
    f" {RADIUS})",
    "district:440118": "'440118' = any(districts) and shape > 0",
}
ON_EDGES = ((113.3, 23.2), (113.5, 23.3), (113.2, 23.1), (113.2, 23.0))
"""Places on upright sides and corners of the rectangle and the polygon."""
UNITS = ("增城区水务局", "广州市交通局", None)
TRICKY = '=HYPERLINK("http://x";"点我")'


def hotspots() -> Iterator[Record]:
    """600 made-up hotspots, every twentieth without a place."""
    chance = random.Random(1)
    for n in range(600):
        at = (round(chance.uniform(113.1, 113.7), 5), round(chance.uniform(22.9, 23.5), 5))
        if 0 < n <= len(ON_EDGES):
            at = ON_EDGES[n - 1]
        unit = UNITS[n % 3]
        yield hotspot(
            f"H{n:03d}",
            0,
            severity=n % 5,
            at=at if n % 20 else None,
            districts=(("440118",), ("440118", "440112"), ())[n % 3],
            hazards=(("11B03",), ("11B03", "11A02"))[n % 2],
            position=n + 1,
            name=TRICKY if n == 1 else f"【演练】隐患 {n}",
            properties={
                "found_at": "2020-05-21T16:30:00Z",
                **({"responsible_unit": unit, "responsible_person": f"责任人{n % 7}"} if unit else {}),
            },
            personal={"phone": f"020-{n:08d}"},
        )


def others() -> Iterator[tuple[str, Record]]:
    """Teams with people; warnings that are areas, partly inside."""
    for n in range(40):
        yield "rescue_teams", Record(
            n + 1, f"T{n}", T - timedelta(hours=1), None, point(113.2 + n / 80, 23.0 + n / 80),
            status="ready", properties={"name": f"【演练】队 {n}", "people": 10 + n},
        )  # fmt: skip
    for n in range(6):
        square = shapely.box(113.0 + n / 8, 23.0, 113.1 + n / 8, 23.2)
        yield "flood_warnings", Record(
            n + 1, f"W{n}", T - timedelta(hours=1), None, bytes(shapely.to_wkb(square)), ("11B03",), 3,
            districts=("440118",) if n > 3 else ("440112",), properties={"headline": f"【演练】预警 {n}"},
        )  # fmt: skip


def fill(db: Database) -> None:
    """Writes it into the exercise realm."""
    with db.engine("app", "exercise").begin() as conn:
        versions.write(conn, HOTSPOTS, list(hotspots()))
        for name in ("rescue_teams", "flood_warnings"):
            versions.write(conn, LAYERS[name], [one for layer, one in others() if layer == name])


def ask(db: Database, select: str, where: str = "true") -> list[Any]:
    """Plain SQL over what holds at T; `:ring` is the polygon."""
    query = f"select {select} from version where upper_inf(recorded) and valid @> cast(:at as timestamptz) and {where}"
    with db.engine("app", "exercise").connect() as conn:
        return [
            tuple(row) for row in conn.execute(text(query), {"at": AT, "ring": shapely.Polygon(RING).wkt})
        ]
