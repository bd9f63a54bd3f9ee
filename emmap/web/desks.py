"""The desks' pages. Each is the frame of `emmap/ui/desk.py`; what is in it comes over the API."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from emmap.errors import EmmapError
from emmap.permissions import needs
from emmap.ui.desk import render
from emmap.ui.desks import DESKS, Desk
from emmap.ui.page import lists
from emmap.web.asking import Site, TheCaller, TheSite

router = APIRouter(include_in_schema=False)


def _serve(desk: Desk) -> None:
    @needs("signed_in")
    def page(site: TheSite, caller: TheCaller, realm: str | None = None, lang: str = "zh") -> HTMLResponse:
        """The desk, in the language and realm of the address; 403 where the role may not use it."""
        content = render(
            desk,
            realm=_realm(site, realm),
            name=caller.name,
            role=caller.role,
            permissions=caller.permissions,
            lang="en" if lang == "en" else "zh",
            facts=lists() if desk.lists else None,
        )
        return HTMLResponse(content, 200 if caller.may(desk.permission) else 403)

    for path in (desk.path, *desk.within):
        router.get(path, name=desk.name)(page)


def _realm(site: Site, name: str | None) -> str:
    """The realm of the address, or the default one where there is none of that name, as on the map."""
    try:
        return site.realm(name)
    except EmmapError:
        return site.realm(None)


for _desk in DESKS:
    if _desk.path != "/":  # the map, which is Dash's
        _serve(_desk)
