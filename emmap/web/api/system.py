"""Health, measures, who I am, how it stands."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from emmap import __version__
from emmap.errors import EmmapError
from emmap.exercise import REALM
from emmap.exercise.scenario import scenario_named
from emmap.permissions import needs
from emmap.store import answers, inbox, migrate, points, source_states
from emmap.store.present import scenario_clock
from emmap.web.asking import TheCaller, TheRealm, TheSite, only
from emmap.web.live import clock_told

router = APIRouter(tags=["system"])

pages_open = Gauge("emmap_live_pages", "Pages that hold a live socket in this process")


@router.get("/healthz")
@needs("public")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz")
@needs("public")
def ready(site: TheSite) -> Response:
    """The store answers and its schema is current."""
    try:
        due = migrate.pending(site.database, as_role="app")
    except (SQLAlchemyError, EmmapError):
        return JSONResponse({"status": "no database"}, status_code=503)
    if due:
        return JSONResponse({"status": "migrations pending", "pending": due}, status_code=503)
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
@needs("read")
def metrics(request: Request) -> Response:
    """Prometheus text."""
    pages_open.set(len(request.app.state.live.pages))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/exercise/{name}", include_in_schema=False)
@needs("read")
def exercise(name: str) -> Response:
    """A short way into an exercise, at the moment that tells most."""
    moment = scenario_named(name).moment
    return RedirectResponse(f"/?realm={REALM}&{moment}", 303)


@router.get("/api/me", dependencies=[only()])
@needs("signed_in")
def me(caller: TheCaller) -> dict[str, Any]:
    """Who I am and what I may do."""
    return {"name": caller.name, "role": caller.role, "permissions": sorted(caller.permissions)}


@router.get("/api/status", dependencies=[only()])
@needs("read")
def status(site: TheSite, realm: TheRealm) -> dict[str, Any]:
    """How the realm stands: stamps, last success and expected interval of each layer. Where sources vouch for a layer,
    the most overdue of them says how it stands; `source` names it."""
    with site.database.engine("app", realm).connect() as conn:
        stamps, heard, vouching = answers.stamps(conn), inbox.last_success(conn), source_states.vouching(conn)
        clock = scenario_clock(conn)
    now = datetime.now(UTC)
    layers = []
    for layer in site.layers.values():
        source = vouching.get(layer.id)
        last = source.last_success_at if source else heard.get(layer.id)
        expected = source.expected if source else layer.fresh_for
        due = source.due_at if source else last + expected if last and expected else None
        layers.append(
            {
                "id": layer.id,
                "stamp": points.stamp_text(stamps.get(layer.id)),
                "last_success": points.stamp_text(last),
                "expected_s": int(expected.total_seconds()) if expected else None,
                "source": source.title if source else None,
                "due": points.stamp_text(due),
                "late": due is not None and now > due,
            }
        )
    return {
        "now": points.stamp_text(now),
        "clock": clock_told(clock),
        "realm": realm,
        "exercise": realm != "real",
        "realms": migrate.realms(site.database, as_role="app"),
        "layers": layers,
    }
