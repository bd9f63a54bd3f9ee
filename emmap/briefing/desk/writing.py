"""Drafts as they are written: opened from a view, saved, given new data, copied for another time."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from emmap.briefing.body import Body, read_body
from emmap.briefing.desk import review
from emmap.briefing.desk.drafting import first_body, first_wordings
from emmap.briefing.freeze import spec_of
from emmap.briefing.render import new_id
from emmap.briefing.sight import Data, moment_of, take
from emmap.errors import Conflict, Malformed, NotFound
from emmap.layer import Layer
from emmap.permissions import Caller
from emmap.settings import Settings
from emmap.store import briefing_drafts as drafts
from emmap.store.briefing_drafts import Draft
from emmap.store.database import Database
from emmap.view import BEIJING, KNOWN_THEN, parse_instant, text_of_instant, view_of

LARGEST_BODY = 1 << 20
"""Of a draft, in bytes of UTF-8: seven texts of the greatest length, some hundred pages, which take seconds to set."""
DEEPEST = 12
"""How deep a body's lists and objects may lie in each other; a map within a block lies 6 deep."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Of a time that a draft can be copied for."""
CORRECTION = "correction"
"""The wording that says what a correction corrects."""


class DraftConflict(Conflict):
    """Somebody else saved meanwhile: `current` is what stands now."""

    def __init__(self, current: Draft) -> None:
        who = current.about.updated_by
        super().__init__(
            f"{who} 在您编辑期间保存过这份稿件；您的文字没有丢，请对照后再保存。",
            f"{who} saved this draft while you were writing; nothing of yours is lost: compare, then save again.",
            code="draft_conflict",
        )
        self.current = current


def found(draft: Draft | None, draft_id: str) -> Draft:
    """The draft; `NotFound` where there is none."""
    if draft is None:
        raise NotFound(
            f"没有稿件 {draft_id[:40]}，可能已被删除。",
            f"There is no draft {draft_id[:40]}; it may have been deleted.",
        )
    return draft


def get(db: Database, draft_id: str) -> Draft:
    """A draft. `NotFound`."""
    with db.engine("app").connect() as conn:
        return found(drafts.find(conn, draft_id), draft_id)


def composed(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    *,
    template: str,
    view: Mapping[str, Any],
    title: str,
) -> tuple[Body, Data]:
    """What a template composes at first of a view, and the data taken for it now.

    Raises `Malformed` for a template or view that cannot be used, `NotFound` for an unknown realm.
    """
    data = take(db, view_of(view, layers).realm, layers)
    return first_body(db, layers, settings, named=template, view=view, title=title, data=data), data


def open_draft(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    *,
    template: str,
    view: Mapping[str, Any],
    title: str = "",
    account: str,
) -> str:
    """The id of a new draft. Raises as `composed`."""
    body, data = composed(db, layers, settings, template=template, view=view, title=title)
    with db.engine("app").begin() as conn:
        return keep(conn, body, data, account=account)


def checked(told: Mapping[str, Any]) -> Body:
    """A body that can be kept. `Malformed` where it is none, or holds what no text is."""
    if not _within(told, DEEPEST):
        raise Malformed("稿件的结构过深。", "The draft's objects lie too deep in each other.")
    try:
        size = len(json.dumps(told, ensure_ascii=False, allow_nan=False).encode())
    except ValueError as error:  # half a character (a surrogate), or a number that is none
        raise Malformed(
            "稿件里有不成字的字符或不是数的数；请删去再保存。",
            "The draft holds half a character, or a number that is none: take it out and save again.",
        ) from error
    if size > LARGEST_BODY:
        raise Malformed(
            f"稿件过大（{size >> 10} KB）；最多 {LARGEST_BODY >> 10} KB。请拆成几份。",
            f"The draft is too large ({size >> 10} KB); at most {LARGEST_BODY >> 10} KB: split it.",
        )
    return read_body(told)


def _within(told: Any, deep: int) -> bool:
    """Whether lists and objects lie at most so deep in each other."""
    if not isinstance(told, list | Mapping):
        return True
    inside = told.values() if isinstance(told, Mapping) else told
    return deep > 0 and all(_within(one, deep - 1) for one in inside)


def save(db: Database, draft_id: str, revision: int, body: Body, caller: Caller) -> Draft:
    """Saves a body over `revision`. Raises `DraftConflict` where another saved meanwhile, and as `review.check`."""
    return _saved(db, draft_id, revision, caller, body.model_dump(mode="json"))


def renew(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    draft_id: str,
    revision: int | None,
    caller: Caller,
) -> Draft:
    """更新数据: the draft as of data taken now; first wordings that nobody touched are worded anew. Raises as `save`."""
    draft = get(db, draft_id)
    review.check(draft.about, "edit", caller)
    before, body = data_of(draft), read_body(draft.body)
    data = take(db, before.realm, layers)
    corrects = draft.about.corrects or ""
    made = reworded(db, layers, settings, body, before, body, data, corrects=corrects)
    fresh = read_body(made)
    _date(fresh, *(spec_of(body, one, layers, settings).at for one in (before, data)))
    return _saved(
        db,
        draft_id,
        draft.about.revision if revision is None else revision,
        caller,
        fresh.model_dump(mode="json"),
        data,
    )


