"""Drafts of briefings: opened, written by several, looked at, checked and signed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from emmap.briefing import render
from emmap.briefing.blocks import kinds
from emmap.briefing.desk import correction, review, signing, writing
from emmap.briefing.desk.writing import DraftConflict
from emmap.briefing.preview import Preview
from emmap.briefing.preview import preview as previewed
from emmap.briefing.template import templates
from emmap.permissions import Caller, needs
from emmap.store import briefing_drafts as drafts
from emmap.store.briefing_drafts import Draft, Listed, Stage
from emmap.web.asking import Site, TheCaller, TheSite, only
from emmap.web.problems import problem
from emmap.web.trail import add_details, nothing_changes

router = APIRouter(prefix="/api/briefings", tags=["briefings"])


class NewDraft(BaseModel):
    """What a draft is opened from. `view` as in `POST /api/briefings`."""

    model_config = ConfigDict(extra="forbid")

    template: str
    view: dict[str, Any]
    title: Annotated[str, Field(max_length=1000)] = ""


class Saved(BaseModel):
    """A body that follows `revision`."""

    model_config = ConfigDict(extra="forbid")

    revision: int
    body: dict[str, Any]


class Shown(BaseModel):
    """A body to look at; without one, the draft's own."""

    model_config = ConfigDict(extra="forbid")

    body: dict[str, Any] | None = None


class Worded(BaseModel):
    """The key of a text block."""

    model_config = ConfigDict(extra="forbid")

    block: Annotated[str, Field(max_length=40)]


class Renewed(BaseModel):
    """The revision that the new data follow; without one, whatever stands."""

    model_config = ConfigDict(extra="forbid")

    revision: int | None = None


class Copied(BaseModel):
    """The time that the copy is to show; without one, a day later."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None


class Step(BaseModel):
    """A stage to take the draft to, as of `revision`. `comment`: why it is returned."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    revision: int
    to: Stage
    comment: Annotated[str, Field(max_length=2000)] = ""


@router.get("/templates", dependencies=[only()])
@needs("read")
def declared() -> dict[str, Any]:
    """The templates with what each prints and begins with, and the room for its drawings; and the kinds of blocks with
    their parameters (JSON Schema)."""
    return {
        "templates": [
            {
                "name": one.name,
                "title": {"zh": one.title.zh, "en": one.title.en},
                "papers": list(one.papers),
                "rooms_mm": {paper: list(one.rooms_mm[paper]) for paper in one.papers},
                "header": dict(one.header),
                "blocks": [dict(block) for block in one.blocks],
            }
            for one in templates().values()
        ],
        "kinds": [
            {
                "name": one.name,
                "title": {"zh": one.title.zh, "en": one.title.en},
                "parameters": one.parameters.model_json_schema(),
            }
            for one in kinds().values()
        ],
    }


@router.post("/drafts", status_code=201, dependencies=[only()])
@needs("briefing")
def open_draft(request: Request, site: TheSite, caller: TheCaller, new: NewDraft) -> dict[str, Any]:
    """Opens a draft from a view, with the template's blocks and first wordings from data taken now."""
    draft_id = writing.open_draft(
        site.database,
        site.layers,
        site.settings,
        template=new.template,
        view=new.view,
        title=new.title,
        account=caller.name,
    )
    return _made(request, site, caller, draft_id)


@router.get("/drafts", dependencies=[only("stage", "limit")])
@needs("briefing")
def listed(
    site: TheSite,
    caller: TheCaller,
    stage: Stage | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict[str, Any]]:
    """The drafts that were changed last, of one stage or all that are not signed; without their bodies."""
    with site.database.engine("app").connect() as conn:
        return [about(one, caller) for one in drafts.latest(conn, stage, limit)]


@router.get("/drafts/{draft_id}", dependencies=[only()])
@needs("briefing")
def one(site: TheSite, caller: TheCaller, draft_id: str) -> dict[str, Any]:
    """A draft whole."""
    return told(writing.get(site.database, draft_id), caller)


@router.put("/drafts/{draft_id}", dependencies=[only()])
@needs("briefing")
def save(request: Request, site: TheSite, caller: TheCaller, draft_id: str, saved: Saved) -> Any:
    """Saves a body over the revision that it was written on. 409 `draft_conflict` where another saved meanwhile, with the
    draft as it stands in `current`."""
    body = writing.checked(saved.body)
    try:
        draft = writing.save(site.database, draft_id, saved.revision, body, caller)
    except DraftConflict as error:
        return _conflict(error, request, caller)
    add_details(request, draft=draft_id, revision=draft.about.revision)
    return told(draft, caller)


@router.delete("/drafts/{draft_id}", status_code=204, dependencies=[only()])
@needs("briefing")
def discard(request: Request, site: TheSite, caller: TheCaller, draft_id: str) -> Response:
    """Deletes a draft that is being written: its writer, or an administrator."""
    add_details(request, draft=draft_id, title=writing.discard(site.database, draft_id, caller))
    return Response(status_code=204)


@router.post("/drafts/{draft_id}/preview", dependencies=[only()])
@needs("briefing")
async def preview(request: Request, site: TheSite, draft_id: str, shown: Shown) -> dict[str, Any]:
    """The pages of a body as they will print, of the draft's data; nothing is stored."""
    nothing_changes(request)
    made = await site.previews.take(_previewed, site, draft_id, shown)
    return {"pages": list(made.pages), "warnings": list(getattr(made, "warnings", ()))}


def _previewed(site: Site, draft_id: str, shown: Shown) -> Preview:
    draft = writing.get(site.database, draft_id)
    body = draft.body if shown.body is None else writing.checked(shown.body).model_dump(mode="json")
    return previewed(site.database, site.layers, site.settings, body, writing.data_of(draft))


