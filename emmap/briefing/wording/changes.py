"""更正说明: which figures changed since the briefing that this one corrects."""

from emmap.briefing.answering import Asked
from emmap.briefing.blocks import changes
from emmap.layer import Title

TITLE = Title("更正说明", "What changed")
_MOST = 6


def wording(asked: Asked) -> str:
    """The first figures of the body's block of changes, then and now. Without such a block there is nothing to say."""
    told = next((one for one in asked.spec.blocks if one["kind"] == changes.KIND.name), None)
    if told is None:
        return ""
    shape = changes.fill(asked, changes.ChangesBlock.model_validate(dict(told)))
    rows = shape["rows"]
    if not rows:
        return str(shape["note"])
    said = "；".join(f"{name}由 {then} 更正为 {now}" for name, then, now, _ in rows[:_MOST])
    return f"{said}。" + (f"另有 {len(rows) - _MOST} 项，见下表。" if len(rows) > _MOST else "")
