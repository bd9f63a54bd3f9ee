"""A new layer is one file: what the store makes of its declaration."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from sqlalchemy import text

from emmap.layer import Layer, load_layers
from emmap.settings import ROOT
from emmap.store import answers, migrate, points, versions
from emmap.store.database import Database
from emmap.view import View

SHELTERS = """
from typing import Annotated

from emmap.layer import Info, Layer, Properties, Row, Standing, Style, Symbol, Title


class Shelter(Properties):
    name: Annotated[str, Info("名称", "Name", searched=True)]
    beds: Annotated[int | None, Info("床位", "Beds", summed=True)] = None
    opened_at: Annotated[object, Info("启用时间", "Opened")] = None
    owner: Annotated[str | None, Info("产权", "Owner", filtered=True)] = None
    keeper: Annotated[str | None, Info("管理人", "Keeper", personal=True)] = None


LAYER = Layer(
    id="shelters",
    title=Title("避护场所", "Shelters"),
    geometry="any",
    time=Standing(),
    properties=Shelter,
    style=Style(by="owner", symbols={}, other=Symbol(Title("避护场所", "Shelter"), "#336699")),
)
"""


@pytest.fixture
def layers_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "layers"
    shutil.copytree(ROOT / "layers", folder)
    (folder / "shelters.py").write_text(
        SHELTERS.replace("Annotated[object,", "Annotated[datetime | None,").replace(
            "from typing", "from datetime import datetime\nfrom typing"
        ),
        encoding="utf-8",
    )
    return folder


def read(folder: Path) -> dict[str, Layer]:
    load_layers.cache_clear()
    return dict(load_layers(folder))


@pytest.fixture
def shelters(database: Database, layers_dir: Path) -> Layer:
    layers = read(layers_dir)
    migrate.upgrade(database, layers)
    return layers["shelters"]


def columns(database: Database, role: str = "reader") -> dict[str, str]:
    with database.engine(role, "exercise").connect() as conn:  # type: ignore[arg-type]
        return dict(
            conn.execute(
                text(
                    "select attname, format_type(atttypid, atttypmod) from pg_attribute"
                    " where attrelid = 'layer_shelters'::regclass and attnum > 0"
                )
            ).all()
        )


def test_a_sixth_layer_is_written_answered_and_downloaded(database: Database, shelters: Layer) -> None:
    row = shelters.properties(name="人民公园(演练)", beds=300, owner="区", keeper="某甲(演练)")
    from emmap.layer import Row

    area = shapely.to_wkb(shapely.box(113.2, 23.1, 113.3, 23.2))
    records = shelters.records(Row(1, "s1", row, geometry=area, valid_from=datetime(2020, 1, 1, tzinfo=UTC)))
    for realm in ("real", "exercise"):
        with database.engine("app", realm).begin() as conn:
            versions.write(conn, shelters, records)
            page = answers.features(conn, shelters, View(fields={"owner": ("区",)}, q="公园"))
            stamp = points.checkpoint(conn, shelters)
            assert stamp is not None
            assert b"shelters" in points.columns(conn, shelters, realm, stamp)
        assert [one["properties"]["beds"] for one in page.features] == [300]


def test_its_view_is_typed_for_qgis_and_shows_no_personal_field(database: Database, shelters: Layer) -> None:
    assert columns(database) == {
        "version_id": "bigint", "feature_id": "text", "valid_from": "timestamp with time zone",
        "valid_to": "timestamp with time zone", "recorded_from": "timestamp with time zone", "districts": "text[]",
        "name": "text", "beds": "bigint", "opened_at": "timestamp with time zone", "owner": "text",
        "geom": "geometry(Geometry,4326)",
    }  # fmt: skip


def test_a_changed_declaration_changes_the_view_and_keeps_the_reader_s_right(
    database: Database, shelters: Layer, layers_dir: Path
) -> None:
    file = layers_dir / "shelters.py"
    text_before = file.read_text(encoding="utf-8")
    file.write_text(text_before.replace("    beds:", "    doors:"), encoding="utf-8")
    for _ in range(2):
        migrate.sync_layers(database, "exercise", read(layers_dir))
    assert "doors" in columns(database)
    assert "beds" not in columns(database)
    with database.engine("reader", "exercise").connect() as conn:
        assert conn.execute(text("select count(*) from layer_shelters")).scalar_one() == 0


def test_upgrading_twice_does_nothing(database: Database) -> None:
    assert migrate.pending(database) == []
    with database.engine("owner").connect() as conn:
        before = conn.execute(text("select oid, relname from pg_class order by 1")).all()
    migrate.upgrade(database)
    with database.engine("owner").connect() as conn:
        assert conn.execute(text("select oid, relname from pg_class order by 1")).all() == before


def test_a_realm_can_be_made_and_dropped_and_made_again(database: Database) -> None:
    from emmap.errors import Conflict, Malformed, SetupError

    migrate.create_realm(database, "replay_1")
    assert migrate.realms(database) == ["real", "exercise", "replay_1"]
    with pytest.raises(Conflict):
        migrate.create_realm(database, "replay_1")
    migrate.drop_realm(database, "replay_1")
    migrate.create_realm(database, "replay_1")
    with pytest.raises(Conflict):
        migrate.drop_realm(database, "real")
    with pytest.raises(Malformed):
        migrate.create_realm(database, "Real; drop")
    with database.engine("owner", "real").begin() as conn:
        conn.execute(text("insert into realm_real.migration (name, sha256) values ('9999_later', '')"))
    with pytest.raises(SetupError, match="newer"):
        migrate.upgrade(database)
