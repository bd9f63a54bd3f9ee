"""The layer contract: what every file in `layers/` keeps to, and what a row becomes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from emmap.codes import SEVERITIES, hazards
from emmap.errors import NotFound, SetupError
from emmap.layer import Layer, Notice, Record, Rejected, Row, layer_named, load_layers, style_table
from emmap.settings import ROOT

LAYERS = load_layers(ROOT / "layers")
NOON = datetime(2020, 5, 21, 4, tzinfo=UTC)

FIELDS_THE_OUTSIDE_RELIES_ON = {
    "rescue_teams": "name team_class hazards domains people equipment leader phone base_type status",
    "risk_hotspots": "name industry hazards severity found_at due_at rectified_at responsible_unit "
    "responsible_person phone status address",
    "forest_fire_alerts": "name form status detected_at frp_mw confidence satellite sensor burnt_area_mu "
    "affected_forest_area_mu",
    "flood_warnings": "headline hazards form severity colour issuer sent_at onset_at expires_at "
    "cap_identifier cap_sender cap_status",
    "general_alerts": "headline hazards form severity colour issuer sent_at onset_at expires_at "
    "cap_identifier cap_sender cap_status",
    "earthquakes": "name occurred_at magnitude depth_km",
    "gdacs_events": "name event_type alert_level from_at to_at",
}


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def records(layer: str, position: int = 1, **values: Any) -> list[Record]:
    chosen = LAYERS[layer]
    spans = {name: values.pop(name) for name in ("valid_from", "valid_to") if name in values}
    return chosen.records(Row(position, "f1", chosen.properties(**values), **spans))


@pytest.fixture(params=list(LAYERS), ids=str)
def layer(request: pytest.FixtureRequest) -> Layer:
    return LAYERS[request.param]


def test_the_layers_have_the_fields_that_the_outside_relies_on() -> None:
    assert set(FIELDS_THE_OUTSIDE_RELIES_ON) <= set(LAYERS)
    for name, wanted in FIELDS_THE_OUTSIDE_RELIES_ON.items():
        assert set(wanted.split()) <= set(LAYERS[name].fields)


def test_every_field_has_a_title_in_both_languages(layer: Layer) -> None:
    for field in layer.fields.values():
        assert field.info.zh
        assert field.info.en
        assert all(choice.zh and choice.en for choice in field.info.choices)


def test_filtered_fields_are_codes_texts_or_lists(layer: Layer) -> None:
    kinds = {f.name: f.kind for f in layer.fields.values() if f.info.filtered and f.name != "severity"}
    assert set(kinds.values()) <= {"text", "list"}


def test_no_filter_is_named_like_a_parameter_of_the_view(layer: Layer) -> None:
    taken = {"realm", "layers", "bbox", "hazard", "district", "q", "at", "known_at", "limit", "after"}
    assert not taken & {f.name for f in layer.fields.values() if f.info.filtered}


def test_details_and_style_name_declared_fields(layer: Layer) -> None:
    assert set(layer.details) | set(layer.responsible) <= set(layer.fields)
    assert layer.style.by in layer.fields
    codes = {choice.code for choice in layer.fields[layer.style.by].info.choices}
    assert set(layer.style.symbols) <= codes
    if layer.default_status:
        assert set(layer.default_status) <= {c.code for c in layer.fields["status"].info.choices}


def test_the_style_tells_values_apart_without_colour(layer: Layer) -> None:
    table = style_table(layer)
    assert table[-1]["value"] is None
    assert all(row["label"]["zh"] and row["label"]["en"] for row in table)
    assert len({(row["shape"], row["size"], row["dash"], row["label"]["zh"]) for row in table}) == len(table)


def test_hazards_of_a_layer_are_on_the_list(layer: Layer) -> None:
    assert set(layer.hazards) <= set(hazards())


def test_an_unknown_layer_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match="rescue_teams"):
        layer_named("reservoirs", LAYERS)


def test_a_sixth_layer_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "shelters.py").write_text(
        "from typing import Annotated\n"
        "from emmap.layer import *\n"
        "class Shelter(Properties):\n"
        "    name: Annotated[str, Info('名称', 'Name', searched=True)]\n"
        "LAYER = Layer(id='shelters', title=Title('避难场所', 'Shelters'), geometry='point',\n"
        "    time=Standing(), properties=Shelter,\n"
        "    style=Style('name', {}, Symbol(Title('避难场所', 'Shelter'), '#000000')))\n",
        encoding="utf-8",
    )
    assert list(load_layers(tmp_path)) == ["shelters"]


def test_a_layer_file_whose_id_is_not_its_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("LAYER = None\n", encoding="utf-8")
    with pytest.raises(SetupError, match=r"other\.py"):
        load_layers(tmp_path)


def test_a_satellite_detection_holds_for_a_day_from_its_instant() -> None:
    [found] = records("forest_fire_alerts", detected_at=NOON, form="satellite", status="hotspot")
    assert (found.valid_from, found.valid_to) == (NOON, NOON + hours(24))
    assert (found.status, found.form, found.hazards) == ("hotspot", "satellite", ("11G",))
    assert found.properties == {"detected_at": "2020-05-21T04:00:00Z"}


def test_a_reported_fire_holds_until_the_next_known_state() -> None:
    [found] = records("forest_fire_alerts", detected_at=NOON, form="report", status="verifying")
    assert (found.valid_from, found.valid_to) == (NOON, None)


def test_a_warning_holds_from_onset_to_expiry_or_for_a_day() -> None:
    [known] = records(
        "flood_warnings", headline="x", sent_at=NOON, onset_at=NOON + hours(1), expires_at=NOON + hours(5)
    )
    assert (known.valid_from, known.valid_to) == (NOON + hours(1), NOON + hours(5))
    [endless] = records("flood_warnings", headline="x", sent_at=NOON)
    assert (endless.valid_from, endless.valid_to) == (NOON, NOON + hours(24))


def test_the_span_that_a_row_states_goes_before_the_rule() -> None:
    [found] = records(
        "flood_warnings", headline="x", sent_at=NOON, valid_from=NOON + hours(2), valid_to=NOON + hours(3)
    )
    assert (found.valid_from, found.valid_to) == (NOON + hours(2), NOON + hours(3))


def test_an_end_before_its_start_is_rejected_with_both_times() -> None:
    with pytest.raises(Rejected, match="2020-05-21 12:00:00") as told:
        records("flood_warnings", headline="x", onset_at=NOON, expires_at=NOON - hours(1))
    assert told.value.code == "end_before_start"


def test_spans_are_cut_to_whole_seconds() -> None:
    [found] = records("flood_warnings", headline="x", onset_at=NOON.replace(microsecond=999_999))
    assert found.valid_from == NOON


FOUND, DUE, DONE = NOON, NOON + hours(48), NOON + hours(96)


@pytest.mark.parametrize(
    ("given", "life"),
    [
        ({"found_at": FOUND}, [(FOUND, None, "open")]),
        ({"found_at": FOUND, "status": "rectifying"}, [(FOUND, None, "rectifying")]),
        ({"found_at": FOUND, "due_at": DUE}, [(FOUND, DUE, "open"), (DUE, None, "overdue")]),
        (
            {"found_at": FOUND, "due_at": DUE, "rectified_at": DONE, "status": "open"},
            [(FOUND, DUE, "open"), (DUE, DONE, "overdue"), (DONE, None, "rectified")],
        ),
        (
            {"found_at": FOUND, "due_at": DONE, "rectified_at": DUE},
            [(FOUND, DUE, "open"), (DUE, None, "rectified")],
        ),
        ({"rectified_at": DONE}, [(DONE, None, "rectified")]),
        ({"found_at": FOUND, "rectified_at": FOUND}, [(FOUND, None, "rectified")]),
        ({"found_at": DUE, "due_at": FOUND}, [(DUE, None, "overdue")]),
        ({"status": "rectified"}, [(None, None, "rectified")]),
        ({}, [(None, None, "open")]),
    ],
)
def test_dates_decide_the_life_of_a_hazard(
    given: Mapping[str, Any], life: list[tuple[Any, Any, str]]
) -> None:
    found = records("risk_hotspots", name="x", **given)
    assert [(r.valid_from, r.valid_to, r.status) for r in found] == life


def test_a_hazard_rectified_before_it_is_found_is_rejected() -> None:
    with pytest.raises(Rejected) as told:
        records("risk_hotspots", name="x", found_at=DUE, rectified_at=FOUND)
    assert told.value.code == "end_before_start"


def test_phones_stand_apart_from_the_version() -> None:
    [found] = records("rescue_teams", name="x", phone="020-00000000", leader="王")
    assert found.personal == {"phone": "020-00000000"}
    assert "phone" not in found.properties


@pytest.mark.parametrize("code", ["11B03", "11A01", "11A02", "11B01", "11B06", "11B22", "11B16"])
def test_flood_warnings_claim_the_hazards_of_sanfang(code: str) -> None:
    notice = Notice("event", (code,), ("Met",), "sender")
    assert next(one.id for one in LAYERS.values() if one.claims(notice)) == "flood_warnings"


def test_what_no_layer_claims_lands_in_general_alerts() -> None:
    notice = Notice("Earthquake", ("11C",), ("Geo",), "sender")
    assert next(one.id for one in LAYERS.values() if one.claims(notice)) == "general_alerts"


def test_severity_levels_are_five() -> None:
    assert [entry.code for entry in SEVERITIES] == ["0", "1", "2", "3", "4"]
