"""Any file as a sheet: the reader that fits its content."""

from emmap.ingest import cap_json, firms, gis, tables
from emmap.ingest.archives import open_archive
from emmap.ingest.formats import format_of, format_of_archive
from emmap.ingest.headers import Names
from emmap.ingest.readers import names as services
from emmap.ingest.readers import reader_for, reader_named
from emmap.ingest.sheet import Sheet, no_rows, without_examples
from emmap.layer import Layer


def read(content: bytes, names: Names, limit: int, *, name: str = "", reader: str = "") -> Sheet | None:
    """The file as a sheet, or None where it holds messages (CAP, or warnings as JSON). Pure.

    `limit`: bytes that an archive may unpack to. `name`: what the file came under. `reader`: the one that is to read
    it; a service's goes before all else, without a word where it is the layer's and knows the content. Raises
    `Unreadable`, `TooLarge`, `Malformed`.
    """
    sheet = read_as_it_is(content, names, limit, name=name, reader=reader)
    known = _reads(names.layer, "firms")
    return firms.translate(sheet) if sheet and known and firms.is_firms(sheet.header) else sheet


def read_as_it_is(
    content: bytes, names: Names, limit: int, *, name: str = "", reader: str = ""
) -> Sheet | None:
    """The same, with the columns of the file itself."""
    if not content.strip():
        raise no_rows()
    service = reader_named(reader) if reader in services() else reader_for(names.layer, content)
    if service is not None:
        return service.read(content, name)
    if content.startswith(b"PK\x03\x04"):
        archive = open_archive(content, limit)
        kind = format_of_archive(archive)
    else:
        archive, kind = None, format_of(content)
    match kind:
        case "xml":
            return None
        case "json" if cap_json.recognises(content) and _reads(names.layer, "warnings"):
            return None
        case "json":
            sheet = gis.read_geojson(content)
        case "geopackage":
            sheet = gis.read_geopackage(content, names)
        case "csv":
            sheet = without_examples(tables.read_csv(content, names))
        case _ if archive is not None and kind == "shapefile":
            sheet = gis.read_shapefile(archive)
        case _:
            sheet = without_examples(tables.read_workbook(content, kind, names, archive))
    return sheet


def _reads(layer: Layer, reader: str) -> bool:
    return any(source.reader == reader for source in layer.sources)
