"""`diff`: what differs in the whole city between two days, as the page that compares asks for it over HTTP (totals, three
tables, the worst 5,000, all of it as bits), against the bare SQL of one of those tables."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, text

from emmap import exercise
from emmap.store.database import Database
from tests.bench.application import application
from tests.bench.city import HOTSPOTS
from tests.facts import LAYERS

NAME = "diff"
UNIT = "s"
PAIRS = 7
MAY, DECEMBER = "2020-05-01T00:00:00+08:00", "2020-12-01T00:00:00+08:00"
BARE = text(
    """
    with l as (select feature_id, content_hash, districts from version
        where layer = 'risk_hotspots' and upper_inf(recorded) and valid @> cast(:may as timestamptz)),
      r as (select feature_id, content_hash, districts from version
        where layer = 'risk_hotspots' and upper_inf(recorded) and valid @> cast(:december as timestamptz))
    select case when l.feature_id is null then 'appeared' when r.feature_id is null then 'gone' else 'changed' end as kind,
      district, count(*)
    from l full join r using (feature_id), unnest(coalesce(r.districts, l.districts)) as district
    where l.content_hash is distinct from r.content_hash group by 1, 2
    """
)
Found = Counter[tuple[str, str]]


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds; the first pair warms up and is left out."""
    exercise.load(database, "city-2020", LAYERS)
    engine = database.engine("app", "exercise")
    asked = {"realm": "exercise", "left": f"at={_in_query(MAY)}", "right": f"at={_in_query(DECEMBER)}"}
    groupings = [("by", "district"), ("by", "status"), ("by", "severity")]
    query = urlencode([*asked.items(), *groupings, ("limit", "5000"), ("versions", "true")])
    path = f"/api/layers/{HOTSPOTS.id}/differences?{query}"
    with application(database) as web:
        headers = {"authorization": f"Bearer {web.token('viewer')}"}
        connection = HTTPConnection(urlsplit(web.url).netloc)
        for turn in range(PAIRS + 1):
            (ours, told), (rival, found) = _ours(connection, path, headers), _rival(engine)
            assert told == found
            if turn:
                yield ours, rival
        connection.close()


def _in_query(instant: str) -> str:
    return instant.replace("+", "%2B")


def _ours(connection: HTTPConnection, path: str, headers: dict[str, str]) -> tuple[float, Found]:
    begun = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - begun
    assert answer.status == 200
    told = json.loads(body)
    assert len(told["rows"]) == 5000
    return took, Counter(
        {(one["kind"], one["district"]): one["count"] for one in told["counts"] if "district" in one}
    )


def _rival(engine: Engine) -> tuple[float, Found]:
    with engine.connect() as conn:
        begun = time.perf_counter()
        rows = conn.execute(BARE, {"may": MAY, "december": DECEMBER}).all()
        took = time.perf_counter() - begun
    return took, Counter({(kind, district): n for kind, district, n in rows})
