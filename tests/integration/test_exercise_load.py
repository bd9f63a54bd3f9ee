"""The exercise `city-2020`, small, in the store."""

from datetime import UTC, datetime

import httpx
import pytest
from served import Web

from emmap import exercise
from emmap.errors import Conflict, Malformed, NotFound
from emmap.layer import load_layers
from emmap.settings import ROOT
from emmap.store import answers
from emmap.store.database import Database
from emmap.view import View, parse_view

LAYERS = load_layers(ROOT / "layers")
OF_THE_CITY = exercise.SCENARIOS["city-2020"].histories
STORM = datetime(2020, 5, 21, 16, 30, tzinfo=UTC)
BEFORE_THE_CORRECTION = datetime(2020, 5, 21, 16, 20, tzinfo=UTC)


@pytest.fixture
def loaded(database: Database) -> Database:
    exercise.load(database, "city-2020", LAYERS, share=0.002)
    return database


def total(db: Database, layer: str, view: View) -> int:
    with db.engine("app", "exercise").connect() as conn:
        return int(answers.counts(conn, LAYERS[layer], view, [])["total"])


def test_every_layer_has_features_that_hold_now_and_in_the_year(loaded: Database) -> None:
    for layer in OF_THE_CITY:
        assert total(loaded, layer, View()) > 0, layer
        assert total(loaded, layer, View(at=STORM)) > 0, layer


def test_what_was_corrected_later_is_as_it_was_known_then(loaded: Database) -> None:
    red = View(at=BEFORE_THE_CORRECTION, severity=(4,), district=("440112",), fields={"form": ("signal",)})
    then = View(
        **{**{n: getattr(red, n) for n in ("at", "severity", "district", "fields")}, "known_at": "at"}
    )
    assert total(loaded, "flood_warnings", red) == 1
    assert total(loaded, "flood_warnings", then) == 0


def test_loading_twice_changes_nothing_and_says_so(loaded: Database) -> None:
    with loaded.engine("app", "exercise").connect() as conn:
        before = answers.summary(conn, list(LAYERS.values()))
    said: list[str] = []
    assert exercise.load(loaded, "city-2020", LAYERS, share=0.002, say=said.append) == {}
    assert len(said) == len(OF_THE_CITY)
    assert all("already" in line for line in said)
    with loaded.engine("app", "exercise").connect() as conn:
        assert answers.summary(conn, list(LAYERS.values())) == before


def test_a_load_that_was_cut_short_goes_on_where_it_stopped(database: Database) -> None:
    def cut(progress: exercise.Progress) -> None:
        if progress.layer.id == "risk_hotspots":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exercise.load(database, "city-2020", LAYERS, share=0.002, tell=cut)
    assert total(database, "rescue_teams", View()) == 405
    assert total(database, "risk_hotspots", View()) == 0
    assert list(exercise.load(database, "city-2020", LAYERS, share=0.002)) == ["risk_hotspots"]
    assert total(database, "risk_hotspots", View()) == 723


def test_a_dropped_exercise_can_be_loaded_again(loaded: Database) -> None:
    exercise.drop(loaded)
    assert total(loaded, "rescue_teams", View()) == 0
    assert exercise.load(loaded, "city-2020", LAYERS, share=0.002)["rescue_teams"] > 405


def test_the_real_realm_is_out_of_bounds(database: Database) -> None:
    with pytest.raises(Conflict):
        exercise.load(database, "city-2020", LAYERS, realm="real")
    with pytest.raises(Conflict):
        exercise.drop(database, realm="real")


def test_an_unknown_name_or_share_is_refused(database: Database) -> None:
    with pytest.raises(NotFound, match="city-2020"):
        exercise.load(database, "no-such", LAYERS)
    with pytest.raises(Malformed):
        exercise.load(database, "city-2020", LAYERS, share=1.5)


def test_the_short_way_leads_into_the_nights_replay(web: Web) -> None:
    answer = web.browser().get("/exercise/city-2020", follow_redirects=False)
    assert answer.status_code == 303
    place = httpx.URL(answer.headers["location"])
    view, _ = parse_view(place.params.multi_items(), LAYERS, strict=True, ignore=["opening"])
    assert (view.realm, view.known_at) == ("exercise", "at")
    assert view.at == datetime(2020, 5, 21, 17, 12, tzinfo=UTC)
    assert web.browser().get("/exercise/no-such").status_code == 404


def test_a_storm_comes_as_it_was_known(database: Database) -> None:
    written = exercise.load(database, "mangkhut-2018", LAYERS)
    assert set(written) == {"flood_warnings", "general_alerts", "typhoon_tracks"}
    half_past_two = datetime(2018, 9, 16, 6, 30, tzinfo=UTC)
    with database.engine("app", "exercise").connect() as conn:
        layer = LAYERS["typhoon_tracks"]
        later, then = (
            {
                one["properties"]["kind"]: one["properties"]["observed_at"]
                for one in answers.features(conn, layer, View(at=half_past_two, known_at=known)).features
            }
            for known in (None, "at")
        )
    assert set(later) == set(then) == {"ty", "track", "r7", "r10", "r12"}
    assert (later["ty"], then["ty"]) == ("2018-09-16T06:00:00Z", "2018-09-16T00:00:00Z")
