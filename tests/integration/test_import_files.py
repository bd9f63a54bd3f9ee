"""Files into the store: every row in one of four counts, and the store says what the counts say."""

import json
import math
from pathlib import Path

import pytest
import shapely
from sqlalchemy import text

from emmap.errors import EmmapError
from emmap.ingest.importer import import_file
from emmap.ingest.result import ImportResult
from emmap.layer import load_layers
from emmap.settings import ROOT, get_settings
from emmap.store import answers, inbox
from emmap.store.database import Database
from emmap.view import View

SAMPLES = Path(__file__).parent.parent / "samples"
TEAMS = "rescue_teams"
HEADER = "编号,名称,人数,经度,纬度\n"
GOOD = "T1,演练一队,12,113.4,23.2\nT2,演练二队,7,113.5,23.3\nT3,演练三队,5,,\n"


def importing(
    database: Database, content: str | bytes, layer: str = TEAMS, **options: object
) -> ImportResult:
    raw = content.encode() if isinstance(content, str) else content
    result = import_file(database, "exercise", layer, "队伍.csv", raw, **options)  # type: ignore[arg-type]
    assert result.read == result.added + result.changed + result.unchanged + result.rejected
    assert len(result.rejected_records) == result.rejected
    return result


def counted(result: ImportResult) -> tuple[int, int, int, int, int]:
    return result.added, result.changed, result.unchanged, result.rejected, result.ended


def holding(database: Database, layer: str = TEAMS) -> set[str]:
    """Ids of the features that hold now."""
    with database.engine("app", "exercise").connect() as conn:
        layers = load_layers(ROOT / "layers")
        page = answers.features(conn, layers[layer], View(realm="exercise"), limit=10_000)
        return {feature["id"] for feature in page.features}


def rows_of(database: Database, table: str) -> int:
    with database.engine("app", "exercise").connect() as conn:
        return int(conn.execute(text(f"select count(*) from {table}")).scalar_one())


@pytest.mark.parametrize("path", sorted((SAMPLES / "firms").glob("*.csv")), ids=lambda path: path.stem)
def test_the_same_firms_file_twice_changes_nothing(database: Database, path: Path) -> None:
    content = path.read_bytes()
    first = importing(database, content, "forest_fire_alerts")
    again = importing(database, content, "forest_fire_alerts")
    assert counted(first) == (first.read, 0, 0, 0, 0)
    assert counted(again) == (0, 0, first.read, 0, 0)
    assert first.read == len(content.splitlines()) - 1


@pytest.mark.parametrize(
    ("layer", "name", "datum", "rows"),
    [(TEAMS, "teams_gcj02.xlsx", "gcj02", 12), ("risk_hotspots", "hotspots.csv", "wgs84", 30)],
)
def test_the_hand_made_tables_go_in_and_change_nothing_again(
    database: Database, layer: str, name: str, datum: str, rows: int
) -> None:
    content = (SAMPLES / name).read_bytes()
    assert counted(importing(database, content, layer, datum=datum)) == (rows, 0, 0, 0, 0)
    assert counted(importing(database, content, layer, datum=datum)) == (0, 0, rows, 0, 0)


def test_a_changed_row_is_changed_and_the_others_are_not(database: Database) -> None:
    importing(database, HEADER + GOOD)
    result = importing(database, HEADER + GOOD.replace("7,", "8,"))
    assert counted(result) == (0, 1, 2, 0, 0)


def test_good_rows_go_in_and_bad_ones_are_kept_aside(database: Database) -> None:
    result = importing(database, HEADER + GOOD + "T4,演练四队,很多,113.4,23.2\nT5,演练五队,1,23.2,113.4\n")
    assert counted(result) == (3, 0, 0, 2, 0)
    assert result.run_id is not None
    with database.engine("app", "exercise").connect() as conn:
        kept = inbox.rejected(conn, result.run_id)
        run = inbox.run(conn, result.run_id)
    assert [(row.position, row.code) for row in kept] == [(4, "not_a_number"), (5, "swapped_coordinates")]
    assert kept[0].zh.startswith("表格第 5 行:")
    assert "很多" in kept[0].zh
    assert run is not None
    assert run.counts is not None
    assert (run.file_name, run.counts["rejected"]) == ("队伍.csv", 2)


def test_the_answer_has_the_shape_of_the_api(database: Database) -> None:
    answer = importing(database, HEADER + GOOD + "T4,,1,,\n").as_json()
    assert (answer["read"], answer["added"], answer["rejected"]) == (4, 3, 1)
    assert answer["rejected_records"][0].keys() == {"position", "code", "message"}


