"""What every page says of itself: its time, what was known, where its data come from, and which briefing it is."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from emmap import __version__
from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.drawing import base_map
from emmap.briefing.drawing.frame import Frame
from emmap.briefing.drawing.legend import lateness
from emmap.briefing.sight import moment_of
from emmap.layer import Layer
from emmap.view import View


def facts(asked: Asked, shown: Sequence[Layer]) -> dict[str, Any]:
    """Of the briefing as a whole; `shown`: the layers of its own sight."""
    spec = asked.spec
    late = [one for one in shown if lateness(one, asked.last_recorded(one.id), spec, spec.sight)]
    return {
        "title": spec.title,
        "exercise": spec.realm != "real",
        "realm": spec.realm,
        "producing_unit": spec.producing_unit,
        "mode": "实时画面" if spec.live else "历史画面",
        "at": f"{words.beijing(asked.at)}（北京时间）",
        "known": words.known(spec.sight),
        "late": "、".join(one.title.zh for one in late),
        "base_map": f"底图：广东省市界、广州市区界，{base_map.SOURCE}",
        "approval": f"审图号 {spec.map_approval_number}" if spec.map_approval_number else "内部用图",
        "sources": [f"{one.title.zh}：{one.attribution}" for one in shown if one.attribution],
        "created": words.beijing(moment_of(spec.created_at).replace(microsecond=0)),
        "id": asked.briefing_id,
        "mark": f"{spec.sha256[:8]}…{spec.sha256[-4:]}",
        "sha256": spec.sha256,
        "stamps": [f"{name} {stamp or '-'}" for name, stamp in spec.known_at.items()],
        "software": f"emmap {__version__} · Typst {version('typst')}",
    }


def filters(view: View, shown: Sequence[Layer]) -> list[dict[str, str]]:
    """Each filter in words, and the layers that it does not bind."""
    return [
        {"name": name, "wanted": wanted, "free": free} for name, wanted, free in words.filters(view, shown)
    ]


def coordinates(frame: Frame) -> str:
    """Coordinate system, projection and scale of a map."""
    return (
        f"坐标系 WGS 84，网络墨卡托投影（EPSG:3857），比例尺约 {words.scale(frame.denominator)}（图幅中央）"
    )
