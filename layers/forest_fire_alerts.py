"""森林火情: satellite detections (NASA FIRMS) and reported fires."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from emmap.codes import Code
from emmap.layer import (
    Info,
    Instant,
    Layer,
    Properties,
    Rings,
    Source,
    State,
    Style,
    Symbol,
    Title,
    hazard_choices,
)

FORMS = (Code("satellite", "卫星热点", "Satellite"), Code("report", "报告", "Report"))
STATUSES = (
    Code("hotspot", "热点", "Hotspot"),
    Code("verifying", "核实中", "Verifying"),
    Code("confirmed", "确认火情", "Confirmed"),
    Code("false_alarm", "误报", "False alarm"),
    Code("out", "已扑灭", "Out"),
)
SOURCE_TYPES = (
    Code("vegetation", "植被火", "Vegetation fire"),
    Code("volcano", "火山", "Volcano"),
    Code("static", "陆上固定热源", "Static land source"),
    Code("offshore", "海上", "Offshore"),
)
CONFIDENCES = (Code("low", "低", "Low"), Code("nominal", "中", "Nominal"), Code("high", "高", "High"))


class ForestFireAlert(Properties):
    """A satellite hotspot or a reported fire. Areas in 亩 (1 亩 = 1/15 ha)."""

    detected_at: Annotated[datetime, Info("发现时间", "Detected", aliases=("报告时间", "接报时间"))]
    name: Annotated[str | None, Info("名称", "Name", searched=True, aliases=("地点", "火情名称"))] = None
    form: Annotated[str | None, Info("来源形式", "Form", filtered=True, choices=FORMS)] = None
    status: Annotated[str | None, Info("状态", "Status", filtered=True, choices=STATUSES)] = None
    hazards: Annotated[tuple[str, ...], Info("灾种", "Hazards", filtered=True, choices=hazard_choices())] = (
        "11G",
    )
    frp_mw: Annotated[float | None, Info("辐射功率", "Fire radiative power", unit="MW", aliases=("frp",))] = (
        None
    )
    confidence: Annotated[str | None, Info("可信度", "Confidence", filtered=True, choices=CONFIDENCES)] = None
    confidence_percent: Annotated[int | None, Info("可信度", "Confidence", unit="%")] = None
    satellite: Annotated[str | None, Info("卫星", "Satellite", filtered=True)] = None
    sensor: Annotated[str | None, Info("传感器", "Sensor", filtered=True, aliases=("instrument",))] = None
    brightness_k: Annotated[float | None, Info("亮温", "Brightness", unit="K")] = None
    day_night: Annotated[str | None, Info("昼夜", "Day or night")] = None
    source_type: Annotated[
        str | None, Info("热源类型", "Source type", filtered=True, choices=SOURCE_TYPES)
    ] = None
    processing: Annotated[str | None, Info("处理版本", "Processing version", aliases=("version",))] = None
    burnt_area_mu: Annotated[
        float | None, Info("过火面积", "Burnt area", unit="亩", unit_en="mu", summed=True)
    ] = None
    affected_forest_area_mu: Annotated[
        float | None, Info("受害森林面积", "Affected forest area", unit="亩", unit_en="mu", summed=True)
    ] = None
    note: Annotated[str | None, Info("备注", "Note", searched=True)] = None


def title_of(values: Mapping[str, Any], lang: str) -> str:
    """A fire's name, or for a satellite detection its sensor, satellite and power."""
    if values.get("name"):
        return str(values["name"])
    parts = [str(values[key]) for key in ("sensor", "satellite") if values.get(key)]
    if values.get("frp_mw") is not None:
        parts.append(f"FRP {values['frp_mw']:g} MW")
    return " ".join([*parts, "hotspot" if lang == "en" else "热点"])


LAYER = Layer(
    id="forest_fire_alerts",
    title=Title("森林火情", "Forest fires"),
    geometry="point",
    time={
        "satellite": Instant(at="detected_at", ttl=timedelta(hours=24)),
        "report": State(since="detected_at"),
    },
    properties=ForestFireAlert,
    style=Style(
        by="status",
        symbols={
            "confirmed": Symbol(Title("确认火情", "Confirmed"), "#b3261e", "#ff6b5e", "triangle", 13, z=40),
            "verifying": Symbol(Title("核实中", "Verifying"), "#9a3412", "#f08a5d", "pentagon", 12, z=30),
            "hotspot": Symbol(Title("热点", "Hotspot"), "#9a3412", "#f08a5d", "star", 11, z=20),
            "out": Symbol(Title("已扑灭", "Out"), "#5a6b7e", "#8fa1b5", "hexagon", 9, z=10),
            "false_alarm": Symbol(Title("误报", "False alarm"), "#8a97a6", "#6b7c90", "cross", 7, z=5),
        },
        other=Symbol(Title("未知状态", "Unknown status"), "#9a3412", "#f08a5d", "circle", 8),
    ),
    hazards=("11G",),
    sources=(
        Source(
            "firms",
            reader="firms",
            mapping={
                "frp": "frp_mw",
                "brightness": "brightness_k",
                "bright_ti4": "brightness_k",
                "daynight": "day_night",
                "version": "processing",
            },
        ),
        Source("table", reader="table"),
        Source("gis", reader="gis"),
    ),
    details=(
        "status",
        "detected_at",
        "form",
        "confidence",
        "confidence_percent",
        "frp_mw",
        "satellite",
        "sensor",
        "burnt_area_mu",
        "affected_forest_area_mu",
    ),
    natural_key=("satellite", "detected_at", "lon", "lat"),
    title_of=title_of,
    attribution="NASA FIRMS (MODIS C6.1, VIIRS C2)",
    fresh_for=timedelta(hours=12),
    rings=Rings(statuses=("confirmed",)),
    order=30,
    glyph="火",
)
