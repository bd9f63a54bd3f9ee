"""森林火情: satellite detections (NASA FIRMS) and reported fires."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from emmap.codes import Code
from emmap.layer import (
    Detections,
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

FORMS = (
    Code("satellite", "卫星热点", "Satellite"),
    Code("event", "火情事件", "Fire event"),
    Code("report", "报告", "Report"),
)
STATUSES = (
    Code("hotspot", "热点", "Hotspot"),
    Code("verifying", "核实中", "Verifying"),
    Code("confirmed", "确认火情", "Confirmed"),
    Code("false_alarm", "误报", "False alarm"),
    Code("out", "已扑灭", "Out"),
    Code("static", "固定热源", "Static source"),
)
SOURCE_TYPES = (
    Code("vegetation", "植被火", "Vegetation fire"),
    Code("volcano", "火山", "Volcano"),
    Code("static", "陆上固定热源", "Static land source"),
    Code("offshore", "海上", "Offshore"),
)
STATIC_REASONS = (
    Code("archive", "归档数据标为固定热源或海上", "Marked static or offshore in the archive"),
    Code("list", "在固定热源名录内", "On the list of static sources"),
    Code("persistent", "同一像元反复出现", "The same pixel again and again"),
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
    frp_mw: Annotated[
        float | None, Info("辐射功率", "Fire radiative power", unit="MW", sparse=True, aliases=("frp",))
    ] = None
    confidence: Annotated[
        str | None, Info("可信度", "Confidence", filtered=True, sparse=True, choices=CONFIDENCES)
    ] = None
    confidence_percent: Annotated[int | None, Info("可信度", "Confidence", unit="%", sparse=True)] = None
    satellite: Annotated[str | None, Info("卫星", "Satellite", filtered=True, sparse=True)] = None
    sensor: Annotated[
        str | None, Info("传感器", "Sensor", filtered=True, sparse=True, aliases=("instrument",))
    ] = None
    brightness_k: Annotated[float | None, Info("亮温", "Brightness", unit="K", sparse=True)] = None
    day_night: Annotated[str | None, Info("昼夜", "Day or night", sparse=True)] = None
    source_type: Annotated[
        str | None, Info("热源类型", "Source type", filtered=True, sparse=True, choices=SOURCE_TYPES)
    ] = None
    static_reason: Annotated[
        str | None, Info("固定热源依据", "Why static", filtered=True, choices=STATIC_REASONS, sparse=True)
    ] = None
    static_source: Annotated[
        str | None, Info("固定热源名称", "Static source", searched=True, sparse=True)
    ] = None
    event_id: Annotated[str | None, Info("所属火情事件", "Fire event", link=True, sparse=True)] = None
    detections: Annotated[int | None, Info("热点数", "Detections", sparse=True)] = None
    first_at: Annotated[datetime | None, Info("首次探测", "First detection", sparse=True)] = None
    last_at: Annotated[datetime | None, Info("最近探测", "Latest detection", sparse=True)] = None
    frp_max_mw: Annotated[
        float | None, Info("最大辐射功率", "Greatest radiative power", unit="MW", sparse=True)
    ] = None
    sensors: Annotated[str | None, Info("探测传感器", "Sensors", sparse=True)] = None
    footprint_km2: Annotated[
        float | None, Info("热点像元覆盖", "Footprint of the pixels", unit="km²", sparse=True)
    ] = None
    footprint: Annotated[str | None, Info("覆盖范围", "Outline of the pixels", outline=True, sparse=True)] = (
        None
    )
    merged_into: Annotated[str | None, Info("已并入", "Merged into", link=True, sparse=True)] = None
    processing: Annotated[
        str | None, Info("处理版本", "Processing version", sparse=True, aliases=("version",))
    ] = None
    burnt_area_mu: Annotated[
        float | None, Info("过火面积", "Burnt area", unit="亩", unit_en="mu", summed=True)
    ] = None
    affected_forest_area_mu: Annotated[
        float | None, Info("受害森林面积", "Affected forest area", unit="亩", unit_en="mu", summed=True)
    ] = None
    note: Annotated[str | None, Info("备注", "Note", searched=True)] = None


def title_of(values: Mapping[str, Any], lang: str) -> str:
    """A fire's name; for an event how many detections it has, for a detection its sensor, satellite and power."""
    if values.get("name"):
        return str(values["name"])
    if values.get("form") == "event" or values.get("detections") is not None:
        seen = values.get("detections") or 0
        return f"Fire event · {seen} detections" if lang == "en" else f"火情事件 · {seen} 个热点"
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
        "event": State(since="detected_at"),
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
            "static": Symbol(Title("固定热源", "Static source"), "#7a8694", "#8494a6", "square", 6, z=4),
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
        "event_id",
        "merged_into",
        "detections",
        "first_at",
        "last_at",
        "frp_max_mw",
        "footprint_km2",
        "static_reason",
        "confidence",
        "confidence_percent",
        "frp_mw",
        "satellite",
        "sensor",
        "burnt_area_mu",
        "affected_forest_area_mu",
    ),
    natural_key=("satellite", "detected_at", "lon", "lat"),
    detections=Detections(
        of="satellite",
        into="event",
        reach_m={"VIIRS": 1_000.0, "MODIS": 2_000.0},
        pixel_m={"VIIRS": 375.0, "MODIS": 1_000.0},
        plain=("hotspot", "static"),
        masked="static",
        told=("name", "note", "burnt_area_mu", "affected_forest_area_mu"),
        watched=("verifying", "confirmed"),
        ranks=("confirmed", "verifying", "out", "false_alarm"),
    ),
    title_of=title_of,
    attribution="NASA FIRMS (MODIS C6.1, VIIRS C2)",
    fresh_for=timedelta(hours=12),
    rings=Rings(statuses=("confirmed",)),
    order=30,
    glyph="火",
)
