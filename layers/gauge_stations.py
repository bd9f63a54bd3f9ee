"""水文测站: where water level and rain are measured, and how each station stands against its own thresholds.

A measurement is not a version: values stand in the observations. A station's version changes when its condition does.
"""

from typing import Annotated

from emmap.codes import SEVERITIES, Code
from emmap.layer import Info, Layer, Properties, Source, Standing, Style, Symbol, Title, hazard_choices

KINDS = (
    Code("ZZ", "水位站", "Stage"),
    Code("ZQ", "水文站", "Stage and discharge"),
    Code("RR", "水库站", "Reservoir"),
    Code("DD", "闸站", "Sluice"),
    Code("DP", "泵站", "Pump"),
    Code("PP", "雨量站", "Rain"),
    Code("TT", "潮位站", "Tide"),
)
"""STTP of SL 323."""
CONDITIONS = (
    Code("below", "正常", "Normal"),
    Code("above_frz", "超设防", "Above alert stage"),
    Code("above_wrz", "超警戒", "Above warning stage"),
    Code("above_grz", "超保证", "Above guarantee stage"),
    Code("heavy_rain", "雨量超限", "Heavy rain"),
    Code("silent", "中断", "Silent"),
    Code("no_threshold", "无阈值", "No thresholds"),
    Code("unknown", "无数据", "No data"),
)


class GaugeStation(Properties):
    """A station, and how it stands. Heights in metres above the station's own datum: never compared between stations."""

    name: Annotated[str, Info("站名", "Name", searched=True, aliases=("测站名称",))]
    river: Annotated[
        str | None, Info("河流", "River", filtered=True, searched=True, aliases=("河名", "河流名称"))
    ] = None
    basin: Annotated[str | None, Info("水系", "River system", searched=True, aliases=("水系名称",))] = None
    kind: Annotated[
        str | None, Info("站类", "Kind", filtered=True, choices=KINDS, aliases=("测站类型", "站别"))
    ] = None
    status: Annotated[str | None, Info("状态", "Condition", filtered=True, choices=CONDITIONS)] = None
    hazards: Annotated[tuple[str, ...], Info("灾种", "Hazards", filtered=True, choices=hazard_choices())] = ()
    severity: Annotated[int | None, Info("级别", "Severity", filtered=True, choices=SEVERITIES)] = None
    datum: Annotated[str | None, Info("高程基面", "Vertical datum", aliases=("基面", "基面名称"))] = None
    datum_elevation: Annotated[
        float | None, Info("基面高程", "Elevation of the datum", unit="m", aliases=("基面高程(米)",))
    ] = None
    frz: Annotated[float | None, Info("设防水位", "Alert stage", unit="m")] = None
    wrz: Annotated[float | None, Info("警戒水位", "Warning stage", unit="m")] = None
    grz: Annotated[float | None, Info("保证水位", "Guarantee stage", unit="m")] = None
    interval_min: Annotated[
        float | None, Info("报送间隔", "Reports every", unit="分钟", unit_en="min", aliases=("间隔",))
    ] = None
    authority: Annotated[str | None, Info("管理单位", "Run by", searched=True, aliases=("信息管理单位",))] = (
        None
    )
    address: Annotated[str | None, Info("站址", "Address", searched=True, aliases=("测站地址",))] = None


LAYER = Layer(
    id="gauge_stations",
    title=Title("水文测站", "Gauges"),
    geometry="point",
    time=Standing(),
    properties=GaugeStation,
    style=Style(
        by="status",
        symbols={
            "above_grz": Symbol(Title("超保证", "Guarantee"), "#d4261c", "#ff5a4d", "pentagon", 14, z=60),
            "above_wrz": Symbol(Title("超警戒", "Warning"), "#ef7d14", "#ff9838", "triangle", 13, z=50),
            "above_frz": Symbol(Title("超设防", "Alert"), "#b98f00", "#f0cc3a", "circle", 11, z=40),
            "heavy_rain": Symbol(Title("雨量超限", "Rain"), "#7a3fb5", "#b98af2", "hexagon", 12, z=45),
            "silent": Symbol(Title("中断", "Silent"), "#3a3f46", "#e3e8ee", "cross", 11, z=30),
            "below": Symbol(Title("正常", "Normal"), "#1f6fb2", "#6db8f5", "pentagon", 9, z=10),
            "no_threshold": Symbol(Title("无阈值", "No limits"), "#5a87ab", "#9cc3e2", "square", 8, z=8),
        },
        other=Symbol(Title("无数据", "No data"), "#7d8894", "#77838f", "square", 7, z=5),
    ),
    sources=(
        Source(
            "gauges",
            reader="gauges",
            mapping={
                "STCD": "id", "STNM": "name", "RVNM": "river", "HNNM": "basin", "LGTD": "lon", "LTTD": "lat",
                "STTP": "kind", "DTMNM": "datum", "DTMEL": "datum_elevation", "ADDVCD": "district",
                "STLC": "address", "ADMAUTH": "authority", "FRZ": "frz", "WRZ": "wrz", "GRZ": "grz",
                "测站编码": "id", "站码": "id",
            },
        ),
        Source("table", reader="table"),
        Source("gis", reader="gis"),
    ),
    details=("status", "severity", "river", "kind", "frz", "wrz", "grz", "datum", "authority"),
    station_of=lambda feature_id: feature_id,
    order=25,
    glyph="测",
)  # fmt: skip
