"""Who may work in the duty room."""

from sqlalchemy import Connection

from emmap.errors import NotFound
from emmap.permissions import PERMISSIONS
from emmap.store import access


def watchers(conn: Connection) -> list[dict[str, str]]:
    """The accounts, by name, that alarms and the watch can be handed to, each with its role."""
    return [
        {"account": one.name, "role": one.role}
        for one in access.accounts(conn)
        if one.disabled_at is None and "watch" in PERMISSIONS.get(one.role, frozenset())
    ]


def check(conn: Connection, name: str) -> None:
    """`NotFound` where nobody of that name may work in the duty room."""
    if all(one["account"] != name for one in watchers(conn)):
        raise NotFound(
            f"没有可值守的账号 {name}。", f"There is no account {name} that may work in the duty room."
        )
