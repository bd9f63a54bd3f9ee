"""Telling one life of a realm from the next."""

from sqlalchemy import Connection, text


def edition(conn: Connection) -> str:
    """A word that is the realm's own from when it was made until it is dropped.

    An exercise that is loaded anew runs on the same scenario time, so stamps and row numbers come again with other
    content; whatever is kept by stamp is kept by edition too.
    """
    born = conn.execute(
        text("select to_char(min(applied_at) at time zone 'UTC', 'YYYYMMDDHH24MISSUS') from migration")
    )
    return str(born.scalar_one())
