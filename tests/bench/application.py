"""The whole application on a bench database, as the rows over HTTP talk to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.routing import Mount

from emmap.settings import Settings
from emmap.store.database import Database
from emmap.web.app import create_app
from tests.served import Web, listening


@contextmanager
def application(database: Database, static: Path | None = None) -> Iterator[Web]:
    """Serves it; files of the folder `static` are under /bench, behind the same guard."""
    with patch.object(Database, "from_settings", lambda settings: database):
        app = create_app(Settings(data_dir=database.data_dir, realm="exercise"))
    if static is not None:
        # First, because the page answers every other path.
        _routes(app).insert(0, Mount("/bench", StaticFiles(directory=static)))
    with listening(app) as url:
        web = Web(url, database)
        yield web
        web.close()


def _routes(app: Any) -> list[Any]:
    while not isinstance(app, FastAPI):
        app = app.app
    return app.router.routes
