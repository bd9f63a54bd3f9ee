"""The versions behind a briefing, as a hash: whoever changes one byte of them later is found out."""

from datetime import datetime

from sqlalchemy import Connection, text


def versions_hash(conn: Connection, layer: str, at: datetime, known_at: datetime) -> str:
    """SHA-256 (hex) of every version of a layer that holds at T as known at K, whatever the order of the rows.

    Of each: what it says, when it holds, since when it was known and which message said so; neither what is computed from
    these nor when it ceased to be known, which may still be written. A copy of the same facts in another database has the
    same hash.
    """
    found: str = conn.execute(
        text(
            "select encode(sha256(coalesce(string_agg(h, ''::bytea order by h), ''::bytea)), 'hex') from ("
            "  select sha256(convert_to(row(v.feature_id, v.valid, lower(v.recorded), v.geom, v.hazards, v.severity, v.status,"
            "    v.districts, v.form, v.properties, v.content_hash)::text, 'UTF8')) as h"
            "  from version v where v.layer = :layer and v.recorded @> cast(:known_at as timestamptz)"
            "    and v.valid @> cast(:at as timestamptz)"
            ") hashed"
        ),
        {"layer": layer, "at": at, "known_at": known_at},
    ).scalar_one()
    return found
