"""The duty log: taken down, amended by further entries, found by its words."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from emmap.errors import Malformed
from emmap.permissions import needs
from emmap.store import alarms, duty_log
from emmap.store.duty_log import Place
from emmap.view import MAX_TEXT
from emmap.watch.alarms import as_entry
from emmap.web.asking import TheCaller, TheRealm, TheSite, only

router = APIRouter(prefix="/api/watch/log", tags=["watch"])


class NewEntry(BaseModel):
    """An entry. `client_id` names what was typed: sent twice, it stands once. `typed_at`: when, by the typist's clock."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={"examples": [{"body": "与黄埔区三防办核对积水点", "place": "开源大道"}]},
    )

    body: Annotated[str, Field(min_length=1, max_length=4000)]
    client_id: UUID | None = None
    typed_at: datetime | None = None
    amends: int | None = None
    alarm_id: int | None = None
    layer: Annotated[str, Field(max_length=60)] | None = None
    feature_id: Annotated[str, Field(max_length=400)] | None = None
    place: Annotated[str, Field(max_length=200)] = ""
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None


@router.get("", dependencies=[only("q", "before", "alarm")])
@needs("watch")
def entries(
    site: TheSite,
    caller: TheCaller,
    realm: TheRealm,
    q: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    before: int | None = None,
    alarm: int | None = None,
) -> list[dict[str, Any]]:
    """The newest first, 200 at a time; `before`: the last `stamp` of the page before; `q`: those that hold every word."""
    with site.database.engine("app", realm).connect() as conn:
        if q.strip():
            return [as_entry(one) for one in duty_log.search(conn, q, before=before)]
        return [as_entry(one) for one in duty_log.entries(conn, before=before, alarm_id=alarm)]


@router.post("", status_code=201, dependencies=[only()])
@needs("watch")
def write_down(site: TheSite, caller: TheCaller, realm: TheRealm, new: NewEntry) -> Response:
    """Takes an entry down. 201 when it is new, 200 when it was sent before."""
    if new.typed_at is not None and new.typed_at.tzinfo is None:
        raise Malformed("typed_at 应带时区。", "typed_at needs an offset.")
    with site.database.engine("app", realm).begin() as conn:
        if new.alarm_id is not None:
            alarms.alarm(conn, new.alarm_id)
        found, made = duty_log.write_down(
            conn,
            new.body,
            account=caller.name,
            typed_at=new.typed_at or datetime.now(UTC),
            client_id=new.client_id,
            amends=new.amends,
            alarm_id=new.alarm_id,
            feature=(new.layer, new.feature_id) if new.layer and new.feature_id else None,
            place=Place(new.place, new.lon, new.lat),
        )
        return JSONResponse(as_entry(found), status_code=201 if made else 200)
