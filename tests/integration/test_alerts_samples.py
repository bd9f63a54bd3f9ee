"""Every real CAP file through the importer, twice."""

from pathlib import Path

from sqlalchemy import text

from emmap.ingest.importer import import_file
from emmap.ingest.result import ImportResult
from emmap.store.database import Database


def import_all(db: Database, folder: Path) -> dict[str, ImportResult]:
    files = sorted(path for path in folder.iterdir() if path.suffix != ".md")
    return {
        path.name: import_file(db, "exercise", "general_alerts", path.name, path.read_bytes())
        for path in files
    }


def test_every_real_file_goes_in_once(database: Database, samples: Path) -> None:
    first = import_all(database, samples / "cap")
    for name, result in first.items():
        assert result.read == result.added + result.changed + result.unchanged + result.rejected, name
    assert first["google-amber.atom"].added == 1
    assert first["bmkg_rss_active.xml"].rejected == 3
    assert first["google-canada.cap"].abroad == 1
    with database.engine("app", "exercise").connect() as conn:
        versions = conn.execute(text("select count(*) from version")).scalar_one()
        layers = dict(
            conn.execute(text("select layer, count(distinct feature_id) from version group by layer")).all()
        )
    assert sum(layers.values()) == sum(result.added for result in first.values())
    assert set(layers) == {"flood_warnings", "general_alerts"}

    again = import_all(database, samples / "cap")
    assert [name for name, result in again.items() if result.added or result.changed] == []
    with database.engine("app", "exercise").connect() as conn:
        assert conn.execute(text("select count(*) from version")).scalar_one() == versions
