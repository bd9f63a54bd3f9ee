"""How the sources stand, what their runs did, and what a person may have them do. The worker fetches, never the web."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from emmap.ingest.sources.words import as_json, inlet_as_json, instant, message_as_json, run_as_json
from emmap.permissions import needs
from emmap.store import inlets, source_states
from emmap.web.asking import Site, TheCaller, TheRealm, TheSite, only

router = APIRouter(prefix="/api/sources", tags=["sources"])

DAYS = timedelta(days=14)
"""How far back records per day are told."""


@router.get("", dependencies=[only()])
@needs("read")
def every(site: TheSite, realm: TheRealm) -> dict[str, Any]:
    """Every source of the realm: state, last success, trouble, next run, records per day; whether a file of sources is
    configured, and how many workers run; and what comes in by push and by hand (`inlets`)."""
    now = datetime.now(UTC)
    with site.database.engine("app", realm).connect() as conn:
        days = source_states.per_day(conn, now - DAYS)
        return {
            "now": instant(now),
            "configured": site.settings.sources_file is not None,
            "workers": source_states.workers(conn),
            "sources": [as_json(one, days.get(one.name, []), now) for one in source_states.standings(conn)],
            "inlets": [inlet_as_json(one) for one in inlets.inlets(conn, now - DAYS)],
        }


@router.get("/{name}/runs", dependencies=[only("before")])
@needs("read")
def runs(site: TheSite, realm: TheRealm, name: str, before: int | None = None) -> list[dict[str, Any]]:
    """What the runs of a source or an inlet did, the newest first, 100 at a time; `before` takes the last `id` of the
    page before."""
    with site.database.engine("app", realm).connect() as conn:
        if name in inlets.INLETS:
            return [run_as_json(one) for one in inlets.history(conn, name, before=before)]
        source_states.standing(conn, name)
        return [run_as_json(one) for one in source_states.history(conn, name, before=before)]


@router.get("/{name}/runs/{run}/messages", dependencies=[only()])
@needs("read")
def messages(site: TheSite, realm: TheRealm, name: str, run: int) -> list[dict[str, Any]]:
    """The raw messages behind a run (`id` of its row), without their content; the document that carried them first."""
    with site.database.engine("app", realm).connect() as conn:
        return [message_as_json(one) for one in inlets.messages_behind(conn, name, run)]


@router.post("/{name}/run", status_code=202, dependencies=[only()])
@needs("import")
def run(site: TheSite, caller: TheCaller, realm: TheRealm, name: str) -> dict[str, Any]:
    """Has a worker fetch it at once."""
    caller.need_city()
    return _changed(site, realm, name, lambda conn, now: source_states.hasten(conn, name, now))


@router.post("/{name}/pause", dependencies=[only()])
@needs("administer")
def pause(site: TheSite, caller: TheCaller, realm: TheRealm, name: str) -> dict[str, Any]:
    """Fetches it no more until it is resumed."""
    return _changed(site, realm, name, lambda conn, now: source_states.pause(conn, name, caller.name, now))


@router.post("/{name}/resume", dependencies=[only()])
@needs("administer")
def resume(site: TheSite, caller: TheCaller, realm: TheRealm, name: str) -> dict[str, Any]:
    """Fetches it again, at once."""
    return _changed(site, realm, name, lambda conn, now: source_states.resume(conn, name, now))


@router.post("/{name}/confirm", status_code=202, dependencies=[only("run")])
@needs("import")
def confirm(site: TheSite, caller: TheCaller, realm: TheRealm, name: str, run: int) -> dict[str, Any]:
    """Lets in what is held; `run` is the held run that the person saw (`held.run`). A worker does it at once."""

    caller.need_city()

    def change(conn: Connection, now: datetime) -> None:
        source_states.confirm(conn, name, caller.name, run)
        source_states.hasten(conn, name, now)

    return _changed(site, realm, name, change)


def _changed(
    site: Site, realm: str, name: str, change: Callable[[Connection, datetime], None]
) -> dict[str, Any]:
    """Changes a source, and answers how it stands then."""
    now = datetime.now(UTC)
    with site.database.engine("app", realm).begin() as conn:
        change(conn, now)
        days = source_states.per_day(conn, now - DAYS)
        return as_json(source_states.standing(conn, name), days.get(name, []), now)
