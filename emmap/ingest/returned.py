"""The refused rows of an import as a file of the kind that came, with their reasons: to be mended and imported again.

The rows are read again from the kept file, so that they are as they came. Every kind goes back as itself, but for XLS
and ODS, which go back as XLSX, and what a service's own reader reads, which goes back as CSV.
"""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
import xlsxwriter
from lxml import etree

from emmap.errors import NotFound, Unreadable
from emmap.ingest import cap
from emmap.ingest.formulas import FORMULA_LIKE, tamed
from emmap.ingest.gis import GDAL_ERRORS, features_of, remarks_aside
from emmap.ingest.headers import REASON, REASON_SHORT, Names, is_reason
from emmap.ingest.reading import read_as_it_is
from emmap.ingest.sheet import Sheet
from emmap.ingest.tables import decoded
from emmap.layer import Layer, load_layers
from emmap.settings import get_settings
from emmap.store import inbox
from emmap.store.database import Database
from emmap.store.inbox import RejectedRow

_CODECS = {"UTF-8": "utf-8", "UTF-8 BOM": "utf-8-sig", "UTF-16": "utf-16", "GB18030": "gb18030"}
_EXCEL_TEXT = 32_767
"""Characters in a cell, by Excel's limit."""
_ATOM = "http://www.w3.org/2005/Atom"
_SHAPES = {
    0: "Point",
    1: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
}


@dataclass(frozen=True, slots=True)
class Returned:
    """A file to hand back."""

    name: str
    media_type: str
    content: bytes


def given_back(db: Database, realm: str, run_id: int) -> Returned:
    """The refused rows of a run. Raises `NotFound` where there is no such run, or no file of it."""
    with db.engine("app", realm).connect() as conn:
        run = inbox.run(conn, run_id)
        if run is None:
            raise NotFound(f"没有导入记录 {run_id}。", f"There is no import {run_id}.")
        kept = inbox.message(conn, run.message_id) if run.message_id is not None else None
    layers = load_layers(get_settings().layers_dir)
    if kept is None or kept.content is None or run.layer not in layers:
        raise NotFound(
            f"第 {run_id} 次导入没有留下原文件。", f"Import {run_id} left no file.", code="no_original"
        )
    refused = list(inbox.all_rejected(db, realm, run_id))
    limit = get_settings().max_upload_mb << 20
    return returned(layers[run.layer], run.file_name, kept.content, run.mapping, refused, limit)


def returned(
    layer: Layer,
    name: str,
    content: bytes,
    mapping: Mapping[str, str],
    refused: Sequence[RejectedRow],
    limit: int,
) -> Returned:
    """The refused rows of the file `name` with this content, as it was imported with this mapping. `limit`: bytes that
    an archive may unpack to. Raises `Unreadable` where the file cannot be read as it was."""
    stem = f"{PurePath(name).stem or 'import'}-拒收"
    sheet = read_as_it_is(content, Names(layer, mapping), limit, name=name)
    if sheet is None:
        return Returned(f"{stem}.xml", "application/xml", _xml(content, refused))
    at = {position: index for index, position in reversed([*enumerate(sheet.positions)])}
    rows = [(at[row.position], _why(row)) for row in refused if row.position in at]
    ending, media_type, write = _KINDS[sheet.found.kind]
    return Returned(f"{stem}{ending}", media_type, write(sheet, content, rows))


_Rows = Sequence[tuple[int, str]]
"""Index of each refused row in its sheet, and why."""


def _why(row: RejectedRow) -> str:
    return f"{row.zh} {row.en}"


def _kept(sheet: Sheet) -> list[int]:
    """The columns that go back: all but the reason of an earlier time."""
    return [i for i, title in enumerate(sheet.header) if not is_reason(title)]


def _csv(sheet: Sheet, content: bytes, rows: _Rows) -> bytes:
    kept = _kept(sheet)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=sheet.found.delimiter)
    writer.writerow([*(sheet.header[i] for i in kept), REASON.zh])
    for index, why in rows:
        cells = sheet.rows[index]
        writer.writerow([*(tamed(_text(cells[i])) for i in kept), why])
    return text.getvalue().encode(_CODECS[sheet.found.encoding], "replace")


def _text(cell: Any) -> str:
    """A cell as a CSV holds it; those of a CSV are text already, a service's reader gives values."""
    if isinstance(cell, list | tuple):
        return "；".join(map(str, cell))
    return "" if cell is None else str(cell)


