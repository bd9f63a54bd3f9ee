"""交接班: the sheet is composed from what is open, amended by who leaves, and signed by both. What is open comes from the
store each time, so nothing of it can be left off; people add remarks to it, and say what else matters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from emmap.codes import SEVERITIES
from emmap.errors import Conflict, Forbidden, Malformed
from emmap.layer import Layer
from emmap.store import alarms, answers, duty_log, handovers, rota, source_states
from emmap.store.handovers import Handover
from emmap.store.marks import headlines
from emmap.view import View
from emmap.watch.alarms import beijing, instant, note
from emmap.watch.equipment import Device, Mark, marked
from emmap.watch.life import STAGE_WORDS

MOST_WARNINGS = 200
TEXTS = ("key_points", "equipment", "remarks")
"""What people write on a sheet besides remarks: 重点关注, 设备说明, 其他."""


@dataclass(frozen=True, slots=True)
class Amended:
    """What a person writes on a sheet: remarks by an item's key, the texts, marks by a device's key."""

    remarks: Mapping[str, str]
    texts: Mapping[str, str]
    marks: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """What stands in the room: emmap's own parts and the room's devices; `default`: the list is not the operator's."""

    devices: list[Device]
    default: bool


def composed(conn: Connection, layers: Mapping[str, Layer], now: datetime) -> list[dict[str, str]]:
    """Everything that is open: alarms, warnings in force, sources that are late or held. `key` names an item for as
    long as it is open."""
    found = [
        {
            "key": f"alarm {one.alarm_id}",
            "kind": "alarm",
            "text": f"{one.event_no} {one.title}（{STAGE_WORDS[one.state.stage]}，"
            f"{one.state.holder or '无人接警'}，{beijing(one.received_at)} 接报）",
        }
        for one in alarms.queue(conn)
    ]
    for layer in layers.values():
        if layer.rings is None or not layer.comes_and_goes:
            continue
        view = View(severity=(1, 2, 3, 4))
        for warning in headlines(conn, layer, view, answers.resolve(conn, layer, view), MOST_WARNINGS):
            until = f"至 {beijing(warning.valid_to)}" if warning.valid_to else "未定解除时间"
            found.append(
                {
                    "key": f"warning {layer.id} {warning.title} {instant(warning.valid_from)}",
                    "kind": "warning",
                    "text": f"{SEVERITIES[warning.severity].zh}　{warning.title}（{until}）",
                }
            )
    for source in source_states.standings(conn):
        if source.configured and (source.late(now) or source.held_run is not None):
            last = beijing(source.last_success_at) if source.last_success_at else "从未"
            held = "，有内容等待确认" if source.held_run is not None else ""
            found.append(
                {
                    "key": f"source {source.name}",
                    "kind": "source",
                    "text": f"{source.title}：最近成功 {last}{held}",
                }
            )
    return found


def draw_up(
    conn: Connection, layers: Mapping[str, Layer], room: Room, *, taking: str, account: str
) -> Handover:
    """A new sheet, from whoever has the watch to `taking`. Where nobody has it, `taking` signs alone.

    `Conflict` where a sheet is open already, `Forbidden` for somebody who has no part in it.
    """
    alarms.hold(conn)
    on = rota.on_watch(conn)
    leaving = on[0] if on else None
    if account not in (leaving, taking):
        raise Forbidden(
            f"当前由 {leaving or '（无人）'} 值守，交接班表应由交班人或接班人起草。",
            f"{leaving or 'nobody'} has the watch: whoever leaves or takes over draws the sheet up.",
        )
    if leaving == taking:
        raise Conflict(
            f"{taking} 正在值守，不能交给自己。", f"{taking} has the watch already.", code="on_watch"
        )
    if any(one.stage in ("draft", "left") for one in handovers.latest(conn, 5)):
        raise Conflict("已有一份未完成的交接班表。", "A handover is under way already.", code="under_way")
    handover_id = handovers.open_sheet(conn, leaving, taking)
    sheet = _sheet(conn, layers, room, {}, Amended({}, {}))
    handovers.say(conn, handover_id, 1, account, "draw_up", "draft", sheet)
    return handovers.handover(conn, handover_id)


