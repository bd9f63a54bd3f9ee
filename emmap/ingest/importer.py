"""One file into one layer: read, understood, written, and answered for row by row."""

import gc
import json
import mimetypes
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from emmap.errors import Malformed, NotFound, TooLarge
from emmap.ingest import alerts
from emmap.ingest.datums import datum_of
from emmap.ingest.detections import settle
from emmap.ingest.firms import is_feed
from emmap.ingest.gauges import files as gauges
from emmap.ingest.headers import Names, is_reason, match, require
from emmap.ingest.reading import read
from emmap.ingest.result import ImportResult
from emmap.ingest.rows import Understood, understand
from emmap.ingest.sheet import Sheet
from emmap.layer import Layer, load_layers
from emmap.settings import get_settings
from emmap.store import inbox
from emmap.store.database import Database
from emmap.store.inbox import RejectedRow
from emmap.store.versions import Mode, Written, write

RAW_KEPT = 10_000
"""Characters of a refused row that are kept beside its reason; the whole file is kept anyway."""

Say = Callable[[str], None]
_NONE: Mapping[str, str] = MappingProxyType({})


def _silent(line: str) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was read and understood; nothing of it is stored yet. `ignored` are columns that mean nothing
    to the layer."""

    layer: Layer
    name: str
    content: bytes
    sheet: Sheet
    understood: Understood
    refused: tuple[RejectedRow, ...]
    ignored: tuple[str, ...]
    mode: Mode
    datum: str
    mapping: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that was read: a table, messages, or measurements. `take` writes it in the caller's transaction. `table` is
    None where it is no table."""

    take: Callable[[Connection], ImportResult]
    table: Prepared | None = None


def import_file(
    db: Database,
    realm: str,
    layer_id: str,
    name: str,
    content: bytes,
    *,
    datum: str = "wgs84",
    mode: str = "partial",
    mapping: Mapping[str, str] = _NONE,
    dry_run: bool = False,
    user: str = "",
    say: Say = _silent,
) -> ImportResult:
    """Imports a file in one transaction: good rows go in although others are refused.

    Takes what `read_file` takes. `dry_run` does everything and undoes it. Raises as `read_file` does; nothing is stored
    then.
    """
    ready = read_file(layer_id, name, content, datum=datum, mode=mode, mapping=mapping, user=user, say=say)
    with db.engine("app", realm).connect() as conn, conn.begin() as transaction:
        result = ready.take(conn)
        if dry_run:
            transaction.rollback()
            return replace(result, run_id=None, dry_run=True)
    return result


def read_file(
    layer_id: str,
    name: str,
    content: bytes,
    *,
    datum: str = "wgs84",
    mode: str = "partial",
    mapping: Mapping[str, str] = _NONE,
    user: str = "",
    say: Say = _silent,
) -> Ready:
    """A file made ready for the store. Stores nothing.

    `name` is the file's name, for people; what it is follows from `content`. `datum` says what its degrees mean,
    `mapping` (column → field) goes before every header. `complete` ends what the file does not mention; where no
    row could be taken it ends nothing. CAP messages go to the layer that claims them, measurements of gauges to the
    observations. `user` is who imports it. `say` gets a line for each step. Raises `NotFound`, `Unreadable`, `TooLarge`,
    `Malformed`.
    """
    name = name.encode("utf-8", "replace").decode().replace("\x00", "")
    measured = gauges.read_file(layer_id, content, datum)
    if measured is not None:
        return Ready(lambda conn: gauges.take(conn, measured, name, content, user=user))
    table = prepare(layer_id, name, content, datum=datum, mode=mode, mapping=mapping, say=say)
    if table is not None:
        return Ready(lambda conn: store(conn, table, user=user), table)
    parsed = alerts.read_file(content)
    return Ready(lambda conn: alerts.take(conn, parsed, content, name=name, layer_id=layer_id, user=user))


