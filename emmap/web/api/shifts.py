"""The rota and the handover of the watch."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from emmap.errors import Malformed, TooLarge
from emmap.permissions import needs
from emmap.store import handovers, rota
from emmap.store.rota import Turn
from emmap.watch import equipment, handover, paper, people, rota_file
from emmap.watch.equipment import Mark
from emmap.watch.handover import Amended, Room
from emmap.web.api.watch import turns_as_json
from emmap.web.asking import TheCaller, TheRealm, TheSite, instant_from, only, site_of

router = APIRouter(prefix="/api/watch", tags=["watch"])

LARGEST_ROTA = 8 << 20
"""Of a spreadsheet, in bytes."""


class NewTurn(BaseModel):
    """A person's duty from `begins` until `ends`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    begins: datetime
    ends: datetime
    duty: Literal["officer", "deputy", "leader"]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    account: Annotated[str, Field(max_length=80)] | None = None
    phone: Annotated[str, Field(max_length=40)] = ""


class NewHandover(BaseModel):
    """Who takes the watch over; I do, where nothing is said."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    taking: Annotated[str, Field(max_length=80)] = ""


class HandoverAct(BaseModel):
    """What is done with a sheet seen up to event `seen`; remarks by an item's key, the texts, and marks by a
    device's key go with it."""

    model_config = ConfigDict(extra="forbid")

    act: Literal["amend", "sign_leaving", "sign_taking", "withdraw"]
    seen: int
    remarks: Annotated[
        dict[Annotated[str, Field(max_length=600)], Annotated[str, Field(max_length=1000)]],
        Field(max_length=1000),
    ] = {}
    marks: Annotated[dict[Annotated[str, Field(max_length=60)], Mark], Field(max_length=100)] = {}
    key_points: Annotated[str, Field(max_length=4000)] | None = None
    equipment: Annotated[str, Field(max_length=4000)] | None = None
    others: Annotated[str, Field(max_length=4000)] | None = None


@router.get("/rota", dependencies=[only("from", "to")])
@needs("watch")
def turns(
    request: Request,
    site: TheSite,
    realm: TheRealm,
    since: Annotated[str, Query(alias="from")] = "",
    until: Annotated[str, Query(alias="to")] = "",
) -> list[dict[str, Any]]:
    """The turns that touch a span, by default from yesterday to a fortnight ahead."""
    now = datetime.now(UTC)
    begin = instant_from(since, "from") if since else now - timedelta(days=1)
    end = instant_from(until, "to") if until else now + timedelta(days=14)
    with site.database.engine("app", realm).connect() as conn:
        return turns_as_json(request, realm, rota.between(conn, begin, end))


@router.post("/rota", status_code=201, dependencies=[only()])
@needs("watch")
def add(site: TheSite, caller: TheCaller, realm: TheRealm, new: NewTurn) -> dict[str, int]:
    """Puts a person on the rota."""
    if new.begins.tzinfo is None or new.ends.tzinfo is None or new.ends <= new.begins:
        raise Malformed(
            "开始和结束应带时区，且结束晚于开始。", "Begin and end need offsets, the end after the begin."
        )
    turn = Turn(0, new.begins, new.ends, new.duty, new.name, new.account or None, new.phone)
    with site.database.engine("app", realm).begin() as conn:
        return {"added": rota.add(conn, [turn], caller.name)}


@router.post("/rota/imports", dependencies=[only()])
@needs("watch")
def imports(
    site: TheSite, caller: TheCaller, realm: TheRealm, file: Annotated[UploadFile, File()]
) -> dict[str, Any]:
    """Reads a spreadsheet into the rota; rows that stand already are left as they are."""
    content = file.file.read(LARGEST_ROTA + 1)
    if len(content) > LARGEST_ROTA:
        raise TooLarge("值班表文件过大。", "The rota's file is too large.")
    found, refused = rota_file.read(content)
    with site.database.engine("app", realm).begin() as conn:
        added = rota.add(conn, found, caller.name)
    return {
        "read": len(found) + len(refused),
        "added": added,
        "unchanged": len(found) - added,
        "rejected": len(refused),
        "rejected_records": refused,
    }


@router.post("/rota/{rota_id}/withdraw", dependencies=[only()])
@needs("watch")
def withdraw(site: TheSite, caller: TheCaller, realm: TheRealm, rota_id: int) -> dict[str, int]:
    """Takes a turn off the rota; it stays on record."""
    with site.database.engine("app", realm).begin() as conn:
        rota.withdraw(conn, rota_id, caller.name)
    return {"withdrawn": rota_id}


@router.get("/accounts", dependencies=[only()])
@needs("watch")
def accounts(site: TheSite, caller: TheCaller) -> list[dict[str, str]]:
    """The accounts that may work in the duty room: to whom an alarm or the watch can be handed."""
    with site.database.engine("app").connect() as conn:
        return people.watchers(conn)


@router.get("/handovers", dependencies=[only()])
@needs("watch")
def latest(site: TheSite, caller: TheCaller, realm: TheRealm) -> list[dict[str, Any]]:
    """The newest handovers, each with its sheet and who signed it."""
    with site.database.engine("app", realm).connect() as conn:
        return [
            handover.as_json(one, handovers.signed(conn, one.handover_id)) for one in handovers.latest(conn)
        ]


@router.post("/handovers", status_code=201, dependencies=[only()])
@needs("watch")
def draw_up(
    request: Request, site: TheSite, caller: TheCaller, realm: TheRealm, new: NewHandover
) -> dict[str, Any]:
    """Draws a sheet up, from what is open now."""
    taking = new.taking or caller.name
    with site.database.engine("app", realm).begin() as conn:
        people.check(conn, taking)
        room = _room(request, conn)
        made = handover.draw_up(conn, site.layers, room, taking=taking, account=caller.name)
        return handover.as_json(made, handovers.signed(conn, made.handover_id))


@router.post("/handovers/{handover_id}/acts", dependencies=[only()])
@needs("watch")
def act(
    request: Request,
    site: TheSite,
    caller: TheCaller,
    realm: TheRealm,
    handover_id: int,
    wanted: HandoverAct,
) -> dict[str, Any]:
    """Amends, signs or withdraws a sheet."""
    texts = {"key_points": wanted.key_points, "equipment": wanted.equipment, "remarks": wanted.others}
    amended = Amended(
        wanted.remarks, {name: text for name, text in texts.items() if text is not None}, wanted.marks
    )
    with site.database.engine("app", realm).begin() as conn:
        found = handover.act(
            conn,
            site.layers,
            _room(request, conn),
            handover_id,
            wanted.act,
            seen=wanted.seen,
            account=caller.name,
            amended=amended,
        )
        return handover.as_json(found, handovers.signed(conn, handover_id))


def _room(request: Request, conn: Connection) -> Room:
    site, live = site_of(request), request.app.state.live.listening
    found = equipment.of_emmap(conn, site.database.data_dir, datetime.now(UTC), live=live)
    own = equipment.of_the_room(site.settings.watch_equipment)
    return Room([*found, *own], default=not site.settings.watch_equipment)


@router.get("/handovers/{handover_id}.pdf", dependencies=[only()])
@needs("watch")
def sheet(site: TheSite, caller: TheCaller, realm: TheRealm, handover_id: int) -> Response:
    """A handover sheet on paper."""
    with site.database.engine("app", realm).connect() as conn:
        found = handovers.handover(conn, handover_id)
        events = handovers.signed(conn, handover_id)
    body = paper.handover(found, events, exercise=realm != "real")
    headers = {"content-disposition": f'inline; filename="handover-{handover_id}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)
