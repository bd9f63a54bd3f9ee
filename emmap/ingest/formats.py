"""What kind of file this is: by its content, never by its name."""

import zipfile
from typing import Literal

from emmap.errors import Unreadable

Format = Literal["xml", "json", "csv", "xlsx", "ods", "xls", "shapefile", "geopackage"]

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BLANKS = " \t\r\n\f\v"


def beginning(content: bytes) -> str:
    """The first characters of a text, without byte-order mark and blanks."""
    for bom, codec in _BOMS:
        if content.startswith(bom):
            return content[len(bom) : 2000].decode(codec, "replace").lstrip(_BLANKS)
    return content[:2000].decode("latin-1").lstrip(_BLANKS)


def format_of(content: bytes) -> Format:
    """The format of a file that is no archive. Raises `Unreadable` for what emmap does not read."""
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    if content.startswith(b"SQLite format 3\x00"):
        return "geopackage"
    if content.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"GIF8")
    ):
        raise unknown_format()
    start = beginning(content)
    if start[:14].lower().startswith(("<!doctype html", "<html", "<table", "<meta")):
        raise Unreadable(
            "这是另存为表格的网页(HTML),不是真正的表格文件。请在 Excel 里打开,另存为 .xlsx 后再导入。",
            "This is a web page (HTML) under a spreadsheet's name. Open it in Excel, save it as .xlsx and import "
            "that.",
            code="unknown_format",
        )
    if start.startswith("<"):
        return "xml"
    return "json" if start.startswith(("{", "[")) else "csv"


def format_of_archive(archive: zipfile.ZipFile) -> Format:
    """The format of a zip. Raises `Unreadable` for what emmap does not read."""
    names = [name.lower() for name in archive.namelist()]
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if any(name.endswith(".shp") for name in names):
        return "shapefile"
    raise unknown_format()


def unknown_format() -> Unreadable:
    """What a person is told of a file that emmap does not read."""
    return Unreadable(
        "不认识这种文件。可以导入 CSV、XLSX、XLS、ODS、GeoJSON、GeoPackage、Shapefile(zip)、FIRMS CSV 和 CAP XML。",
        "This kind of file is not known. CSV, XLSX, XLS, ODS, GeoJSON, GeoPackage, zipped Shapefile, FIRMS CSV and "
        "CAP XML can be imported.",
        code="unknown_format",
    )