@router.post("/drafts/{draft_id}/wording", dependencies=[only()])
@needs("briefing")
def wording(request: Request, site: TheSite, draft_id: str, worded: Worded) -> dict[str, str]:
    """What a text block would say at first of the draft's data; nothing is stored."""
    nothing_changes(request)
    draft = writing.get(site.database, draft_id)
    return {"text": writing.wording(site.database, site.layers, site.settings, draft, worded.block)}


@router.get("/drafts/{draft_id}/number", dependencies=[only()])
@needs("briefing")
def number(site: TheSite, draft_id: str) -> dict[str, Any] | None:
    """The number that signing now would give; null where the draft has no masthead."""
    found = signing.upcoming(site.database, writing.get(site.database, draft_id))
    return render.number_as_json(found)


@router.post("/drafts/{draft_id}/data", dependencies=[only()])
@needs("briefing")
def renew(
    request: Request, site: TheSite, caller: TheCaller, draft_id: str, wanted: Renewed | None = None
) -> Any:
    """更新数据: takes the data of now; first wordings that nobody touched are worded anew."""
    revision = wanted.revision if wanted else None
    try:
        draft = writing.renew(site.database, site.layers, site.settings, draft_id, revision, caller)
    except DraftConflict as error:
        return _conflict(error, request, caller)
    add_details(request, draft=draft_id, revision=draft.about.revision)
    return told(draft, caller)


@router.post("/drafts/{draft_id}/duplicate", status_code=201, dependencies=[only()])
@needs("briefing")
def duplicate(
    request: Request, site: TheSite, caller: TheCaller, draft_id: str, copied: Copied | None = None
) -> dict[str, Any]:
    """A copy for tomorrow, or for a time: every time in it moves on, its data are taken now."""
    at: datetime | None = copied.at if copied else None
    draft = writing.get(site.database, draft_id)
    made = writing.copy(site.database, site.layers, site.settings, draft, at=at, account=caller.name)
    return _made(request, site, caller, made)


@router.post("/drafts/{draft_id}/stage", dependencies=[only()])
@needs("briefing")
async def step(request: Request, site: TheSite, caller: TheCaller, draft_id: str, wanted: Step) -> Any:
    """拟稿 → 核稿 → 签发: takes a draft to a stage. Signing needs `sign` and answers `briefing_id` and `number` besides."""
    add_details(request, draft=draft_id, to=wanted.to)
    try:
        if wanted.to == "signed":
            return await site.renderings.take(_signed, request, site, caller, draft_id, wanted)
        return await run_in_threadpool(_stepped, site, caller, draft_id, wanted)
    except DraftConflict as error:
        return _conflict(error, request, caller)


def _stepped(site: Site, caller: Caller, draft_id: str, wanted: Step) -> dict[str, Any]:
    draft = signing.step(site.database, draft_id, wanted.revision, wanted.to, wanted.comment, caller)
    return told(draft, caller)


def _signed(request: Request, site: Site, caller: Caller, draft_id: str, wanted: Step) -> dict[str, Any]:
    address = site.settings.public_url or str(request.base_url)
    stored = signing.sign(
        site.database, site.layers, site.settings, draft_id, wanted.revision, caller, address
    )
    number = render.number_as_json(stored.number)
    # The audit is chained: it holds the briefing's hash where no one can change both.
    add_details(request, briefing=stored.briefing_id, sha256=stored.sha256, number=number)
    draft = writing.get(site.database, draft_id)
    return {**told(draft, caller), "briefing_id": stored.briefing_id, "number": number}


@router.post("/{briefing_id}/corrections", status_code=201, dependencies=[only()])
@needs("briefing")
def correct(request: Request, site: TheSite, caller: TheCaller, briefing_id: str) -> dict[str, Any]:
    """A draft that copies a briefing, names it as corrected, and shows the same time as it is known now."""
    made = correction.open_correction(
        site.database, site.layers, site.settings, briefing_id, account=caller.name
    )
    return _made(request, site, caller, made)


def about(one: Listed, caller: Caller) -> dict[str, Any]:
    """A draft as lists show it. `may`: what the caller may do with it now."""
    return {
        "id": one.draft_id,
        "title": one.title,
        "template": one.template,
        "realm": one.realm,
        "exercise": one.realm != "real",
        "revision": one.revision,
        "stage": one.stage,
        "drafted_by": one.drafted_by,
        "submitted_by": one.submitted_by,
        "checked_by": one.checked_by,
        "checked_at": one.checked_at.isoformat() if one.checked_at else None,
        "comment": one.comment,
        "came_from": dict(one.came_from),
        "corrects": one.corrects,
        "briefing_id": one.briefing_id,
        "created_at": one.created_at.isoformat(),
        "updated_at": one.updated_at.isoformat(),
        "updated_by": one.updated_by,
        "may": review.may(one, caller),
    }


def told(draft: Draft, caller: Caller) -> dict[str, Any]:
    """A draft whole."""
    return {**about(draft.about, caller), "body": dict(draft.body), "data": dict(draft.data)}


def _made(request: Request, site: Site, caller: Caller, draft_id: str) -> dict[str, Any]:
    add_details(request, draft=draft_id)
    return told(writing.get(site.database, draft_id), caller)


def _conflict(error: DraftConflict, request: Request, caller: Caller) -> JSONResponse:
    return problem(
        error.status,
        error.title,
        f"{error.zh} {error.en}",
        request.url.path,
        code=error.code,
        zh=error.zh,
        en=error.en,
        current=told(error.current, caller),
    )
