"""The desks: the map, and the pages beside it. A desk is a declaration.

Its name is also that of its words (`desk_NAME` in `emmap/ui/words/shell.py`, and the part NAME of the table) and of its
browser modules (`assets/desks/NAME/start.js`).
"""

from dataclasses import dataclass

from emmap.permissions import Permission


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of its own. `permission`: what one needs to use it. `lists`: whether its modules need the code lists, and
    where places lie. `also`: parts of the words that it needs besides its own. `in_navigation`: whether it stands there.
    `within`: further paths that the same modules fill."""

    name: str
    path: str
    permission: Permission = "read"
    lists: bool = False
    also: tuple[str, ...] = ()
    in_navigation: bool = True
    within: tuple[str, ...] = ()


DESKS: tuple[Desk, ...] = (
    Desk("map", "/"),
    Desk("watch", "/watch", "watch", lists=True),
    Desk("compare", "/compare", lists=True),
    Desk(
        "briefings",
        "/briefings",
        lists=True,
        also=("new_briefing",),
        within=("/briefings/drafts/{draft_id}", "/briefings/{briefing_id}"),
    ),
    Desk("sources", "/sources"),
    Desk("import", "/import", permission="import"),
    Desk("accounts", "/accounts", "administer", also=("account",)),
    Desk("account", "/account", also=("sign_in",), in_navigation=False),
)
"""Every desk, in the order of the navigation."""
