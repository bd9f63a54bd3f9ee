"""A warning written as CAP and read again is the same warning; identifiers of GB/T 35965 both ways."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from served import Web
from sqlalchemy import text

from emmap.errors import Malformed
from emmap.ingest.alerts import receive
from emmap.ingest.cap_identifiers import identifier_of, made
from emmap.ingest.cap_writing import Sender, message
from emmap.ingest.importer import import_file
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import answers
from emmap.store.database import Database
from emmap.view import View

LAYERS = load_layers(ROOT / "layers")
SAMPLES = Path(__file__).parent.parent / "samples" / "cap"
KEPT = {"title", "valid_from", "valid_to", "recorded_from", "recorded_to", "row", "source", "cap_msg_type"}
"""What is the store's own, or of the message and not of the warning."""


def only(db: Database, layer: str, at: str) -> dict[str, Any]:
    with db.engine("app", "exercise").connect() as conn:
        [found] = answers.features(conn, LAYERS[layer], View(at=datetime.fromisoformat(at))).features
        return found


def told(feature: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in feature["properties"].items() if name not in KEPT and value}


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("google-canada.cap", "2012-05-02T23:50:00+00:00"),
        ("google-australia.cap", "2011-10-05T23:30:00+00:00"),
        ("oasiscap-v1dot2_appendix_adot2.xml", "2003-06-17T15:00:00-07:00"),
    ],
)
def test_what_came_by_cap_goes_out_and_comes_in_as_the_same(database: Database, name: str, at: str) -> None:
    receive(database, "exercise", (SAMPLES / name).read_bytes())
    layer = next(one for one in ("flood_warnings", "general_alerts") if _count(database, one))
    before = only(database, layer, at)
    content = message(LAYERS[layer], before, Sender("emmap"))
    with database.engine("owner", "exercise").begin() as conn:
        _forget(conn)
    receive(database, "exercise", content)
    after = only(database, layer, at)
    assert told(after) == told(before)
    assert after["geometry"] == before["geometry"]


def _count(db: Database, layer: str) -> int:
    with db.engine("app", "exercise").connect() as conn:
        return answers.summary(conn, [LAYERS[layer]])[layer].features


def _forget(conn: Any) -> None:
    conn.execute(text("alter table version disable trigger user"))
    conn.execute(text("delete from version"))
    conn.execute(text("alter table version enable trigger user"))
    conn.execute(text("delete from message_chain"))


def test_an_exercise_goes_out_as_an_exercise_with_the_native_colour(web: Web) -> None:
    rows = "id,headline,hazards,severity,colour,valid_from,valid_to,district,sent_at\n"
    rows += (
        "W1,增城区发布暴雨橙色预警信号,11B03,3,橙,2026-05-21 09:00,2036-05-21 21:00,增城区,2026-05-21 09:00\n"
    )
    import_file(web.database, "exercise", "flood_warnings", "w.csv", rows.encode())
    answer = web.browser().get("/api/layers/flood_warnings/features/W1.cap?at=2026-05-21T10:00:00%2B08:00")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/cap+xml")
    alert = etree.fromstring(answer.content)
    texts = {str(one.tag).rpartition("}")[2]: one.text for one in alert.iter()}
    assert (texts["status"], texts["severity"], texts["sent"]) == (
        "Exercise",
        "Severe",
        "2026-05-21T09:00:00+08:00",
    )
    assert [one.text for one in alert.iter("{*}value")] == ["11B03", "橙色", "440118"]
    refused = web.browser().get("/api/layers/rescue_teams/features/W1.cap")
    assert refused.status_code in (404, 422)


def test_identifiers_of_the_national_form_are_read_and_made() -> None:
    text = "44011841600000_20200522011200_1"
    found = identifier_of(text)
    assert found is not None
    assert (found.area, found.department, found.unit) == ("440118", "416", "000")
    assert found.at == datetime(2020, 5, 21, 17, 12, tzinfo=UTC)
    assert str(found) == str(made("44011841600000", found.at)) == text
    assert identifier_of("44011841600000_20200532011200_1") is None
    assert identifier_of("NOAA-NWS-ALERTS") is None
    with pytest.raises(Malformed):
        made("4401", found.at)
