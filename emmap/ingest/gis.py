"""Readers of GIS files: GeoJSON, GeoPackage and zipped Shapefile."""

import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely

from emmap.errors import Malformed, Unreadable
from emmap.ingest.archives import damaged, read_entry
from emmap.ingest.headers import Names
from emmap.ingest.places import POINT_WKB
from emmap.ingest.sheet import Origin, Sheet
from emmap.ingest.tables import decoded
from emmap.layer import Rejected

GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.CRSError,
    ValueError,
    RuntimeError,
    OSError,
    OverflowError,
)
"""What GDAL raises on a file that it cannot read or write."""


def read_geojson(content: bytes) -> Sheet:
    """A FeatureCollection, one Feature, or a bare geometry's Feature (RFC 7946; an older `crs` member counts).

    A feature's own `id` is its id where no property is. Raises `Unreadable` and `Malformed`.
    """
    text, encoding = decoded(content)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            "JSON 有语法错误,无法读取。请重新导出 GeoJSON。",
            "The JSON has a syntax error and cannot be read. Export the GeoJSON again.",
            code="damaged_file",
        ) from error
    features = features_of(document)
    columns: dict[str, None] = {}
    shapes: list[bytes | None] = []
    broken: dict[int, Rejected] = {}
    for i, feature in enumerate(features):
        if not isinstance(feature, Mapping) or not isinstance(feature.get("properties") or {}, Mapping):
            broken[i] = Rejected(
                "bad_feature", "这不是 GeoJSON 要素(Feature)。", "This is not a GeoJSON Feature."
            )
            shapes.append(None)
            continue
        columns.update(dict.fromkeys(feature.get("properties") or {}))
        try:
            shapes.append(_wkb(feature.get("geometry")))
        except Rejected as rejected:
            broken[i] = rejected
            shapes.append(None)
    own_id = "id" not in columns and any(isinstance(f, Mapping) and f.get("id") is not None for f in features)
    header = [*columns, "id"] if own_id else list(columns)
    rows = []
    for i, feature in enumerate(features):
        values = {} if i in broken and not isinstance(feature, Mapping) else feature.get("properties")
        values = values if isinstance(values, Mapping) else {}
        cells = [values.get(column) for column in columns]
        rows.append(
            [*cells, feature.get("id") if isinstance(feature, Mapping) else None] if own_id else cells
        )
    return Sheet(
        f"GeoJSON, {encoding}",
        header,
        rows,
        shapes=shapes,
        crs=_json_crs(document),
        broken=broken,
        found=Origin("json", encoding),
    )


def features_of(document: Any) -> list[Any]:
    """The entries of a FeatureCollection, or the one Feature. Raises `Malformed`."""
    if isinstance(document, Mapping):
        if document.get("type") == "Feature":
            return [document]
        features = document.get("features")
        if document.get("type") == "FeatureCollection" and isinstance(features, list):
            return features
    raise Malformed(
        "这个 JSON 不是 GeoJSON 要素集(FeatureCollection)。",
        "This JSON is not a GeoJSON FeatureCollection.",
        code="not_geojson",
    )


def _json_crs(document: Mapping[str, Any]) -> str | None:
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    return name if isinstance(name, str) and not re.search(r"CRS84|\b4326\b", name) else None


def _wkb(geometry: Any) -> bytes | None:
    """A GeoJSON geometry as WKB, None where there is none. Raises `Rejected`."""
    if geometry is None:
        return None
    try:
        if geometry["type"] == "Point" and geometry["coordinates"]:
            x, y = geometry["coordinates"][:2]
            return np.array((1, 1, float(x), float(y)), POINT_WKB).tobytes()
        found: bytes = shapely.to_wkb(shapely.from_geojson(json.dumps(geometry)), output_dimension=2)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise unreadable_geometry() from error
    return found


def unreadable_geometry() -> Rejected:
    """What a person is told of a geometry that cannot be read."""
    return Rejected(
        "broken_geometry",
        "几何无法读取(应为 GeoJSON 或 WKT,坐标成对且环首尾相接)。",
        "The geometry cannot be read (GeoJSON or WKT, coordinates in pairs, rings closed).",
    )


