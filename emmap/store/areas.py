"""An area as a condition on versions."""

from typing import Any

from shapely.geometry import Polygon

from emmap.area import Area, Circle, District, Outline


def within(area: Area, geom: str) -> tuple[str, dict[str, Any]]:
    """The condition that a version `v` has a place and touches the area, and its parameters. `geom`: the expression
    of its geometry that has an index.

    Outlines are planar in degrees, as GeoJSON means them; a circle is measured on the ellipsoid, after a box around
    it has used the index.
    """
    match area:
        case District(code):
            return "(v.shape > 0 and :area_district = any(v.districts))", {"area_district": code}
        case Circle(lon, lat, radius):
            sides = dict(
                zip(("area_west", "area_south", "area_east", "area_north"), area.bounds, strict=True)
            )
            return (
                f"({geom} && st_makeenvelope(:area_west, :area_south, :area_east, :area_north, 4326) and"
                " st_dwithin(v.geom::geography, st_setsrid(st_makepoint(:area_lon, :area_lat), 4326)::geography,"
                " :area_radius))",
                sides | {"area_lon": lon, "area_lat": lat, "area_radius": radius},
            )
        case Outline(ring):
            outline = "st_geomfromtext(:area_outline, 4326)"
            return (
                f"({geom} && {outline} and st_intersects(v.geom, {outline}))",
                {"area_outline": Polygon(ring).wkt},
            )
