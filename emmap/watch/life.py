"""The life of an alarm: 接报 → 核实 → 研判 → 处置 → 反馈 → 办结, or 误报. Pure: a state and an act give the next state.

A step may be left out, none is gone back to; what was closed too early is opened again. Whoever acts on an alarm has
taken it; another one takes it over first, and that is written down like everything else.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from emmap.errors import Conflict, Malformed
from emmap.store.alarms import State

STAGES = ("received", "verified", "assessed", "handling", "feedback", "closed")
ENDS = frozenset({"closed", "false_alarm", "merged"})
MOVES: Mapping[str, str] = MappingProxyType(
    {
        "verify": "verified",
        "assess": "assessed",
        "handle": "handling",
        "feedback": "feedback",
        "close": "closed",
        "false_alarm": "false_alarm",
    }
)
"""The acts that move an alarm on, and to which stage."""
SAID: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "open": ("接报", "received"),
        "take": ("接警", "taken"),
        "hand": ("移交", "handed on"),
        "verify": ("核实", "verified"),
        "assess": ("研判", "assessed"),
        "handle": ("处置", "response under way"),
        "feedback": ("反馈", "feedback"),
        "close": ("办结", "closed"),
        "false_alarm": ("判定误报", "found false"),
        "amend": ("更正信息", "facts amended"),
        "phone": ("电话报告", "reported by phone"),
        "report": ("书面报告", "reported in writing"),
        "remark": ("备注", "remark"),
        "merge": ("并入", "merged"),
        "split": ("拆出", "split off"),
        "reopen": ("重新打开", "opened again"),
        "worsen": ("升级", "raised"),
        "escalate": ("无人接警，转呼", "unanswered, passed on"),
    }
)
"""Each act in the words of the log, Chinese and English."""
STAGE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "received": "接报", "verified": "核实", "assessed": "研判", "handling": "处置", "feedback": "反馈",
        "closed": "办结", "false_alarm": "误报", "merged": "已合并",
    }
)  # fmt: skip


def begun(severity: int, facts: Mapping[str, object], *, rings: bool, called: str | None) -> State:
    """An alarm as it is received. `called`: who is to answer while it rings."""
    return State("received", None, severity, rings, called if rings else None, facts)


def after(state: State, act: str, account: str, *, to: str = "", before: str = "received") -> State:
    """The state after a person's act. `to`: whom it is handed to; `before`: the stage before this one, for `reopen` and
    `split`.

    Raises `Conflict` where the alarm is not in a stage for it, or with somebody else, and `Malformed` for an act that
    is none.
    """
    if act not in SAID or act in ("open", "worsen", "escalate"):
        raise Malformed(f"不认识操作 {act[:40]}。", f"There is no act {act[:40]}.", code="unknown_act")
    if act in ("reopen", "split"):
        if state.stage not in (("merged",) if act == "split" else ("closed", "false_alarm")):
            raise _not_now(state, act)
        stage = before if before not in ENDS else "received"
        return replace(state, stage=stage, holder=account, ringing=False, called=None)
    if state.stage in ENDS:
        raise _not_now(state, act)
    if act == "take":
        if state.holder == account:
            raise Conflict(f"这条警情已由您（{account}）接警。", "You have taken it already.", code="taken")
        return replace(state, holder=account, ringing=False, called=None)
    if act == "remark":
        return state
    if state.holder != account:
        raise _not_yours(state.holder)
    if act == "hand":
        return replace(state, holder=to)
    if act == "merge":
        return replace(state, stage="merged", ringing=False, called=None)
    if act in MOVES:
        stage = MOVES[act]
        if stage in STAGES and STAGES.index(stage) <= STAGES.index(state.stage):
            raise _not_now(state, act)
        return replace(state, stage=stage, ringing=False, called=None)
    return state


def _not_now(state: State, act: str) -> Conflict:
    word = STAGE_WORDS[state.stage]
    return Conflict(
        f"这条警情处于「{word}」，不能再{SAID[act][0]}。",
        f"The alarm stands at “{state.stage}”: it cannot be {SAID[act][1]} now.",
        code="not_at_this_stage",
    )


def _not_yours(holder: str | None) -> Conflict:
    if holder is None:
        return Conflict("请先接警，再操作。", "Take the alarm first.", code="not_taken")
    return Conflict(
        f"这条警情由 {holder} 负责；请先接手，再操作。",
        f"{holder} has this alarm: take it over first.",
        code="not_yours",
    )
