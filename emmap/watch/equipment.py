"""设备状态 on a handover sheet: what emmap measures of itself, and the room's own equipment as the leaving officer marks it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, text

from emmap.store import audit, source_states
from emmap.store.cluster import SMALLEST_FREE
from emmap.watch.alarms import beijing

Mark = Literal["ok", "fault", "unchecked"]
MARKS: dict[str, str] = {"ok": "正常", "fault": "故障", "unchecked": "未查"}
DEFAULT = ("固定电话", "卫星电话", "电台", "视频会议", "备用电源")
"""What a room is taken to have where its operator has not said (`EMMAP_WATCH_EQUIPMENT`); the sheet says that it is this list."""


@dataclass(frozen=True, slots=True)
class Device:
    """A line of the sheet. `key` names it from sheet to sheet; `measured`: emmap says how it stands, nobody marks it."""

    key: str
    title: str
    measured: bool
    mark: Mark
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it stands in the sheet."""
        return {
            "key": self.key,
            "title": self.title,
            "measured": self.measured,
            "mark": self.mark,
            "text": self.text,
        }


def of_the_room(names: tuple[str, ...]) -> list[Device]:
    """The room's own, which nobody has looked at yet."""
    return [Device(f"room {name}", name, False, "unchecked") for name in dict.fromkeys(names or DEFAULT)]


def of_emmap(conn: Connection, data_dir: Path, now: datetime, *, live: bool) -> list[Device]:
    """What emmap finds of itself at `now`. `live`: whether this web worker hears what the store commits. What it cannot
    know (a database's disk elsewhere, a backup made without it) it does not call well."""
    version = conn.execute(text("show server_version")).scalar_one()
    sources = [one for one in source_states.standings(conn) if one.configured]
    late = [one for one in sources if one.late(now)]
    workers = source_states.workers(conn)
    backed_up = audit.last(conn, "export", "db backup")
    disk = shutil.disk_usage(data_dir)
    free = f"{data_dir.name} 所在磁盘余 {disk.free / 2**30:.1f} GiB（{disk.free / disk.total:.0%}）"
    return [
        Device("database", "数据库", True, "ok", f"有应答，PostgreSQL {version}"),
        Device("live", "实时推送", True, _found(live), "有连接" if live else "与数据库的监听中断"),
        Device(
            "worker",
            "取数进程",
            True,
            "unchecked" if not sources and not workers else _found(workers > 0),
            f"{workers} 个在运行" if workers or sources else "未配置来源，无取数进程",
        ),
        Device(
            "sources",
            "数据来源",
            True,
            _found(not late) if sources else "unchecked",
            f"共 {len(sources)} 个，迟报 {len(late)} 个" if sources else "未配置来源",
        ),
        Device(
            "backup",
            "最近备份",
            True,
            "ok" if backed_up else "unchecked",
            f"{beijing(backed_up)}（emmap db backup）" if backed_up else "没有 emmap db backup 的记录",
        ),
        Device("disk", "磁盘空间", True, _found(disk.free >= SMALLEST_FREE), free),
    ]


def marked(
    devices: list[Device], before: list[dict[str, Any]], marks: Mapping[str, Mark]
) -> list[dict[str, Any]]:
    """The lines of a sheet: what is measured as it stands now, the room's own as marked on the sheet so far and now."""
    known = {one["key"]: one["mark"] for one in before if not one["measured"]} | dict(marks)
    return [
        one.as_json() if one.measured else {**one.as_json(), "mark": known.get(one.key, one.mark)}
        for one in devices
    ]


def printed(devices: list[dict[str, Any]], *, default: bool) -> str:
    """On paper: a line for each, and that nothing is marked, where nothing is."""
    lines = [
        f"{one['title']}　{MARKS[one['mark']]}{'　' + one['text'] if one['text'] else ''}" for one in devices
    ]
    own = [one for one in devices if not one["measured"]]
    if own and all(one["mark"] == "unchecked" for one in own):
        lines.append("值班室设备均未标注。")
    if default:
        lines.append("值班室设备为默认清单，本单位尚未设置。")
    return "\n".join(lines)


def _found(well: bool) -> Mark:
    return "ok" if well else "fault"
