"""How somebody gets in for the first time."""

from urllib.parse import urlencode

from emmap.store import access
from emmap.store.database import Database

FIRST_ACCOUNT = "administrator"


def new_sign_in_link(db: Database, base_url: str, name: str = FIRST_ACCOUNT, next_path: str = "/") -> str:
    """A one-time sign-in address for an account. The first administrator is made where it is missing."""
    with db.engine("app").begin() as conn:
        if name == FIRST_ACCOUNT and access.account(conn, name) is None:
            access.add_account(conn, name, "administrator")
        secret = access.make_link(conn, name)
    return f"{base_url.rstrip('/')}/sign-in?{urlencode({'code': secret, 'next': next_path})}"
