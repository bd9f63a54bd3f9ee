"""Any file of gauges as a batch: by its content."""

from emmap.ingest import reading
from emmap.ingest.datums import Datum
from emmap.ingest.gauges import sl323, usgs
from emmap.ingest.gauges.batch import Batch
from emmap.ingest.headers import Names
from emmap.layer import Layer

READER = "gauges"
_ZIP = b"PK\x03\x04"


def reads_gauges(layer: Layer) -> bool:
    """Whether the layer's stations are measured: then files of measurements go to it."""
    return any(source.reader == READER for source in layer.sources)


def read(content: bytes, layer: Layer, datum: Datum, limit: int) -> Batch | None:
    """What a file says; None where it is no file of gauges, but perhaps a table of another kind. Pure.

    `limit`: bytes that an archive may unpack to. Raises `Unreadable`, `TooLarge`, `Malformed`.
    """
    if usgs.is_waterml(content):
        return usgs.read_waterml(content)
    if usgs.is_rdb(content):
        return usgs.read_rdb(content)
    if not content.startswith(_ZIP) and b"stcd" not in content[:20_000].replace(b"\x00", b"").lower():
        return None
    sheet = reading.read(content, Names(layer), limit)
    return sl323.read(sheet, layer, datum) if sheet is not None and sl323.is_sl323(sheet.header) else None
