"""应急救援队伍: who can be sent, with what, and whether they are ready."""

from datetime import timedelta
from typing import Annotated

from emmap.codes import Code
from emmap.layer import Info, Layer, Properties, Source, State, Style, Symbol, Title, hazard_choices

TEAM_CLASSES = (
    Code("industry", "行业队伍", "Industry team"),
    Code("district", "区级队伍", "District team"),
    Code("social", "社会力量", "Social team"),
)
DOMAINS = (
    Code("sea", "海上", "Sea"),
    Code("land", "陆上", "Land"),
    Code("water", "水上", "Water"),
    Code("mountain", "山上", "Mountain"),
    Code("building", "楼上", "Buildings"),
    Code("air", "空中", "Air"),
)
BASE_TYPES = (
    Code("training", "集训", "Training"),
    Code("standby", "备勤", "Standby"),
    Code("incubation", "孵化", "Incubation"),
    Code("joint_innovation", "联创", "Joint innovation"),
)
STATUSES = (
    Code("ready", "待命", "Ready"),
    Code("standby", "备勤", "Standby"),
    Code("deployed", "已出动", "Deployed"),
    Code("off", "休整", "Off duty"),
)


class RescueTeam(Properties):
    """A rescue team and its readiness."""

    name: Annotated[str, Info("队伍名称", "Name", searched=True, aliases=("名称", "队伍"))]
    team_class: Annotated[
        str | None,
        Info("队伍类别", "Class", filtered=True, choices=TEAM_CLASSES, aliases=("类别", "队伍类型")),
    ] = None
    status: Annotated[
        str | None, Info("状态", "Status", filtered=True, choices=STATUSES, aliases=("备勤状态", "队伍状态"))
    ] = None
    hazards: Annotated[
        tuple[str, ...],
        Info("救援灾种", "Hazards", filtered=True, choices=hazard_choices(), aliases=("灾种", "擅长灾种")),
    ] = ()
    domains: Annotated[
        tuple[str, ...],
        Info("救援领域", "Domains", filtered=True, choices=DOMAINS, aliases=("领域", "五跨六上")),
    ] = ()
    people: Annotated[
        int | None,
        Info("人数", "People", unit="人", unit_en="people", summed=True, aliases=("队员人数", "队员数")),
    ] = None
    equipment: Annotated[str | None, Info("装备", "Equipment", searched=True, aliases=("主要装备",))] = None
    leader: Annotated[str | None, Info("负责人", "Leader", searched=True, aliases=("队长",))] = None
    phone: Annotated[str | None, Info("电话", "Phone", personal=True, aliases=("联系电话", "值班电话"))] = (
        None
    )
    base_type: Annotated[
        str | None, Info("基地类型", "Base type", filtered=True, choices=BASE_TYPES, aliases=("基地",))
    ] = None
    address: Annotated[str | None, Info("驻地", "Address", searched=True, aliases=("地址", "驻地地址"))] = (
        None
    )


LAYER = Layer(
    id="rescue_teams",
    title=Title("应急救援队伍", "Rescue teams"),
    geometry="point",
    time=State(),
    properties=RescueTeam,
    style=Style(
        by="status",
        symbols={
            "ready": Symbol(Title("待命", "Ready"), "#126339", "#3fbf7f", "cross", 12, z=40),
            "standby": Symbol(Title("备勤", "Standby"), "#3e9cb2", "#b5ecf7", "cross", 12, z=30),
            "deployed": Symbol(Title("已出动", "Deployed"), "#5b4bb5", "#9c8cf2", "cross", 12, z=35),
            "off": Symbol(Title("休整", "Off duty"), "#8a97a6", "#6b7c90", "square", 9, z=10),
        },
        other=Symbol(Title("状态未知", "Unknown"), "#5a6b7e", "#8fa1b5", "hexagon", 9, z=5),
    ),
    sources=(Source("table", reader="table"), Source("gis", reader="gis")),
    details=(
        "status",
        "team_class",
        "people",
        "leader",
        "phone",
        "hazards",
        "domains",
        "equipment",
        "base_type",
    ),
    fresh_for=timedelta(days=1),
    order=40,
    glyph="队",
)
