"""The layer contract: what a file in `layers/` declares, and the Records that its sources become.

A layer is data. The engine reads the declaration and knows no particular layer.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from emmap.codes import SEVERITIES, Code, districts, hazards
from emmap.errors import NotFound, SetupError


@dataclass(frozen=True, slots=True)
class Title:
    """A name in both languages of the interface."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Info:
    """What a field is: titles, unit (`unit_en` where English writes it otherwise), and how the engine uses it.
    Goes into `Annotated[type, Info(…)]`.

    `filtered`: a parameter of the API and a filter of the page. `searched`: part of the text search.
    `summed`: totalled in statistics. `personal`: kept apart from the version, shown by role.
    `sparse`: told of some features only, so that the details leave it out where it is not.
    `choices`: the codes that the field takes. `aliases`: further column headers that mean it. `link`: it names another
    feature of the layer. `outline`: it holds an area (WKT, EPSG:4326), which is drawn and not read.
    """

    zh: str
    en: str
    unit: str = ""
    unit_en: str = ""
    filtered: bool = False
    searched: bool = False
    summed: bool = False
    personal: bool = False
    sparse: bool = False
    choices: tuple[Code, ...] = ()
    aliases: tuple[str, ...] = ()
    link: bool = False
    outline: bool = False

    @property
    def asked(self) -> bool:
        """Whether a view may ask for its values: those of a filter, and the feature that a link names."""
        return self.filtered or self.link

    def unit_in(self, lang: str) -> str:
        """The unit as `zh` or `en` writes it."""
        return self.unit_en or self.unit if lang == "en" else self.unit


class Properties(BaseModel):
    """Base of every layer's properties. A field that is not given is None: unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Kind = Literal["text", "integer", "number", "instant", "list"]
COLUMNS = ("hazards", "severity", "status", "form")
"""Fields that stand in columns of their own, because every view filters by them."""
_IN_COLUMNS = frozenset(COLUMNS)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a layer: its name, its kind and what `Info` says of it."""

    name: str
    kind: Kind
    required: bool
    info: Info

    @property
    def in_column(self) -> bool:
        """Whether the store keeps it outside `properties`."""
        return self.name in COLUMNS


@dataclass(frozen=True, slots=True)
class Instant:
    """Happens at one moment (a satellite detection) and is shown for `ttl` from then on."""

    at: str
    ttl: timedelta
    name: str = "instant"


@dataclass(frozen=True, slots=True)
class Interval:
    """Holds from the first known of the `start` fields to `end`, or for `ttl` where that is missing."""

    start: tuple[str, ...]
    end: str
    ttl: timedelta
    name: str = "interval"


@dataclass(frozen=True, slots=True)
class State:
    """A state (a team's readiness) that holds until the next known one; it starts at the field `since`."""

    since: str | None = None
    name: str = "state"


@dataclass(frozen=True, slots=True)
class Standing:
    """A thing that stands until it is said to be gone (a hazard); `since` names the field it starts at."""

    since: str | None = None
    name: str = "standing"


TimeRule = Instant | Interval | State | Standing


@dataclass(frozen=True, slots=True)
class Row:
    """One input row, understood: the layer's properties, its place (WKB, EPSG:4326) and its stated span.

    `position` is the row's number in the input, from 1. `districts` are those the source itself declares.
    """

    position: int
    feature_id: str
    properties: Properties
    geometry: bytes | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    districts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """ "Feature f is in this state during [valid_from, valid_to)". Aware UTC, whole seconds.

    A missing start means from now, a missing end until the next known start. `geometry` is WKB in EPSG:4326.
    `whole`: the span is all of this state's life, so nothing that it overlaps goes on after its end.
    """

    position: int
    feature_id: str
    valid_from: datetime | None
    valid_to: datetime | None
    geometry: bytes | None = None
    hazards: tuple[str, ...] = ()
    severity: int = 0
    status: str | None = None
    form: str | None = None
    districts: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """ "Feature f holds no longer from `at` on"; a missing instant means from now."""

    position: int
    feature_id: str
    at: datetime | None


Act = Record | End


