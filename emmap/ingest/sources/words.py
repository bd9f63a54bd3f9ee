"""A source and its runs, as people and programs read them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from emmap.store.inbox import Message
from emmap.store.inlets import INLETS, Inlet
from emmap.store.source_states import Standing
from emmap.store.sources import Run, Told

_COUNT_WORDS: Mapping[str, tuple[str, str]] = {
    "read": ("读入", "read"),
    "added": ("新增", "added"),
    "changed": ("变更", "changed"),
    "ended": ("结束", "ended"),
    "rejected": ("拒收", "refused"),
}


def outcome_words(told: Told | Run) -> tuple[str, str]:
    """What a run did, in one sentence of each language; then what went wrong in a part."""
    wrong = (told.zh, told.en) if told.zh and told.en else None
    if wrong and told.outcome not in ("taken", "unchanged"):
        return wrong
    zh, en = _done(told.counts) if told.outcome != "unchanged" else ("没有变化。", "Nothing new.")
    return (f"{zh}{wrong[0]}", f"{en} {wrong[1]}") if wrong else (zh, en)


def _done(counts: Mapping[str, int] | None) -> tuple[str, str]:
    counts = counts or {}
    shown = {name: words for name, words in _COUNT_WORDS.items() if counts.get(name) or name == "read"}
    zh = "，".join(f"{words[0]} {counts.get(name, 0):,}" for name, words in shown.items())
    en = ", ".join(f"{words[1]} {counts.get(name, 0):,}" for name, words in shown.items())
    return f"{zh}。", f"{en[0].upper()}{en[1:]}."


def age(span: timedelta) -> tuple[str, str]:
    """How long ago, in both languages."""
    seconds = int(span.total_seconds())
    for size, zh, en in ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return f"{seconds // size} {zh}前", f"{seconds // size} {en} ago"
    return f"{max(seconds, 0)} 秒前", f"{max(seconds, 0)} s ago"


def as_json(one: Standing, days: Sequence[tuple[date, int, int]], now: datetime) -> dict[str, Any]:
    """A source as the API and `--json` tell it. `lag_s`: how long ago it last succeeded."""
    return {
        "name": one.name,
        "title": one.title,
        "layer": one.layer or None,
        "reader": one.reader,
        "place": one.place,
        "mode": one.mode,
        "every_s": int(one.every.total_seconds()),
        "expected_s": int(one.expected.total_seconds()),
        "configured": one.configured,
        "state": _state(one),
        "late": one.late(now),
        "last_success": instant(one.last_success_at),
        "lag_s": int((now - one.last_success_at).total_seconds()) if one.last_success_at else None,
        "last_failure": instant(one.last_failure_at),
        "failures": one.failures,
        "trouble": dict(zip(("code", "zh", "en"), one.trouble, strict=True)) if one.trouble else None,
        "next_run": instant(one.next_run_at) if one.paused_at is None else None,
        "paused": {"since": instant(one.paused_at), "by": one.paused_by} if one.paused_at else None,
        "held": _held(one),
        "per_day": _days(days),
    }


def run_as_json(one: Run) -> dict[str, Any]:
    """A row of the history."""
    zh, en = outcome_words(one)
    return {
        "id": one.source_run_id,
        "began": instant(one.began_at),
        "finished": instant(one.finished_at),
        "times": one.times,
        "outcome": one.outcome,
        "code": one.code,
        "zh": zh,
        "en": en,
        "counts": dict(one.counts) if one.counts else None,
        "size": one.size,
        "import": one.run_id,
        "message": one.message_id,
        "account": one.account or None,
    }


def inlet_as_json(one: Inlet) -> dict[str, Any]:
    """What comes in by push or by hand."""
    zh, en = INLETS[one.name]
    return {
        "name": one.name,
        "title": {"zh": zh, "en": en},
        "last": instant(one.last_at),
        "per_day": _days(one.per_day),
    }


def message_as_json(one: Message) -> dict[str, Any]:
    """A raw message, without its content. `pruned`, `erased`: since when only this is left of it."""
    return {
        "id": one.message_id,
        "source": one.source,
        "name": one.name or None,
        "identifier": one.identifier,
        "media_type": one.media_type,
        "size": one.size,
        "received": instant(one.received_at),
        "sha256": one.sha256.hex(),
        "pruned": instant(one.pruned_at),
        "erased": instant(one.erased_at),
    }


def _days(days: Sequence[tuple[date, int, int]]) -> list[dict[str, Any]]:
    return [{"day": day.isoformat(), "records": records, "new": new} for day, records, new in days]


def instant(at: datetime | None) -> str | None:
    """RFC 3339, UTC, whole seconds."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _state(one: Standing) -> str:
    if not one.configured:
        return "retired"
    if one.paused_at is not None:
        return "paused"
    if one.held_run is not None:
        return "held"
    if one.running_since is not None:
        return "running"
    return "failing" if one.failures else "waiting" if one.last_success_at is None else "ok"


def _held(one: Standing) -> dict[str, Any] | None:
    if one.held_run is None:
        return None
    counts = dict(one.held_counts) if one.held_counts else None
    return {"run": one.held_run, "message": one.held_message, "counts": counts, "confirmed": one.confirmed}
