"""`import_first`: a city's hotspots from a CSV into an empty layer, parsed, validated and districted, against a bare COPY
of the rows that came of it."""

import csv
import io
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta

import shapely

from emmap.ingest.importer import import_file
from emmap.ingest.result import ImportResult
from emmap.layer import Record
from emmap.store import migrate
from emmap.store.database import Database
from tests.bench import bare_copy
from tests.bench.city import FEATURES, HOTSPOTS, hotspots

NAME = "import_first"
UNIT = "s"
PAIRS = 5
REALM = "bench"
_HEADER = (
    "隐患编号",
    "隐患名称",
    "行业",
    "灾种",
    "级别",
    "状态",
    "发现时间",
    "责任单位",
    "地址",
    "经度",
    "纬度",
)
_LEVELS = ("", "蓝", "黄", "橙", "红")


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    content = csv_of(hotspots())
    for _ in range(PAIRS):
        migrate.create_realm(database, REALM)
        ours, result = imported(database, content)
        assert result.added == FEATURES
        yield ours, bare_copy.seconds(database, bare_copy.lines_of(database, REALM))
        database.dispose()
        migrate.drop_realm(database, REALM)


def imported(database: Database, content: bytes, realm: str = REALM) -> tuple[float, ImportResult]:
    """Seconds that the import of a file takes, and what it answers."""
    begun = time.perf_counter()
    result = import_file(database, realm, HOTSPOTS.id, "hotspots.csv", content)
    return time.perf_counter() - begun, result


def csv_of(records: Iterable[Record]) -> bytes:
    """Hotspots as an inspection office exports them: Chinese titles, level words, Beijing time."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(_HEADER)
    for record in records:
        assert record.valid_from is not None
        place = shapely.from_wkb(record.geometry)
        told = record.properties
        writer.writerow(
            (
                record.feature_id, told["name"], told["industry"], ";".join(record.hazards),
                _LEVELS[record.severity], record.status, f"{record.valid_from + timedelta(hours=8):%Y-%m-%d %H:%M:%S}",
                told["responsible_unit"], told["address"], f"{place.x:.7f}", f"{place.y:.7f}",
            )
        )  # fmt: skip
    return sheet.getvalue().encode()
