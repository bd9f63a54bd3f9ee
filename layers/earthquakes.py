"""地震: what USGS tells of the world's earthquakes, and of blasts that shake the ground like one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from emmap.codes import Code
from emmap.layer import Info, Instant, Layer, Properties, Source, Style, Symbol, Title, hazard_choices

CLASSES = (
    Code("great", "巨大地震（8 级以上）", "Great (M ≥ 8)"),
    Code("major", "大地震（7—8 级）", "Major (M 7–8)"),
    Code("strong", "强震（6—7 级）", "Strong (M 6–7)"),
    Code("moderate", "中强震（4.5—6 级）", "Moderate (M 4.5–6)"),
    Code("felt", "有感地震（3—4.5 级）", "Felt (M 3–4.5)"),
    Code("weak", "弱震（3 级以下）", "Weak (M < 3)"),
)
"""The China Earthquake Administration's classes; the lower bound belongs to the class."""
TYPES = (
    Code("earthquake", "天然地震", "Earthquake"),
    Code("blast", "爆破", "Blast"),
    Code("other", "其他", "Other"),
)
REVIEWS = (Code("automatic", "自动测定", "Automatic"), Code("reviewed", "人工复核", "Reviewed"))
PAGER = (
    Code("green", "绿", "Green"),
    Code("yellow", "黄", "Yellow"),
    Code("orange", "橙", "Orange"),
    Code("red", "红", "Red"),
)
YES = (Code("yes", "是", "Yes"), Code("no", "否", "No"))


class Earthquake(Properties):
    """One seismic event. USGS tells it anew whenever it knows better: that is a new version."""

    occurred_at: Annotated[datetime, Info("发震时刻", "Origin time")]
    name: Annotated[str | None, Info("震中位置", "Place", searched=True)] = None
    magnitude: Annotated[float | None, Info("震级", "Magnitude")] = None
    magnitude_type: Annotated[str | None, Info("震级类型", "Magnitude type")] = None
    magnitude_class: Annotated[
        str | None, Info("震级分类", "Magnitude class", filtered=True, choices=CLASSES)
    ] = None
    depth_km: Annotated[float | None, Info("震源深度", "Depth", unit="km")] = None
    event_type: Annotated[str | None, Info("事件类型", "Event type", filtered=True, choices=TYPES)] = None
    hazards: Annotated[tuple[str, ...], Info("灾种", "Hazards", filtered=True, choices=hazard_choices())] = ()
    review: Annotated[str | None, Info("测定", "Review", choices=REVIEWS)] = None
    updated_at: Annotated[datetime | None, Info("更新时间", "Updated")] = None
    pager: Annotated[str | None, Info("PAGER 预警色", "PAGER alert", choices=PAGER)] = None
    tsunami: Annotated[str | None, Info("可能引发海啸", "Tsunami possible", choices=YES)] = None
    felt: Annotated[int | None, Info("有感报告", "Felt reports")] = None
    network: Annotated[str | None, Info("台网", "Network")] = None
    web: Annotated[str | None, Info("网址", "Web")] = None


def title_of(values: Mapping[str, Any], lang: str) -> str:
    """Magnitude and place."""
    magnitude = values.get("magnitude")
    size = "" if magnitude is None else f"M {magnitude:.1f} "
    return f"{size}{values.get('name') or ('Earthquake' if lang == 'en' else '地震')}"


LAYER = Layer(
    id="earthquakes",
    title=Title("全球地震", "Earthquakes"),
    geometry="point",
    time=Instant(at="occurred_at", ttl=timedelta(days=7)),
    properties=Earthquake,
    style=Style(
        by="magnitude_class",
        symbols={
            "great": Symbol(Title("巨大（8 级以上）", "M ≥ 8"), "#7a1fa2", "#c77dff", "star", size=20, z=6),
            "major": Symbol(Title("大震（7—8 级）", "M 7–8"), "#8e24aa", "#d08cff", "pentagon", size=17, z=5),
            "strong": Symbol(Title("强震（6—7 级）", "M 6–7"), "#a04cba", "#d9a3f5", "diamond", size=14, z=4),
            "moderate": Symbol(Title("中强（4.5—6 级）", "M 4.5–6"), "#a765bd", "#c9a0dc", size=11, z=3),
            "felt": Symbol(Title("有感（3—4.5 级）", "M 3–4.5"), "#8d6e9c", "#b79bc4", "hexagon", size=8, z=2),
            "weak": Symbol(Title("弱震（3 级以下）", "M < 3"), "#8d7a96", "#a090aa", "square", size=5, z=1),
        },
        other=Symbol(Title("爆破等，或震级不明", "Blast, other or unknown"), "#6b6b7b", "#9d9dad", "cross", 8),
    ),
    hazards=("11C",),
    sources=(Source("usgs", reader="usgs"), Source("table", reader="table")),
    details=(
        "magnitude", "magnitude_type", "depth_km", "occurred_at", "event_type", "review", "updated_at", "pager",
        "tsunami", "felt", "network", "web",
    ),
    title_of=title_of,
    attribution="U.S. Geological Survey",
    order=810,
    shown=False,
    glyph="震",
)  # fmt: skip
