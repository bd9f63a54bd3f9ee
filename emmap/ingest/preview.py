"""An import tried before it is made: the same code, in a transaction that is undone; and made as it was seen.

Between the two the store may change. What a person applies is what they saw: where applying would do anything else, it
is not done, and says what differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from emmap.errors import Conflict, Malformed, NotFound
from emmap.ingest import importer
from emmap.ingest.headers import VALID_FROM, VALID_TO
from emmap.ingest.importer import Ready
from emmap.ingest.intake import header_key, name_key
from emmap.ingest.recognise import signature
from emmap.ingest.result import ImportResult
from emmap.layer import Layer, load_layers
from emmap.settings import get_settings
from emmap.store import answers, changes, drafts, inbox, withdrawals
from emmap.store.changes import Change
from emmap.store.database import Database
from emmap.store.drafts import Draft
from emmap.store.overlay import EARLIEST
from emmap.store.points import parse_stamp, stamp_text

DRAWN = 1_500
"""Features of each outcome that the small map shows."""
LISTED = 25
"""Features of each outcome, and rejected rows, that are shown in full."""
_COUNTS = ("read", "added", "changed", "unchanged", "ended", "rejected")
_CHANGED_SINCE = 10_000


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chose for a file. `mapping`: column → field. `name`: what they call this kind of table."""

    datum: str = "wgs84"
    mode: str = "partial"
    mapping: Mapping[str, str] | None = None
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a draft keeps it."""
        return {
            "datum": self.datum,
            "mode": self.mode,
            "mapping": dict(self.mapping or {}),
            "name": self.name,
        }


class Differs(Conflict):
    """Applying would do something else than the preview showed. `preview` is what it would do now, `counts` holds
    each count that differs as (then, now), `features` those of the file that others changed, and when."""

    def __init__(
        self, preview: dict[str, Any], counts: dict[str, tuple[int, int]], features: dict[str, datetime]
    ) -> None:
        named = "、".join(list(features)[:5])
        super().__init__(
            "预览以后库里有了变化，这次没有导入。"
            + (f"文件里的 {len(features):,} 个要素被别人改过：{named}{'…' if len(features) > 5 else ''}。" if features else "")
            + "请看一下新的预览，再点导入。",
            "The store has changed since the preview, and nothing was imported. "
            + (f"Others changed {len(features):,} features of the file: {', '.join(list(features)[:5])}. " if features else "")
            + "Look at the new preview and apply again.",
            code="changed_since_preview",
        )  # fmt: skip
        self.preview, self.counts, self.features = preview, counts, features


def preview(db: Database, realm: str, draft: Draft) -> dict[str, Any]:
    """What applying the draft would do, found by doing it and undoing it; kept with the draft. Raises as
    `importer.import_file` does."""
    ready = _read(db, realm, draft)
    with db.engine("app", realm).connect() as conn, conn.begin() as transaction:
        before = answers.stamps(conn)
        result = ready.take(conn)
        found = _seen(conn, draft, ready, result, before)
        transaction.rollback()
    with db.engine("app", realm).begin() as conn:
        drafts.keep_preview(conn, draft.draft_id, found)
    return found


def apply(db: Database, realm: str, draft: Draft) -> ImportResult:
    """Imports the draft as its preview showed, and forgets it.

    Raises `Malformed` where there is no preview of these choices, and `Differs` (with the new preview kept) where it
    would do something else; nothing is stored then.
    """
    seen = draft.preview
    if seen is None:
        raise Malformed("请先预览。", "Preview it first.", code="no_preview")
    ready = _read(db, realm, draft)
    with db.engine("app", realm).connect() as conn, conn.begin() as transaction:
        if not drafts.hold(conn, draft.draft_id):
            raise gone()
        before = answers.stamps(conn)
        result = ready.take(conn)
        counts = {
            name: (seen["counts"][name], now)
            for name in _COUNTS
            if (now := getattr(result, name)) != seen["counts"][name]
        }
        others = _changed_since(conn, seen["stamps"], result, ready)
        if not counts and not others:
            _remember(conn, draft, ready)
            drafts.discard(conn, draft.draft_id)
            return result
        found = _seen(conn, draft, ready, result, before)
        transaction.rollback()
    with db.engine("app", realm).begin() as conn:
        drafts.keep_preview(conn, draft.draft_id, found)
    raise Differs(found, counts, others)


def gone() -> NotFound:
    """What is said of a draft that is no longer there."""
    return NotFound(
        "这个文件已不在暂存区（已经导入、放弃，或放了一天以上）；请重新选择文件。",
        "This file no longer waits: it was imported, discarded, or lay for more than a day. Choose it again.",
        code="draft_gone",
    )


def _read(db: Database, realm: str, draft: Draft) -> Ready:
    def say(line: str) -> None:
        drafts.say(db, realm, draft.draft_id, line)

    with db.engine("app", realm).connect() as conn:
        content = drafts.content(conn, draft.draft_id)
    options = draft.options
    return importer.read_file(
        draft.layer,
        draft.file_name,
        content,
        datum=options.get("datum", "wgs84"),
        mode=options.get("mode", "partial"),
        mapping=options.get("mapping") or {},
        user=draft.account,
        say=say,
    )


def _seen(
    conn: Connection,
    draft: Draft,
    ready: Ready,
    result: ImportResult,
    before: Mapping[str, datetime | None],
) -> dict[str, Any]:
    """What a preview shows, read in the import's own transaction."""
    touched = _touched(conn, result, complete=bool(ready.table and ready.table.mode == "complete"))
    shown: dict[str, list[Any]] = {"added": [], "changed": [], "ended": []}
    drawn = []
    for layer, change in touched:
        if len(shown[change.outcome]) < LISTED:
            shown[change.outcome].append(_told(layer, change))
        if change.geometry is not None:
            drawn.append(_feature(layer, change))
    return {
        "layer": draft.layer,
        "file_name": draft.file_name,
        "options": draft.options,
        "stamps": {layer: stamp_text(stamp) for layer, stamp in before.items()},
        "counts": {
            **{name: getattr(result, name) for name in _COUNTS},
            "abroad": result.abroad,
            "repaired": result.repaired,
            "examples": result.examples,
        },
        "format": result.format,
        "columns_ignored": list(result.columns_ignored),
        "samples": {
            **shown,
            "unchanged": _unchanged(conn, ready, result),
            "rejected": [
                {"position": one.position, "code": one.code, "zh": one.zh, "en": one.en}
                for one in result.rejected_records[:LISTED]
            ],
        },
        "map": {"type": "FeatureCollection", "features": drawn},
    }


