"""`firms_100k`: 100,000 VIIRS rows of NASA FIRMS from a CSV to versions, grouped into fire events, against
`geopandas.read_file` and `to_postgis` of the same file, which keeps the rows and knows nothing of them."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import psycopg
import sqlalchemy

from emmap.ingest.importer import import_file
from emmap.store import migrate
from emmap.store.cluster import SUPERUSER
from emmap.store.database import Database

NAME = "firms_100k"
UNIT = "s"
PAIRS = 5
ROWS = 100_000
REALM = "bench"
LAYER = "forest_fire_alerts"
_HEAD = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight"


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds."""
    content = rows()
    file = Path(tempfile.mkdtemp(prefix="emmap-bench-")) / "viirs.csv"
    file.write_bytes(content)
    assert database.cluster is not None
    info = database.cluster.conninfo(SUPERUSER, database.name)
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(info))
    for _ in range(PAIRS):
        migrate.create_realm(database, REALM)
        begun = time.perf_counter()
        result = import_file(database, REALM, LAYER, "viirs.csv", content)
        ours = time.perf_counter() - begun
        assert result.added == ROWS
        begun = time.perf_counter()
        frame = geopandas.read_file(file)
        places = geopandas.points_from_xy(frame["longitude"].astype(float), frame["latitude"].astype(float))
        found = geopandas.GeoDataFrame(
            frame.drop(columns="geometry", errors="ignore"), geometry=places, crs=4326
        )
        found.to_postgis("rival", engine, if_exists="replace")
        yield ours, time.perf_counter() - begun
        database.dispose()
        migrate.drop_realm(database, REALM)
    engine.dispose()
    file.unlink()
    file.parent.rmdir()


def rows() -> bytes:
    """A year's detections over Guangdong, made up: fires of a few pixels seen by some passes, and single pixels."""
    chance = np.random.default_rng(2020)
    fires = ROWS // 5
    lat, lon = chance.uniform(20.3, 25.4, fires), chance.uniform(109.7, 117.2, fires)
    day, minute = chance.integers(0, 365, fires), chance.choice((330, 350, 1090, 1110), fires)
    lines = [_HEAD]
    for n in range(ROWS):
        k = n % fires
        shift = n // fires
        date = np.datetime64("2020-01-01") + int(day[k])
        told = int(minute[k])
        lines.append(
            f"{lat[k] + 0.0034 * shift:.5f},{lon[k] + 0.0011 * shift:.5f},{300 + n % 60:.2f},0.41,0.6,{date},"
            f"{told // 60:02d}{told % 60:02d},N,{'lnh'[n % 3]},2.0NRT,290.10,{1 + n % 40:.2f},{'ND'[told < 720]}"
        )
    return "\n".join(lines).encode()
