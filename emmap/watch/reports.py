"""初报, 续报 and 终报: composed from what is known, edited by a person, kept as they went out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from emmap.codes import SEVERITIES, districts, hazards
from emmap.errors import Conflict
from emmap.store import alarms
from emmap.store.alarms import Alarm, Event, Report
from emmap.watch.alarms import beijing, note, up_to_date
from emmap.watch.life import ENDS, SAID, STAGE_WORDS, after

KINDS: Mapping[str, str] = {"initial": "初报", "further": "续报", "final": "终报"}
DONE = ("verify", "assess", "handle", "feedback", "close", "false_alarm", "phone")
"""Acts that a report tells of as measures taken."""
Fields = list[dict[str, str]]


def composed(found: Alarm, events: Sequence[Event], merged: Sequence[tuple[int, str, str]] = ()) -> Fields:
    """The fields of a report (title and text of each), from what is known; empty where nothing is."""
    facts = found.state.facts
    place = str(facts.get("place", ""))
    if district := districts().get(str(facts.get("district", ""))):
        place = place if district.zh in place else f"{district.zh}{place}"
    if "lon" in facts and "lat" in facts:
        place += f"（东经 {facts['lon']:.5f}°，北纬 {facts['lat']:.5f}°，WGS 84）"
    kind = hazards().get(str(facts.get("hazard", "")))
    nature = [str(facts.get("nature", "")), kind.zh if kind else ""]
    if found.state.severity:
        nature.append(f"{SEVERITIES[found.state.severity].zh}色级别")
    losses = [f"伤亡：{facts['casualties']}" if facts.get("casualties") else "",
              f"财产：{facts['losses']}" if facts.get("losses") else ""]  # fmt: skip
    source = [str(facts.get("informant", "")), *(f"合并 {number} {title}" for _, number, title in merged)]
    happened = facts.get("occurred_at")
    steps = [
        f"{beijing(one.at)[11:]} {SAID[one.act][0]}{f'：{one.note}' if one.note else ''}"
        for one in events
        if one.act in DONE
    ]
    measures = [str(facts.get("measures", "")), *steps]
    told = [
        ("事件编号", found.event_no),
        ("事件", found.title),
        ("接报时间", beijing(found.received_at)),
        ("信息来源", "；".join(filter(None, source))),
        ("事发时间", beijing(datetime.fromisoformat(str(happened))) if happened else ""),
        ("事发地点", place),
        ("事件性质", "，".join(filter(None, nature))),
        ("起因", facts.get("cause", "")),
        ("影响范围", facts.get("scope", "")),
        ("损失", "；".join(filter(None, losses))),
        ("发展趋势", facts.get("trend", "")),
        ("领导到位情况", facts.get("leaders", "")),
        ("已采取措施", "\n".join(filter(None, measures))),
        ("建议", facts.get("advice", "")),
        ("当前阶段", STAGE_WORDS[found.state.stage]),
    ]
    return [{"title": title, "text": str(text)} for title, text in told]


def heading(kind: str, number: int, revision: int, event_no: str) -> str:
    """`突发事件信息（续报第 2 次） 20261124-003`, with a revision from the second on."""
    return f"突发事件信息（{which_of(kind, number, revision)}） {event_no}"


def which_of(kind: str, number: int, revision: int) -> str:
    """`续报第 2 次，第 3 稿`."""
    which = f"{KINDS[kind]}第 {number} 次" if kind == "further" else KINDS[kind]
    return f"{which}，第 {revision} 稿" if revision > 1 else which


def plain(
    title: str, fields: Sequence[Mapping[str, str]], account: str, at: datetime, *, exercise: bool
) -> str:
    """A report as plain text; a field that says nothing says so."""
    lines = ["【演练】" + title if exercise else title, ""]
    for one in fields:
        text = one["text"].strip() or "暂不清楚"
        lines.append(
            f"{one['title']}：{text}"
            if "\n" not in text
            else f"{one['title']}：\n  " + text.replace("\n", "\n  ")
        )
    return "\n".join([*lines, "", f"报送：{account}　{beijing(at)}（北京时间）", ""])


def upcoming(kind: str, known: Sequence[Report], *, correcting: bool = False) -> tuple[int, int]:
    """(number, revision) that the next report of a kind has. `correcting`: a new revision of the last one of its kind."""
    same = [one for one in known if one.kind == kind]
    if not same:
        return 1, 1
    last = max(same, key=lambda one: (one.number, one.revision))
    if correcting or kind != "further":
        return last.number, last.revision + 1
    return last.number + 1, 1


def issue(
    conn: Connection,
    alarm_id: int,
    kind: str,
    fields: Sequence[Mapping[str, str]],
    *,
    seen: int,
    account: str,
    now: datetime,
    exercise: bool,
    correcting: bool = False,
) -> Report:
    """Keeps a report as it goes out, numbered, and notes it in the alarm's life and in the log.

    `Conflict` where the alarm has changed since it was seen, or where 初报 must come first.
    """
    alarms.hold(conn)
    found = alarms.alarm(conn, alarm_id)
    up_to_date(conn, found, seen)
    known = alarms.reports(conn, alarm_id)
    if kind != "initial" and not any(one.kind == "initial" for one in known):
        raise Conflict("请先报送初报。", "The first report (初报) comes first.", code="initial_first")
    state = found.state
    if state.stage not in ENDS:  # what is closed may still be reported on; what is open is its holder's
        state = after(found.state, "report", account)
    number, revision = upcoming(kind, known, correcting=correcting)
    title = heading(kind, number, revision, found.event_no)
    body = plain(title, fields, account, now, exercise=exercise)
    made = alarms.add_report(
        conn, alarm_id, kind=kind, number=number, revision=revision, fields=fields, body=body, account=account
    )
    told = {"report": made.report_id, "kind": kind, "number": number, "revision": revision}
    alarms.say(conn, alarm_id, found.number + 1, account, "report", state, told=told)
    note(conn, found, account, f"报送{which_of(kind, number, revision)}")
    return made


def as_json(one: Report, event_no: str) -> dict[str, Any]:
    """A report, as the API tells it."""
    return {
        "id": one.report_id,
        "kind": one.kind,
        "number": one.number,
        "revision": one.revision,
        "title": heading(one.kind, one.number, one.revision, event_no),
        "fields": [dict(field) for field in one.fields],
        "body": one.body,
        "account": one.account,
        "at": one.at.isoformat(),
    }
