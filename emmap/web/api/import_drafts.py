"""The import page's own routes: a file is staged, looked at, previewed, and applied or discarded.

The file waits in the database, so that any web process may serve the next step. A draft is its account's alone.
"""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from emmap.errors import TooLarge
from emmap.ingest import preview as trying
from emmap.ingest.intake import look
from emmap.ingest.preview import Differs, Options
from emmap.layer import Layer, layer_named
from emmap.permissions import Caller, needs
from emmap.store import drafts
from emmap.store.drafts import Draft
from emmap.store.points import stamp_text
from emmap.web.asking import Site, TheCaller, TheRealm, TheSite, only
from emmap.web.problems import problem

router = APIRouter(prefix="/api/import-drafts", tags=["imports"])


class Chosen(BaseModel):
    """What a person chose. `mapping`: column → field, `-` for a column that is not to be read."""

    model_config = ConfigDict(extra="forbid")

    layer: str
    datum: str = "wgs84"
    mode: str = "partial"
    mapping: dict[str, str] = Field(default_factory=dict, max_length=2_000)
    name: str = Field(default="", max_length=100)

    @property
    def options(self) -> Options:
        """The choices apart from the layer."""
        return Options(self.datum, self.mode, self.mapping, self.name.strip())


class Asked(BaseModel):
    """Which layer the file is for, and what the person calls this kind of table."""

    model_config = ConfigDict(extra="forbid")

    layer: str
    name: str = Field(default="", max_length=100)


@router.post("", status_code=201, dependencies=[only()])
@needs("import")
def stage(
    site: TheSite,
    caller: TheCaller,
    realm: TheRealm,
    file: Annotated[UploadFile, File()],
    layer: Annotated[str, Form()],
) -> dict[str, Any]:
    """Stages a file and says what it is; nothing is imported. It waits for a day, and the account's latest five do."""
    limit = site.settings.max_upload_mb << 20
    content = file.file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(
            f"文件超过 {site.settings.max_upload_mb} MiB；请拆分后再导入。",
            f"The file is over {site.settings.max_upload_mb} MiB: split it.",
            code="file_too_large",
        )
    chosen = layer_named(layer, site.layers)
    file_name = (file.filename or "").encode("utf-8", "replace").decode().replace("\x00", "")
    with site.database.engine("app", realm).begin() as conn:
        looked = look(conn, chosen, file_name, content, limit)
        draft_id = drafts.keep(conn, caller.name, chosen.id, file_name, content)
        drafts.choose(conn, draft_id, chosen.id, _first_choice(looked).as_json())
        return {**_told(_draft(conn, draft_id, caller)), "recognised": looked}


@router.get("/{draft_id}", dependencies=[only()])
@needs("import")
def one(site: TheSite, caller: TheCaller, realm: TheRealm, draft_id: str) -> dict[str, Any]:
    """A draft: what was chosen, how far a preview or application has come (`step`), and the last preview."""
    with site.database.engine("app", realm).connect() as conn:
        return _told(_draft(conn, draft_id, caller))


@router.post("/{draft_id}/recognise", dependencies=[only()])
@needs("import")
def recognise(
    site: TheSite, caller: TheCaller, realm: TheRealm, draft_id: str, asked: Asked
) -> dict[str, Any]:
    """Looks at the file again: for another layer, or as a kind of table that was named."""
    layer = layer_named(asked.layer, site.layers)
    with site.database.engine("app", realm).begin() as conn:
        draft = _draft(conn, draft_id, caller)
        looked = _looked(conn, site, layer, draft, asked.name.strip())
        drafts.choose(conn, draft_id, layer.id, _first_choice(looked, asked.name.strip()).as_json())
        return {**_told(_draft(conn, draft_id, caller)), "recognised": looked}


@router.post("/{draft_id}/preview", dependencies=[only()])
@needs("import")
def preview(
    site: TheSite, caller: TheCaller, realm: TheRealm, draft_id: str, chosen: Chosen
) -> dict[str, Any]:
    """What applying the file with these choices would do: counts, samples of each outcome, and a map. Nothing is
    stored but the choices and what was found."""
    layer = layer_named(chosen.layer, site.layers)
    with site.database.engine("app", realm).begin() as conn:
        _draft(conn, draft_id, caller)
        drafts.choose(conn, draft_id, layer.id, chosen.options.as_json())
        draft = _draft(conn, draft_id, caller)
    return trying.preview(site.database, realm, draft)


@router.post("/{draft_id}/apply", dependencies=[only()])
@needs("import")
def apply(request: Request, site: TheSite, caller: TheCaller, realm: TheRealm, draft_id: str) -> Any:
    """Imports the file as its preview showed. 409 `changed_since_preview` where it would do something else by now: with
    `counts` (then, now), `features` that others changed, and the new `preview`."""
    with site.database.engine("app", realm).connect() as conn:
        draft = _draft(conn, draft_id, caller)
    try:
        return trying.apply(site.database, realm, draft).as_json()
    except Differs as differs:
        return _differing(differs, request.url.path)


@router.delete("/{draft_id}", status_code=204, dependencies=[only()])
@needs("import")
def discard(site: TheSite, caller: TheCaller, realm: TheRealm, draft_id: str) -> Response:
    """Forgets the file."""
    with site.database.engine("app", realm).begin() as conn:
        _draft(conn, draft_id, caller)
        drafts.discard(conn, draft_id)
    return Response(status_code=204)


def _draft(conn: Connection, draft_id: str, caller: Caller) -> Draft:
    found = drafts.draft(conn, draft_id, caller.name)
    if found is None:
        raise trying.gone()
    return found


def _looked(conn: Connection, site: Site, layer: Layer, draft: Draft, name: str) -> dict[str, Any]:
    content = drafts.content(conn, draft.draft_id)
    return look(conn, layer, draft.file_name, content, site.settings.max_upload_mb << 20, name=name)


def _first_choice(looked: dict[str, Any], name: str = "") -> Options:
    """What is proposed: every column as it was recognised."""
    mapping = {column["title"]: column["field"] for column in looked["columns"] if column["field"]}
    return Options(looked["datum"], looked["mode"], mapping, name or (looked["habit"] or {}).get("name", ""))


def _told(draft: Draft) -> dict[str, Any]:
    return {
        "draft": draft.draft_id,
        "layer": draft.layer,
        "file_name": draft.file_name,
        "size": draft.size,
        "options": draft.options,
        "step": draft.step,
        "preview": draft.preview,
        "created_at": draft.created_at.isoformat(),
    }


def _differing(differs: Differs, path: str) -> JSONResponse:
    return problem(
        differs.status,
        differs.title,
        f"{differs.zh} {differs.en}",
        path,
        code=differs.code,
        zh=differs.zh,
        en=differs.en,
        counts={name: list(both) for name, both in differs.counts.items()},
        features=[
            {"feature_id": name, "changed_at": stamp_text(at)}
            for name, at in list(differs.features.items())[:100]
        ],
        preview=differs.preview,
    )