def act(
    conn: Connection,
    layers: Mapping[str, Layer],
    room: Room,
    handover_id: int,
    what: str,
    *,
    seen: int,
    account: str,
    amended: Amended | None = None,
) -> Handover:
    """Amends, signs or withdraws a sheet that was seen up to event `seen`.

    `Conflict` where it has changed since, where the step is not due, or where something has come to be open that is
    not on it: then the sheet must be signed by who leaves once more.
    """
    alarms.hold(conn)
    found = handovers.handover(conn, handover_id)
    if found.number != seen:
        raise Conflict(
            "交接班表刚有变化，请看过后再操作；您填写的内容还在。",
            "The sheet has changed meanwhile. Look, and act again: what you typed is still there.",
            code="overtaken",
        )
    steps = {"amend": "draft", "sign_leaving": "left", "sign_taking": "taken", "withdraw": "withdrawn"}
    if what not in steps:
        raise Malformed(f"不认识操作 {what[:40]}。", f"There is no act {what[:40]}.", code="unknown_act")
    if found.stage in ("taken", "withdrawn"):
        raise Conflict("这份交接班表已经完成。", "This handover is done.", code="done")
    _allowed(found, what, account)
    sheet = found.sheet
    if what in ("amend", "sign_leaving") or (what == "sign_taking" and found.leaving is None):
        sheet = _sheet(conn, layers, room, found.sheet, amended or Amended({}, {}))
    elif what == "sign_taking":
        if found.stage != "left":
            raise Conflict("请交班人先签名。", "Whoever leaves signs first.", code="not_signed")
        known = {one["key"] for one in found.sheet["items"]}
        missing = [
            one["text"]
            for one in composed(conn, layers, datetime.now(UTC))
            if one["kind"] == "alarm" and one["key"] not in known
        ]
        if missing:
            raise Conflict(
                f"签名之后又有未办结事项：{'；'.join(missing)}。请交班人更新后重新签名。",
                f"Open since it was signed: {'; '.join(missing)}. Whoever leaves updates the sheet and signs again.",
                code="open_since",
            )
    handovers.say(conn, handover_id, found.number + 1, account, what, steps[what], sheet)
    if what == "sign_taking":
        _taken(conn, found, account)
    return handovers.handover(conn, handover_id)


def _allowed(found: Handover, what: str, account: str) -> None:
    who = {"amend": found.leaving or found.taking, "sign_leaving": found.leaving, "sign_taking": found.taking}
    if what == "withdraw":
        if account not in (found.leaving, found.taking):
            raise Forbidden("只有交班人和接班人可以撤回。", "Only the two whom it concerns may withdraw it.")
    elif who[what] != account:
        raise Forbidden(
            f"这一步应由 {who[what] or '（无人）'} 完成。", f"This step is {who[what] or 'nobody'}'s."
        )


def _sheet(
    conn: Connection, layers: Mapping[str, Layer], room: Room, before: Mapping[str, Any], amended: Amended
) -> dict[str, Any]:
    """The sheet anew: what is open and how the equipment stands now, with the remarks and marks made on it so far."""
    now = datetime.now(UTC)
    remarks = {one["key"]: one["remark"] for one in before.get("items", ())} | dict(amended.remarks)
    items = [{**one, "remark": remarks.get(one["key"], "")} for one in composed(conn, layers, now)]
    texts = {name: amended.texts.get(name, before.get(name, "")) for name in TEXTS}
    on = [
        {"duty": one.duty, "name": one.name, "begins": instant(one.begins), "ends": instant(one.ends)}
        for one in rota.on_duty(conn, now)
    ]
    return {
        "items": items,
        **texts,
        "devices": marked(room.devices, before.get("devices", []), amended.marks),
        "devices_default": room.default,
        "on_duty": on,
        "composed_at": instant(now),
    }


def _taken(conn: Connection, found: Handover, account: str) -> None:
    """The watch is over to another: so are the alarms that who leaves had."""
    for one in alarms.queue(conn):
        if found.leaving is not None and one.state.holder == found.leaving:
            told = {"to": account, "from": found.leaving}
            state = alarms.State(
                one.state.stage,
                account,
                one.state.severity,
                one.state.ringing,
                one.state.called,
                one.state.facts,
            )
            alarms.say(conn, one.alarm_id, one.number + 1, account, "hand", state, told=told)
            note(conn, one, account, f"随交接班由 {found.leaving} 移交给 {account}")
    words = f"{found.leaving} 交班，{account} 接班" if found.leaving else f"{account} 接班（此前无人值守）"
    duty_log.write_down(
        conn,
        f"{words}；未办结事项 {len(found.sheet['items'])} 项",
        account=account,
        typed_at=datetime.now(UTC),
        by_system=True,
    )


def as_json(found: Handover, signatures: list[handovers.Signed]) -> dict[str, Any]:
    """A sheet, as the API tells it."""
    return {
        "id": found.handover_id,
        "leaving": found.leaving,
        "taking": found.taking,
        "opened_at": instant(found.opened_at),
        "number": found.number,
        "stage": found.stage,
        "sheet": dict(found.sheet),
        "at": instant(found.at),
        "events": [
            {
                "number": one.number,
                "at": instant(one.at),
                "account": one.account,
                "act": one.act,
                "stage": one.stage,
            }
            for one in signatures
        ],
    }