def _xlsx(sheet: Sheet, content: bytes, rows: _Rows) -> bytes:
    kept = _kept(sheet)
    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet(sheet.found.table[:31])
    plain = book.add_format({"quote_prefix": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    page.write_row(0, 0, [*(sheet.header[i] for i in kept), REASON.zh], book.add_format({"bold": True}))
    page.set_column(0, len(kept) - 1, 14)
    page.set_column(len(kept), len(kept), 60)
    page.freeze_panes(1, 0)
    for line, (index, why) in enumerate(rows, 1):
        cells = sheet.rows[index]
        for column, cell in enumerate([*(cells[i] for i in kept), why]):
            if cell is None or cell == "":
                continue
            if isinstance(cell, bool):
                page.write_boolean(line, column, cell)
            elif isinstance(cell, int | float):
                page.write_number(line, column, cell)
            elif isinstance(cell, datetime | date):
                page.write_datetime(line, column, cell, moment if isinstance(cell, datetime) else day)
            else:
                text = str(cell)[:_EXCEL_TEXT]
                page.write_string(line, column, text, plain if text.startswith(FORMULA_LIKE) else None)
    book.close()
    return made.getvalue()


def _geojson(sheet: Sheet, content: bytes, rows: _Rows) -> bytes:
    document = json.loads(decoded(content)[0])
    features = features_of(document)
    kept = {name: value for name, value in document.items() if name == "crs"}
    found = [_with_reason(features[index], why) for index, why in rows]
    whole = {"type": "FeatureCollection", **kept, "features": found}
    try:
        return json.dumps(whole, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, for which a row was refused
        return json.dumps(whole).encode()


def _with_reason(feature: Any, why: str) -> dict[str, Any]:
    """The feature as it came, with the reason among its properties; what is no feature goes back beside its reason."""
    if not isinstance(feature, Mapping):
        return {"type": "Feature", "geometry": None, "properties": {REASON.zh: why, "原文": feature}}
    properties = feature.get("properties")
    own = properties if isinstance(properties, Mapping) else {}
    return {**feature, "properties": {**own, REASON.zh: why}}


def _geopackage(sheet: Sheet, content: bytes, rows: _Rows) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.gpkg"
        _write(path, sheet, rows, REASON.zh, driver="GPKG", layer=sheet.found.table, geometry_type="Unknown")
        return path.read_bytes()


def _shapefile(sheet: Sheet, content: bytes, rows: _Rows) -> bytes:
    shapes = [shape for index, _ in rows if sheet.shapes and (shape := sheet.shapes[index]) is not None]
    kind = _SHAPES.get(int(shapely.get_type_id(shapely.from_wkb(shapes[0]))), "Point") if shapes else "Point"
    encoding = sheet.found.encoding
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "refused.shp"
        _write(
            path, sheet, rows, REASON_SHORT, driver="ESRI Shapefile", encoding=encoding, geometry_type=kind
        )
        path.with_suffix(".cpg").write_text(encoding)
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)
        return made.getvalue()


def _write(path: Path, sheet: Sheet, rows: _Rows, reason: str, **how: Any) -> None:
    """Writes a GIS file by GDAL. Raises `Unreadable` where GDAL cannot write what the file holds."""
    kept = _kept(sheet)
    columns = [_column([sheet.rows[index][i] for index, _ in rows]) for i in kept]
    columns.append(_column([why for _, why in rows]))
    shapes = np.array([sheet.shapes[index] if sheet.shapes else None for index, _ in rows], object)
    try:
        with remarks_aside():
            pyogrio.raw.write(
                path,
                geometry=shapes,
                field_data=[values for values, _ in columns],
                field_mask=[mask for _, mask in columns],
                fields=[*(sheet.header[i] for i in kept), reason],
                crs=sheet.crs,
                **how,
            )
    except GDAL_ERRORS as error:
        raise Unreadable(
            "拒收的行里有这种文件写不下的几何，请改用 CSV 下载。",
            "The refused rows hold geometry that this kind of file cannot take: download them as CSV.",
            code="cannot_return",
        ) from error


def _column(values: Sequence[Any]) -> tuple[Any, Any]:
    """A column as numpy holds it, and which of its values are missing."""
    mask = np.array([value is None for value in values])
    kinds = {type(value) for value in values if value is not None}
    for kind, dtype in ((bool, np.bool_), (int, np.int64), (float, np.float64)):
        if kinds == {kind}:
            return np.array([0 if value is None else value for value in values], dtype), mask
    return np.array([None if value is None else str(value) for value in values], object), mask


def _xml(content: bytes, refused: Sequence[RejectedRow]) -> bytes:
    """The refused messages as an Atom feed, each as it came, with its reason as the entry's title."""
    parsed = cap.parse(content)
    raw = {one.position: one.raw for one in parsed.messages}
    raw |= {one.position: one.raw for one in parsed.rejected}
    feed = etree.fromstring(f'<feed xmlns="{_ATOM}"/>')
    etree.SubElement(feed, f"{{{_ATOM}}}title").text = REASON.zh
    for row in refused:
        entry = etree.SubElement(feed, f"{{{_ATOM}}}entry")
        etree.SubElement(entry, f"{{{_ATOM}}}title").text = _why(row)
        message = etree.SubElement(entry, f"{{{_ATOM}}}content", type="text/xml")
        try:
            parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
            message.append(etree.fromstring(raw[row.position], parser))
        except (KeyError, etree.XMLSyntaxError):
            message.text = row.raw
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="UTF-8"))


_XLSX = ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx
_KINDS: Mapping[str, tuple[str, str, Callable[[Sheet, bytes, _Rows], bytes]]] = {
    "csv": (".csv", "text/csv", _csv),
    "xlsx": _XLSX,
    "xls": _XLSX,
    "ods": _XLSX,
    "json": (".geojson", "application/geo+json", _geojson),
    "geopackage": (".gpkg", "application/geopackage+sqlite3", _geopackage),
    "shapefile": (".zip", "application/zip", _shapefile),
}
