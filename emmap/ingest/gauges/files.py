"""A file of gauges, imported by hand: nobody looks again, so what silence will bring is said at once."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from emmap.errors import TooLarge
from emmap.ingest.datums import datum_of
from emmap.ingest.gauges.batch import Batch
from emmap.ingest.gauges.reading import read, reads_gauges
from emmap.ingest.gauges.take import frame, store
from emmap.ingest.result import ImportResult
from emmap.layer import load_layers
from emmap.settings import get_settings


def read_file(layer_id: str, content: bytes, datum: str) -> Batch | None:
    """What a file says that is imported into the layer; None where the layer has no gauges, or the file is of another
    kind. Raises `TooLarge`, `Unreadable`, `Malformed`."""
    settings = get_settings()
    layer = load_layers(settings.layers_dir).get(layer_id)
    if layer is None or not reads_gauges(layer):
        return None
    limit = settings.max_upload_mb << 20
    if len(content) > limit:
        raise TooLarge(
            f"文件超过 {settings.max_upload_mb} MiB，请拆分后再导入。",
            f"The file is over {settings.max_upload_mb} MiB: split it.",
            code="file_too_large",
        )
    return read(content, layer, datum_of(datum), limit)


def take(conn: Connection, batch: Batch, name: str, content: bytes, *, user: str = "") -> ImportResult:
    """Takes it in, in the caller's transaction."""
    given = frame(datetime.now(UTC), looked_after=False)
    result = store(conn, batch, content, given, name=name, user=user)
    assert result is not None
    return result
