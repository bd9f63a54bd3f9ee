"""全球灾害: what GDACS tells of disasters in the world. Its three levels are its own, not those of GB/T 37230."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from emmap.codes import Code
from emmap.layer import (
    Info,
    Interval,
    Layer,
    Properties,
    Row,
    Source,
    Style,
    Symbol,
    Title,
    hazard_choices,
)

TYPES = (
    Code("EQ", "地震", "Earthquake"),
    Code("TC", "热带气旋", "Tropical cyclone"),
    Code("FL", "洪水", "Flood"),
    Code("VO", "火山", "Volcano"),
    Code("DR", "干旱", "Drought"),
    Code("WF", "野火", "Wildfire"),
    Code("TS", "海啸", "Tsunami"),
)
LEVELS = (Code("Red", "红", "Red"), Code("Orange", "橙", "Orange"), Code("Green", "绿", "Green"))
YES = (Code("yes", "是", "Yes"), Code("no", "否", "No"))
SHOWN = timedelta(days=7)
"""How long a current event is shown after the last day that GDACS gives it."""
STORM_SHOWN = timedelta(hours=24)
"""The same for a storm, which moves: advisories come every six hours."""


class GdacsEvent(Properties):
    """A disaster as its latest episode tells it. `population` and `impact` are GDACS's own sentences."""

    name: Annotated[str, Info("标题", "Title", searched=True)]
    event_type: Annotated[str | None, Info("灾害类型", "Disaster type", filtered=True, choices=TYPES)] = None
    hazards: Annotated[tuple[str, ...], Info("灾种", "Hazards", filtered=True, choices=hazard_choices())] = ()
    alert_level: Annotated[str | None, Info("全球预警级别", "GDACS level", filtered=True, choices=LEVELS)] = (
        None
    )
    alert_score: Annotated[float | None, Info("全球预警评分", "GDACS score")] = None
    episode: Annotated[str | None, Info("期次", "Episode")] = None
    episode_level: Annotated[str | None, Info("本期级别", "Level of the episode", choices=LEVELS)] = None
    from_at: Annotated[datetime | None, Info("开始", "From")] = None
    to_at: Annotated[datetime | None, Info("截至", "To")] = None
    issued_at: Annotated[datetime | None, Info("发布时间", "Issued")] = None
    current: Annotated[str | None, Info("仍在持续", "Current", choices=YES)] = None
    event_name: Annotated[str | None, Info("名称", "Name", searched=True)] = None
    impact: Annotated[str | None, Info("强度", "Severity")] = None
    population: Annotated[str | None, Info("受影响人口", "Population")] = None
    country: Annotated[str | None, Info("国家或地区", "Country", searched=True)] = None
    iso3: Annotated[str | None, Info("国家代码", "Country code")] = None
    glide: Annotated[str | None, Info("GLIDE 编号", "GLIDE number")] = None
    description: Annotated[str | None, Info("内容", "Description", searched=True)] = None
    web: Annotated[str | None, Info("网址", "Web")] = None


def spans(layer: Layer, row: Row) -> Iterator[tuple[datetime | None, datetime | None, Mapping[str, Any]]]:
    """An event holds from its first day. A storm's episode holds from its own time on: before, it was elsewhere."""
    told = row.properties
    assert isinstance(told, GdacsEvent)
    storm = told.event_type == "TC"
    first, last = told.from_at, told.to_at or told.from_at or told.issued_at
    start = row.valid_from or ((last or first) if storm else (first or last))
    end = row.valid_to
    if end is None and start is not None and last is not None:
        end = last if told.current == "no" else last + (STORM_SHOWN if storm else SHOWN)
        end = max(end, start + timedelta(hours=1))
    yield start, end, {}


def title_of(values: Mapping[str, Any], lang: str) -> str:
    """GDACS's own title in English; in Chinese what it is, its name or country, and its level."""
    if lang == "en":
        return str(values.get("name") or "")
    kind, level = (
        next((code.zh for code in codes if code.code == values.get(name)), "")
        for codes, name in ((TYPES, "event_type"), (LEVELS, "alert_level"))
    )
    which = " ".join(str(values[name]).strip() for name in ("event_name", "country") if values.get(name))
    return (
        f"{kind} {which}".strip() + (f"（{level}）" if level else "")
        if kind
        else str(values.get("name") or "")
    )


LAYER = Layer(
    id="gdacs_events",
    title=Title("全球灾害", "World disasters"),
    geometry="point",
    time=Interval(start=("from_at",), end="to_at", ttl=SHOWN),
    properties=GdacsEvent,
    style=Style(
        by="alert_level",
        symbols={
            "Red": Symbol(Title("红色（全球预警）", "GDACS red"), "#c62828", "#ff6b60", "diamond", 13, z=9),
            "Orange": Symbol(Title("橙色（全球预警）", "GDACS orange"), "#e07b12", "#ffa048", "triangle", 11, z=8),
            "Green": Symbol(Title("绿色（全球预警）", "GDACS green"), "#3a8f4d", "#6fcf83", "hexagon", 9, z=7),
        },
        other=Symbol(Title("级别不明", "Level unknown"), "#5a6b7e", "#8fa1b5", "hexagon", 8),
    ),
    hazards=("11A01", "11B01", "11B22", "11C", "11D", "11E", "11G"),
    sources=(Source("gdacs", reader="gdacs"),),
    details=(
        "event_type", "alert_level", "event_name", "country", "from_at", "to_at", "current", "impact", "population",
        "description", "episode", "issued_at", "web",
    ),
    spans=spans,
    title_of=title_of,
    attribution="GDACS",
    order=800,
    shown=False,
    glyph="球",
)  # fmt: skip
