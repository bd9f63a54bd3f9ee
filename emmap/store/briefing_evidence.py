"""The versions behind a briefing, as a hash: whoever changes one byte of them later is found out."""

from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.store.answers import Moment, conditions
from emmap.view import View


def versions_hash(conn: Connection, layer: Layer, view: View, moment: Moment) -> str:
    """SHA-256 (hex) of every version of a layer that a View lets through, whatever the order of the rows.

    Of each: what it says, when it holds and since when it was known; neither what is computed from these nor when it
    ceased to be known, which may still be written. The same facts in another database have the same hash.
    """
    where, given = conditions(layer, view, moment)
    found: str = conn.execute(
        text(
            "select encode(sha256(coalesce(string_agg(h, ''::bytea order by h), ''::bytea)), 'hex') from ("
            "  select sha256(convert_to(row(v.feature_id, v.valid, lower(v.recorded), v.geom, v.hazards, v.severity, v.status,"
            "    v.districts, v.form, v.properties, v.content_hash)::text, 'UTF8')) as h"
            f"  from version v where {where}"
            ") hashed"
        ),
        given,
    ).scalar_one()
    return found
