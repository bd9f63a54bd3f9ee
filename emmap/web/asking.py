"""What every route needs: the store, the layers, the realm that is asked, who asks."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.requests import HTTPConnection

from emmap.errors import Malformed, NotFound
from emmap.layer import Layer, layer_named
from emmap.permissions import Caller
from emmap.settings import Settings
from emmap.store import answers, migrate
from emmap.store.database import Database, schema_of
from emmap.view import View, parse_instant, parse_view
from emmap.web.turns import Turns


class Site:
    """What one web process holds: settings, layers, the store, and turns for setting pages: of those who read briefings,
    of those who write one, and of those who came by a link. No I/O when it is made."""

    def __init__(self, settings: Settings, layers: Mapping[str, Layer]) -> None:
        self.settings = settings
        self.layers = layers
        self.database = Database.from_settings(settings)
        self.renderings, self.previews, self.guests = Turns(2), Turns(2), Turns(1)
        self._realms: tuple[str, ...] = ()
        self._held: dict[tuple[str, str, str], answers.Summary] = {}

    def held(
        self, conn: Connection, realm: str, edition: str, layers: Collection[Layer]
    ) -> Mapping[str, answers.Summary]:
        """What each layer holds. Counting a million versions takes a while, so it is done once for each stamp."""
        stamps = answers.stamps(conn)
        known = {layer.id: self._held.get((realm, edition, layer.id)) for layer in layers}
        found = {
            name: one for name, one in known.items() if one is not None and one.stamp == stamps.get(name)
        }
        if missing := [layer for layer in layers if layer.id not in found]:
            counted = answers.summary(conn, missing)
            self._held.update({(realm, edition, name): one for name, one in counted.items()})
            found.update(counted)
        return found

    def realm(self, name: str | None) -> str:
        """The realm of that name, or the default one; `NotFound` where there is none."""
        chosen = name or self.database.default_realm
        schema_of(chosen)
        if chosen not in self._realms:
            self._realms = tuple(migrate.realms(self.database, as_role="app"))
        if chosen not in self._realms:
            raise NotFound(f"没有库 {chosen}。", f"There is no realm {chosen}.", code="unknown_realm")
        return chosen


def site_of(connection: HTTPConnection) -> Site:
    """The site that serves this request."""
    found: Site = connection.app.state.site
    return found


def caller_of(connection: HTTPConnection) -> Caller:
    """Who asks; the guard has seen to it that there is somebody."""
    found: Caller = connection.scope["emmap.caller"]
    return found


TheSite = Annotated[Site, Depends(site_of)]
TheCaller = Annotated[Caller, Depends(caller_of)]


def the_layer(layer: str, site: TheSite) -> Layer:
    """The layer that the path names."""
    return layer_named(layer, site.layers)


def the_realm(site: TheSite, realm: str | None = None) -> str:
    """The realm that the query names, or the default one."""
    return site.realm(realm)


TheLayer = Annotated[Layer, Depends(the_layer)]
TheRealm = Annotated[str, Depends(the_realm)]


def only(*names: str) -> Any:
    """A route that takes these parameters and `realm`; any other is `Malformed`, as it is in a View."""

    def check(request: Request) -> None:
        for name in request.query_params:
            if name not in (*names, "realm"):
                raise Malformed(
                    f"不认识参数 {name[:60]}。", f"Unknown parameter {name[:60]}.", code="unknown_parameter"
                )

    return Depends(check)


def instant_from(text: str, name: str) -> datetime:
    """The instant that a parameter holds, aware UTC; `Malformed` names the parameter."""
    try:
        return parse_instant(text)
    except ValueError:
        raise Malformed(
            f"参数 {name} 应为带时区的时间,如 2020-05-22T01:12:00+08:00。",
            f"Parameter {name} is an instant with offset, such as 2020-05-22T01:12:00+08:00.",
            code="malformed_parameter",
        ) from None


def rows_from(text: str, most: int) -> list[int]:
    """Numbers of versions, separated by commas."""
    try:
        numbers = [int(part) for part in text.split(",") if part]
    except ValueError:
        raise Malformed("row 应为逗号分隔的行号。", "row is numbers separated by commas.") from None
    if len(numbers) > most:
        raise Malformed(f"一次最多 {most} 行。", f"At most {most} rows at a time.")
    return numbers


def view_from(request: Request, layer: Layer, *own: str) -> View:
    """The View that a layer's route is asked for; parameters named in `own` are the route's. Strict: what is
    unknown or malformed raises `Malformed`."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name not in own]
    view, _ = parse_view(pairs, {layer.id: layer}, strict=True)
    return view
