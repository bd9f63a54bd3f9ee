"""CAP messages through the store: which layer, which feature, what holds when, in any order of arrival."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import text

from emmap.errors import Malformed, Unreadable
from emmap.ingest.alerts import AlertResult, receive, receive_file
from emmap.ingest.importer import import_file
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import answers, inbox
from emmap.store.database import Database
from emmap.view import BEIJING, View

LAYERS = load_layers(ROOT / "layers")
REALM = "exercise"
NINE = datetime(2026, 5, 21, 9, tzinfo=BEIJING)
AREA = "<area><areaDesc>增城区</areaDesc><geocode><valueName>GB2260</valueName><value>440118</value></geocode></area>"


def at(hours: float) -> str:
    return (NINE + timedelta(hours=hours)).isoformat()


def info(event: str = "暴雨", colour: str = "橙", *, expires: float = 12, language: str = "zh-CN") -> str:
    return (
        f"<info><language>{language}</language><category>Met</category><event>{event}</event>"
        "<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty>"
        f"<expires>{at(expires)}</expires><headline>增城区发布{event}{colour}色预警信号</headline>{AREA}</info>"
    )


def alert(
    identifier: str,
    sent: float,
    body: str = "",
    *,
    kind: str = "Alert",
    status: str = "Actual",
    refers_to: tuple[tuple[str, float], ...] = (),
) -> bytes:
    references = " ".join(f"gd@example.cn,{name},{at(when)}" for name, when in refers_to)
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>gd@example.cn</sender><sent>{at(sent)}</sent>"
        f"<status>{status}</status><msgType>{kind}</msgType><scope>Public</scope>"
        f"<references>{references}</references>{body}</alert>"
    ).encode()


FIRST = alert("A", 0, info())
UPDATE = alert("B", 2, info(colour="红"), kind="Update", refers_to=(("A", 0),))
CANCEL = alert("C", 5, kind="Cancel", refers_to=(("A", 0), ("B", 2)))


def severities(db: Database, layer: str = "flood_warnings") -> list[int]:
    """The severity that holds at half past each hour from 9 to 15; 0 where nothing holds, -1 for several."""
    found = []
    with db.engine("app", REALM).connect() as conn:
        for hours in range(7):
            moment = (NINE + timedelta(hours=hours + 0.5)).astimezone(BEIJING)
            page = answers.features(conn, LAYERS[layer], View(at=moment))
            levels = [one["properties"]["severity"] for one in page.features]
            found.append(levels[0] if len(levels) == 1 else -1 if levels else 0)
    return found


def take(db: Database, *messages: bytes) -> list[AlertResult]:
    return [receive(db, REALM, message) for message in messages]


def test_an_alert_its_update_and_its_cancel_are_one_feature(database: Database) -> None:
    results = take(database, FIRST, UPDATE, CANCEL)
    assert len({result.feature_ids for result in results}) == 1
    assert [result.outcome for result in results] == ["added", "changed", "changed"]
    assert severities(database) == [3, 3, 4, 4, 4, 0, 0]


@pytest.mark.parametrize("order", list(permutations((FIRST, UPDATE, CANCEL)))[1:])
def test_any_order_of_arrival_ends_in_the_same_picture(database: Database, order: tuple[bytes, ...]) -> None:
    take(database, *order)
    assert severities(database) == [3, 3, 4, 4, 4, 0, 0]


def test_what_was_known_before_the_cancel_stays_known(database: Database) -> None:
    take(database, FIRST)
    with database.engine("app", REALM).connect() as conn:
        known = answers.resolve(conn, LAYERS["flood_warnings"], View()).stamp
    take(database, UPDATE, CANCEL)
    view = View(at=NINE + timedelta(hours=6), known_at=known + timedelta(seconds=0) if known else None)
    with database.engine("app", REALM).connect() as conn:
        page = answers.features(conn, LAYERS["flood_warnings"], view)
    assert [one["properties"]["severity"] for one in page.features] == [3]


def test_the_same_message_twice_changes_nothing(database: Database) -> None:
    first, again = take(database, FIRST, FIRST)
    assert (first.created, again.created) == (True, False)
    assert (again.outcome, again.feature_ids) == ("unchanged", first.feature_ids)
    with database.engine("app", REALM).connect() as conn:
        assert conn.execute(text("select count(*) from version")).scalar_one() == 1


def test_an_exercise_never_cancels_what_is_real(database: Database) -> None:
    take(database, FIRST, alert("C", 1, kind="Cancel", status="Exercise", refers_to=(("A", 0),)))
    assert severities(database)[:4] == [3, 3, 3, 3]


def test_a_test_message_is_kept_and_marked(database: Database) -> None:
    take(database, alert("T", 0, info(), status="Test"))
    with database.engine("app", REALM).connect() as conn:
        page = answers.features(conn, LAYERS["flood_warnings"], View(at=NINE + timedelta(hours=1)))
    assert [one["properties"]["cap_status"] for one in page.features] == ["Test"]


def test_two_events_are_two_features_and_an_update_without_one_ends_it(database: Database) -> None:
    (first,) = take(database, alert("A", 0, info("暴雨") + info("大风", "黄")))
    assert len(first.feature_ids) == 2
    take(database, alert("B", 2, info("暴雨"), kind="Update", refers_to=(("A", 0),)))
    assert severities(database) == [-1, -1, 3, 3, 3, 3, 3]


def test_languages_of_one_event_are_one_feature(database: Database) -> None:
    english = info("Rainstorm", language="en-US").replace(
        "增城区发布Rainstorm橙色预警信号", "Rainstorm in Zengcheng"
    )
    (result,) = take(database, alert("A", 0, info() + english))
    assert len(result.feature_ids) == 1
    with database.engine("app", REALM).connect() as conn:
        view = View(at=NINE + timedelta(hours=1))
        found = answers.feature(conn, LAYERS["flood_warnings"], result.feature_ids[0], view)
    assert found is not None
    assert found["properties"]["headline"] == "增城区发布暴雨橙色预警信号"
    assert found["properties"]["headline_en"] == "Rainstorm in Zengcheng"
    assert found["properties"]["districts"] == ["440118"]


def test_what_no_other_layer_claims_is_a_general_alert(database: Database) -> None:
    (result,) = take(database, alert("A", 0, info("高温")))
    assert result.layer == "general_alerts"


def test_expiry_hides_an_alert_and_deletes_nothing(database: Database) -> None:
    take(database, alert("A", 0, info(expires=2)))
    assert severities(database) == [3, 3, 0, 0, 0, 0, 0]


def test_an_acknowledgement_is_kept_without_a_feature(database: Database) -> None:
    (result,) = take(database, alert("K", 1, kind="Ack", refers_to=(("A", 0),)))
    assert (result.layer, result.feature_ids, result.outcome, result.created) == (None, (), "unchanged", True)


def test_a_feature_leads_to_its_original_message(database: Database) -> None:
    (result,) = take(database, FIRST)
    with database.engine("app", REALM).connect() as conn:
        found = answers.feature(
            conn, LAYERS["flood_warnings"], result.feature_ids[0], View(at=NINE + timedelta(hours=1))
        )
        assert found is not None
        message = inbox.message(conn, found["properties"]["source"]["message_id"])
    assert message is not None
    assert message.content == FIRST


def test_each_version_leads_to_the_message_that_said_it(database: Database) -> None:
    (result, _) = take(database, FIRST, UPDATE)
    with database.engine("app", REALM).connect() as conn:
        kept = []
        for hours in (1, 3):
            view = View(at=NINE + timedelta(hours=hours))
            found = answers.feature(conn, LAYERS["flood_warnings"], result.feature_ids[0], view)
            assert found is not None
            message = inbox.message(conn, found["properties"]["source"]["message_id"])
            kept.append(message.content if message else None)
    assert kept == [FIRST, UPDATE]


def test_a_refused_message_is_told_why_and_kept(database: Database) -> None:
    with pytest.raises(Malformed) as refused:
        receive(database, REALM, alert("A", 0, info(expires=-1)))
    assert refused.value.code == "end_before_start"
    with database.engine("app", REALM).connect() as conn:
        kept = conn.execute(text("select code, raw from rejected_record")).one()
        assert conn.execute(text("select count(*) from version")).scalar_one() == 0
    assert kept[0] == "end_before_start"
    assert "增城区" in kept[1]


def test_several_messages_at_once_are_for_the_import(database: Database) -> None:
    both = b"<alerts>" + FIRST + UPDATE + b"</alerts>"
    with pytest.raises(Malformed, match="import"):
        receive(database, REALM, both)
    result = receive_file(database, REALM, "both.xml", both)
    assert (result.read, result.added, result.changed) == (2, 1, 1)


def test_a_file_answers_for_every_message(database: Database) -> None:
    content = b"<alerts>" + FIRST + alert("X", 0) + FIRST + UPDATE + b"</alerts>"
    result = receive_file(database, REALM, "several.xml", content, layer_id="general_alerts")
    assert (result.read, result.added, result.changed, result.unchanged, result.rejected) == (4, 1, 1, 1, 1)
    assert [(row.position, row.code) for row in result.rejected_records] == [(2, "no_info")]
    again = receive_file(database, REALM, "several.xml", content, layer_id="general_alerts")
    assert (again.added, again.changed, again.unchanged, again.rejected) == (0, 0, 3, 1)


def test_a_dry_run_leaves_nothing_behind(database: Database) -> None:
    result = receive_file(database, REALM, "first.xml", FIRST, dry_run=True)
    assert (result.added, result.run_id) == (1, None)
    with database.engine("app", REALM).connect() as conn:
        for table in ("version", "source_message", "message_chain", "ingest_run"):
            assert conn.execute(text(f"select count(*) from {table}")).scalar_one() == 0


def test_entities_never_reach_the_store(database: Database) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "y">]>' + FIRST
    with pytest.raises(Unreadable) as refused:
        receive(database, REALM, bomb)
    assert refused.value.code == "dtd_refused"


def test_messages_that_arrive_at_once_end_in_the_same_picture(database: Database) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda message: receive(database, REALM, message), (CANCEL, UPDATE, FIRST)))
    assert severities(database) == [3, 3, 4, 4, 4, 0, 0]


def test_one_bad_message_of_a_chain_does_not_hold_up_the_others(database: Database) -> None:
    bad = alert("B", 2, info(colour="红", expires=-3), kind="Update", refers_to=(("A", 0),))
    result = receive_file(database, REALM, "chain.xml", b"<alerts>" + FIRST + bad + CANCEL + b"</alerts>")
    assert (result.added, result.changed, result.rejected) == (1, 1, 1)
    assert severities(database) == [3, 3, 3, 3, 3, 0, 0]


def test_a_chain_in_one_file_ends_as_it_does_one_by_one(database: Database) -> None:
    result = receive_file(database, REALM, "chain.xml", b"<alerts>" + CANCEL + FIRST + UPDATE + b"</alerts>")
    assert (result.read, result.rejected) == (3, 0)
    assert severities(database) == [3, 3, 4, 4, 4, 0, 0]


def test_warnings_in_json_go_the_way_of_cap_and_the_same_one_goes_in_once(database: Database) -> None:
    def document(identifier: str, status: str, hours: float, colour: str, related: str = "") -> bytes:
        told = {
            "id": identifier, "sender": "广州市增城区气象台", "pubTime": at(hours), "title": "增城区发布暴雨预警",
            "startTime": at(hours), "endTime": at(12), "status": status, "severityColor": colour, "type": "1003",
            "typeName": "暴雨", "related": related,
        }  # fmt: skip
        return json.dumps({"code": "200", "warning": [told]}).encode()

    steps = [
        document("A", "active", 0, "Orange"),
        document("B", "update", 2, "Red", "A"),
        document("C", "cancel", 5, "Red", "B"),
    ]
    results = [import_file(database, REALM, "general_alerts", "now.json", step) for step in (*steps, *steps)]
    assert [(one.added, one.changed, one.unchanged) for one in results] == [
        (1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1), (0, 0, 1),
    ]  # fmt: skip
    assert severities(database) == [3, 3, 4, 4, 4, 0, 0]
