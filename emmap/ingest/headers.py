"""Which column means which field: by name, Chinese or English title or alias, whatever the spelling.

Besides the layer's fields, every table may bring the feature's id, its place, its span and its district.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

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

IGNORED = "-"
"""The field of a column that is not to be read."""

REASON = Title("拒收原因", "Reason refused")
"""The column of a returned file that says why a row was refused; it means nothing when the file comes back."""
REASON_SHORT = "reason"
"""The same where a column's name may have ten bytes (shapefile)."""

_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ID: (
            "feature_id", "编码", "代码", "标识", "唯一标识", "唯一编号", "统一编号", "队伍编号", "隐患编号",
            "火情编号", "预警编号", "事件编号", "点位编号", "code",
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


def is_reason(header: str) -> bool:
    """Whether a column is the one that a returned file gives its reasons in."""
    return key_of(header) in (key_of(REASON.zh), key_of(REASON.en), REASON_SHORT)


class Names:
    """Every spelling of a layer's columns, and how good each is: a lower rank wins.

    `mapping` (column → field) is what the user says and goes before every spelling; a column mapped to `-` is not
    read. Raises `Malformed` where it names a field that the layer lacks. `guessing`: where no row names a field, the
    fullest of the first rows passes for the header, so that a person can say what its columns mean.
    """

    def __init__(
        self, layer: Layer, mapping: Mapping[str, str] = MappingProxyType({}), *, guessing: bool = False
    ) -> None:
        self.layer = layer
        self.mapping = mapping
        self.guessing = guessing
        self._unread = {key_of(column) for column, field in mapping.items() if field == IGNORED}
        self._ranked: dict[str, tuple[int, str]] = {}
        for column, field in mapping.items():
            if field == IGNORED:
                continue
            if field not in layer.fields and field not in COMMON:
                raise Malformed(
                    f"图层没有字段 {field[:40]},不能把列「{column[:40]}」对应到它。",
                    f"The layer has no field {field[:40]} to map column “{column[:40]}” to.",
                    code="unknown_field",
                )
            self._add(0, column, field)
        for source in layer.sources:
            for column, field in source.mapping.items():
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
        if whole in self._unread:
            return None
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


def match(names: Names, header: Sequence[str], *, clipped: int = 0) -> dict[str, int]:
    """Field → index of its column.

    Raises `Malformed` where two columns are equally good for a field, or a mapped column is not there.
    """
    here = {key_of(title) for title in header}
    for column in names.mapping:
        if key_of(column) not in here:
            raise Malformed(
                f"文件中没有列「{column[:40]}」,无法对应;文件的列是{_listed(header)}。",
                f"The file has no column “{column[:40]}” to map; its columns are {_listed(header)}.",
                code="unknown_column",
            )
    best: dict[str, tuple[int, int]] = {}
    for i, title in enumerate(header):
        ranked = names.find(title, clipped)
        if ranked is None:
            continue
        rank, field = ranked
        if field not in best or rank < best[field][0]:
            best[field] = (rank, i)
        elif rank == best[field][0]:
            first = header[best[field][1]]
            raise Malformed(
                f"列「{first[:40]}」和「{title[:40]}」都表示{names.title(field)},请删去一列,或指明对应关系。",
                f"Columns “{first[:40]}” and “{title[:40]}” both mean {field}: remove one, or map it.",
                code="duplicate_column",
            )
    return {field: i for field, (_, i) in best.items()}


@dataclass(frozen=True, slots=True)
class Header:
    """The column titles, the index of the first row below them, and how many fields they name."""

    titles: list[str]
    rows_from: int
    fields: int


def find_header(names: Names, rows: Sequence[Sequence[Any]]) -> Header:
    """The header among the first rows: the row that names most fields; titles may stand above it.

    Of a header in two rows (a group over its columns) each column takes the title that names a field. Raises
    `Malformed` where no row names any.
    """
    best = (0, 0)
    for i, row in enumerate(rows):
        fields = {found[1] for cell in row if (found := _named(names, cell))}
        if len(fields) > best[1]:
            best = (i, len(fields))
    if not best[1] and names.guessing and rows:
        fullest = max(
            range(len(rows)), key=lambda i: sum(isinstance(c, str) and c.strip() != "" for c in rows[i])
        )
        return Header(["" if cell is None else str(cell).strip() for cell in rows[fullest]], fullest + 1, 0)
    if not best[1]:
        raise Malformed(
            "没有找到表头:前几行里没有一列的名称能认出来。请用模板的列名,或指明对应关系;"
            f"第一行是{_listed(rows[0] if rows else ())}。",
            "No header was found: no column of the first rows has a name that is known. Use the template's "
            f"names, or map them; the first row is {_listed(rows[0] if rows else ())}.",
            code="no_header",
        )
    at, count = best
    titles = ["" if cell is None else str(cell).strip() for cell in rows[at]]
    if at:
        for i, cell in enumerate(rows[at - 1][: len(titles)]):
            if not titles[i] and _named(names, cell):
                titles[i] = cell.strip()
    below = rows[at + 1] if at + 1 < len(rows) else ()
    second = [cell for cell in below if cell not in ("", None)]
    if second and all(_named(names, cell) for cell in second):
        titles += [""] * (len(below) - len(titles))
        for i, cell in enumerate(below):
            titles[i] = cell.strip() if cell else titles[i]
        return Header(titles, at + 2, count)
    return Header(titles, at + 1, count)


def _named(names: Names, cell: Any) -> tuple[int, str] | None:
    return names.find(cell[:200]) if isinstance(cell, str) else None


def _listed(header: Sequence[Any]) -> str:
    some = "、".join(str(title)[:20] for title in header[:12])
    return f"「{some}{'…' if len(header) > 12 else ''}」"


def missing(names: Names, found: Collection[str], *, placed: bool) -> list[str]:
    """Required fields that no column gives: the layer's required ones, and the id or else the natural key. `placed`:
    the file brings geometry of its own."""
    layer = names.layer
    absent = [f.name for f in layer.fields.values() if f.required and f.name not in found]
    here = set(found) | ({LON, LAT} if placed or GEOMETRY in found else set())
    if ID not in found and (not layer.natural_key or set(layer.natural_key) - here):
        absent.insert(0, ID)
    return absent


def require(names: Names, header: Sequence[str], found: Mapping[str, int], *, placed: bool) -> None:
    """Raises `Malformed`, naming them, where required columns are missing."""
    if absent := missing(names, found, placed=placed):
        raise Malformed(
            f"缺少必需的列:{'、'.join(names.title(field) for field in absent)}。"
            f"文件的列是{_listed(header)}。请补上,或指明对应关系。",
            f"Required columns are missing: {', '.join(absent)}. The file's columns are {_listed(header)}. "
            "Add them, or map them.",
            code="missing_columns",
        )
