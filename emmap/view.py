"""The View: the question that the address carries, the map draws, the API answers and a briefing stores.

Its text form is a query string with the parameters of the API:

    realm=exercise&layers=a,b&bbox=w,s,e,n&area=circle:lon,lat,metres&hazard=11B03&severity=3..4&status=open&district=440118&q=…
    &at=2020-05-22T01:12:00+08:00&known_at=…&<any field declared `filtered`>=…

Lists may repeat (`hazard=a&hazard=b`) or stand in one value (`hazard=a,b`). Without `at` it is live;
without `known_at` it is what is known now, with `known_at=at` what was known at T (当时掌握).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from emmap.area import Area, parse_area
from emmap.codes import districts, hazards
from emmap.errors import Malformed
from emmap.layer import Layer

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
KNOWN_THEN: Literal["at"] = "at"
REALM = re.compile(r"[a-z][a-z0-9_]{0,40}")
MAX_TEXT = 200
"""Longest text search, in characters."""

OWN = ("realm", "layers", "bbox", "area", "hazard", "severity", "status", "district", "q", "at", "known_at")
"""The View's own parameters, in the order of its text form; declared fields follow by name."""
_COLUMN_OF = {"hazard": "hazards", "district": "districts"}
_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class View:
    """Which versions hold at T, as known at K, in these layers, under these filters.

    `layers` None: every layer. `bbox`: west, south, east, north in degrees (WGS 84); it says where the map
    looks, and binds lists and the features of the API, not the counts of the page. `area`: what is selected on
    the map; it binds the API and the selection's totals, and nothing else on the page. `severity`: wanted levels,
    empty for all. `at` and `known_at` aware UTC whole seconds; None is now, `known_at` may be `"at"` (K = T).
    `fields`: wanted values by declared field.
    """

    realm: str | None = None
    layers: tuple[str, ...] | None = None
    bbox: tuple[float, float, float, float] | None = None
    area: Area | None = None
    hazard: tuple[str, ...] = ()
    severity: tuple[int, ...] = ()
    status: tuple[str, ...] = ()
    district: tuple[str, ...] = ()
    q: str = ""
    at: datetime | None = None
    known_at: datetime | Literal["at"] | None = None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NONE)

    @property
    def live(self) -> bool:
        """Whether T and K are now."""
        return self.at is None and self.known_at in (None, KNOWN_THEN)

    def chosen(self, layers: Mapping[str, Layer]) -> tuple[Layer, ...]:
        """The layers that it asks: those it names, else those that are shown without being asked for."""
        if self.layers is None:
            return tuple(layer for layer in layers.values() if layer.shown)
        return tuple(layer for name, layer in layers.items() if name in self.layers)

    def bound(self, layer: Layer) -> dict[str, tuple[Any, ...]]:
        """The filters that bind `layer`: column or field name to wanted values.

        A filter binds the layers that declare the field. A status binds only the layers that know one of the
        wanted codes, so that wanting ready teams does not hide the warnings. `districts` every layer has.
        """
        found: dict[str, tuple[Any, ...]] = {}
        if self.hazard and "hazards" in layer.fields:
            found["hazards"] = self.hazard
        if self.severity and "severity" in layer.fields:
            found["severity"] = self.severity
        if self.district:
            found["districts"] = self.district
        declared = layer.fields.get("status")
        if self.status and declared:
            codes = {choice.code for choice in declared.info.choices}
            if known := tuple(code for code in self.status if code in codes):
                found["status"] = known
        for name, wanted in self.fields.items():
            if wanted and name in layer.fields and layer.fields[name].info.asked:
                found[name] = wanted
        return found

    def to_query(self) -> str:
        """The text form; `parse_view` reads it back to an equal View."""
        pairs: list[tuple[str, str]] = []
        if self.realm:
            pairs.append(("realm", self.realm))
        if self.layers is not None:
            pairs.append(("layers", ",".join(self.layers)))
        if self.bbox:
            pairs.append(("bbox", ",".join(f"{n:.6f}".rstrip("0").rstrip(".") for n in self.bbox)))
        if self.area is not None:
            pairs.append(("area", str(self.area)))
        for name, values in (("hazard", self.hazard), ("severity", self.severity), ("status", self.status)):
            if values:
                pairs.append((name, ",".join(str(v) for v in values)))
        if self.district:
            pairs.append(("district", ",".join(self.district)))
        if self.q:
            pairs.append(("q", self.q))
        if self.at is not None:
            pairs.append(("at", text_of_instant(self.at)))
        if self.known_at is not None:
            known = self.known_at
            pairs.append(("known_at", text_of_instant(known) if isinstance(known, datetime) else known))
        pairs.extend((name, value) for name in sorted(self.fields) for value in self.fields[name])
        return urlencode(pairs, safe=",:")


def text_of_instant(at: datetime) -> str:
    """RFC 3339 in Beijing time with its offset."""
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


def parse_instant(text: str) -> datetime:
    """An RFC 3339 instant, cut to the second, as aware UTC. Raises ValueError without an offset.

    A space before the offset is a plus sign that a form decoded.
    """
    found = datetime.fromisoformat(re.sub(r" (\d\d:\d\d)$", r"+\1", text.strip()))
    if found.tzinfo is None:
        raise ValueError("no offset")
    return found.astimezone(UTC).replace(microsecond=0)


