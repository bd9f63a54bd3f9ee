"""Dropping raw content that is older than the operator keeps it, a little at a time, in every realm."""

import time
from datetime import timedelta

import structlog

from emmap.store import audit, inbox, migrate
from emmap.store.database import Database

AT_ONCE = 200
"""Messages in one transaction: nobody waits long for it."""
PAUSE_S = 0.05

log = structlog.get_logger()


def prune(db: Database, days: int) -> int:
    """Drops what is older than so many days (0: nothing) and says so in the log and, in the same transaction, in the
    audit; answers how many messages."""
    if days == 0:
        return 0
    total = 0
    for realm in migrate.realms(db, as_role="app"):
        messages = size = 0
        while True:
            with db.engine("app", realm).begin() as conn:
                gone, freed = inbox.prune_messages(conn, timedelta(days=days), AT_ONCE)
                if gone:
                    told = {"realm": realm, "older_than_days": days, "messages": gone, "bytes": freed}
                    audit.note(
                        conn,
                        [audit.Entry("change", "emmap worker", "command", "prune originals", details=told)],
                    )
            messages, size = messages + gone, size + freed
            if gone < AT_ONCE:
                break
            time.sleep(PAUSE_S)
        if messages:
            log.info("messages_pruned", realm=realm, older_than_days=days, messages=messages, bytes=size)
        total += messages
    return total
