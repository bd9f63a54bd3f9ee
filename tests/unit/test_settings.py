"""What the operator sets is taken as it was meant."""

import pytest

from emmap.settings import Settings


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMMAP_DATA_DIR", "")
    monkeypatch.setenv("EMMAP_DATABASE_URL", "")
    monkeypatch.setenv("EMMAP_REALM", "")
    settings = Settings()
    assert (settings.data_dir, settings.database_url, settings.realm) == (None, None, None)
