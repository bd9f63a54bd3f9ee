"""Imports as a person makes them: templates to fill in, and what was imported before."""

from fastapi import APIRouter, Response

from emmap.ingest.template import template
from emmap.web.asking import TheCaller, TheLayer, only
from emmap.web.workbook import MEDIA_TYPE as XLSX

router = APIRouter(prefix="/api", tags=["imports"])


@router.get("/layers/{layer}/template.xlsx", dependencies=[only()])
def template_of(layer: TheLayer, caller: TheCaller) -> Response:
    """A spreadsheet to fill in and import: headers, units, code lists as drop-downs and an example row."""
    caller.need("read")
    headers = {"content-disposition": f"attachment; filename=template-{layer.id}.xlsx"}
    return Response(template(layer), media_type=XLSX, headers=headers)
