"""Fixtures that run `emmap serve` on a private cluster of its own."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from supervised import PATIENCE_S, Run, is_free

from emmap.store.cluster import Cluster


@pytest.fixture
def port() -> int:
    """A port that is free now, and that the kernel gives to nobody by itself: other tests ask it for ports meanwhile."""
    first = 20_000 + os.getpid() % 1_000 * 10
    return next(port for port in range(first, first + 10) if is_free(port))


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """The private cluster of these runs, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="emmap-test-"))
    folder.chmod(0o755)
    found = Cluster(folder)
    yield found
    found.stop()
    shutil.rmtree(found.socket_dir, ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def serve(own: Cluster, port: int) -> Iterator[Callable[..., Run]]:
    """Starts runs on one port; what still runs afterwards is stopped."""
    runs: list[Run] = []

    def start(*arguments: str, **settings: str) -> Run:
        runs.append(Run(own.data_dir, port, *(arguments or ("--no-exercise",)), **settings))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end()
        run.reader.join(PATIENCE_S)
