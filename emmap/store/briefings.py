"""Stored briefings: their specs, and the hash of what each rendering was. Append-only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from emmap.store import answers
from emmap.store.database import Database
from emmap.store.versions import tick

WAIT_FOR_WRITER = "2s"
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class Stored:
    """A briefing as stored. `spec` is the text that `sha256` (hex) is of."""

    briefing_id: str
    title: str
    template: str
    realm: str
    spec: str
    sha256: str
    account: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Output:
    """A rendering, by its hash (hex) and by the software and fonts that made it."""

    format: str
    sha256: str
    manifest: Mapping[str, Any]
    rendered_at: datetime


_COLUMNS = "briefing_id, title, template, realm, spec, sha256, account, created_at"


def final_stamp(db: Database, realm: str, layer: str) -> datetime | None:
    """A stamp of the layer up to which everything is final; None for a layer that was never written.

    The layer ticks, so that the stamp is of now. Where a long import holds its clock, the committed stamp serves: it
    is final too, and nobody waits.
    """
    engine = db.engine("app", realm)
    with engine.connect() as conn:
        committed = answers.stamps(conn).get(layer)
    if committed is None:
        return None
    try:
        with engine.begin() as conn:
            conn.execute(text(f"set local lock_timeout = '{WAIT_FOR_WRITER}'"))
            return tick(conn, layer)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        return committed


def add(conn: Connection, one: Stored) -> None:
    """Stores a briefing."""
    conn.execute(
        text(
            f"insert into briefing ({_COLUMNS}) values (:briefing_id, :title, :template, :realm, :spec, :sha256,"
            " :account, :created_at)"
        ),
        {
            "briefing_id": one.briefing_id, "title": one.title, "template": one.template, "realm": one.realm,
            "spec": one.spec, "sha256": one.sha256, "account": one.account, "created_at": one.created_at,
        },
    )  # fmt: skip


def find(conn: Connection, briefing_id: str) -> Stored | None:
    """A briefing by its id."""
    row = conn.execute(
        text(f"select {_COLUMNS} from briefing where briefing_id = :briefing_id"),
        {"briefing_id": briefing_id},
    ).one_or_none()
    return _stored(row) if row else None


def latest(conn: Connection, limit: int = 100) -> list[Stored]:
    """The newest briefings, newest first."""
    found = conn.execute(
        text(f"select {_COLUMNS} from briefing order by created_at desc, briefing_id limit :limit"),
        {"limit": limit},
    )
    return [_stored(row) for row in found]


def _stored(row: Any) -> Stored:
    return Stored(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7])


def keep_output(
    conn: Connection, briefing_id: str, format: str, sha256: str, manifest: Mapping[str, Any]
) -> None:
    """Remembers the first rendering of a format; later ones are compared with it."""
    conn.execute(
        text(
            "insert into briefing_output (briefing_id, format, sha256, manifest)"
            " values (:briefing_id, :format, :sha256, cast(:manifest as jsonb)) on conflict do nothing"
        ),
        {
            "briefing_id": briefing_id,
            "format": format,
            "sha256": sha256,
            "manifest": json.dumps(dict(manifest)),
        },
    )


def outputs(conn: Connection, briefing_id: str) -> list[Output]:
    """The first renderings of a briefing."""
    found = conn.execute(
        text(
            "select format, sha256, manifest, rendered_at from briefing_output"
            " where briefing_id = :briefing_id order by format"
        ),
        {"briefing_id": briefing_id},
    )
    return [Output(row[0], row[1], row[2], row[3]) for row in found]
