"""A file of gauges, imported by hand: nobody looks again, so what silence will bring is said at once."""

from dataclasses import replace
from datetime import UTC, datetime

from emmap.errors import TooLarge
from emmap.ingest.datums import datum_of
from emmap.ingest.gauges.batch import Batch
from emmap.ingest.gauges.reading import read, reads_gauges
from emmap.ingest.gauges.take import frame, store
from emmap.ingest.result import ImportResult
from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store.database import Database


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


def receive_file(
    db: Database,
    realm: str,
    batch: Batch,
    name: str,
    content: bytes,
    dry_run: bool = False,
    *,
    user: str = "",
) -> ImportResult:
    """Takes it in, in one transaction. `dry_run` does everything and undoes it."""
    given = frame(datetime.now(UTC), looked_after=False)
    with db.engine("app", realm).connect() as conn, conn.begin() as transaction:
        result = store(conn, batch, content, given, name=name, user=user)
        assert result is not None
        if dry_run:
            transaction.rollback()
            return replace(result, run_id=None, dry_run=True)
    return result
