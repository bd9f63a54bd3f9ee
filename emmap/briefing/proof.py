"""Proof of what a briefing showed: the stored record, its photographs, the versions behind it and every page are looked
at again, and what differs is named."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from emmap.briefing import parts, render
from emmap.briefing.answering import realm_of
from emmap.briefing.spec import Spec, moment_of, read_spec
from emmap.errors import Conflict, Gone, NotFound
from emmap.layer import Layer
from emmap.store import audit, briefing_images, briefings
from emmap.store.answers import Moment
from emmap.store.briefing_evidence import versions_hash
from emmap.store.briefings import Output, Stored
from emmap.store.database import Database
from emmap.view import parse_view


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it was. `where`: `record`, `audit`, `photographs`, `versions`, `realm`, a `layer`, `template` or
    `kind` that was removed, or an output such as `pdf`; `name`: what of it, such as a layer, `data`, the template's
    `drawing`, a font's file; `was` and `now`: hashes or texts."""

    where: str
    name: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.where}: {self.name} {self.was[:24]} → {self.now[:24]}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a briefing is what it was, to the byte. `gone`: the exercise that its data were in was dropped, so that only
    the record could be looked at. `formats`: the hash of each output now."""

    briefing_id: str
    same: bool
    gone: bool
    differs: tuple[Difference, ...]
    formats: Mapping[str, str]


def verify(db: Database, layers: Mapping[str, Layer], briefing_id: str) -> Verdict:
    """Looks at everything again. What has changed is an answer, no error; `NotFound` for an unknown briefing."""
    stored = render.find(db, briefing_id)
    formats: dict[str, str] = {}
    gone = False
    try:
        spec = read_spec(stored.spec, stored.sha256)
    except Conflict:
        now = hashlib.sha256(stored.spec.encode()).hexdigest()
        return Verdict(
            briefing_id, False, False, (Difference("record", "spec", stored.sha256, now),), formats
        )
    differs = [*_record(stored, spec), *_photographs(db, spec)]
    differs += [Difference(part, name, "there", "gone") for part, name in parts.gone(spec, layers)]
    with db.engine("app").connect() as conn:
        first = briefings.outputs(conn, briefing_id)
        told = audit.signed_hash(conn, briefing_id)
    if told not in (None, stored.sha256):
        differs.append(Difference("audit", "spec", str(told), stored.sha256))
    whole = not differs
    try:
        differs += _versions(db, layers, spec, first)
        if whole:
            for output in first:
                differs += _output(db, layers, stored, output, formats)
    except Gone:
        gone = True
        differs.append(Difference("realm", spec.realm, "there", "gone"))
    return Verdict(briefing_id, not differs, gone, tuple(differs), formats)


def _record(stored: Stored, spec: Spec) -> Iterator[Difference]:
    """What the row says beside its spec, against the spec."""
    said: dict[str, tuple[Any, Any]] = {
        "title": (spec.title, stored.title),
        "template": (spec.template, stored.template),
        "realm": (spec.realm, stored.realm),
        "created_at": (moment_of(spec.created_at), stored.created_at),
        "number": (dict(spec.number) if spec.number else None, render.number_as_json(stored.number)),
        "corrects": (spec.corrects or None, stored.corrects),
    }
    for name in ("drafted_by", "checked_by", "signed_by"):
        said[name] = (spec.signed.get(name), getattr(stored, name))
    if spec.signed:
        said["account"] = (spec.signed.get("signed_by") or spec.signed.get("drafted_by"), stored.account)
    for name, (was, now) in said.items():
        if was != now:
            yield Difference("record", name, str(was), str(now))


def photographs_of(told: Any) -> Iterator[str]:
    """The hashes of the photographs that blocks name, however deep."""
    if isinstance(told, Mapping):
        if isinstance(told.get("image"), str):
            yield told["image"]
        for one in told.values():
            yield from photographs_of(one)
    elif isinstance(told, list | tuple):
        for one in told:
            yield from photographs_of(one)


def _photographs(db: Database, spec: Spec) -> Iterator[Difference]:
    for name in sorted(set(photographs_of(spec.blocks))):
        with db.engine("app").connect() as conn:
            try:
                briefing_images.images(conn, [name])
            except (Conflict, NotFound) as error:
                yield Difference("photographs", name[:12], name, error.code)


def _versions(
    db: Database, layers: Mapping[str, Layer], spec: Spec, first: Sequence[Output]
) -> list[Difference]:
    """The versions whose hashes the manifests hold, hashed again: whatever software is in force now, and whatever it would
    ask. Raises `Gone` where the realm was dropped."""
    kept = {
        name.removeprefix(render.VERSIONS): str(was)
        for output in first
        for name, was in output.manifest.items()
        if name.startswith(render.VERSIONS)
    }
    with realm_of(db, spec) as conn:
        now = {name: _versions_now(conn, layers, name) for name in kept}
    return [Difference("versions", name, was, now[name]) for name, was in kept.items() if was != now[name]]


def _versions_now(conn: Connection, layers: Mapping[str, Layer], name: str) -> str:
    """The hash of what a manifest calls `LAYER T K FILTERS`."""
    layer, at, known_at, *filters = name.split(" ", 3)
    if layer not in layers:
        return "–"
    known = moment_of(known_at)
    view, _ = parse_view("".join(filters), layers, strict=False)
    return versions_hash(conn, layers[layer], view, Moment(moment_of(at), known, known, pinned=True))


def _output(
    db: Database, layers: Mapping[str, Layer], stored: Stored, first: Output, formats: dict[str, str]
) -> Iterator[Difference]:
    """An output made again. What the first manifest did not know of cannot be blamed."""
    now = render.rendered(db, layers, stored, first.format)
    formats[first.format] = now.sha256
    if now.sha256 == first.sha256:
        return
    changed = [
        Difference(first.format, name, str(first.manifest[name]), is_now)
        for name, is_now in now.manifest.items()
        if name in first.manifest and first.manifest[name] != is_now
    ]
    yield from changed or [Difference(first.format, "bytes", first.sha256, now.sha256)]
