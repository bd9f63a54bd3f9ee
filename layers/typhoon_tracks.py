"""台风路径: where a tropical cyclone is, where it came from, how far its winds reach, and where it is expected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from emmap.codes import Code
from emmap.layer import Info, Layer, Properties, Source, State, Style, Symbol, Title, hazard_choices

KINDS = (
    Code("super_ty", "超强台风", "Super typhoon"),
    Code("sty", "强台风", "Severe typhoon"),
    Code("ty", "台风", "Typhoon"),
    Code("sts", "强热带风暴", "Severe tropical storm"),
    Code("ts", "热带风暴", "Tropical storm"),
    Code("td", "热带低压", "Tropical depression"),
    Code("r12", "十二级风圈", "Force 12 winds"),
    Code("r10", "十级风圈", "Force 10 winds"),
    Code("r7", "七级风圈", "Force 7 winds"),
    Code("track", "路径", "Track"),
    Code("forecast", "预报路径", "Forecast track"),
    Code("cone", "预报误差范围", "Forecast cone"),
)
"""Grades by GB/T 19201-2006; then what belongs to a storm."""
WORDS = tuple(Title(kind.zh, kind.en) for kind in KINDS)
FORMS = (Code("analysed", "实况", "Analysed"), Code("forecast", "预报", "Forecast"))
COMPASS = tuple(
    Code(code, zh, code)
    for code, zh in (
        ("N", "北"), ("NNE", "北东北"), ("NE", "东北"), ("ENE", "东东北"), ("E", "东"), ("ESE", "东东南"),
        ("SE", "东南"), ("SSE", "南东南"), ("S", "南"), ("SSW", "南西南"), ("SW", "西南"), ("WSW", "西西南"),
        ("W", "西"), ("WNW", "西西北"), ("NW", "西北"), ("NNW", "北西北"),
    )
)  # fmt: skip


class StormPart(Properties):
    """A storm's centre, or what belongs to it, from one fix to the next. Wind is the greatest mean near the centre."""

    name: Annotated[str, Info("台风名称", "Storm name", searched=True)]
    storm: Annotated[str | None, Info("台风编号", "Storm number", searched=True)] = None
    kind: Annotated[str | None, Info("类别", "Kind", filtered=True, choices=KINDS)] = None
    form: Annotated[str | None, Info("实况或预报", "Analysed or forecast", filtered=True, choices=FORMS)] = (
        None
    )
    hazards: Annotated[tuple[str, ...], Info("灾种", "Hazards", filtered=True, choices=hazard_choices())] = ()
    observed_at: Annotated[datetime | None, Info("定位时间", "Time of the fix", sparse=True)] = None
    issued_at: Annotated[datetime | None, Info("预报发布时间", "Forecast issued", sparse=True)] = None
    wind_ms: Annotated[
        float | None, Info("近中心最大风速", "Wind near the centre", sparse=True, unit="m/s")
    ] = None
    pressure_hpa: Annotated[float | None, Info("中心气压", "Central pressure", sparse=True, unit="hPa")] = (
        None
    )
    move_kmh: Annotated[float | None, Info("移动速度", "Moving at", sparse=True, unit="km/h")] = None
    move_direction: Annotated[str | None, Info("移动方向", "Moving to", sparse=True, choices=COMPASS)] = None
    ne_km: Annotated[float | None, Info("东北半径", "Radius north-east", sparse=True, unit="km")] = None
    se_km: Annotated[float | None, Info("东南半径", "Radius south-east", sparse=True, unit="km")] = None
    sw_km: Annotated[float | None, Info("西南半径", "Radius south-west", sparse=True, unit="km")] = None
    nw_km: Annotated[float | None, Info("西北半径", "Radius north-west", sparse=True, unit="km")] = None
    agency: Annotated[str | None, Info("机构", "Agency", sparse=True, filtered=True)] = None


def title_of(values: Mapping[str, Any], lang: str) -> str:
    """The storm's name, and what of it this is."""
    kind = next((code for code in KINDS if code.code == values.get("kind")), None)
    word = "" if kind is None else kind.en if lang == "en" else kind.zh
    agency = f" · {values['agency']}" if values.get("kind") == "forecast" and values.get("agency") else ""
    forecast = values.get("form") == "forecast" and values.get("kind") not in ("forecast", "cone")
    when = "" if not forecast else " (forecast)" if lang == "en" else "（预报）"
    return f"{values.get('name') or ''} {word}{when}{agency}".strip()


LAYER = Layer(
    id="typhoon_tracks",
    title=Title("台风路径", "Typhoon tracks"),
    geometry="any",
    time=State(),
    properties=StormPart,
    style=Style(
        by="kind",
        symbols={
            "super_ty": Symbol(WORDS[0], "#b3122a", "#ff5b6e", "star", 18, z=36),
            "sty": Symbol(WORDS[1], "#c2408f", "#ef86c4", "pentagon", 16, z=35),
            "ty": Symbol(WORDS[2], "#e0700f", "#ff9d4a", "triangle", 16, z=34),
            "sts": Symbol(WORDS[3], "#caa000", "#f2cf3c", "hexagon", 14, z=33),
            "ts": Symbol(WORDS[4], "#2f6fd8", "#6ea4ff", "circle", 13, z=32),
            "td": Symbol(WORDS[5], "#2f8f55", "#68c98e", "square", 12, z=31),
            "r12": Symbol(WORDS[6], "#b3122a", "#ff5b6e", dash="solid", z=5, mark="area"),
            "r10": Symbol(WORDS[7], "#d98200", "#ffb04a", dash="long", z=4, mark="area"),
            "r7": Symbol(WORDS[8], "#2b7fb8", "#6fb8e8", dash="short", z=3, mark="area"),
            "track": Symbol(WORDS[9], "#33475b", "#b9c7d6", dash="solid", z=7, mark="line"),
            "forecast": Symbol(WORDS[10], "#6a4c93", "#bfa2e6", dash="short", z=6, mark="line"),
            "cone": Symbol(WORDS[11], "#6a4c93", "#bfa2e6", dash="dots", z=1, mark="hatched"),
        },
        other=Symbol(Title("强度不明", "Strength unknown"), "#5a6b7e", "#8fa1b5", "diamond", 12, z=30),
    ),
    hazards=("11B01",),
    sources=(Source("typhoon", reader="typhoon"),),
    details=(
        "kind", "form", "observed_at", "wind_ms", "pressure_hpa", "move_kmh", "move_direction", "ne_km", "se_km",
        "sw_km", "nw_km", "issued_at", "agency", "storm",
    ),
    title_of=title_of,
    attribution="NOAA IBTrACS",
    order=25,
    glyph="台",
)  # fmt: skip