def prepare(
    layer_id: str,
    name: str,
    content: bytes,
    *,
    datum: str = "wgs84",
    mode: str = "partial",
    mapping: Mapping[str, str] = _NONE,
    limit_mb: int | None = None,
    reader: str = "",
    say: Say = _silent,
) -> Prepared | None:
    """Reads a file and understands its rows; None where it is XML (CAP), which `alerts` takes. Stores nothing.

    `limit_mb`: MiB that it may have, unpacked; None: `EMMAP_MAX_UPLOAD_MB`. `reader`: the one that is to read it, by
    name; empty: the one that fits. Raises as `import_file` does.
    """
    settings = get_settings()
    layers = load_layers(settings.layers_dir)
    if layer_id not in layers:
        raise NotFound(
            f"没有图层「{layer_id[:60]}」;可用 {'、'.join(layers)}。",
            f"There is no layer “{layer_id[:60]}”: use {', '.join(layers)}.",
            code="unknown_layer",
        )
    layer = layers[layer_id]
    wanted_datum, wanted_mode = datum_of(datum), _mode_of(mode)
    limit_mb = limit_mb or settings.max_upload_mb
    if len(content) > limit_mb * 2**20:
        raise TooLarge(
            f"文件有 {len(content) / 2**20:,.0f} MiB,上限是 {limit_mb} MiB。请拆分后再导入。",
            f"The file has {len(content) / 2**20:,.0f} MiB, the limit is {limit_mb} MiB: split it.",
            code="file_too_large",
        )
    names = Names(layer, mapping)
    with _collector_at_rest():
        sheet = read(content, names, limit_mb * 2**20, name=name, reader=reader)
    if sheet is None:
        return None
    columns = match(names, sheet.header, clipped=sheet.clipped)
    require(names, sheet.header, columns, placed=sheet.shapes is not None)
    if not sheet.rows and wanted_mode == "complete":
        raise Malformed(
            "文件只有表头,没有数据;按「完整」导入会结束图层里的全部要素,已拒绝。",
            "The file has a header and no rows; importing it as complete would end every feature. Refused.",
            code="no_rows",
        )
    say(f"读入 {len(sheet.rows):,} 行（{sheet.format}），正在核对 … / rows read, checking …")
    with _collector_at_rest():
        understood = understand(layer, sheet, columns, wanted_datum)
    good = len(sheet.rows) - len(understood.refused)
    say(f"{good:,} 行可以导入，正在比对和写入 … / rows are good, comparing and writing …")
    return Prepared(
        layer=layer,
        name=name,
        content=content,
        sheet=sheet,
        understood=understood,
        refused=tuple(_refused(sheet, understood)),
        ignored=tuple(
            t for i, t in enumerate(sheet.header) if t and i not in columns.values() and not is_reason(t)
        ),
        mode=wanted_mode,
        datum=wanted_datum,
        mapping=mapping,
    )


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Millions of small values without a single cycle: looking through them again and again would take half the
    time."""
    resting = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not resting:
            gc.enable()


def _mode_of(text: str) -> Mode:
    if text == "partial" or text == "complete":
        return text  # type: ignore[return-value]
    raise Malformed(
        f"不认识导入方式「{text[:40]}」;可用 partial(增补)或 complete(完整)。",
        f"Unknown mode “{text[:40]}”: use partial or complete.",
        code="unknown_mode",
    )


def _refused(sheet: Sheet, understood: Understood) -> list[RejectedRow]:
    found = []
    for i, rejected in sorted(understood.refused.items()):
        zh, en = sheet.where(i)
        found.append(
            RejectedRow(
                position=sheet.positions[i],
                code=rejected.code,
                zh=f"{zh}:{rejected.zh}",
                en=f"{en[0].upper()}{en[1:]}: {rejected.en}",
                raw=_raw(sheet, i),
            )
        )
    return list({row.position: row for row in reversed(found)}.values())[::-1]


def _raw(sheet: Sheet, index: int) -> str:
    """What a row held, as JSON of its columns, clean enough to store."""
    cells = {title: _short(cell) for title, cell in zip(sheet.header, sheet.rows[index], strict=False)}
    return json.dumps(cells, ensure_ascii=True, default=str)[:RAW_KEPT]


def _short(cell: Any) -> Any:
    return cell[:RAW_KEPT] if isinstance(cell, str) else cell


def store(conn: Connection, prepared: Prepared, *, source: str = "import", user: str = "") -> ImportResult:
    """Keeps the file, writes its Records, and keeps the run with its refused rows, in the caller's transaction.
    `source`: what brought the file, as the history names it."""
    with _collector_at_rest():
        return _store(conn, prepared, source, user)


def _store(conn: Connection, prepared: Prepared, source: str, user: str) -> ImportResult:
    layer, understood, refused = prepared.layer, prepared.understood, prepared.refused
    media_type = mimetypes.guess_type(prepared.name)[0] or "application/octet-stream"
    message_id = inbox.keep_message(conn, source, prepared.content, media_type, prepared.name)
    run_id = inbox.start_run(
        conn,
        layer.id,
        source,
        file_name=prepared.name,
        mode=prepared.mode,
        datum=prepared.datum,
        account=user,
        message_id=message_id,
        mapping=prepared.mapping,
    )
    written = Written()
    if understood.records or understood.ends:
        acts = settle(conn, layer, understood.records, feed=is_feed(prepared.sheet))
        written = write(
            conn,
            layer,
            [*understood.ends, *acts],
            mode=prepared.mode,
            mentioned=understood.mentioned,
            source_message=message_id,
        )
    # Position 0 is what follows from the rows for features that they do not speak of.
    read_rows, without = prepared.sheet.read, {0, *(row.position for row in refused)}
    added = written.added - without
    changed = written.changed - added - without  # an input row may speak of several features
    result = ImportResult(
        read=read_rows,
        added=len(added),
        changed=len(changed),
        unchanged=read_rows - len(added) - len(changed) - len(refused),
        rejected=len(refused),
        ended=written.ended,
        abroad=understood.abroad,
        repaired=understood.repaired,
        examples=prepared.sheet.examples,
        run_id=run_id,
        format=prepared.sheet.format,
        columns_ignored=prepared.ignored,
        rejected_records=refused,
    )
    inbox.reject(conn, run_id, refused)
    counts = ("read", "added", "changed", "unchanged", "rejected", "ended", "abroad", "repaired")
    inbox.finish_run(conn, run_id, {count: getattr(result, count) for count in counts})
    return result