class Rejected(Exception):
    """A row that cannot go in: a code, and a sentence in Chinese and English. The row is kept aside."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {zh} {en}")
        self.code = code
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Notice:
    """What a layer sees of a CAP event when it is asked whether it claims it."""

    event: str
    hazards: tuple[str, ...]
    categories: tuple[str, ...]
    sender: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layer's features come from: a reader by name (`table`, `gis`, `firms`, `cap`, `warnings`, `gauges`, or a
    module of `emmap.ingest.readers`) and a mapping from the source's column to the layer's field. `complete` files end
    what they do not mention."""

    name: str
    reader: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    mode: Literal["partial", "complete"] = "partial"
    every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Detections:
    """How the point detections of one form become events, features of another form (docs/fires.md).

    `reach_m` and `pixel_m`: by sensor, how far apart two detections of one event may lie, and a pixel's side (metres);
    a pair of two sensors takes the wider reach. After `gap` without a detection an event is over. A place that burns
    on `persistent_days` days (UTC) within `persistent_within` is a standing source. `plain`: statuses that the feed
    itself states; any other one is a person's word, like the fields `told`, and goes before the feed's. Events in a
    status of `watched` hold until a person ends them. `ranks`: whose status an event takes over, the first before
    all others.

    The layer declares the fields that grouping fills: of detections `event_id`, `static_reason`, `static_source`; of
    events `detections`, `first_at`, `last_at`, `frp_max_mw`, `sensors`, `footprint_km2`, `footprint`, `merged_into`.
    """

    of: str
    into: str
    reach_m: Mapping[str, float]
    pixel_m: Mapping[str, float]
    plain: tuple[str, ...]
    masked: str
    told: tuple[str, ...]
    watched: tuple[str, ...]
    ranks: tuple[str, ...]
    gap: timedelta = timedelta(hours=24)
    persistent_days: int = 10
    persistent_within: timedelta = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Rings:
    """Which of a layer's features open an alarm in the duty room when they arrive: those at least as severe, and those
    of these statuses. Messages that are not meant in earnest (CAP status Test, Exercise, Draft) never do."""

    severity: int = 5
    statuses: tuple[str, ...] = ()


