"""Which versions are of one feature, and which of them say the same: what the columns do not tell, and what it takes to
say of two answers which features differ."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store import packing
from emmap.store.points import stamp_text

MOST_ROWS = 500
"""Versions that one question may name."""
NUMBERS = ("row", "feature", "content")


def lineage(conn: Connection, layer: Layer, realm: str, stamp: datetime) -> bytes:
    """Every version of the features of which any version was no longer known at `stamp`, as an Arrow IPC stream of one
    record batch in the order of `row`.

    `feature` is the number of the feature's first version, `content` that of its first one that says the same. A version
    that is not here, with a number up to `last` in the metadata, is its feature's only word on its span: it stands for itself.
    """
    held = "from version where layer = :layer and lower(recorded) <= :stamp"
    given = {"layer": layer.id, "stamp": stamp}
    last = conn.execute(text(f"select coalesce(max(version_id), 0) {held}"), given).scalar()
    # One pass over the layer: to look the features up takes ten times as long.
    query = f"""
        select version_id, feature, content from (
          select version_id, {_KIN},
            bool_or(not upper_inf(recorded) and upper(recorded) <= :stamp) over (partition by feature_id) as revised
          {held}) as v
        where revised order by version_id"""
    about = {"realm": realm, "layer": layer.id, "checkpoint": stamp_text(stamp), "last": last}
    return _stream(conn, query, given, about)


def lineage_of(conn: Connection, layer: Layer, realm: str, rows: Sequence[int]) -> bytes:
    """The same for all versions of the features that these versions, at most `MOST_ROWS`, are of."""
    query = f"""
        select version_id, {_KIN} from version where layer = :layer
          and feature_id in (select feature_id from version where layer = :layer and version_id = any(:rows))
        order by version_id"""
    given = {"layer": layer.id, "rows": list(rows)[:MOST_ROWS]}
    return _stream(conn, query, given, {"realm": realm, "layer": layer.id})


_KIN = """min(version_id) over (partition by feature_id) as feature,
            min(version_id) over (partition by feature_id, content_hash) as content"""


def _stream(conn: Connection, query: str, given: Mapping[str, object], about: Mapping[str, object]) -> bytes:
    found = [tuple(row) for row in conn.execute(text(query), given)]
    columns = np.array(found, dtype=np.uint32).reshape(-1, len(NUMBERS))
    arrays = {name: pa.array(np.ascontiguousarray(columns[:, k])) for k, name in enumerate(NUMBERS)}
    return packing.stream(arrays, about)
