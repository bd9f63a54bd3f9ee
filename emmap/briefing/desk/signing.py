"""签发: a draft becomes a briefing, numbered and frozen."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from emmap.briefing import render
from emmap.briefing.body import read_body
from emmap.briefing.desk import review
from emmap.briefing.desk.writing import DraftConflict, data_of, found
from emmap.briefing.freeze import spec_of
from emmap.layer import Layer
from emmap.permissions import Caller
from emmap.settings import Settings
from emmap.store import briefing_drafts as drafts
from emmap.store import briefings
from emmap.store.briefing_drafts import Draft, Stage
from emmap.store.briefings import Number, Stored
from emmap.store.database import Database
from emmap.view import BEIJING


def step(db: Database, draft_id: str, revision: int, to: Stage, comment: str, caller: Caller) -> Draft:
    """Takes a draft to a stage other than `signed`. Raises as `review.check`, and `DraftConflict` where it is no longer
    at this revision."""
    with db.engine("app").begin() as conn:
        _held(conn, draft_id, revision, to, caller)
        if to == "checking":
            drafts.submit(conn, draft_id, caller.name)
        elif to == "checked":
            drafts.pass_check(conn, draft_id, caller.name)
        else:
            drafts.give_back(conn, draft_id, caller.name, comment)
        return found(drafts.find(conn, draft_id), draft_id)


def sign(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    draft_id: str,
    revision: int,
    caller: Caller,
    address: str,
) -> Stored:
    """Makes the draft a briefing: numbered, frozen, and rendered once as PDF; all of it or nothing. `address` is this
    site's, where the record of the briefing will be read.

    Raises as `step`, and as rendering does where the page cannot be set.
    """
    with db.engine("app").begin() as conn:
        draft = _held(conn, draft_id, revision, "signed", caller)
        now = datetime.now(UTC)
        number = _next(conn, draft, now)
        signed = {
            "drafted_by": draft.about.drafted_by,
            "checked_by": draft.about.checked_by or caller.name,
            "signed_by": caller.name,
        }
        briefing_id = render.new_id()
        spec = spec_of(
            read_body(draft.body),
            data_of(draft),
            layers,
            settings,
            created_at=now,
            number=render.number_as_json(number),
            signed=signed,
            corrects=draft.about.corrects or "",
            record_url=f"{address.rstrip('/')}/briefings/{briefing_id}",
        )
        stored = render.stored_of(
            spec, account=caller.name, briefing_id=briefing_id, number=number, draft_id=draft_id, **signed
        )
        render.keep(conn, db, layers, stored)
        drafts.close(conn, draft_id, caller.name, briefing_id)
    return stored


def upcoming(db: Database, draft: Draft) -> Number | None:
    """The number that the draft would be given if it were signed now; None where it has no masthead."""
    with db.engine("app").connect() as conn, conn.begin() as looking:
        number = _next(conn, draft, datetime.now(UTC))
        looking.rollback()
        return number


def series_of(draft: Draft) -> str:
    """The series that a draft is counted in: its masthead; an exercise's issues are counted apart."""
    masthead = str(draft.body.get("header", {}).get("masthead", "")).strip()
    return f"{masthead}（演练）" if masthead and draft.about.realm != "real" else masthead


def _next(conn: Connection, draft: Draft, now: datetime) -> Number | None:
    series = series_of(draft)
    return briefings.next_number(conn, series, now.astimezone(BEIJING).year) if series else None


def _held(conn: Connection, draft_id: str, revision: int, to: Stage, caller: Caller) -> Draft:
    draft = found(drafts.find(conn, draft_id, lock=True), draft_id)
    review.check(draft.about, to, caller)
    if draft.about.revision != revision:
        raise DraftConflict(draft)
    return draft
