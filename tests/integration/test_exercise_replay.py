"""A past span of `city-2020`, small, fed again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from served import Web
from sqlalchemy import text

from emmap import exercise
from emmap.errors import Malformed
from emmap.exercise import replay
from emmap.layer import End, load_layers
from emmap.settings import ROOT
from emmap.store import answers, present
from emmap.store.database import Database
from emmap.store.versions import write
from emmap.view import View

LAYERS = load_layers(ROOT / "layers")
START, END = datetime(2020, 5, 21, 12, 30, tzinfo=UTC), datetime(2020, 5, 21, 14, 30, tzinfo=UTC)
REALM = "replay_city_2020"
KNOWN_BY = text(
    "select layer, feature_id, valid, lower(recorded), case when upper(recorded) < :end then upper(recorded) end,"
    " content_hash, (select properties from personal p where p.personal_id = v.personal_id)::text"
    " from version v where lower(recorded) < :end order by 1, 2, 3, 4"
)
MEASURED_BY = text("select * from observation where recorded_at < :end order by series, at, recorded_at")


def state(db: Database, realm: str) -> list[list[Any]]:
    with db.engine("app", realm).connect() as conn:
        return [
            [tuple(row) for row in conn.execute(asked, {"end": END})] for asked in (KNOWN_BY, MEASURED_BY)
        ]


def test_a_replay_ends_as_the_scenario_itself_and_touches_nothing_else(database: Database) -> None:
    exercise.load(database, "city-2020", LAYERS, share=0.002)
    before = state(database, "exercise"), state(database, "real")
    prepared = replay.prepare(database, "city-2020", LAYERS, speed=3600, share=0.002, start=START, end=END)
    versions, measured = state(database, REALM)
    assert len(versions) < len(before[0][0])
    assert len(measured) < len(before[0][1])
    assert replay.run(database, prepared, LAYERS)
    assert state(database, REALM) == before[0]
    assert (state(database, "exercise"), state(database, "real")) == before
    # Again, it begins from nothing.
    replay.prepare(database, "city-2020", LAYERS, speed=3600, share=0.002, start=START, end=END)
    assert state(database, REALM) == [versions, measured]


def test_what_a_person_writes_meanwhile_stays_and_the_rest_goes_on(database: Database) -> None:
    prepared = replay.prepare(database, "city-2020", LAYERS, speed=3600, share=0.002, start=START, end=END)
    known = {row[:2] for row in state(database, REALM)[0]}
    layer_id, changed = next(
        (layer_id, one.feature_id)
        for (_, layer_id), recording in prepared.script.items()
        for one in recording.closed
        if (layer_id, one.feature_id) in known and one.valid_from and one.valid_from < START
    )
    with database.engine("app", REALM).begin() as conn:
        write(conn, LAYERS[layer_id], [End(0, changed, START)], at=START)
    assert replay.run(database, prepared, LAYERS)
    with database.engine("app", REALM).connect() as conn:
        moment = View(at=END - timedelta(seconds=1))
        assert answers.feature(conn, LAYERS[layer_id], changed, moment) is None
        last = max(one for one, _ in prepared.script)
        assert max(stamp for stamp in answers.stamps(conn).values() if stamp) == last


def test_while_it_runs_its_realm_lives_at_scenario_time(web: Web) -> None:
    db, client = web.database, web.client()
    prepared = replay.prepare(db, "city-2020", LAYERS, speed=1, share=0.002, start=START, end=END)
    asked: list[dict[str, Any]] = []

    def looked() -> bool:
        """In the first moment of the run, from outside."""
        asked.append(client.get(f"/api/status?realm={REALM}").json())
        return True

    assert not replay.run(db, prepared, LAYERS, stopped=looked)
    clock = asked[0]["clock"]
    assert clock["scenario"] == "city-2020"
    assert clock["speed"] == 1
    assert clock["begins_at"] == "2020-05-21T12:30:00.000Z"
    with db.engine("app", REALM).connect() as conn:
        stands = present.present(conn)
        assert START < stands < START + timedelta(minutes=1)
        assert answers.resolve(conn, LAYERS["flood_warnings"], View()).at == stands.replace(microsecond=0)
    assert client.get("/api/status?realm=exercise").json()["clock"] is None


@pytest.mark.parametrize(
    ("speed", "start", "end"), [(0.0, START, END), (4000.0, START, END), (60.0, END, START)]
)
def test_a_pace_or_span_that_cannot_be_is_refused(
    module_database: Database, speed: float, start: datetime, end: datetime
) -> None:
    with pytest.raises(Malformed):
        replay.prepare(module_database, "city-2020", LAYERS, speed=speed, start=start, end=end)
