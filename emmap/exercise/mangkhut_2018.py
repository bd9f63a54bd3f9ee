"""`mangkhut-2018`: typhoon Mangkhut (1822) on its way to the Pearl River Delta, for watching a storm come.

The path is NOAA's best track (IBTrACS, public domain). Of the wind circles only the range of those of forces 7 and 10 at
15:00 on 16 September was published; all else of them is made up, and so is when each fix was known: an hour after it. Of the
warnings and incidents only the gust at 南沙街 was published; the rest is made up.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from types import MappingProxyType

from emmap.codes import DATA
from emmap.exercise.city_2020.year import ground
from emmap.exercise.knowledge import Fact, Histories, History, Span, chained, history
from emmap.exercise.script import scripted
from emmap.ingest.datums import datum_of
from emmap.ingest.headers import Names, match
from emmap.ingest.readers import typhoon
from emmap.ingest.rows import understand
from emmap.ingest.storm_areas import Quadrants
from emmap.ingest.storms import Storm, sheet_of
from emmap.layer import Layer, Record
from emmap.store.history import HistoryRow
from emmap.store.observations import Observation
from emmap.view import BEIJING

FOLDER = DATA / "exercises" / "mangkhut-2018"
NAME = "【演练】山竹"
KNOWN_AFTER = timedelta(hours=1)
LASTS = timedelta(hours=12)
"""A fix is shown so long while the next is not known."""

MOMENT = "bbox=108,17,120,26&at=2018-09-16T14:30:00%2B08:00&known_at=at"
"""Two and a half hours before it made land."""
APPROACH = Span(datetime(2018, 9, 15, 8, 0, tzinfo=BEIJING), datetime(2018, 9, 17, 8, 0, tzinfo=BEIJING))
"""From west of Luzon to the morning after."""
PLACE = "bbox=108,17,120,26"


@dataclass(frozen=True, slots=True)
class _Circles:
    """The circles that are told from an instant on."""

    start: datetime
    radii: Mapping[int, Quadrants]


def observations(now: datetime) -> Iterable[Observation]:
    """Nothing was measured."""
    return ()


def storm(layer: Layer, share: float, now: datetime) -> History:
    """The storm and what belongs to it; its size does not depend on `share`."""
    return History.of(_rows(layer))


def warnings(layer: Layer, share: float, now: datetime) -> History:
    """What the city was warned of, did and reported; its size does not depend on `share`."""
    with (FOLDER / "warnings.csv").open(encoding="utf-8", newline="") as lines:
        facts = list(scripted(layer, csv.DictReader(lines), "SZ-2018", ground()))
    by_feature = groupby(facts, key=lambda fact: fact.record.feature_id)
    return History.of(row for _, of_one in by_feature for row in history(chained(of_one)))


HISTORIES: Mapping[str, Histories] = MappingProxyType(
    {"flood_warnings": warnings, "general_alerts": warnings, "typhoon_tracks": storm}
)


def _rows(layer: Layer) -> Iterator[HistoryRow]:
    records = sorted(_records(layer), key=lambda one: one.feature_id)
    for _, of_one in groupby(records, key=lambda one: one.feature_id):
        *earlier, last = of_one
        facts = [
            *(_fact(state, state.valid_from + LASTS) for state in earlier if state.valid_from),
            _fact(last, last.valid_to),
        ]
        yield from history(chained(facts))


def _fact(state: Record, until: datetime | None) -> Fact:
    assert state.valid_from is not None
    return Fact(state.valid_from + KNOWN_AFTER, replace(state, valid_to=until))


def _records(layer: Layer) -> list[Record]:
    sheet = sheet_of([_storm()], "IBTrACS CSV", {})
    columns = match(Names(layer), sheet.header)
    return understand(layer, sheet, columns, datum_of("wgs84")).records


def _storm() -> Storm:
    [storm] = typhoon.best_tracks((FOLDER / "track.csv").read_text(encoding="utf-8"), {})
    told = _circles()
    fixes = tuple(
        replace(fix, radii=next((one.radii for one in reversed(told) if one.start <= fix.at), None))
        for fix in storm.fixes
    )
    return replace(storm, name=NAME, fixes=fixes)


def _circles() -> list[_Circles]:
    with (FOLDER / "circles.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for start, of_one in groupby(rows, key=lambda row: row["from"]):
        radii = {
            int(row["force"]): (
                float(row["ne_km"]), float(row["se_km"]), float(row["sw_km"]), float(row["nw_km"]),
            )
            for row in of_one
            if row["force"]
        }  # fmt: skip
        found.append(_Circles(datetime.fromisoformat(start).astimezone(UTC), radii))
    return found
