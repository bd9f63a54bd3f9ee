"""Imports as a person makes them: templates to fill in, and what was imported before."""

from fastapi import APIRouter, Response

from emmap.ingest.template import template
from emmap.permissions import needs
from emmap.web.asking import TheLayer, only
from emmap.web.workbook import MEDIA_TYPE as XLSX

router = APIRouter(prefix="/api", tags=["imports"])


@router.get("/layers/{layer}/template.xlsx", dependencies=[only()])
@needs("read")
def template_of(layer: TheLayer) -> Response:
    """A spreadsheet to fill in and import: headers, units, code lists as drop-downs and an example row."""
    headers = {"content-disposition": f"attachment; filename=template-{layer.id}.xlsx"}
    return Response(template(layer), media_type=XLSX, headers=headers)
