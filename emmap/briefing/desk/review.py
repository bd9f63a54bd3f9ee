"""拟稿 → 核稿 → 签发: who may take a draft which step. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from emmap.errors import Conflict, Forbidden
from emmap.permissions import Caller, Permission
from emmap.store.briefing_drafts import Listed, Stage

Act = Literal["edit", "delete", "checking", "drafting", "checked", "signed"]
"""What may be done with a draft: two acts, or the stage that it is taken to."""

FROM: Mapping[Act, frozenset[Stage]] = MappingProxyType(
    {
        "edit": frozenset({"drafting", "checking"}),
        "delete": frozenset({"drafting"}),
        "checking": frozenset({"drafting"}),
        "drafting": frozenset({"checking", "checked"}),
        "checked": frozenset({"checking"}),
        "signed": frozenset({"checking", "checked"}),
    }
)
"""At which stages each is open. Who signs what nobody has checked has checked it."""

_NAMES: Mapping[Stage, tuple[str, str]] = MappingProxyType(
    {
        "drafting": ("拟稿中", "being written"),
        "checking": ("待核稿", "waiting to be checked"),
        "checked": ("待签发", "waiting to be signed"),
        "signed": ("已签发", "signed"),
    }
)


def check(draft: Listed, act: Act, caller: Caller) -> None:
    """Raises `Conflict` where the draft's stage is closed to the act, `Forbidden` where the caller may not take it: only
    `sign` signs, and nobody checks or signs alone what they wrote themselves, but an administrator."""
    if draft.stage not in FROM[act]:
        zh, en = _NAMES[draft.stage]
        raise Conflict(
            f"这份稿件{zh}，不能这样做；"
            + ("需要更正请另发一期。" if draft.stage == "signed" else "请先退回拟稿。"),
            f"This draft is {en}: "
            + ("to correct it, issue another one." if draft.stage == "signed" else "return it first."),
            code="draft_signed" if draft.stage == "signed" else "draft_stage",
        )
    needed: Permission = "sign" if act == "signed" else "briefing"
    caller.need(needed)
    if caller.may("administer"):
        return
    wrote = caller.name in (draft.drafted_by, draft.submitted_by)
    if wrote and (act == "checked" or (act == "signed" and draft.stage != "checked")):
        raise Forbidden(
            "自己拟的稿要由别人核稿。",
            "Somebody else has to check what you wrote yourself.",
            code="own_draft",
        )
    if act == "delete" and draft.drafted_by not in ("", caller.name):
        raise Forbidden(
            f"这份稿件是 {draft.drafted_by} 拟的，只有本人或管理员能删除。",
            f"{draft.drafted_by} wrote this draft: only they or an administrator may delete it.",
            code="not_own_draft",
        )


def may(draft: Listed, caller: Caller) -> list[Act]:
    """What the caller may do with the draft now."""
    found: list[Act] = []
    for act in FROM:
        try:
            check(draft, act, caller)
        except (Conflict, Forbidden):
            continue
        found.append(act)
    return found
