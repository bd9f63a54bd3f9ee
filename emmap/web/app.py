"""The ASGI application: routes, page, live and the guard around them. Making it does no I/O."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, HTTPException, Request
from fastapi.staticfiles import StaticFiles
from starlette.routing import Match
from starlette.types import ASGIApp, Scope

from emmap import __version__
from emmap.errors import NotFound
from emmap.layer import load_layers
from emmap.permissions import needs
from emmap.processes import die_with_parent, log_as_json
from emmap.settings import ROOT, Settings
from emmap.ui import page
from emmap.web import desks, live, openapi, problems, sign_in, sign_in_oidc
from emmap.web.api import (
    account,
    accounts,
    alarm_reports,
    base_maps,
    briefings,
    briefings_drafts,
    briefings_images,
    briefings_schedules,
    briefings_shares,
    columns,
    differences,
    districts,
    duty_log,
    gauges,
    import_drafts,
    imports,
    inputs,
    layers,
    messages,
    observations,
    selection,
    shifts,
    sources,
    system,
    watch,
)
from emmap.web.asking import Site
from emmap.web.base_maps import Tiles
from emmap.web.compress import Compress
from emmap.web.guard import Guard, policy
from emmap.web.oidc import Provider
from emmap.web.oidc_people import check_roles
from emmap.web.record import Record
from emmap.web.routes import Routes
from emmap.web.trail import Trail
from emmap.web.watchman import Watchman

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
EVERYTHING_ELSE = "/api/{rest:path}"


def create_app(settings: Settings) -> ASGIApp:
    """The guarded application for one web process."""
    log_as_json(settings.log_level)
    site = Site(settings, load_layers(settings.layers_dir))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.supervised:
            die_with_parent()
        hub.start()
        trail.start()
        watchman.start()
        yield
        await watchman.stop()
        await hub.stop()
        await trail.stop()
        await app.state.tiles.close()
        site.database.dispose()

    app = FastAPI(
        title="emmap",
        summary="应急一张图 / one map for emergency command",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    hub = live.Live(site)
    watchman = Watchman(site)
    hub.on_wake = watchman.wake
    app.state.site = site
    app.state.live = hub
    app.state.tiles = Tiles()
    app.state.oidc = Provider(settings) if settings.oidc_issuer else None
    check_roles(settings)
    app.state.trail = trail = Trail(lambda: site.database)
    problems.install(app)
    for routes in (
        system.router,
        account.router,
        accounts.router,
        sign_in.router,
        sign_in_oidc.router,
        layers.router,
        columns.router,
        differences.router,
        selection.router,
        inputs.router,
        messages.router,
        imports.router,
        import_drafts.router,
        observations.router,
        gauges.router,
        briefings_drafts.router,
        briefings_images.router,
        briefings_schedules.router,
        briefings_shares.router,
        briefings_shares.door,
        briefings.router,
        sources.router,
        watch.router,
        alarm_reports.router,
        duty_log.router,
        shifts.router,
        base_maps.router,
        districts.router,
        live.router,
        openapi.router,
        desks.router,
    ):
        app.include_router(routes)

    @app.api_route(EVERYTHING_ELSE, methods=METHODS, include_in_schema=False)
    @needs("signed_in")
    def nothing(request: Request, rest: str) -> None:
        if others := _methods(app, request.scope):
            raise HTTPException(
                405,
                f"这个接口只接受 {others}。 This route takes {others} only.",
                {"allow": others},
            )
        raise NotFound(f"没有接口 /api/{rest[:100]}。", f"There is no route /api/{rest[:100]}.")

    app.mount("/static", StaticFiles(directory=ROOT / "assets"), name="static")
    dash = page.mount(app, site.layers, site.database)
    openapi.describe(app, site.layers)
    guard = Guard(
        app, settings, lambda: site.database, Routes(app, dash), trail, csp=lambda: policy(dash.csp_hashes())
    )
    app.state.guard = guard
    return Record(Compress(guard))


def _methods(app: FastAPI, scope: Scope) -> str:
    """The methods that some route under /api takes for this path, as `Allow` names them."""
    # A router that was included has no path of its own; the page's own routes lie outside /api.
    paths = [(route, getattr(route, "path", None) or "/api/") for route in app.routes]
    routes = [route for route, path in paths if path.startswith("/api/") and path != EVERYTHING_ELSE]
    return ", ".join(
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    )
