"""The duty room's papers as PDF: a report as it went out, a handover sheet with its signatures."""

from datetime import datetime
from pathlib import Path
from typing import Any

from emmap.briefing import fonts
from emmap.briefing.typeset import typeset
from emmap.store.alarms import Report
from emmap.store.handovers import Handover, Signed
from emmap.watch.alarms import beijing
from emmap.watch.equipment import printed
from emmap.watch.reports import heading

TEMPLATE = Path(__file__).parent / "templates" / "sheet.typ"
KINDS = {"alarm": "未办结警情", "warning": "生效预警", "source": "来源迟报或待确认"}
DUTIES = {"officer": "值班员", "deputy": "副班", "leader": "带班领导"}


def report(one: Report, event_no: str, *, exercise: bool) -> bytes:
    """A report as PDF, the same bytes each time."""
    rows = [{"title": field["title"], "text": field["text"] or "暂不清楚"} for field in one.fields]
    signatures = [{"title": "报送", "name": one.account, "at": f"{beijing(one.at)}（北京时间）"}]
    return _pdf(heading(one.kind, one.number, one.revision, event_no), "", rows, signatures, one.at, exercise)


def handover(found: Handover, events: list[Signed], *, exercise: bool) -> bytes:
    """A handover sheet as PDF; what is not signed yet says so."""
    sheet = found.sheet
    on = "\n".join(f"{DUTIES[one['duty']]}　{one['name']}" for one in sheet["on_duty"])
    rows = [{"title": "值班人员", "text": on or "值班表未填"}]
    for kind, title in KINDS.items():
        items = [one for one in sheet["items"] if one["kind"] == kind]
        text = "\n".join(f"{n}. {one['text']}{_remark(one)}" for n, one in enumerate(items, 1))
        rows.append({"title": f"{title}（{len(items)}）", "text": text or "无"})
    if devices := sheet.get("devices"):  # sheets of old have none
        rows.append({"title": "设备状态", "text": printed(devices, default=sheet["devices_default"])})
    for name, title in (("key_points", "重点关注"), ("equipment", "设备说明"), ("remarks", "其他")):
        rows.append({"title": title, "text": sheet.get(name) or "无"})
    signed = {one.act: f"{beijing(one.at)} 签名（北京时间）" for one in events}
    # A sheet that was signed again carries the last signature; one that was amended since carries none.
    if found.stage == "draft":
        signed = {}
    leaving = signed.get("sign_leaving", "未签名") if found.leaving else ""
    signatures = [
        {"title": "交班人", "name": found.leaving or "此前无人值守", "at": leaving},
        {"title": "接班人", "name": found.taking, "at": signed.get("sign_taking", "未签名")},
    ]
    return _pdf("交接班表", f"第 {found.handover_id} 号", rows, signatures, found.at, exercise)


def _remark(item: dict[str, str]) -> str:
    return f"　备注：{item['remark']}" if item["remark"] else ""


def _pdf(
    title: str,
    subtitle: str,
    rows: list[dict[str, str]],
    signatures: list[dict[str, str]],
    at: datetime,
    exercise: bool,
) -> bytes:
    content: dict[str, Any] = {
        "title": _printable(title),
        "subtitle": subtitle,
        "rows": [{name: _printable(text) for name, text in row.items()} for row in rows],
        "signatures": [{name: _printable(text) for name, text in one.items()} for one in signatures],
        "foot": f"emmap 应急值守 · {beijing(at)}（北京时间）",
        "exercise": exercise,
    }
    return typeset(TEMPLATE, content, "pdf", dpi=144, at=at)


def _printable(text: str) -> str:
    """Line by line, with a mark for what the font lacks."""
    return "\n".join(fonts.printable(line) for line in text.split("\n"))
