"""Fixtures that need the web: the whole application on a port of its own, over a database of the test's own."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from served import Web

from emmap.settings import Settings
from emmap.store.database import Database


@pytest.fixture
def web(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The application, served as it is in earnest, in a thread."""
    from emmap.web.app import create_app  # only here: tests of the store run without the web

    monkeypatch.setattr(Database, "from_settings", lambda settings: database)
    app = create_app(Settings(data_dir=database.data_dir, realm="exercise"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, ws="websockets-sansio", access_log=False, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=50)) as probe:
            assert probe.get(f"{url}/healthz").status_code == 200
        found = Web(url, database)
        yield found
        found.close()
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()