def test_the_file_is_kept_and_every_version_knows_it(database: Database) -> None:
    content = (HEADER + GOOD).encode("gb18030")
    importing(database, content)
    with database.engine("app", "exercise").connect() as conn:
        layer = load_layers(ROOT / "layers")[TEAMS]
        feature = answers.feature(conn, layer, "T1", View(realm="exercise"))
        assert feature is not None
        message = inbox.message(conn, feature["properties"]["source"]["message_id"])
    assert message is not None
    assert (message.name, message.content) == ("队伍.csv", content)


def test_a_partial_file_ends_nothing_and_a_complete_one_what_it_does_not_mention(database: Database) -> None:
    importing(database, HEADER + GOOD)
    less = HEADER + GOOD.splitlines(keepends=True)[0]
    assert counted(importing(database, less)) == (0, 0, 1, 0, 0)
    assert counted(importing(database, less, mode="complete")) == (0, 0, 1, 0, 2)
    assert holding(database) == {"T1"}


def test_a_complete_file_does_not_end_what_its_refused_rows_name(database: Database) -> None:
    importing(database, HEADER + GOOD)
    result = importing(
        database, HEADER + "T1,演练一队,12,113.4,23.2\nT2,演练二队,很多,113.5,23.3\n", mode="complete"
    )
    assert counted(result) == (0, 0, 1, 1, 1)
    assert holding(database) == {"T1", "T2"}


def test_a_complete_file_of_refused_rows_alone_ends_nothing(database: Database) -> None:
    importing(database, HEADER + GOOD)
    result = importing(database, HEADER + ",一队,1,,\n", mode="complete")
    assert (counted(result), holding(database)) == ((0, 0, 0, 1, 0), {"T1", "T2", "T3"})


def test_a_dry_run_counts_and_stores_nothing(database: Database) -> None:
    result = importing(database, HEADER + GOOD + "T4,,1,,\n", dry_run=True)
    assert (counted(result), result.run_id) == ((3, 0, 0, 1, 0), None)
    for table in ("version", "source_message", "ingest_run", "rejected_record"):
        assert rows_of(database, table) == 0
    assert counted(importing(database, HEADER + GOOD)) == (3, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"", {}, "empty_file"),
        (b"\x00\x01\x02\x03", {}, "unknown_format"),
        ("人数\n1\n".encode(), {}, "missing_columns"),
        (HEADER.encode(), {"mode": "complete"}, "no_rows"),
        ((HEADER + GOOD).encode(), {"mode": "total"}, "unknown_mode"),
        ((HEADER + GOOD).encode(), {"datum": "beijing54"}, "unknown_datum"),
        ((HEADER + GOOD).encode(), {"layer": "volcanoes"}, "unknown_layer"),
        ((HEADER + GOOD).encode(), {"mapping": {"丙": "name"}}, "unknown_column"),
    ],
)
def test_a_file_that_cannot_be_taken_leaves_nothing_behind(
    database: Database, content: bytes, options: dict[str, object], code: str
) -> None:
    with pytest.raises(EmmapError) as refused:
        importing(database, content, **options)  # type: ignore[arg-type]
    assert (refused.value.code, 400 <= refused.value.status < 500) == (code, True)
    assert rows_of(database, "source_message") == rows_of(database, "ingest_run") == 0


def test_a_file_over_the_limit_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMMAP_MAX_UPLOAD_MB", "1")
    get_settings.cache_clear()
    try:
        with pytest.raises(EmmapError) as refused:
            importing(database, HEADER + "x" * 2**21)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert (refused.value.status, refused.value.code) == (413, "file_too_large")


def test_the_words_of_broken_rows_can_always_be_stored(database: Database) -> None:
    content = b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":'
    content += b'{"id":"a\\ud800","name":"\\u0000"}}]}'
    assert [row.code for row in importing(database, content).rejected_records] == ["bad_character"]


def test_a_large_outline_is_kept_whole_and_drawn_with_fewer_corners(database: Database) -> None:
    turn = [2 * math.pi * i / 60_000 for i in range(60_000)]
    ring = [[113.5 + 0.1 * math.cos(t), 23.2 + 0.1 * math.sin(t)] for t in turn]
    warning = {
        "id": "A",
        "headline": "演练",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2036-01-01T00:00:00Z",
    }
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    content = json.dumps({"type": "Feature", "properties": warning, "geometry": geometry}).encode()
    assert importing(database, content, "flood_warnings").added == 1
    layer = load_layers(ROOT / "layers")["flood_warnings"]
    with database.engine("app", "exercise").connect() as conn:
        kept = answers.feature(conn, layer, "A", View())
        assert kept is not None
        [drawn] = answers.rows(conn, layer, [kept["properties"]["row"]], geometry=True)
    whole, thin = (shapely.from_geojson(json.dumps(one["geometry"])) for one in (kept, drawn))
    assert (shapely.get_num_coordinates(whole), shapely.get_num_coordinates(thin)) == (60_001, 15_001)
    assert shapely.area(shapely.symmetric_difference(whole, thin)) < 1e-6 * shapely.area(whole)
