"""Tropical cyclones as features: a storm's place over time is a state, whoever tells it and in what format.

Of each storm the centre, the path so far, the wind circles and the forecast are features of their own, with a state from
each fix to the next. The future of the centre is what the latest forecast says; a later fix corrects it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import shapely

from emmap.ingest.sheet import Sheet
from emmap.ingest.storm_areas import Quadrants, cone, forecast_error, line, wind_area
from emmap.layer import Rejected

GRADES = ((51.0, "super_ty"), (41.5, "sty"), (32.7, "ty"), (24.5, "sts"), (17.2, "ts"), (10.8, "td"))
"""Least wind of each grade near the centre, m/s (GB/T 19201-2006: mean of two minutes); below the last it is `td` too,
since somebody still follows it."""
FORCES = (7, 10, 12)
"""Beaufort forces whose circles are told."""
HEADER = (
    "id", "valid_from", "valid_to", "name", "storm", "kind", "form", "hazards", "observed_at", "issued_at", "wind_ms",
    "pressure_hpa", "move_kmh", "move_direction", "ne_km", "se_km", "sw_km", "nw_km", "agency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a storm is, was or will be. Wind m/s, pressure hPa, speed km/h; None: not told. `radii`: quadrants (km) by
    force, empty where no wind blows so hard, None where the format does not tell. `position`: its input row, from 1."""

    position: int
    at: datetime
    lon: float
    lat: float
    wind: float | None = None
    pressure: float | None = None
    speed: float | None = None
    direction: str | None = None
    grade: str | None = None
    radii: Mapping[int, Quadrants] | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an agency expected at `issued_at`, in order of time; `start` is the fix that it goes out from."""

    agency: str
    issued_at: datetime
    fixes: tuple[Fix, ...]
    start: Fix | None = None


@dataclass(frozen=True, slots=True)
class Storm:
    """A storm as one document tells it; fixes and forecasts in order of time. The last fix, and the last of a forecast,
    counts for `holds`. Of several agencies the first named draws the centre's future and the cone."""

    storm_id: str
    name: str
    fixes: tuple[Fix, ...]
    forecasts: tuple[Forecast, ...] = ()
    holds: timedelta = timedelta(hours=6)
    agency: str | None = None


@dataclass(slots=True)
class _Rows:
    rows: list[list[Any]] = field(default_factory=list)
    shapes: list[bytes | None] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    broken: dict[int, Rejected] = field(default_factory=dict)
    ending: set[int] = field(default_factory=set)

    def add(self, position: int, shape: bytes | None, **told: Any) -> None:
        self.rows.append([told.get(name) for name in HEADER])
        self.shapes.append(shape)
        self.origins.append(position)

    def end(self, position: int, feature: str, at: datetime) -> None:
        self.ending.add(len(self.rows))
        self.add(position, None, id=feature, valid_from=at)


def sheet_of(storms: Iterable[Storm], described: str, refused: Mapping[int, Rejected]) -> Sheet:
    """Storms as rows of features. `refused`: input rows, by number from 1, that the reader could not take."""
    found = _Rows()
    for storm in storms:
        _lay_out(storm, found)
    for position, rejected in refused.items():
        found.broken[len(found.rows)] = rejected
        found.add(position, None)
    return Sheet(
        described,
        HEADER,
        found.rows,
        shapes=found.shapes,
        broken=found.broken,
        origins=found.origins,
        ending=frozenset(found.ending),
    )


def grade_of(wind: float | None) -> str | None:
    """The grade of a wind near the centre, m/s; None where it is not told."""
    return None if wind is None else next((name for least, name in GRADES if wind >= least), "td")


def _lay_out(storm: Storm, found: _Rows) -> None:
    shared = {"storm": storm.storm_id, "name": storm.name, "hazards": "11B01", "agency": storm.agency}
    leading = _leading(storm)
    future = (
        tuple(one for one in leading.fixes if not storm.fixes or one.at > storm.fixes[-1].at)
        if leading
        else ()
    )
    last = [*storm.fixes, *future][-1]
    end = last.at + storm.holds
    for fix, until in _spans(storm.fixes, future[0].at if future else end):
        _centre(found, storm, fix, until, shared, "analysed")
    for fix, until in _spans(future, end):
        told = {**shared, "agency": leading.agency, "issued_at": leading.issued_at} if leading else shared
        _centre(found, storm, fix, until, told, "forecast")
    if future:
        found.end(future[-1].position, storm.storm_id, end)
    _path(found, storm, end, shared)
    for force in FORCES:
        _circles(found, storm, force, future, end, shared)
    _forecasts(found, storm, shared)


def _leading(storm: Storm) -> Forecast | None:
    """The forecast that says where the centre will be: the newest; of several the first named."""
    newest = max((one.issued_at for one in storm.forecasts), default=None)
    return next((one for one in storm.forecasts if one.issued_at == newest), None)


