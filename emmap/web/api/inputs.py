"""What comes in over HTTP: files and CAP messages; and what was kept of it."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from emmap.errors import Malformed, NotFound, TooLarge
from emmap.ingest import alerts
from emmap.ingest.importer import import_file
from emmap.ingest.rejections import error_file
from emmap.permissions import needs
from emmap.store import inbox
from emmap.web.api.imports import told
from emmap.web.asking import TheCaller, TheLayer, TheRealm, TheSite, only

router = APIRouter(prefix="/api", tags=["input"])

LARGEST_ALERT = 20 << 20
"""A CAP message is never larger than this, in bytes."""


@router.post("/layers/{layer}/imports", dependencies=[only()])
@needs("import")
def imports(
    site: TheSite,
    caller: TheCaller,
    layer: TheLayer,
    realm: TheRealm,
    file: Annotated[UploadFile, File()],
    datum: Annotated[str, Form()] = "wgs84",
    mode: Annotated[str, Form()] = "partial",
    dry_run: Annotated[bool, Form()] = False,
    map: Annotated[list[str] | None, Form()] = None,
) -> dict[str, Any]:
    """Reads a file into the layer. 200 when it is done, also if rows were rejected."""
    limit = site.settings.max_upload_mb << 20
    content = file.file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(
            f"文件超过 {site.settings.max_upload_mb} MiB;请拆分后再导入。",
            f"The file is over {site.settings.max_upload_mb} MiB; split it.",
        )
    found = import_file(
        site.database,
        realm,
        layer.id,
        file.filename or "",
        content,
        datum=datum,
        mode=mode,
        mapping=_mapping(map or []),
        dry_run=dry_run,
        user=caller.name,
    )
    return found.as_json()


def _mapping(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        column, equals, name = pair.rpartition("=")
        if not equals or not column or not name:
            raise Malformed(
                f"map「{pair[:60]}」应为 列名=字段。", f"map “{pair[:60]}” should be COLUMN=FIELD."
            )
        found[column.strip()] = name.strip()
    return found


@router.post("/alerts", status_code=201, dependencies=[only()])
@needs("alert")
async def alert(request: Request, site: TheSite, caller: TheCaller, realm: TheRealm) -> Response:
    """Takes one CAP message. 201 when it is new, 200 when it was known."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_ALERT:
            raise TooLarge("CAP 消息过大。", "The CAP message is too large.")
    found = await run_in_threadpool(
        alerts.receive, site.database, realm, bytes(content), source="api", user=caller.name
    )
    return JSONResponse(found.as_json(), status_code=201 if found.created else 200)


@router.get("/imports/{run_id}", dependencies=[only("after")])
@needs("read")
def run(site: TheSite, caller: TheCaller, realm: TheRealm, run_id: int, after: int = 0) -> dict[str, Any]:
    """One import: its counts, and its rejected rows behind position `after`, 1,000 at a time."""
    with site.database.engine("app", realm).connect() as conn:
        found = _run(conn, run_id)
        refused = inbox.rejected(conn, run_id, after=after)
    return {
        **told(found),
        "rejected_records": [
            {"position": r.position, "code": r.code, "message": f"{r.zh} {r.en}"} for r in refused
        ],
    }


@router.get("/imports/{run_id}/rejected.csv", dependencies=[only()])
@needs("personal")
def error_file_of(site: TheSite, caller: TheCaller, realm: TheRealm, run_id: int) -> Response:
    """The error file of an import: all its rejected rows with their reasons, as CSV. The rows may hold phones: it needs
    the permission for personal data."""
    with site.database.engine("app", realm).connect() as conn:
        _run(conn, run_id)
    headers = {
        "content-disposition": f"attachment; filename=import-{run_id}-rejected.csv",
        "cache-control": "private, no-cache",
    }
    parts = error_file(inbox.all_rejected(site.database, realm, run_id))
    return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers=headers)


def _run(conn: Connection, run_id: int) -> inbox.Run:
    found = inbox.run(conn, run_id)
    if found is None:
        raise NotFound(f"没有导入记录 {run_id}。", f"There is no import {run_id}.")
    return found
