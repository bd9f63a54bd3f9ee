"""更正说明: which issue this one corrects, and what its data say otherwise."""

from collections.abc import Iterator

from emmap.briefing import blocks
from emmap.briefing import wording as words_of
from emmap.briefing.answering import Asked
from emmap.briefing.desk.differing import differences, sentences
from emmap.briefing.spec import Spec, read_spec
from emmap.briefing.words import beijing
from emmap.layer import Title
from emmap.store import briefings

TITLE = Title("更正说明", "What is corrected")
_DRAWN = ("map", "maps", "district_map", "photos")
"""Kinds that draw what others tell in words and figures."""
_MOST_LINES = 30


def wording(asked: Asked) -> str:
    """A line for the issue, and one for each difference; empty where the briefing corrects none."""
    stored = briefings.find(asked.conn, asked.spec.corrects) if asked.spec.corrects else None
    if stored is None:
        return ""
    old = Asked(asked.conn, read_spec(stored.spec, stored.sha256), asked.layers, stored.briefing_id)
    found = list(_found(old, asked))
    if len(found) > _MOST_LINES:
        found = [*found[:_MOST_LINES], f"等 {len(found)} 处"]
    lines = [f"{number}．{line}" for number, line in enumerate(found, 1)]
    return "\n".join([_issue(old.spec, stored), *(lines or ["所列数据与原件一致。"])])


def _issue(spec: Spec, stored: briefings.Stored) -> str:
    number = f"第 {stored.number.issue} 期（总第 {stored.number.total} 期）" if stored.number else ""
    signed = beijing(stored.created_at.replace(microsecond=0))
    return f"本期更正{number}《{spec.title}》（编号 {stored.briefing_id}，{signed} 制）。"


def _found(old: Asked, new: Asked) -> Iterator[str]:
    """What each block that both have says otherwise."""
    before = {one["key"]: one for one in old.spec.blocks}
    for block in new.spec.blocks:
        was = before.get(block["key"])
        if was is None or was["kind"] != block["kind"] or block["kind"] in _DRAWN:
            continue
        title = f"{block['title']}：" if block.get("title") else ""
        named = block.get("wording")
        if named and named != "correction" and named in words_of.wordings():
            told = words_of.wordings()[named]
            yield from (f"{title}{line}" for line in sentences(told(old), told(new)))
        elif block["kind"] != "text":
            changed = differences(blocks.filled(old, was), blocks.filled(new, block))
            yield from (f"{title}{line}" for line in changed)