def parse_severity(text: str) -> tuple[int, ...]:
    """`3`, `3..4`, `2,4` as levels 0 to 4. Raises ValueError."""
    wanted: set[int] = set()
    for part in text.split(","):
        low, dots, high = part.partition("..")
        first, last = int(low), int(high if dots else low)
        if not 0 <= first <= last <= 4:
            raise ValueError(part)
        wanted.update(range(first, last + 1))
    return tuple(sorted(wanted))


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """`west,south,east,north` in degrees. Raises ValueError."""
    west, south, east, north = (float(n) for n in text.split(","))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(text)
    return west, south, east, north


def parse_view(
    query: str | Iterable[tuple[str, str]],
    layers: Mapping[str, Layer],
    *,
    strict: bool,
    ignore: Iterable[str] = (),
) -> tuple[View, list[Malformed]]:
    """A View from its text form, and notes on what could not be read.

    `strict` raises the first `Malformed` instead (the API); else the rest survives (the page's address).
    Parameters named in `ignore` belong to somebody else.
    """
    pairs = parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else query
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in ignore:
            given.setdefault(name, []).append(value)
    view, notes = View(), []
    filtered = {name for layer in layers.values() for name, f in layer.fields.items() if f.info.asked}
    for name, values in given.items():
        try:
            view = replace(view, **_read(name, values, layers, filtered, view))
        except (ValueError, OverflowError):
            note = _malformed(name, values, layers, filtered)
            if strict:
                raise note from None
            notes.append(note)
    return view, notes


def view_of(spec: Mapping[str, Any], layers: Mapping[str, Layer]) -> View:
    """A View from the JSON object of a briefing: the same names, each a text, number or list of them.

    Raises `Malformed`.
    """
    pairs: list[tuple[str, str]] = []
    for name, value in spec.items():
        if value is None or value == []:
            continue
        if isinstance(value, list | tuple):
            pairs.append((name, ",".join(str(one) for one in value)))
        else:
            pairs.append((name, str(value)))
    return parse_view(pairs, layers, strict=True)[0]


def _read(
    name: str, values: list[str], layers: Mapping[str, Layer], filtered: set[str], view: View
) -> dict[str, Any]:
    """The View's fields that one parameter sets. Raises ValueError."""
    items = tuple(dict.fromkeys(item for value in values for item in value.split(",") if item))
    match name:
        case "realm":
            return {"realm": _checked(values[-1], lambda text: REALM.fullmatch(text) is not None)}
        case "layers":
            return {"layers": tuple(_checked(item, lambda text: text in layers) for item in items)}
        case "bbox":
            return {"bbox": parse_bbox(values[-1])}
        case "area":
            return {"area": parse_area(values[-1])}
        case "hazard":
            return {"hazard": tuple(_checked(item, lambda text: text in hazards()) for item in items)}
        case "severity":
            return {"severity": tuple(sorted({n for value in values for n in parse_severity(value)}))}
        case "status":
            codes = {c.code for one in layers.values() for c in _choices(one, "status")}
            return {"status": tuple(_checked(item, lambda text: text in codes) for item in items)}
        case "district":
            return {"district": tuple(_checked(item, lambda text: text in districts()) for item in items)}
        case "q":
            return {"q": _checked(values[-1].strip(), lambda text: len(text) <= MAX_TEXT)}
        case "at":
            return {"at": parse_instant(values[-1])}
        case "known_at":
            return {"known_at": KNOWN_THEN if values[-1] == KNOWN_THEN else parse_instant(values[-1])}
    if name not in filtered:
        raise ValueError(name)
    codes = {c.code for one in layers.values() for c in _choices(one, name)}
    wanted = tuple(dict.fromkeys(values)) if not codes else items
    if codes and not all(item in codes for item in wanted):
        raise ValueError(name)
    return {"fields": MappingProxyType({**view.fields, name: wanted})}


def _choices(layer: Layer, name: str) -> tuple[Any, ...]:
    declared = layer.fields.get(name)
    return declared.info.choices if declared else ()


def _checked(text: str, accepts: Callable[[str], bool]) -> str:
    if not accepts(text):
        raise ValueError(text)
    return text


def _malformed(name: str, values: list[str], layers: Mapping[str, Layer], filtered: set[str]) -> Malformed:
    """What a person is told of a parameter that cannot be read."""
    if name not in OWN and name not in filtered:
        return Malformed(
            f"不认识参数 {name[:60]}。", f"Unknown parameter {name[:60]}.", code="unknown_parameter"
        )
    wanted = {
        "realm": "a realm such as real or exercise",
        "layers": ", ".join(layers),
        "bbox": "west,south,east,north",
        "area": "box:w,s,e,n, circle:lon,lat,metres, polygon:lon,lat,… or district:code",
        "severity": "0..4",
        "at": "2020-05-22T01:12:00+08:00",
        "known_at": "2020-05-22T01:12:00+08:00, or at",
        "q": f"at most {MAX_TEXT} characters",
    }.get(name, "a code of its list, see /api/layers")
    value = values[-1][:60]
    return Malformed(
        f"参数 {name} 的值「{value}」无法理解;应为 {wanted}。",
        f"Parameter {name}: “{value}” cannot be understood; expected {wanted}.",
        code="malformed_parameter",
    )
