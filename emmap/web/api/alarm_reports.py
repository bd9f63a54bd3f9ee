"""初报, 续报 and 终报 of an alarm: composed, kept as they go out, and as files."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from emmap.errors import NotFound
from emmap.permissions import needs
from emmap.store import alarms
from emmap.watch import paper, reports
from emmap.web.api.watch import in_own_districts
from emmap.web.asking import TheCaller, TheRealm, TheSite, only

router = APIRouter(prefix="/api/watch", tags=["watch"])

Kind = Literal["initial", "further", "final"]


class ReportField(BaseModel):
    """A field of a report."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=40)]
    text: Annotated[str, Field(max_length=4000)] = ""


class NewReport(BaseModel):
    """A report to go out. `correcting`: a further revision of the last one of its kind."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    seen: int
    fields: Annotated[list[ReportField], Field(min_length=1, max_length=40)]
    correcting: bool = False


@router.get("/alarms/{alarm_id}/draft", dependencies=[only("kind")])
@needs("watch")
def draft(site: TheSite, caller: TheCaller, realm: TheRealm, alarm_id: int, kind: Kind) -> dict[str, Any]:
    """The next report of a kind, composed from what is known now; nothing is kept."""
    with site.database.engine("app", realm).connect() as conn:
        found = alarms.alarm(conn, alarm_id)
        fields = reports.composed(found, alarms.events(conn, alarm_id), alarms.merged(conn, alarm_id))
        number, revision = reports.upcoming(kind, alarms.reports(conn, alarm_id))
        return {
            "kind": kind,
            "number": number,
            "revision": revision,
            "title": reports.heading(kind, number, revision, found.event_no),
            "seen": found.number,
            "fields": fields,
        }


@router.post("/alarms/{alarm_id}/reports", status_code=201, dependencies=[only()])
@needs("watch")
def report(
    site: TheSite, caller: TheCaller, realm: TheRealm, alarm_id: int, new: NewReport
) -> dict[str, Any]:
    """Keeps a report as it goes out: 初报, 续报 or 终报, numbered."""
    with site.database.engine("app", realm).begin() as conn:
        in_own_districts(conn, caller, alarm_id)
        made = reports.issue(
            conn,
            alarm_id,
            new.kind,
            [field.model_dump() for field in new.fields],
            seen=new.seen,
            account=caller.name,
            now=datetime.now(UTC),
            exercise=realm != "real",
            correcting=new.correcting,
        )
        return reports.as_json(made, alarms.alarm(conn, alarm_id).event_no)


@router.get("/alarms/{alarm_id}/reports/{report_id}.{format}", dependencies=[only()])
@needs("watch")
def report_file(
    site: TheSite, caller: TheCaller, realm: TheRealm, alarm_id: int, report_id: int, format: str
) -> Response:
    """A report as it went out, as txt or pdf."""
    with site.database.engine("app", realm).connect() as conn:
        event_no = alarms.alarm(conn, alarm_id).event_no
        found = next((one for one in alarms.reports(conn, alarm_id) if one.report_id == report_id), None)
    if found is None or format not in ("txt", "pdf"):
        raise NotFound(
            f"没有报告 {report_id}.{format[:8]}。", f"There is no report {report_id}.{format[:8]}."
        )
    headers = {
        "content-disposition": f'inline; filename="{event_no}-{found.kind}-{found.number}.{found.revision}.{format}"'
    }
    if format == "txt":
        return Response(found.body, media_type="text/plain; charset=utf-8", headers=headers)
    body = paper.report(found, event_no, exercise=realm != "real")
    return Response(body, media_type="application/pdf", headers=headers)
