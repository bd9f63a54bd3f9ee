"""The error file of an import: every refused row with its reason, as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from emmap.store.inbox import RejectedRow

HEADER = ("position", "code", "message_zh", "message_en", "raw")


def error_file(rows: Iterable[RejectedRow]) -> Iterator[bytes]:
    """The file in parts, UTF-8 with a byte-order mark, as spreadsheets want it. `raw` is the row as it came, JSON by
    column title."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    sheet.write("\ufeff")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow((row.position, row.code, row.zh, row.en, _readable(row.raw)))
        if sheet.tell() > 1 << 16:
            yield _taken(sheet)
    yield _taken(sheet)


def _taken(sheet: io.StringIO) -> bytes:
    part = sheet.getvalue().encode()
    sheet.seek(0)
    sheet.truncate()
    return part


def _readable(raw: str) -> str:
    """JSON with Chinese as such; a raw text that is no whole JSON, or cannot be written so, stays as it is."""
    try:
        told = json.dumps(json.loads(raw), ensure_ascii=False)
        told.encode()
    except (ValueError, UnicodeEncodeError):
        return raw
    return told