def _saved(
    db: Database,
    draft_id: str,
    revision: int,
    caller: Caller,
    body: Mapping[str, Any],
    data: Data | None = None,
) -> Draft:
    with db.engine("app").begin() as conn:
        current = found(drafts.find(conn, draft_id, lock=True), draft_id)
        review.check(current.about, "edit", caller)
        kept = data.plain() if data else None
        if drafts.save(conn, draft_id, revision, caller.name, body=body, data=kept) is None:
            raise DraftConflict(current)
        return found(drafts.find(conn, draft_id), draft_id)


def discard(db: Database, draft_id: str, caller: Caller) -> str:
    """Deletes a draft and answers its title. Raises as `review.check`."""
    with db.engine("app").begin() as conn:
        draft = found(drafts.find(conn, draft_id, lock=True), draft_id)
        review.check(draft.about, "delete", caller)
        drafts.discard(conn, draft_id)
        return draft.about.title


def copy(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    draft: Draft,
    *,
    at: datetime | None,
    account: str,
) -> str:
    """The id of a copy whose times are moved so that T is `at`, or a day on; a live draft stays live where nothing is
    said. Its data are taken now, and wordings that nobody touched are worded anew."""
    before, old = data_of(draft), read_body(draft.body)
    data = take(db, before.realm, layers)
    then = spec_of(old, before, layers, settings).at
    if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Malformed(
            f"时间应在 {FIRST_YEAR} 到 {LAST_YEAR} 年之间。",
            f"The time has to lie between {FIRST_YEAR} and {LAST_YEAR}.",
        )
    by = at - moment_of(then) if at else timedelta(days=1)
    told = moved(old.model_dump(mode="json"), by)
    # What it corrects the copy does not.
    told["blocks"] = [one for one in told["blocks"] if one.get("wording") != CORRECTION]
    if at is not None:
        told["view"]["at"] = text_of_instant(at)
    body = read_body(told)
    _date(body, then, spec_of(body, data, layers, settings).at)
    made = reworded(db, layers, settings, old, before, body, data)
    with db.engine("app").begin() as conn:
        return keep(conn, read_body(made), data, account=account, came_from={"draft": draft.about.draft_id})


def _date(body: Body, then: str, now: str) -> None:
    """Lets the date of the header, where it is T's, follow T. Instants as a spec holds them."""
    before, after = (moment_of(one).astimezone(BEIJING).date().isoformat() for one in (then, now))
    if body.header.get("date") == before:
        body.header["date"] = after


def moved(told: Any, by: timedelta) -> Any:
    """A body's plain values with every time of a view moved: `at`, and a `known_at` that is an instant."""
    if isinstance(told, list):
        return [moved(one, by) for one in told]
    if not isinstance(told, Mapping):
        return told
    result = {name: moved(value, by) for name, value in told.items()}
    view = result.get("view")
    if isinstance(view, dict):
        for name in ("at", "known_at"):
            if view.get(name) and view[name] != KNOWN_THEN:
                view[name] = _later(view[name], by)
    return result


def _later(said: Any, by: timedelta) -> str:
    try:
        return text_of_instant(parse_instant(str(said)) + by)
    except (ValueError, OverflowError) as error:
        raise Malformed(
            f"时间「{str(said)[:40]}」不能用，应带时区，如 2020-05-22T02:00:00+08:00。",
            f"The time {str(said)[:40]} cannot be used: it needs an offset, such as 2020-05-22T02:00:00+08:00.",
        ) from error


def reworded(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    old: Body,
    old_data: Data,
    body: Body,
    data: Data,
    *,
    corrects: str = "",
) -> dict[str, Any]:
    """`body` as plain values, where each text that still says what `old` was first given says it of `data`."""
    made = body.model_dump(mode="json")
    before = first_wordings(db, layers, settings, old, old_data, corrects=corrects)
    texts = {one["key"]: one.get("text") for one in old.blocks}
    untouched = {key for key, text in before.items() if texts.get(key) == text}
    now = first_wordings(db, layers, settings, body, data, corrects=corrects) if untouched else {}
    for block in made["blocks"]:
        if block["key"] in untouched and block["key"] in now:
            block["text"] = now[block["key"]]
    return made


def wording(db: Database, layers: Mapping[str, Layer], settings: Settings, draft: Draft, key: str) -> str:
    """What a text block of the draft would say at first of the draft's data. `NotFound` for one that has no wording."""
    corrects = draft.about.corrects or ""
    every = first_wordings(db, layers, settings, read_body(draft.body), data_of(draft), corrects=corrects)
    if key not in every:
        raise NotFound(
            f"版块 {key[:40]} 没有自动拟文。", f"Block {key[:40]} has no first wording.", code="no_wording"
        )
    return every[key]


def data_of(draft: Draft) -> Data:
    """The draft's data."""
    return Data(**draft.data)


def keep(
    conn: Connection,
    body: Body,
    data: Data,
    *,
    account: str,
    came_from: Mapping[str, Any] | None = None,
    corrects: str | None = None,
) -> str:
    """Stores a new draft and answers its id; `account` is empty where a schedule leaves it."""
    draft_id = new_id()
    plain = body.model_dump(mode="json")
    drafts.add(conn, draft_id, plain, data.plain(), account=account, came_from=came_from, corrects=corrects)
    return draft_id
