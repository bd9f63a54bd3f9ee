"""Which column means which field: by name, Chinese or English title or alias, whatever the spelling.

Besides the layer's fields, every table may bring the feature's id, its place, its span and its district.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from emmap.errors import Malformed
from emmap.ingest.cells import folded
from emmap.layer import Layer, Title

ID, LON, LAT, GEOMETRY = "id", "lon", "lat", "geometry"
VALID_FROM, VALID_TO, DISTRICT = "valid_from", "valid_to", "district"

COMMON: Mapping[str, Title] = MappingProxyType(
    {
        ID: Title("编号", "Id"),
        LON: Title("经度", "Longitude"),
        LAT: Title("纬度", "Latitude"),
        GEOMETRY: Title("几何", "Geometry"),
        VALID_FROM: Title("有效期起", "Valid from"),
        VALID_TO: Title("有效期止", "Valid to"),
        DISTRICT: Title("行政区", "District"),
    }
)
"""The columns that every layer takes, with their titles."""

_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ID: (
            "feature_id", "编码", "代码", "标识", "唯一标识", "唯一编号", "统一编号", "队伍编号", "隐患编号",
            "火情编号", "预警编号", "事件编号", "点位编号", "fid_id", "code",
        ),
        LON: ("lng", "long", "东经", "x", "x坐标", "经度坐标"),
        LAT: ("北纬", "y", "y坐标", "纬度坐标"),
        GEOMETRY: ("geom", "wkt", "geojson", "几何信息", "the_geom", "空间数据"),
        VALID_FROM: ("有效期自", "有效开始", "有效开始时间", "起始时间"),
        VALID_TO: ("有效期至", "有效结束", "有效结束时间", "截止时间"),
        DISTRICT: (
            "districts", "区", "区县", "行政区划", "行政区域", "所属区", "所在区", "所属区县", "所在区县", "辖区",
            "区域", "行政区代码", "区划代码", "行政区划代码", "adcode", "district_code", "区名",
        ),
    }
)  # fmt: skip

_BRACKETS = re.compile(r"[(\[【〔{].*?[)\]】〕}]")
_MARKS = re.compile(r"[*＊:_\-]")


def key_of(header: str) -> str:
    """A header for comparing: NFKC, no case, blanks, underscores, hyphens, colons or asterisks."""
    return _MARKS.sub("", folded(header))


class Names:
    """Every spelling of a layer's columns, and how good each is: a lower rank wins."""

    def __init__(self, layer: Layer, source: Mapping[str, str] = MappingProxyType({})) -> None:
        self.layer = layer
        self._ranked: dict[str, tuple[int, str]] = {}
        for column, field in source.items():
            self._add(1, column, field)
        for name, declared in layer.fields.items():
            self._add(1, name, name)
            for title in (declared.info.zh, declared.info.en):
                self._add(2, title, name)
                if declared.info.unit:
                    self._add(2, f"{title}({declared.info.unit})", name)
        for name, titles in COMMON.items():
            self._add(1, name, name)
            self._add(2, titles.zh, name)
            self._add(2, titles.en, name)
        for name, declared in layer.fields.items():
            for alias in declared.info.aliases:
                self._add(3, alias, name)
        for name, aliases in _ALIASES.items():
            for alias in aliases:
                self._add(4, alias, name)

    def _add(self, rank: int, spelling: str, field: str) -> None:
        self._ranked.setdefault(key_of(spelling), (rank, field))

    def find(self, header: str, clipped: int = 0) -> tuple[int, str] | None:
        """Rank and field of a header, or None. A header cut at `clipped` bytes is found by its beginning."""
        whole = key_of(header)
        bare = key_of(_BRACKETS.sub("", folded(header)))
        found = self._ranked.get(whole) or self._ranked.get(bare)
        if found or not clipped or not bare or len(header.encode()) < clipped - 2:
            return found
        fields = {field for spelling, (_, field) in self._ranked.items() if spelling.startswith(bare)}
        return (5, fields.pop()) if len(fields) == 1 else None

    def title(self, field: str) -> str:
        """The field as a sentence names it: `队伍名称 (name)`."""
        declared = self.layer.fields.get(field)
        zh = declared.info.zh if declared else COMMON[field].zh if field in COMMON else field
        return f"{zh} ({field})"

    def known(self, field: str) -> bool:
        """Whether a column may be mapped to it."""
        return field in self.layer.fields or field in COMMON


def match(
    names: Names, header: Sequence[str], mapping: Mapping[str, str], *, clipped: int = 0
) -> dict[str, int]:
    """Field → index of its column; `mapping` (column → field) goes before every spelling.

    Raises `Malformed` where two columns are equally good for a field, or the mapping names what is not there.
    """
    stated: dict[int, str] = {}
    for column, field in mapping.items():
        if not names.known(field):
            raise Malformed(
                f"图层没有字段 {field[:40]},不能把列「{column[:40]}」对应到它。",
                f"The layer has no field {field[:40]} to map column “{column[:40]}” to.",
                code="unknown_field",
            )
        found = [i for i, title in enumerate(header) if key_of(title) == key_of(column)]
        if not found:
            raise Malformed(
                f"文件中没有列「{column[:40]}」,无法按 --map 对应。",
                f"The file has no column “{column[:40]}” to map.",
                code="unknown_column",
            )
        stated[found[0]] = field
    best: dict[str, tuple[int, int]] = {}
    for i, title in enumerate(header):
        ranked = (0, stated[i]) if i in stated else names.find(title, clipped)
        if ranked is None:
            continue
        rank, field = ranked
        if field not in best or rank < best[field][0]:
            best[field] = (rank, i)
        elif rank == best[field][0]:
            first = header[best[field][1]]
            raise Malformed(
                f"列「{first}」和「{title}」都表示{names.title(field)},请删去一列,或用 --map 指定。",
                f"Columns “{first}” and “{title}” both mean {field}: remove one, or say which by --map.",
                code="duplicate_column",
            )
    return {field: i for field, (_, i) in best.items()}


def missing(names: Names, found: Mapping[str, int], *, placed: bool) -> list[str]:
    """Required fields without a column: the layer's required ones, and the id unless the natural key is there.

    `placed`: the file brings geometry of its own.
    """
    layer = names.layer
    absent = [f.name for f in layer.fields.values() if f.required and f.name not in found]
    if ID in found:
        return absent
    here = set(found) | ({LON, LAT} if placed or GEOMETRY in found else set())
    if not layer.natural_key or set(layer.natural_key) - here:
        return [ID, *absent]
    return absent