def read_geopackage(content: bytes, names: Names) -> Sheet:
    """The GeoPackage's layer of the emmap layer's name, or its only one. Raises `Unreadable` and `Malformed`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.gpkg"
        path.write_bytes(content)
        try:
            with remarks_aside():
                layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        except GDAL_ERRORS as error:
            raise damaged() from error
        chosen = names.layer.id if names.layer.id in layers else layers[0] if len(layers) == 1 else None
        if chosen is None:
            raise Malformed(
                f"GeoPackage 里有 {len(layers)} 个图层({'、'.join(layers[:10])}),"
                f"没有一个叫 {names.layer.id}。请只留一个,或改名。",
                f"The GeoPackage has {len(layers)} layers ({', '.join(layers[:10])}), none called "
                f"{names.layer.id}: keep one, or rename it.",
                code="several_layers",
            )
        return _read(path, f"GeoPackage, {chosen}", Origin("geopackage", table=chosen), layer=chosen)


def read_shapefile(archive: zipfile.ZipFile) -> Sheet:
    """The shapefile in a zip; its `.cpg` says the encoding, else it is UTF-8 where that fits, or GB18030.

    Raises `Unreadable` and `Malformed`.
    """
    parts = {PurePosixPath(name.replace("\\", "/")): name for name in archive.namelist()}
    shapes = [path for path in parts if path.suffix.lower() == ".shp" and not path.name.startswith("._")]
    if len(shapes) != 1:
        raise Malformed(
            f"压缩包里有 {len(shapes)} 个 Shapefile,请每次只导入一个。",
            f"The archive holds {len(shapes)} shapefiles: import one at a time.",
            code="several_layers",
        )
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, bytes] = {}
        for path, name in parts.items():
            suffix = path.suffix.lower()
            if path.with_suffix("") == shapes[0].with_suffix("") and suffix in (
                ".shp", ".shx", ".dbf", ".prj", ".cpg",
            ):  # fmt: skip
                found[suffix] = read_entry(archive, name)
                if suffix != ".cpg":  # its name for an encoding is read here, in more spellings
                    (Path(folder) / f"file{suffix}").write_bytes(found[suffix])
        if not {".shx", ".dbf"} <= set(found):
            raise Unreadable(
                "Shapefile 不完整:压缩包里应同时有 .shp、.shx 和 .dbf。",
                "The shapefile is incomplete: the archive should hold .shp, .shx and .dbf.",
                code="damaged_file",
            )
        encoding = _dbf_encoding(found[".dbf"], found.get(".cpg", b""))
        origin = Origin("shapefile", encoding)
        return _read(
            Path(folder) / "file.shp", f"Shapefile, {encoding}", origin, encoding=encoding, clipped=10
        )


def _dbf_encoding(dbf: bytes, cpg: bytes) -> str:
    said = re.sub(r"[^a-z0-9]", "", cpg.decode("ascii", "ignore").lower())
    if said in ("utf8", "65001", "cp65001"):
        return "UTF-8"
    if said in ("gbk", "936", "cp936", "ansi936", "gb2312", "gb18030", "54936"):
        return "GB18030"
    try:
        dbf[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def _read(
    path: Path,
    described: str,
    origin: Origin,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    clipped: int = 0,
) -> Sheet:
    try:
        with remarks_aside():
            meta, _, shapes, columns = pyogrio.raw.read(
                path, layer=layer, encoding=encoding, datetime_as_string=True, force_2d=True
            )
    except UnicodeDecodeError as error:
        raise Unreadable(
            "属性表的文字编码与 .cpg 所说的不符。请重新导出,编码选 UTF-8。",
            "The attribute table is not encoded as its .cpg says. Export it again as UTF-8.",
            code="wrong_encoding",
        ) from error
    except GDAL_ERRORS as error:
        raise damaged() from error
    header = [str(name) for name in meta["fields"]]
    plain = [_plain(column) for column in columns]
    count = len(shapes) if shapes is not None else len(plain[0]) if plain else 0
    rows: Sequence[Sequence[Any]] = list(zip(*plain, strict=True)) if plain else [()] * count
    if shapes is None:
        return Sheet(described, header, rows, clipped=clipped, found=origin)
    return Sheet(described, header, rows, shapes=list(shapes), crs=meta["crs"], clipped=clipped, found=origin)


@contextmanager
def remarks_aside() -> Iterator[None]:
    """GDAL remarks on small flaws of a file by warnings; what keeps a file from being read, it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _plain(column: Any) -> list[Any]:
    """A numpy column as Python values; NaN stands for null, since these formats give it for empty numbers."""
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        return [None if value != value else value for value in values]
    return values