def _spans(fixes: Sequence[Fix], end: datetime) -> Iterator[tuple[Fix, datetime]]:
    """Each fix and until when it is the latest."""
    yield from zip(fixes, [*(fix.at for fix in fixes[1:]), end], strict=True) if fixes else ()


def _of(fix: Fix) -> dict[str, Any]:
    return {
        "observed_at": fix.at,
        "wind_ms": fix.wind,
        "pressure_hpa": fix.pressure,
        "move_kmh": fix.speed,
        "move_direction": fix.direction,
    }


def _centre(
    found: _Rows, storm: Storm, fix: Fix, until: datetime, shared: Mapping[str, Any], form: str
) -> None:
    found.add(
        fix.position,
        _point(fix),
        **{**_of(fix), **shared},
        id=storm.storm_id,
        valid_from=fix.at,
        valid_to=until,
        kind=grade_of(fix.wind) or fix.grade,
        form=form,
    )


def _path(found: _Rows, storm: Storm, end: datetime, shared: Mapping[str, Any]) -> None:
    """The path so far, as it was at each fix."""
    for number, (fix, until) in enumerate(_spans(storm.fixes, end), 1):
        if (shape := line((one.lon, one.lat) for one in storm.fixes[:number])) is not None:
            found.add(
                fix.position,
                shapely.to_wkb(shape),
                **shared,
                id=f"{storm.storm_id}-track",
                valid_from=fix.at,
                valid_to=until,
                kind="track",
                form="analysed",
                observed_at=fix.at,
            )


def _circles(
    found: _Rows, storm: Storm, force: int, future: Sequence[Fix], end: datetime, shared: Mapping[str, Any]
) -> None:
    """The circle of one force at each fix that tells it; one that a fix no longer tells has ended."""
    feature = f"{storm.storm_id}-r{force}"
    there: bool | None = None  # not told
    for number, (fix, until) in enumerate(_spans([*storm.fixes, *future], end)):
        radii = fix.radii.get(force) if fix.radii else None
        shape = wind_area(fix.lon, fix.lat, radii) if radii else None
        if radii is None or shape is None:
            if there or (there is None and fix.radii is not None):
                found.end(fix.position, feature, fix.at)
                there = False
            continue
        ne, se, sw, nw = radii
        found.add(
            fix.position,
            shapely.to_wkb(shape),
            **shared,
            id=feature,
            valid_from=fix.at,
            valid_to=until,
            kind=f"r{force}",
            form="analysed" if number < len(storm.fixes) else "forecast",
            observed_at=fix.at,
            ne_km=ne,
            se_km=se,
            sw_km=sw,
            nw_km=nw,
        )
        there = True


def _forecasts(found: _Rows, storm: Storm, shared: Mapping[str, Any]) -> None:
    """Each agency's forecast path, and the cone of the first; each until the same agency's next, or its own end."""
    agencies = list(dict.fromkeys(one.agency for one in storm.forecasts))
    for agency in agencies:
        own = [one for one in storm.forecasts if one.agency == agency]
        features = [(f"{storm.storm_id}-forecast-{agency}", "forecast")]
        if agency == agencies[0]:
            features.append((f"{storm.storm_id}-cone", "cone"))
        for feature, _ in features:  # what was expected before gives way
            found.end(own[0].fixes[0].position, feature, own[0].issued_at)
        for number, issue in enumerate(own):
            until = min([issue.fixes[-1].at, *(one.issued_at for one in own[number + 1 : number + 2])])
            for feature, kind in features:
                shape = _forecast_line(issue) if kind == "forecast" else _forecast_cone(issue)
                if shape is not None and until > issue.issued_at:
                    found.add(
                        issue.fixes[0].position,
                        shapely.to_wkb(shape),
                        **{**shared, "agency": agency},
                        id=feature,
                        valid_from=issue.issued_at,
                        valid_to=until,
                        kind=kind,
                        form="forecast",
                        issued_at=issue.issued_at,
                    )


def _places(issue: Forecast) -> list[Fix]:
    return [issue.start, *issue.fixes] if issue.start else list(issue.fixes)


def _forecast_line(issue: Forecast) -> Any | None:
    return line((fix.lon, fix.lat) for fix in _places(issue))


def _forecast_cone(issue: Forecast) -> Any | None:
    return cone(
        [
            (fix.lon, fix.lat, forecast_error((fix.at - issue.issued_at).total_seconds() / 3600))
            for fix in _places(issue)
        ]
    )


def _point(fix: Fix) -> bytes:
    return shapely.to_wkb(shapely.Point(fix.lon, fix.lat), byte_order=1)  # type: ignore[no-any-return]
