"""Fixtures that need the database or the web: one private cluster for the whole run, one cloned database a test."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from served import Web, listening

from emmap.settings import ROOT, Settings
from emmap.store.cluster import Cluster
from emmap.store.database import Database
from tests.databases import cloned, make_template, private_cluster

# The same examples in every run, and none fails because the machine was busy.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(scope="module", autouse=True)
def _nothing_left_open() -> Iterator[None]:
    """What a module forgets to close (a warning, so an error) shows here, not in whichever test the collector happens to
    run in later."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private cluster of this run, gone afterwards."""
    with private_cluster(passing=True) as found:
        yield found


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A database with every migration and the realms real and exercise, to be cloned."""
    return make_template(cluster)


@pytest.fixture(scope="session")
def clone() -> Callable[[Cluster, str], AbstractContextManager[Database]]:
    """Makes further fresh databases, for fixtures of other scopes."""
    return cloned


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[Database]:
    """A database of this test alone."""
    with cloned(cluster, template) as found:
        yield found


@pytest.fixture(scope="module")
def module_database(cluster: Cluster, template: str) -> Iterator[Database]:
    """A database of this module's tests, for those that only read or are refused."""
    with cloned(cluster, template) as found:
        yield found


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real messages and files, see tests/samples/README.md."""
    return ROOT / "tests" / "samples"


@pytest.fixture
def web(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The application, served as it is in earnest, in a thread."""
    from emmap.web.app import create_app  # only here: tests of the store run without the web

    monkeypatch.setattr(Database, "from_settings", lambda settings: database)
    app = create_app(Settings(data_dir=database.data_dir, realm="exercise"))
    with listening(app) as url:
        found = Web(url, database)
        yield found
        found.close()
