"""Imports as a person makes them: templates to fill in, and what was imported before."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from emmap.ingest.returned import given_back
from emmap.ingest.template import template
from emmap.ingest.withdrawing import withdraw_run, withdrawable
from emmap.permissions import needs
from emmap.store import inbox, withdrawals
from emmap.store.inbox import Run
from emmap.web.asking import TheCaller, TheLayer, TheRealm, TheSite, only
from emmap.web.workbook import MEDIA_TYPE as XLSX

router = APIRouter(prefix="/api", tags=["imports"])


@router.get("/layers/{layer}/template.xlsx", dependencies=[only()])
@needs("read")
def template_of(layer: TheLayer) -> Response:
    """A spreadsheet to fill in and import: headers, units, code lists as drop-downs and an example row."""
    headers = {"content-disposition": f"attachment; filename=template-{layer.id}.xlsx"}
    return Response(template(layer), media_type=XLSX, headers=headers)


@router.get("/imports", dependencies=[only("layer", "before", "limit")])
@needs("import")
def imports(
    site: TheSite,
    realm: TheRealm,
    layer: str | None = None,
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """What persons imported and withdrew, the newest first. `before`: only runs with a smaller number."""
    with site.database.engine("app", realm).connect() as conn:
        found = inbox.runs(conn, layer=layer, before=before, limit=limit)
        wrote = {run.run_id: bool(withdrawals.writes(conn, run.run_id)) for run in found}
    return {"imports": [{**told(run), "withdrawable": withdrawable(run, wrote[run.run_id])} for run in found]}


@router.post("/imports/{run_id}/withdraw", dependencies=[only()])
@needs("import")
def withdraw(site: TheSite, caller: TheCaller, realm: TheRealm, run_id: int) -> dict[str, Any]:
    """Takes an import back as one act: what it touched goes back to the state before, unless something later changed
    it. Nothing is deleted: what was known before stays known."""
    return withdraw_run(site.database, realm, run_id, user=caller.name).as_json()


@router.get("/imports/{run_id}/rejected", dependencies=[only()])
@needs("personal")
def rejected(site: TheSite, realm: TheRealm, run_id: int) -> Response:
    """All rejected rows of an import as a file of the kind that came, each with its reason in a last column: to be
    mended and imported again."""
    found = given_back(site.database, realm, run_id)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
        "cache-control": "private, no-cache",
    }
    return Response(found.content, media_type=found.media_type, headers=headers)


def told(run: Run) -> dict[str, Any]:
    """A run as the API tells it."""
    return {
        "run_id": run.run_id,
        "layer": run.layer,
        "source": run.source,
        "file_name": run.file_name,
        "mode": run.mode,
        "datum": run.datum,
        "account": run.account,
        "mapping": run.mapping,
        "withdraws": run.withdraws,
        "withdrawn_by": run.withdrawn_by,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        **(run.counts or {}),
    }