Shape = Literal["circle", "square", "diamond", "triangle", "cross", "pentagon", "hexagon", "star"]
Dash = Literal["solid", "long", "dots", "short"]
Mark = Literal["point", "line", "area", "hatched"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one value looks: colour by day and night, shape and size (diameter, px) of a point, dash of an
    outline, z (the higher is drawn later) and the word in the legend. `mark`: what the legend shows of it, and
    whether an area is hatched instead of tinted."""

    label: Title
    colour: str
    night: str = ""
    shape: Shape = "circle"
    size: float = 7.0
    dash: Dash = "solid"
    z: int = 0
    mark: Mark = "point"


@dataclass(frozen=True, slots=True)
class Style:
    """Symbols by the value of one field; `other` for every value without one of its own."""

    by: str
    symbols: Mapping[str, Symbol]
    other: Symbol


Geometry = Literal["point", "line", "area", "any"]


def _title_of(properties: Mapping[str, Any], lang: str) -> str:
    if lang == "en" and properties.get("headline_en"):
        return str(properties["headline_en"])
    return str(properties.get("headline") or properties.get("name") or "")


def _span(rule: TimeRule, row: Row) -> tuple[datetime | None, datetime | None]:
    """The span a row states by its layer's time rule; what the row says itself goes first."""
    values = row.properties
    start, end = row.valid_from, row.valid_to
    match rule:
        case Instant(at=at, ttl=ttl):
            start = start or getattr(values, at)
            end = end or (start + ttl if start else None)
        case Interval(start=names, end=name, ttl=ttl):
            start = start or next((t for n in names if (t := getattr(values, n)) is not None), None)
            end = end or getattr(values, name)
            if end is None and start is not None:
                end = start + ttl
        case State(since=name) | Standing(since=name):
            start = start or (getattr(values, name) if name else None)
    return start, end


def _own_span(
    layer: "Layer", row: Row
) -> Iterator[tuple[datetime | None, datetime | None, Mapping[str, Any]]]:
    start, end = _span(layer.time_rule(getattr(row.properties, "form", None)), row)
    yield start, end, {}


Spans = Callable[["Layer", Row], Iterable[tuple[datetime | None, datetime | None, Mapping[str, Any]]]]
"""From one row, its (from, to, changed fields), in the order in which they are to be written."""


@dataclass(frozen=True)
class Layer:
    """A layer, declared. `spans` turns one row into (from, to, changed fields): by default one span by the
    time rule. `natural_key` names the fields that make an id where a row brings none. `fresh_for` is the
    expected interval between reports: beyond it the layer counts as late. `responsible` names the fields that
    say who answers for a feature, the widest first (unit, person): a selection is totalled by them. `detections`: how
    its detections are grouped into events, where it has any. `rings`: what opens an alarm. `shown`: whether a view that
    names no layers asks it. `station_of`: from a feature's id to the gauge whose measurements stand with it in
    its details; None where it has none."""

    id: str
    title: Title
    geometry: Geometry
    time: TimeRule | Mapping[str, TimeRule]
    properties: type[Properties]
    style: Style
    hazards: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    details: tuple[str, ...] = ()
    default_status: tuple[str, ...] = ()
    natural_key: tuple[str, ...] = ()
    detections: Detections | None = None
    claims: Callable[[Notice], bool] = lambda notice: False
    spans: Spans = _own_span
    title_of: Callable[[Mapping[str, Any], str], str] = _title_of
    responsible: tuple[str, ...] = ()
    rings: Rings | None = None
    station_of: Callable[[str], str | None] = lambda feature_id: None
    attribution: str = ""
    fresh_for: timedelta | None = None
    much_history: bool = False
    order: int = 100
    shown: bool = True
    glyph: str = ""

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The declared fields by name, in order."""
        found = {}
        for name, declared in self.properties.model_fields.items():
            info = next((m for m in declared.metadata if isinstance(m, Info)), None)
            if info is None:
                raise SetupError(
                    f"图层 {self.id} 的字段 {name} 没有 Info 说明。",
                    f"Layer {self.id}: field {name} lacks its Info.",
                )
            found[name] = Field(name, _kind(declared.annotation), declared.is_required(), info)
        return MappingProxyType(found)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The codes of `form`, where the layer declares it."""
        declared = self.fields.get("form")
        return tuple(c.code for c in declared.info.choices) if declared else ()

    def time_rule(self, form: str | None = None) -> TimeRule:
        """The time rule of a form; of the first one where the form is unknown."""
        if isinstance(self.time, Mapping):
            return self.time.get(form or "") or next(iter(self.time.values()))
        return self.time

    @cached_property
    def comes_and_goes(self) -> bool:
        """Whether its features are news with a beginning and an end, not things that stand."""
        rules = self.time.values() if isinstance(self.time, Mapping) else (self.time,)
        return any(isinstance(rule, Interval) for rule in rules)

    def records(self, row: Row) -> list[Record]:
        """The Records of one row, each a state over a span.

        Raises `Rejected` where a span ends before it starts.
        """
        values = row.properties.__dict__
        rule = self.time_rule(values.get("form"))
        shared = self._kept(values)
        found = []
        for start, end, changed in self.spans(self, row):
            start, end = _whole_second(start), _whole_second(end)
            if start is not None and end is not None and end <= start:
                raise Rejected(
                    "end_before_start",
                    f"结束时间 {_beijing(end)} 不晚于开始时间 {_beijing(start)}。",
                    f"The end {_beijing(end)} is not after the start {_beijing(start)} (Beijing time).",
                )
            state = {**values, **changed}
            kept, personal = shared if changed.keys() <= _IN_COLUMNS else self._kept(state)
            found.append(
                Record(
                    position=row.position,
                    feature_id=row.feature_id,
                    valid_from=start,
                    valid_to=end,
                    geometry=row.geometry,
                    hazards=tuple(state.get("hazards") or ()),
                    severity=int(state.get("severity") or 0),
                    status=state.get("status"),
                    form=state.get("form"),
                    districts=row.districts,
                    properties=kept,
                    personal=personal,
                    whole=end is not None and isinstance(rule, Instant | Interval),
                )
            )
        return found

    def _kept(self, state: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The known values of the fields that have no column of their own, as JSON holds them; personal ones apart."""
        kept: dict[str, Any] = {}
        personal: dict[str, Any] = {}
        for name, is_personal, plain in self._beside_columns:
            value = state[name]
            if value is not None:
                (personal if is_personal else kept)[name] = plain(value) if plain else value
        return kept, personal

    @cached_property
    def _beside_columns(self) -> tuple[tuple[str, bool, Callable[[Any], Any] | None], ...]:
        """Name, whether it is personal, and what makes JSON of its values, where they are not JSON as they are."""
        as_json: Mapping[Kind, Callable[[Any], Any]] = {"instant": _instant_text, "list": list}
        return tuple(
            (n, f.info.personal, as_json.get(f.kind)) for n, f in self.fields.items() if not f.in_column
        )


def _whole_second(at: datetime | None) -> datetime | None:
    if at is None or (at.tzinfo is UTC and not at.microsecond):
        return at
    return at.astimezone(UTC).replace(microsecond=0)


def _beijing(at: datetime) -> str:
    return (at.astimezone(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def _instant_text(at: datetime) -> str:
    """An instant as JSON holds it: UTC, whole seconds."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat()[:19] + "Z"


def _kind(annotation: Any) -> Kind:
    """The kind of a field from its Python type, `None` aside."""
    options = [a for a in get_args(annotation) if a is not NoneType] if get_args(annotation) else []
    if get_origin(annotation) is tuple or any(get_origin(a) is tuple for a in options):
        return "list"
    plain = options[0] if options and get_origin(annotation) is not Literal else annotation
    if get_origin(plain) is Literal:
        return "text"
    if plain is datetime:
        return "instant"
    if plain is int:
        return "integer"
    if plain is float:
        return "number"
    return "text"


WARNING_FORMS = (
    Code("signal", "预警信号", "Warning signal"),
    Code("response", "应急响应", "Emergency response"),
    Code("gauge", "测站超限", "Gauge exceedance"),
)
CAP_STATUSES = (
    Code("Actual", "实际", "Actual"),
    Code("Exercise", "演练", "Exercise"),
    Code("System", "系统", "System"),
    Code("Test", "测试", "Test"),
    Code("Draft", "草稿", "Draft"),
)
CAP_URGENCIES = (
    Code("Immediate", "立即行动", "Immediate"),
    Code("Expected", "准备行动", "Expected"),
    Code("Future", "等待行动", "Future"),
    Code("Past", "已过去", "Past"),
    Code("Unknown", "未知", "Unknown"),
)
CAP_CERTAINTIES = (
    Code("Observed", "确定发生", "Observed"),
    Code("Likely", "非常可能", "Likely"),
    Code("Possible", "可能发生", "Possible"),
    Code("Unlikely", "不大可能", "Unlikely"),
    Code("Unknown", "未知", "Unknown"),
)
CAP_SEVERITIES = (
    Code("Extreme", "特别严重", "Extreme"),
    Code("Severe", "严重", "Severe"),
    Code("Moderate", "较重", "Moderate"),
    Code("Minor", "一般", "Minor"),
    Code("Unknown", "未知", "Unknown"),
)
CAP_MSG_TYPES = (
    Code("Alert", "首次", "Alert"),
    Code("Update", "更新", "Update"),
    Code("Cancel", "解除", "Cancel"),
    Code("Ack", "确认", "Ack"),
    Code("Error", "错误", "Error"),
)

CAP_SIGNATURES = (
    Code("valid", "签名有效", "Valid"),
    Code("invalid", "签名无效", "Invalid"),
    Code("unchecked", "未配置证书", "No certificate configured"),
    Code("none", "未签名", "Not signed"),
)


GAUGE_WARNINGS = {"stage": "gauge-stage-", "rain": "gauge-rain-"}
"""How the ids of warnings of form `gauge` begin, by what is measured; the station's id follows."""


def station_of_warning(feature_id: str) -> str | None:
    """The gauge that a warning of form `gauge` speaks of."""
    begun = next((one for one in GAUGE_WARNINGS.values() if feature_id.startswith(one)), None)
    return feature_id.removeprefix(begun) if begun else None


def hazard_choices() -> tuple[Code, ...]:
    """The hazard list as choices of a field."""
    return tuple(hazards().values())


def district_choices() -> tuple[Code, ...]:
    """The district list as choices of a field."""
    return tuple(districts().values())


class WarningProperties(Properties):
    """What a warning says (CAP 1.2 names): the fields of every layer that CAP messages land in."""

    headline: Annotated[str, Info("标题", "Headline", searched=True, aliases=("预警标题", "name"))]
    hazards: Annotated[tuple[str, ...], Info("灾种", "Hazards", filtered=True, choices=hazard_choices())] = ()
    form: Annotated[str | None, Info("类别", "Kind", filtered=True, choices=WARNING_FORMS)] = None
    severity: Annotated[
        int | None,
        Info("级别", "Severity", filtered=True, choices=SEVERITIES, aliases=("预警级别", "响应级别")),
    ] = None
    colour: Annotated[str | None, Info("原色", "Native colour", aliases=("颜色", "color"))] = None
    issuer: Annotated[
        str | None,
        Info("发布单位", "Issuer", filtered=True, searched=True, aliases=("发布机构", "senderName")),
    ] = None
    sent_at: Annotated[datetime | None, Info("发布时间", "Sent", aliases=("发布", "sent"))] = None
    onset_at: Annotated[datetime | None, Info("生效时间", "Onset", aliases=("生效", "onset", "开始时间"))] = (
        None
    )
    expires_at: Annotated[
        datetime | None, Info("失效时间", "Expires", aliases=("失效", "expires", "结束时间"))
    ] = None
    event: Annotated[str | None, Info("事件", "Event", searched=True)] = None
    area: Annotated[str | None, Info("影响范围", "Area", searched=True, aliases=("地区", "areaDesc"))] = None
    description: Annotated[str | None, Info("内容", "Description", searched=True, aliases=("预警内容",))] = (
        None
    )
    instruction: Annotated[str | None, Info("防御指引", "Instruction")] = None
    urgency: Annotated[str | None, Info("紧迫性", "Urgency", choices=CAP_URGENCIES)] = None
    certainty: Annotated[str | None, Info("确定性", "Certainty", choices=CAP_CERTAINTIES)] = None
    cap_severity: Annotated[str | None, Info("CAP 严重性", "CAP severity", choices=CAP_SEVERITIES)] = None
    cap_identifier: Annotated[str | None, Info("CAP 标识", "CAP identifier")] = None
    cap_sender: Annotated[str | None, Info("CAP 发送方", "CAP sender")] = None
    cap_status: Annotated[str | None, Info("CAP 状态", "CAP status", filtered=True, choices=CAP_STATUSES)] = (
        None
    )
    cap_msg_type: Annotated[str | None, Info("CAP 类型", "CAP message type", choices=CAP_MSG_TYPES)] = None
    geocodes: Annotated[tuple[str, ...], Info("地理编码", "Geocodes")] = ()
    web: Annotated[str | None, Info("网址", "Web")] = None
    resources: Annotated[tuple[str, ...], Info("附件", "Resources", sparse=True)] = ()
    cap_signature: Annotated[
        str | None, Info("数字签名", "Signature", choices=CAP_SIGNATURES, sparse=True)
    ] = None
    cap_signature_note: Annotated[str | None, Info("签名说明", "About the signature", sparse=True)] = None
    other_languages: Annotated[
        tuple[str, ...], Info("其他语言", "Other languages", searched=True, sparse=True)
    ] = ()
    headline_en: Annotated[str | None, Info("英文标题", "English headline", searched=True)] = None
    description_en: Annotated[str | None, Info("英文内容", "English description")] = None


SEVERITY_SYMBOLS: Mapping[str, Symbol] = MappingProxyType(
    {
        "4": Symbol(Title("红", "Red"), "#d4261c", "#ff5a4d", "diamond", 11, "solid", 40),
        "3": Symbol(Title("橙", "Orange"), "#ef7d14", "#ff9838", "triangle", 10, "long", 30),
        "2": Symbol(Title("黄", "Yellow"), "#e0b400", "#f0cc3a", "circle", 8, "dots", 20),
        "1": Symbol(Title("蓝", "Blue"), "#2f7ed8", "#4c9bf0", "square", 7, "short", 10),
    }
)
"""Severity as colour and shape: ◆ 红, ▲ 橙, ● 黄, ■ 蓝; on areas as outline."""

NO_LEVEL = Symbol(Title("无级别", "No level"), "#5a6b7e", "#8fa1b5", "circle", 6, "short", 0)


def style_table(layer: Layer) -> list[dict[str, Any]]:
    """The layer's style as a flat table, which browser and paper only look up.

    One row a value of `layer.style.by`, in the legend's order; the last, with value None, is for all others.
    """
    rows: list[tuple[str | None, Symbol]] = [*layer.style.symbols.items(), (None, layer.style.other)]
    return [
        {
            "value": value,
            "colour": symbol.colour,
            "night": symbol.night or symbol.colour,
            "shape": symbol.shape,
            "size": symbol.size,
            "dash": symbol.dash,
            "z": symbol.z,
            "mark": symbol.mark,
            "label": {"zh": symbol.label.zh, "en": symbol.label.en},
        }
        for value, symbol in rows
    ]


@lru_cache(maxsize=8)
def load_layers(folder: Path) -> Mapping[str, Layer]:
    """Every layer in `folder`, by id, in the order of the layer panel.

    A file `x.py` exports `LAYER` with id `x`; names that begin with `_` are passed over.
    Raises `SetupError` where a file does not keep to that.
    """
    found = []
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue
        name = f"layers.{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise SetupError(f"图层文件 {path.name} 无法读取。", f"Layer file {path.name} cannot be read.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        layer = getattr(module, "LAYER", None)
        if not isinstance(layer, Layer) or layer.id != path.stem:
            raise SetupError(
                f"图层文件 {path.name} 必须导出 LAYER,且 id 为 {path.stem}。",
                f"Layer file {path.name} must export LAYER with id {path.stem}.",
            )
        found.append(layer)
    return MappingProxyType({layer.id: layer for layer in sorted(found, key=lambda one: (one.order, one.id))})


def layer_named(name: str, layers: Mapping[str, Layer]) -> Layer:
    """The layer of that id; `NotFound` says which there are."""
    if name not in layers:
        known = ", ".join(layers)
        raise NotFound(f"没有图层 {name};现有:{known}。", f"There is no layer {name}; there are: {known}.")
    return layers[name]
