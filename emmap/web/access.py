"""How somebody gets in for the first time: the first administrator's link, and accounts to practise with."""

import secrets
from collections.abc import Iterable
from urllib.parse import urlencode

from sqlalchemy import Connection

from emmap.permissions import ROLES
from emmap.store import access, audit
from emmap.store.database import Database
from emmap.web.passwords import hashed

FIRST_ACCOUNT = "administrator"
PRACTICE = "exercise-"
"""How the names of accounts begin that come with the exercise data, one a role."""


def new_sign_in_link(db: Database, base_url: str, name: str = FIRST_ACCOUNT, next_path: str = "/") -> str:
    """A one-time sign-in address for an account. The first administrator is made where it is missing."""
    with db.engine("app").begin() as conn:
        if name == FIRST_ACCOUNT and access.account(conn, name) is None:
            access.add_account(conn, name, "administrator")
        secret = access.make_link(conn, name)
    return f"{base_url.rstrip('/')}/sign-in?{urlencode({'code': secret, 'next': next_path})}"


def make_practice_accounts(db: Database) -> dict[str, str]:
    """Makes the exercise's accounts, one a role, each with a random password: name to password, which nobody can ask for
    again. Nothing where they were made before."""
    with db.engine("app").connect() as conn:
        known = {one.name for one in access.accounts(conn)}
    if any(name.startswith(PRACTICE) for name in known):
        return {}
    made = {f"{PRACTICE}{role}": secrets.token_urlsafe(12) for role in ROLES}
    hashes = {name: hashed(password, name) for name, password in made.items()}
    with db.engine("app").begin() as conn:
        for role in ROLES:
            access.add_account(conn, f"{PRACTICE}{role}", role, hashes[f"{PRACTICE}{role}"])
        _note(conn, "exercise accounts made", made)
    return made


def disable_practice_accounts(db: Database) -> list[str]:
    """Shuts the exercise's accounts out where the store is no longer one to practise in; which were still open."""
    with db.engine("app").begin() as conn:
        still = [
            one.name
            for one in access.accounts(conn)
            if one.name.startswith(PRACTICE) and one.disabled_at is None
        ]
        for name in still:
            access.disable_account(conn, name)
        if still:
            _note(conn, "exercise accounts disabled", still)
    return still


def _note(conn: Connection, what: str, names: Iterable[str]) -> None:
    audit.note(
        conn, [audit.Entry("change", "emmap serve", "command", what, details={"accounts": list(names)})]
    )