def _written(conn: Connection, result: ImportResult) -> Mapping[str, list[datetime]]:
    return withdrawals.writes(conn, result.run_id or 0)


def _touched(conn: Connection, result: ImportResult, *, complete: bool) -> list[tuple[Layer, Change]]:
    layers = load_layers(get_settings().layers_dir)
    run = inbox.run(conn, result.run_id or 0)
    message = run.message_id if run else None
    return [
        (layers[name], change)
        for name, stamps in _written(conn, result).items()
        for change in changes.touched(conn, name, stamps[-1], message=message, complete=complete, most=DRAWN)
    ]


def _changed_since(
    conn: Connection, then: Mapping[str, str | None], result: ImportResult, ready: Ready
) -> dict[str, datetime]:
    """Features of the file that others changed since the preview's stamps; of messages, any of the layers written."""
    own = {record.feature_id for record in ready.table.understood.records} if ready.table else None
    found: dict[str, datetime] = {}
    for layer, stamps in _written(conn, result).items():
        since = parse_stamp(stamp) if (stamp := then.get(layer)) else EARLIEST
        others = changes.since(conn, layer, since, stamps, _CHANGED_SINCE)
        found |= {name: at for name, at in others.items() if own is None or name in own}
    return found


def _told(layer: Layer, change: Change) -> dict[str, Any]:
    """A feature as a person is shown it: its title, and what differs, field by field. `returns`: it had no state."""
    state = change.after or change.before or {}
    before, after = change.before or {}, change.after or {}
    names = [*(n for n, f in layer.fields.items() if not f.info.personal), VALID_FROM, VALID_TO]
    return {
        "id": change.feature_id,
        "title": {lang: layer.title_of(state, lang) for lang in ("zh", "en")},
        "differs": [
            {"field": name, "before": before.get(name), "after": after.get(name)}
            for name in names
            if before.get(name) != after.get(name)
            and not (_empty(before.get(name)) and _empty(after.get(name)))
        ],
        "returns": change.before is None,
        "personal_differs": change.personal_differs,
        "moved": change.moved,
    }


def _empty(value: Any) -> bool:
    return value is None or value == [] or value == 0


def _feature(layer: Layer, change: Change) -> dict[str, Any]:
    title = layer.title_of(change.after or change.before or {}, "zh")
    return {
        "type": "Feature",
        "id": change.feature_id,
        "geometry": change.geometry,
        "properties": {"outcome": change.outcome, "title": title},
    }


def _unchanged(conn: Connection, ready: Ready, result: ImportResult) -> list[dict[str, Any]]:
    """Some features of the file that stay as they are."""
    if ready.table is None or not result.unchanged:
        return []
    layer, records = ready.table.layer, ready.table.understood.records
    looked_at = {one.feature_id: one for one in records[:: max(1, len(records) // 500)]}
    stamps = _written(conn, result).get(layer.id)
    same: Sequence[str] = list(looked_at)
    if stamps:
        same = changes.untouched(conn, layer.id, stamps[-1], list(looked_at))
    return [
        {
            "id": name,
            "title": {lang: layer.title_of(looked_at[name].properties, lang) for lang in ("zh", "en")},
        }
        for name in same[:LISTED]
    ]


def _remember(conn: Connection, draft: Draft, ready: Ready) -> None:
    """Notes how this kind of table was imported: by its header, and by the name that the person gave."""
    if ready.table is None:
        return
    keys = [header_key(signature(ready.table.sheet.header))]
    if name := draft.options.get("name"):
        keys.append(name_key(name))
    for key in keys:
        drafts.remember(conn, draft.layer, key, draft.options, draft.account)
