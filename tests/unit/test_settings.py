"""What the operator sets is taken as it was meant."""

import re

import pytest
from pydantic import ValidationError

from emmap.settings import BaseMap, Settings


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMMAP_DATA_DIR", "")
    monkeypatch.setenv("EMMAP_DATABASE_URL", "")
    monkeypatch.setenv("EMMAP_REALM", "")
    settings = Settings()
    assert (settings.data_dir, settings.database_url, settings.realm) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"url": "https://webrd01.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}"}, "GCJ-02"),
        ({"url": "https://tiles.example/{z}/{x}/{y}.png", "datum": "gcj02"}, "GCJ-02"),
        ({"url": "https://tiles.example/map.png"}, "{z}"),
    ],
)
def test_a_base_map_that_does_not_fit_is_refused_in_words(given: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        BaseMap.model_validate({"name": "x", "attribution": "x"} | given)


def test_base_maps_are_a_list_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMMAP_BASE_MAPS", '[{"name": "a", "url": "/srv/a.pmtiles", "attribution": "b"}]')
    assert [(one.name, one.is_pmtiles) for one in Settings().base_maps] == [("a", True)]
    monkeypatch.setenv("EMMAP_BASE_MAPS", "/srv/a.pmtiles")
    with pytest.raises(ValidationError, match="JSON"):
        Settings()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"oidc_issuer": "http://id.example"}, "https"),
        ({"oidc_issuer": "https://id.example"}, "EMMAP_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "https://id.example", "oidc_client_id": "emmap"}, "EMMAP_OIDC_ROLES"),
    ],
)
def test_half_a_sign_in_provider_is_refused_in_words(given: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Settings(**given)
